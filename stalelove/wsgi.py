"""The WSGI entry point: `gunicorn stalelove.wsgi`. It starts whether or not PostgreSQL answers."""

import os

from django.conf import settings
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import reset_queries
from django.urls import reverse

from stalelove.database.base import DatabaseWrapper
from stalelove.fault_reports import begin_fault_reports

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stalelove.settings")
_site = get_wsgi_application()
DatabaseWrapper.for_requests = True
if not settings.DEBUG:  # there is no list of queries to empty before each request
    request_started.disconnect(reset_queries)
begin_fault_reports(settings.SENTRY_DSN)

from stalelove.help_lines import keep_fresh  # noqa: E402 (it needs the apps)

# Every page's module is imported here: once before the fork, and not in each worker while its first
# reader waits. What cannot be imported stops the start.
reverse("home")


def application(environ, start_response):
    # Not above: gunicorn imports this once and forks, and a thread does not come along.
    keep_fresh()
    return _site(environ, start_response)
