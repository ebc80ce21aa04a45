"""What stands between a reader's private page and everyone else: decorators for views.

Readers get no cookie, so no CSRF token can guard a form. A POST is taken only from our own pages,
by what the browser itself says of its origin, and a private page is found only by its token.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

# A page of six answers is well under 2 KB.
MAX_FORM_BYTES = 32 * 1024

View = Callable[..., HttpResponse]


def from_our_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that this request comes from a page of this site.

    `Sec-Fetch-Site` decides where it is sent. Browsers without it send `Origin`; from a page whose
    Referrer-Policy is no-referrer (all private pages) that is the word `null`, which is let through:
    such a request also needs the token, which no other site can know. A client that sends neither
    is no browser, and carries nobody's credentials.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return True
    return urlsplit(origin).netloc == request.get_host()


def reader_form(view: View) -> View:
    """For views that take a reader's POST: from our own pages only, and of a sane size."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "POST":
            if not from_our_own_page(request):
                return private(render(request, "403.html", status=403))
            if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FORM_BYTES:
                # The body is not read: the page is shown again with what was saved before.
                request.too_large = True
        return view(request, *args, **kwargs)

    return guarded


def private(response: HttpResponse) -> HttpResponse:
    """Mark an answer as one person's own: kept nowhere, indexed nowhere, named to no other site."""
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def private_page(view: View) -> View:
    """For views whose address holds a token. A token that opens nothing gets a way back, as a 404."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            response = render(request, "quiz/gone.html", status=404)
        return private(response)

    return guarded
