"""The middleware of the headers that neither Django nor django-csp sets."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

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
}


def site_headers(get_response):
    """Sets each on every answer that does not say otherwise itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware
