"""What every page's frame needs beyond its own context."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {"exit_url": settings.EXIT_URL}
