"""The snapshot's picture: four bars as geometry for an SVG template. Pure, and without any style.

Lengths are percentages of whatever room a page gives the bar, as SVG wants them written. So one drawing
is right on a phone, on a desktop and on paper, and the words beside it keep their own size.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from quiz.scoring import CategoryResult, Result

# The soft edge: one answer step on one of six items, to either side.
SOFT_STEP = Fraction(25, 6)


@dataclass(frozen=True)
class Bar:
    """From the left edge: solid as far as `sure`, loose from there to `soft`."""

    sure: str
    soft: str


@dataclass(frozen=True)
class Row:
    """One category of the picture; without enough answers it has no bar."""

    result: CategoryResult
    bar: Bar | None


@lru_cache  # there are but some hundred scores
def bar_of(score: Fraction) -> Bar:
    """The bar of a score from 0 to 100."""
    return Bar(
        sure=_percent(max(Fraction(0), score - SOFT_STEP)),
        soft=_percent(min(Fraction(100), score + SOFT_STEP)),
    )


def rows(result: Result) -> list[Row]:
    """The four, in the fixed order."""
    return [
        Row(each, None if each.score is None else bar_of(each.score)) for each in result.categories
    ]


def _percent(points: Fraction) -> str:
    return f"{float(points):.1f}%"
