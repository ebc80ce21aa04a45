"""Editions of the checkup as text files (see articles.documents)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from django.db import models

from articles.documents import ContentError, Kind, Record, digest, save_checked
from quiz.models import Band, Edition, Item

_THRESHOLDS = (
    *("minimum_answered", "low_below", "high_above", "edge", "lowest_gap", "same_below"),
    *("unusual_above", "comparable_after_days", "partner_gap"),
)


class Editions(Kind):
    """One file an edition: labels, thresholds, 24 items and 12 bands."""

    name = "editions"
    model = Edition
    key = "number"
    fields = ("title", "window", "labels", "did_not_come_up")
    extra_fields = ("number", "thresholds", "items", "bands", "published_on")

    def all(self) -> models.QuerySet:
        return Edition.objects.order_by("number").prefetch_related("items", "bands")

    def record(self, row: Edition) -> Record:
        return {
            **super().record(row),
            "published_on": row.published_on,
            "thresholds": {name: _number(getattr(row, name)) for name in _THRESHOLDS},
            "items": [
                {
                    name: getattr(item, name)
                    for name in ("key", "category", "about", "text", "short")
                }
                for item in row.items.all()
            ],
            "bands": [
                {
                    "category": band.category,
                    "band": band.level,
                    "label": band.label,
                    "words": band.words,
                }
                for band in row.bands.all()
            ],
        }

    def write(self, key: str, record: Record, *, is_new: bool = False) -> Edition:
        """As every kind; a published edition is taken only if the record says what is stored."""
        row = self.all().filter(number=key).first()
        if row is not None and row.is_published:
            stored = self.record(row)
            told = {name: record.get(name, value) for name, value in stored.items()}
            if digest(told) == digest(stored):
                return row
            raise ContentError(
                f"{self.name}/{key}: a published edition cannot be changed; give the file a new number"
            )
        return super().write(key, record, is_new=is_new)

    def before(self, row: Edition, record: Record) -> None:
        for name, value in record.get("thresholds", {}).items():
            if name not in _THRESHOLDS:
                raise ValueError(f"there is no threshold `{name}`")
            setattr(row, name, Decimal(str(value)))

    def after(self, row: Edition, record: Record) -> None:
        row.items.all().delete()
        row.bands.all().delete()
        for position, fields in enumerate(record["items"], 1):
            item = Item(edition=row, position=position, **fields)
            save_checked(item)
        for fields in record["bands"]:
            band = Band(
                edition=row,
                category=fields["category"],
                level=fields["band"],
                label=fields["label"],
                words=fields["words"],
            )
            save_checked(band)
        if record.get("published_on"):
            row.publish(on=record["published_on"])


def _number(value: Decimal | int) -> int | float:
    return int(value) if value == int(value) else float(value)


STARTER = Path(__file__).parent / "starter"
KINDS = (Editions(),)
