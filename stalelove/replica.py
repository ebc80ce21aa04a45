"""Public pages may be read from a streaming replica of the database, where REPLICA_URL names one.

Whether they are is decided with the stamp of the content (stalelove.content_version), once a second in
each process: only while the replica has the primary's present content, or while the primary does not
answer. Everything else, and every write, goes to the primary.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.http import HttpRequest, HttpResponse

from stalelove.kept_pages import KEPT
from stalelove.logs import first_line
from stalelove.outages import is_outage
from stalelove.places import REPLICA, place

logger = logging.getLogger(__name__)


class PublicPages:
    """The innermost middleware: lets the view of a public page read from where its stamp was read.

    `content_place` is set by stalelove.page_cache, for requests whose answer is nobody's own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if REPLICA not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = place.set(DEFAULT_DB_ALIAS)
        try:
            return self.get_response(request)
        finally:
            place.reset(token)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        match = request.resolver_match
        if match is not None and match.view_name in KEPT:
            place.set(getattr(request, "content_place", DEFAULT_DB_ALIAS))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The replica went away within the second: the primary is asked instead."""
        if place.get() != REPLICA or not is_outage(error):
            return None
        logger.warning("The replica does not answer: %s", first_line(error))
        place.set(DEFAULT_DB_ALIAS)
        match = request.resolver_match
        try:
            return match.func(request, *match.args, **match.kwargs)
        except DatabaseError:
            return None  # neither answers: stalelove.outages says so
