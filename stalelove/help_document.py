"""`/help.json`: the help lines as data. docs/help-json.md is its contract.

A key is never renamed or dropped within a version; what has not been verified is null.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from stalelove.models import STALE_AFTER_DAYS, Country, HelpResource

VERSION = 1


def document(countries: Iterable[Country]) -> dict[str, Any]:
    """The whole document. The countries come with their resources loaded."""
    return {
        "version": VERSION,
        "stale_after_days": STALE_AFTER_DAYS,
        "kinds": {kind.value: kind.label for kind in HelpResource.Kind},
        "countries": [_country(country) for country in countries],
    }


def _country(country: Country) -> dict[str, Any]:
    kinds = list(HelpResource.Kind)
    resources = sorted(
        (resource for resource in country.resources.all() if resource.is_published),
        key=lambda resource: kinds.index(HelpResource.Kind(resource.kind)),
    )
    return {
        "code": country.code,
        "name": country.name,
        "page": settings.SITE_URL + country.get_absolute_url(),
        "emergency": country.emergency or None,
        "emergency_note": country.emergency_note or None,
        "resources": [_resource(resource) for resource in resources],
    }


def _resource(resource: HelpResource) -> dict[str, Any]:
    return {
        "slug": resource.slug,
        "kind": resource.kind,
        "name": resource.name,
        "phone": resource.phone or None,
        "text": resource.text or None,
        "url": resource.url or None,
        "hours": resource.hours or None,
        "audience": resource.audience or None,
        "note": resource.note or None,
        "source": resource.source,
        "last_checked": resource.last_checked.isoformat(),
    }
