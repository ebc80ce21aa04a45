"""The snapshot's picture: four bars as geometry for an SVG template. Pure, and without any style.

Sizes are in the units of the SVG's viewBox. The classes that color a bar are the template's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from quiz.scoring import Result
from stalelove.categories import Category

WIDTH = 600
LABEL_HEIGHT = 26
BAR_HEIGHT = 18
ROW_HEIGHT = 72
# The soft edge: one answer step on one of six items, to either side.
SOFT_STEP = Fraction(25, 6)


@dataclass(frozen=True)
class Bar:
    """One row: `length` and `soft_length` from the left edge; both 0 without enough answers."""

    category: Category
    label_y: int
    bar_y: int
    length: int
    soft_length: int
    has_score: bool


@dataclass(frozen=True)
class Picture:
    """The whole drawing: its size and its rows. Its text twin is the template's."""

    width: int
    height: int
    bar_height: int
    bars: tuple[Bar, ...]
    ticks: tuple[int, ...]


def bar_of(score: Fraction) -> tuple[int, int]:
    """The length of one bar and of its soft end, from the left edge."""
    sure, soft = max(Fraction(0), score - SOFT_STEP), min(Fraction(100), score + SOFT_STEP)
    return _scaled(sure), _scaled(soft)


def bars(result: Result) -> Picture:
    """Lay out the four bars in the fixed order."""
    rows: list[Bar] = []
    for place, category in enumerate(result.categories):
        length, soft_length = (0, 0) if category.score is None else bar_of(category.score)
        top = place * ROW_HEIGHT
        rows.append(
            Bar(
                category=category.category,
                label_y=top + LABEL_HEIGHT - 8,
                bar_y=top + LABEL_HEIGHT + 2,
                length=length,
                soft_length=soft_length,
                has_score=category.has_score,
            )
        )
    return Picture(
        width=WIDTH,
        height=ROW_HEIGHT * len(rows),
        bar_height=BAR_HEIGHT,
        bars=tuple(rows),
        ticks=_ticks(),
    )


def _scaled(points: Fraction) -> int:
    return round(points * WIDTH / 100)


def _ticks() -> Sequence[int]:
    return tuple(_scaled(Fraction(points)) for points in (25, 50, 75))
