"""What every page's frame needs beyond its own context."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """`canonical` is the one address of a public page, or empty; a view that knows better says so."""
    return {
        "exit_url": settings.EXIT_URL,
        "site_url": settings.SITE_URL,
        "canonical": settings.SITE_URL + request.path if _is_public(request) else "",
    }


def _is_public(request: HttpRequest) -> bool:
    """A page to read, at an address that holds nobody's token."""
    match = request.resolver_match
    return request.method in ("GET", "HEAD") and bool(match) and "token" not in match.kwargs
