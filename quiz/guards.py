"""What stands between a reader's private page and everyone else: it is found only by its token, and
every answer from a private address is marked as one reader's own.
"""

from __future__ import annotations

import re
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from exercises.guards import View, private

# All that lies below these belongs to one reader, whether or not there is a page; all but the paper.
PRIVATE_ADDRESS = re.compile(r"/(?:checkup/(?!paper/)|snapshot/|together/).")


def private_addresses(get_response: View) -> View:
    """Middleware, outside of all that answers by itself: every answer from a private address, errors
    and redirects too, is kept nowhere, indexed nowhere, and named to no other page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if PRIVATE_ADDRESS.match(request.path_info):
            private(response)
        return response

    return middleware


def private_page(view: View) -> View:
    """For views whose address holds a token. A token that opens nothing gets a way back, as a 404."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return render(request, "quiz/gone.html", status=404)

    return guarded
