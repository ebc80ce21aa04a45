"""A reader's way to a page: past the middleware that only editors need."""

from __future__ import annotations

from collections.abc import Callable

from axes.middleware import AxesMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django_otp.middleware import OTPMiddleware

# What these do for a reader: SecurityMiddleware leads from HTTP to HTTPS, so whoever comes by HTTP goes
# the whole way; its headers and the one against frames are set for everybody by stalelove.headers.
# CsrfViewMiddleware checks in `process_view`, which Django calls whichever way a request came; passed
# by is only the cookie with the token. The others know who is signed in: a reader never is.
_PASSED_BY = (
    SecurityMiddleware,
    XFrameOptionsMiddleware,
    SessionMiddleware,
    CsrfViewMiddleware,
    AuthenticationMiddleware,
    OTPMiddleware,
    MessageMiddleware,
    AxesMiddleware,
)


def straight_to_the_page(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware: whoever can be no editor goes past those of `_PASSED_BY` that follow in
    settings.MIDDLEWARE, to the first one that is none of them. For everybody else it is not there.

    (Each of them once asked, at every request, for a session that no reader has: a fifth of a page.)
    """
    straight = get_response
    while isinstance(
        straight.__wrapped__, _PASSED_BY
    ):  # Django wraps each in one that answers errors
        straight = straight.__wrapped__.get_response
    admin = f"/{settings.ADMIN_PATH}"

    def middleware(request: HttpRequest) -> HttpResponse:
        may_be_an_editor = has_session(request) or request.path_info.startswith(admin)
        if may_be_an_editor or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return get_response(request)
        return straight(request)

    return middleware


def has_session(request: HttpRequest) -> bool:
    """Whether the request brings an editor's session, be it a valid one or not."""
    return "HTTP_COOKIE" in request.META and settings.SESSION_COOKIE_NAME in request.COOKIES
