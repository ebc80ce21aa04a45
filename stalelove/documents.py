"""The help pages as a text file (see articles.documents)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import models

from articles.documents import Kind, Record, _plain, save_checked
from stalelove.models import Country, HelpResource

_RESOURCE = (
    *("slug", "kind", "name", "phone", "text", "url", "hours", "audience", "note", "source"),
    *("last_checked", "is_published"),
)


class Help(Kind):
    """Countries with their help lines, in one file."""

    name = "help"
    model = Country
    key = "code"
    one_file = True
    fields = ("name", "position", "emergency", "emergency_note")
    extra_fields = ("resources",)

    def all(self) -> models.QuerySet:
        return Country.objects.order_by("position", "name").prefetch_related("resources")

    def record(self, row: Country) -> Record:
        return self.with_lines(row, row.resources.all())

    def with_lines(self, row: Country, lines: Iterable[HelpResource]) -> Record:
        """The record of a country with these of its lines."""
        return {
            **super().record(row),
            "resources": [
                {name: _plain(getattr(line, name)) for name in _RESOURCE} for line in lines
            ],
        }

    def after(self, row: Country, record: Record) -> None:
        if "resources" not in record:
            return
        row.resources.all().delete()
        for position, fields in enumerate(record["resources"]):
            if unknown := sorted(set(fields) - set(_RESOURCE)):
                raise ValueError(f"a help line has no field `{unknown[0]}`")
            resource = HelpResource(country=row, position=position, **fields)
            save_checked(resource, trusted=("country",))


STARTER = Path(__file__).parent / "starter"
KINDS = (Help(),)
