"""What guards the forms of readers, who have no cookie: for the views of this app and all above it.

No CSRF token can guard a form without a cookie. A POST is taken only from our own pages, by what
the browser itself says of its origin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

# A page of six answers is well under 2 KB.
MAX_FORM_BYTES = 32 * 1024
View = Callable[..., HttpResponse]


def from_our_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that this request comes from a page of this site.

    `Sec-Fetch-Site` decides where it is sent; `none` is the reader's own doing (a page loaded anew)
    and cannot be made by another site. Browsers without it send `Origin`; from a page whose
    Referrer-Policy is no-referrer (all private pages) that is the word `null`, which is let through:
    such a request also needs the token, which no other site can know, or changes nothing at all. A
    client that sends neither is no browser, and carries nobody's credentials.
    """
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or origin == "null":
        return True
    try:
        return urlsplit(origin).netloc == request.get_host()
    except ValueError:  # such as "https://["
        return False


def reader_form(view: View) -> View:
    """For views that take a reader's POST: from our own pages only, and of a sane size."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "POST":
            if not from_our_own_page(request):
                return render(request, "403.html", status=403)
            if _content_length(request) > MAX_FORM_BYTES:
                # The body is not read: the page is shown again with what was saved before.
                request.too_large = True
        return view(request, *args, **kwargs)

    return guarded


def _content_length(request: HttpRequest) -> int:
    """What the client says of the body's length; 0 where Django, too, will read nothing."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def fields_sent(request: HttpRequest) -> Mapping[str, str]:
    """The fields of a form by name, each with its last value: as `request.POST`, which takes four times
    as long over it, because it keeps a list for each. What is no plain form is left to Django."""
    is_plain = request.content_type == "application/x-www-form-urlencoded"
    if not is_plain or request.encoding is not None:
        return request.POST
    try:
        pairs = parse_qsl(
            request.body.decode(),
            keep_blank_values=True,
            max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
        )
    except ValueError:  # no UTF-8, or too many fields: Django has its answer to each
        return request.POST
    return dict(pairs)


# By the name in small letters, as a response keeps them: Django looks at each that it is given.
_PRIVATE = {
    name.lower(): (name, value)
    for name, value in {
        "Cache-Control": "no-store, private",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }.items()
}


def private(response: HttpResponse) -> HttpResponse:
    """Mark an answer as one person's own: kept nowhere, indexed nowhere, named to no other page."""
    response.headers._store.update(_PRIVATE)
    return response
