"""Which practice a snapshot begins with: by the category, and by what the reader says would fit.

Pure: it looks at anything that says whom it needs and how long it takes, and keeps the order it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

Who = Literal["alone", "both", ""]


class Practice(Protocol):
    """`needs` is “alone”, “both” or “either”."""

    @property
    def needs(self) -> str: ...

    @property
    def minutes(self) -> int: ...


P = TypeVar("P", bound=Practice)


@dataclass(frozen=True)
class Beginning(Generic[P]):
    """The practice to begin with, or None. `is_longer` when none is as short as was asked for."""

    practice: P | None
    is_longer: bool = False


def beginning(
    practices: Sequence[P], *, who: Who = "", minutes: int | None = None
) -> Beginning[P]:
    """The first that fits. Who it needs is never given way in; the time is, to the shortest there is,
    because a longer practice can be begun and a second person cannot be made up."""
    possible = [each for each in practices if not who or each.needs in (who, "either")]
    short = [each for each in possible if minutes is None or each.minutes <= minutes]
    if short:
        return Beginning(short[0])
    if possible:
        return Beginning(min(possible, key=lambda each: each.minutes), is_longer=True)
    return Beginning(None)
