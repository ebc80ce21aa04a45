"""How long a browser may keep what it was sent. Knows no page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def ask_again(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware: whatever does not say how long it keeps must be asked for anew each time.

    So an article appears at its minute, and a redirect that an editor undoes is not remembered. An
    unchanged page costs a 304: ConditionalGetMiddleware compares the ETag, which is made of the
    page's bytes, because what changes a page is more than its own row.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "max-age=0, must-revalidate")
        return response

    return middleware
