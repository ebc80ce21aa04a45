"""Addresses of pages that have a slug, without asking Django's resolver for each entry of a list."""

from __future__ import annotations

import functools

from django.urls import reverse

_PLACE = "the-place-of-the-slug"


def page_address(route: str, slug: str) -> str:
    """As `reverse(route, args=[slug])`, for a slug as SlugField has it, and with the site at the root.

    Raises NoReverseMatch where there is no such route.
    """
    return slug.join(_around(route))


@functools.cache
def address(route: str) -> str:
    """As `reverse(route)`, for a page of which there is one."""
    return reverse(route)


@functools.cache
def _around(route: str) -> list[str]:
    return reverse(route, args=[_PLACE]).split(_PLACE)
