"""One log line for every request: what was asked for by name, how it went, how long it took."""

from __future__ import annotations

import logging
import os
import re
import time

from django.db import connection
from django.http import HttpRequest, HttpResponse

from stalelove.logs import request_id

logger = logging.getLogger("stalelove.requests")
_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PROBES = ("healthz", "readyz")


class _Counter:
    """Counts the queries of the default connection while a request is answered."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute, *arguments):
        self.queries += 1
        return execute(*arguments)


def request_log(get_response):
    """Middleware, the outermost. It takes the proxy's X-Request-ID, or makes one, and returns it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        own = given if _GIVEN.fullmatch(given) else os.urandom(16).hex()
        # Not reset afterwards: Django writes of a 404 after the last middleware has returned.
        request_id.set(own)
        begin = time.perf_counter()
        counter = _Counter()
        wrappers = connection.execute_wrappers
        wrappers.append(counter)
        try:
            response = get_response(request)
        finally:
            wrappers.pop()
        milliseconds = round((time.perf_counter() - begin) * 1000, 1)
        # Requests of our own in between (stalelove.links) have left theirs.
        request_id.set(own)
        response["X-Request-ID"] = own
        # The server asks for all headers: as they are kept, in one step instead of four for each.
        response.items = response.headers._store.values
        match = request.resolver_match
        # A page that was kept has not been looked up among the routes (stalelove.page_cache).
        route = match.view_name if match else getattr(request, "kept_route", None)
        if route not in _PROBES or response.status_code != 200:
            _tell(
                method=request.method,
                route=route,
                status=response.status_code,
                ms=milliseconds,
                queries=counter.queries,
                kept=hasattr(request, "kept_route") or None,
            )
        return response

    return middleware


def _tell(**fields: object) -> None:
    """As `logger.info("request", extra=fields)`, which would also look for the line that calls it."""
    if logger.isEnabledFor(logging.INFO):
        record = logging.LogRecord(logger.name, logging.INFO, __file__, 0, "request", (), None)
        vars(record).update(fields)
        logger.handle(record)
