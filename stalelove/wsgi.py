"""The WSGI entry point: `gunicorn stalelove.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stalelove.settings")
application = get_wsgi_application()
