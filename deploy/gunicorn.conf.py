"""gunicorn's settings: `gunicorn --config deploy/gunicorn.conf.py stalelove.wsgi`.

From the environment: BIND (127.0.0.1:8000), WEB_WORKERS (2). Every worker keeps one connection to
PostgreSQL: nodes x workers must stay below its max_connections.
"""

import gc
import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
# One request at a time in each: several threads share one Python, and hand it to each other at every
# answer of PostgreSQL (docs/performance.md has what that costs). nginx in front holds the slow clients.
worker_class = "stalelove.gunicorn_worker.Worker"
# The site is imported once and the workers are forked from it: one that dies or is renewed is back at
# once, and they share most of their memory. So new code needs a restart; SIGHUP keeps the old.
preload_app = True
backlog = 512
timeout = 30
graceful_timeout = 25
# A worker is renewed now and then, so that a leak never grows for weeks.
max_requests = 20000
max_requests_jitter = 2000

limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

# The heartbeat file must not lie on a disk that could stall, and the root may be read-only.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True

# The site writes a line for each request itself, without addresses (stalelove.request_log).
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "stalelove.logs.PrivateJson"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}


def when_ready(server):
    """Before the workers are forked: what has been imported stays shared. The collector would write
    into each object that it looks at, and so make each worker a copy of its own."""
    gc.collect()
    gc.freeze()
    # A page makes some thousands of objects that end with it. At Python's own 700 the collector looks
    # through the living several times a page, for a tenth of its time.
    gc.set_threshold(10_000, 20, 20)
