"""Which models keep every revision of their rows. What is computed from a row is not part of it.

Revisions are made by the admin (articles.history) and by whatever writes through
articles.documents; other code wraps its saves in `reversion.create_revision()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import reversion
from django.db import models

from articles.derived import Derived

Model = TypeVar("Model", bound=type[models.Model])


def versioned(*, follow: tuple[str, ...] = ()) -> Callable[[Model], Model]:
    """Class decorator. `follow` names the rows that belong to this one and share its revisions."""

    def register(model: Model) -> Model:
        computed = [
            field.name
            for field in model._meta.local_fields
            if isinstance(field, Derived) or getattr(field, "generated", False)
        ]
        reversion.register(model, exclude=computed, follow=follow)
        return model

    return register
