"""Columns that are computed from other columns of the row whenever it is saved.

Admin, shell, import and bulk_create all pass through a field's `pre_save`, so the rendered text
cannot fall behind the Markdown. (`QuerySet.update` does not: it must not be used on the sources.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Derived:
    """Mixin for a model field: `compute` takes the instance and returns the value to store."""

    def __init__(
        self, *args: Any, compute: Callable[[Any], Any] | None = None, **kwargs: Any
    ) -> None:
        kwargs["editable"] = False
        self.compute = compute
        super().__init__(*args, **kwargs)

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = self.compute(instance) if self.compute else getattr(instance, self.attname)
        setattr(instance, self.attname, value)
        return value


class DerivedText(Derived, models.TextField):
    """A text computed from the row."""


class DerivedNumber(Derived, models.PositiveIntegerField):
    """A whole number computed from the row."""


class DerivedJSON(Derived, models.JSONField):
    """Plain data computed from the row."""


class DerivedNames(Derived, ArrayField):
    """Names found in the row."""


def compute(instance: models.Model) -> None:
    """Fill in every computed column of a row that is shown without being saved."""
    for field in instance._meta.local_fields:
        if isinstance(field, Derived):
            field.pre_save(instance, add=True)
