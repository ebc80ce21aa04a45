"""The middleware of the headers, beyond what Django sets by itself."""

from __future__ import annotations

import functools

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
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


# What is never opened as a page, and so can ask a browser for nothing: there the policy is half a
# kilobyte that every reader would wait for, four times on a first visit.
_PARTS_OF_PAGES = ("text/css", "text/javascript", "font/woff2", "image/webp")


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp writes the policy anew for each answer; nearly all of ours have the same one."""

    _OWN = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        is_its_own = not vars(response).keys().isdisjoint(self._OWN)
        if is_its_own or settings.DEBUG or hasattr(request, "_csp_nonce"):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _policy())
        return response


@functools.cache
def _policy() -> str:
    return build_policy()


def site_headers(get_response):
    """Sets each on every answer that does not say otherwise itself, and Django's own once more: a 304,
    and a refusal before Django's middleware has run, have lost them."""
    djangos = SecurityMiddleware(get_response).process_response

    def middleware(request: HttpRequest) -> HttpResponse:
        response = djangos(request, get_response(request))
        is_a_part = response.get("Content-Type", "").startswith(_PARTS_OF_PAGES)
        for name, value in HEADERS.items():
            if name != "Permissions-Policy" or not is_a_part:
                response.headers.setdefault(name, value)
        return response

    return middleware
