"""Addresses of pages that have a slug or a token, without asking Django's resolver each time."""

from __future__ import annotations

import functools

from django.urls import reverse

# As long as a token.
_PLACE = "the-place-of-the-slug-or-token--"


def page_address(route: str, slug: str, *others: str) -> str:
    """As `reverse(route, args=[slug, *others])`, for a slug as SlugField has it, or a token, and with the
    site at the root. `others` are few: each is remembered.

    Raises NoReverseMatch where there is no such route.
    """
    return slug.join(_around(route, *others))


@functools.cache
def address(route: str, *others: str) -> str:
    """As `reverse(route, args=others)`, for a page of which there are few: each is remembered."""
    return reverse(route, args=others)


@functools.cache
def _around(route: str, *others: str) -> list[str]:
    return reverse(route, args=[_PLACE, *others]).split(_PLACE)
