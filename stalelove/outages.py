"""What readers and editors are told while PostgreSQL does not answer: a page with the help lines.

An outage is the machine's doing and passes by itself; what is ours (a wrong query, a missing table,
a broken rule) stays a 500 with a trace.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

from django.db import InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from stalelove.help_lines import last_known
from stalelove.logs import first_line

logger = logging.getLogger(__name__)

RETRY_AFTER = 60
# Of PostgreSQL's error codes (its appendix A), the classes: connection, resources (disk, memory,
# connections), operator's intervention (stopping, starting, statement timeout), system (disk).
_CLASSES = ("08", "53", "57", "58")
# And single ones: a server that is read-only (a standby), a lock that was not to be had in time.
_CODES = ("25006", "55P03")
# A slow statement or a long lock is an outage to whoever waits, and may be our fault all the same.
_MAY_BE_OURS = ("57014", "55P03")


def is_outage(error: BaseException) -> bool:
    """Whether this, or what it came from, is PostgreSQL not answering rather than a fault of ours.

    A lost connection comes without a code. What is tried afterwards in the same transaction fails in
    ways of its own, so that the whole chain counts.
    """
    return any(_is_outage(each) for each in _chain(error))


def _is_outage(error: BaseException) -> bool:
    code = _code(error)
    if code is not None:
        return code.startswith(_CLASSES) or code in _CODES
    if isinstance(error, InterfaceError):
        # Also raised for a cursor that was used wrongly, on a connection that is well.
        return any(not _is_open(connection) for connection in connections.all())
    return isinstance(error, OperationalError)


def _code(error: BaseException) -> str | None:
    """PostgreSQL's code of a Django database error, which stands on psycopg's own below it."""
    return getattr(error.__cause__, "sqlstate", None) or getattr(error, "sqlstate", None)


def _is_open(connection) -> bool:
    return connection.connection is not None and not connection.connection.closed


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


class _Notice:
    """An outage is told once a minute in a process, however many requests it meets."""

    EVERY = 60

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0

    def is_due(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return False
            self._next = now + self.EVERY
            return True


_notice = _Notice()


def tell(error: BaseException) -> None:
    """Log an outage: one that may be a fault of ours with its trace, the others once a minute."""
    codes = {_code(each) for each in _chain(error)}
    if codes & set(_MAY_BE_OURS):
        logger.error("PostgreSQL was too slow", exc_info=error)
    elif _notice.is_due():
        logger.error("PostgreSQL does not answer: %s", first_line(error))


class Outages:
    """Turns an outage that a view meets into the page that says so. What a middleware meets ends in
    `handler500`, which asks the same."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_outage(error) else None


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """The answer to every request that met an outage. It asks nothing of the database."""
    tell(error)
    if request.path_info.endswith(".json"):
        response: HttpResponse = JsonResponse(
            {"error": "unavailable", "retry_after": RETRY_AFTER}, status=503
        )
    else:
        context = {
            "canonical": "",
            "help": last_known(),
            "was_sent": request.method not in ("GET", "HEAD"),
        }
        response = render(request, "503.html", context, status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response
