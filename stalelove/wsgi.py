"""The WSGI entry point: `gunicorn stalelove.wsgi`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from stalelove.fault_reports import begin_fault_reports

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stalelove.settings")
application = get_wsgi_application()
begin_fault_reports(settings.SENTRY_DSN)
