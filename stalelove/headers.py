"""The headers that every answer has: Django's, those of the policy, and ours."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

# The site uses none of what browsers let a page ask for; nothing it might one day embed may either.
_UNUSED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
    *("encrypted-media", "gamepad", "geolocation", "gyroscope", "hid"),
    *("idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment"),
    *("picture-in-picture", "publickey-credentials-create", "publickey-credentials-get"),
    *("serial", "storage-access", "usb", "xr-spatial-tracking"),
)
HEADERS = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    # Other sites can neither load what is here nor hold on to its window. (Cross-Origin-Opener-Policy
    # is set by Django.)
    "Cross-Origin-Resource-Policy": "same-origin",
    # Flash and PDF readers of old look for a file of rules: there is none.
    "X-Permitted-Cross-Domain-Policies": "none",
}
# What does not say how long it keeps must be asked for anew each time: so an article appears at its
# minute, and a redirect that an editor undoes is not remembered. An unchanged page costs a 304, by an
# ETag that is made of the page's bytes, because what changes a page is more than its own row.
_ASK_AGAIN = {"Cache-Control": "max-age=0, must-revalidate"}
# What is never opened as a page, and so can ask a browser for nothing: there the policy is half a
# kilobyte that every reader would wait for, four times on a first visit.
_PARTS_OF_PAGES = ("text/css", "text/javascript", "font/woff2", "image/webp")
# What a view says of its own policy (django-csp's decorators).
_OWN_POLICY = frozenset({"_csp_config", "_csp_update", "_csp_replace", "_csp_exempt"})
_POLICY = HEADER.lower()


def site_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware: sets on every answer what it does not say otherwise itself. Also on a static file, a
    304 and a refusal, which come from outside Django's own middleware, or have lost its headers.

    What Django and django-csp would set is asked of them once and not for each answer.
    """
    policies = CSPMiddleware(get_response)
    all_of_ours = {
        (is_secure, is_a_part): _headers(policies, is_secure=is_secure, is_a_part=is_a_part)
        for is_secure in (False, True)
        for is_a_part in (False, True)
    }

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # Django keeps a response's headers in `_store`, by the name in small letters. Each of ours has
        # been in one before: to look at them once more would cost as much as the rest of the headers.
        headers = response.headers._store
        content_type = headers.get("content-type", ("", ""))[1]
        ours = all_of_ours[request.is_secure(), content_type.startswith(_PARTS_OF_PAGES)]
        if not _OWN_POLICY.isdisjoint(vars(response)) or settings.DEBUG:
            policies.process_response(request, response)
            ours = {name: header for name, header in ours.items() if name != _POLICY}
        response.headers._store = {**ours, **headers}
        return response

    return middleware


class _Secure(HttpRequest):
    scheme = "https"


def _headers(
    policies: CSPMiddleware, *, is_secure: bool, is_a_part: bool
) -> dict[str, tuple[str, str]]:
    """All that is set on an answer without headers."""
    request, response = _Secure() if is_secure else HttpRequest(), HttpResponse()
    del response["Content-Type"]
    for middleware in (SecurityMiddleware, XFrameOptionsMiddleware):
        middleware(policies.get_response).process_response(request, response)
    policies.process_response(request, response)
    for name, value in (HEADERS | _ASK_AGAIN).items():
        if name != "Permissions-Policy" or not is_a_part:
            response[name] = value
    return response.headers._store
