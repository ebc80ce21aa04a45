"""The middleware of the headers that neither Django nor django-csp sets."""

from __future__ import annotations

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
