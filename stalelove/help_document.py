"""`/help.json`: the help lines as data. docs/help-json.md is its contract.

A key is never renamed or dropped within a version; what has not been verified is null.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from stalelove.help_lines import HelpLines, Place
from stalelove.models import STALE_AFTER_DAYS, HelpResource

VERSION = 1


def document(help_lines: HelpLines) -> dict[str, Any]:
    """The whole document."""
    return {
        "version": VERSION,
        "as_of": help_lines.as_of and help_lines.as_of.isoformat(),
        "stale_after_days": STALE_AFTER_DAYS,
        "kinds": {kind.value: kind.label for kind in HelpResource.Kind},
        "countries": [_country(place) for place in help_lines.places],
    }


def _country(place: Place) -> dict[str, Any]:
    country = place.country
    kinds = list(HelpResource.Kind)
    resources = sorted(place.lines, key=lambda line: kinds.index(HelpResource.Kind(line.kind)))
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
