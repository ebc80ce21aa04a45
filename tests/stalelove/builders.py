"""Countries and help lines for tests: keyword-only, whole and valid by default."""

from __future__ import annotations

import itertools

from django.utils import timezone

from stalelove.models import Country, HelpResource

_number = itertools.count(1)


def make_country(**fields) -> Country:
    return Country.objects.create(**{"code": "us", "name": "United States", **fields})


def make_help_line(*, country: Country, **fields) -> HelpResource:
    number = next(_number)
    values = {
        "slug": f"line-{number}",
        "kind": "abuse",
        "name": f"Line {number}",
        "phone": "1-800-555-0100",
        "source": "example.org, 2026",
        "last_checked": timezone.localdate(),
        **fields,
    }
    return HelpResource.objects.create(country=country, **values)
