"""What may be said of two checkups of one person: the rules of instrument.md 2.4, exact and pure.

The thresholds are the edition's own. They are provisional: they come from the reliable change index
(Jacobson and Truax 1991) with an assumed spread and reliability, and that index is known to call change
too often (Maassen 2004; Temkin 2004). So nothing here is called better, worse, or caused by anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeGuard

from quiz.scoring import POINTS_PER_STEP, Answer, Definition, Item, Thresholds
from stalelove.categories import Category

# A question that moved this many steps of the five answers is worth naming.
MOVED_STEPS = 2

# Why two checkups are not compared at all.
Reason = Literal["another edition", "too soon"]
# What is said of one category; "few" when too few questions were answered both times.
Amount = Literal["same", "maybe", "more"]
State = Literal["same", "maybe", "more", "few"]
Direction = Literal["more often", "less often", "neither"]


@dataclass(frozen=True)
class Taken:
    """One finished checkup: its edition, the answers in the edition's order, the day it was finished."""

    definition: Definition
    answers: Sequence[Answer]
    finished_on: dt.date


@dataclass(frozen=True)
class Moved:
    """A question whose answer moved two steps or more; the answers in words."""

    item: Item
    before: str
    now: str


@dataclass(frozen=True)
class CategoryChange:
    """One category. `difference` is in points of 0 to 100, positive when the later answers are the more
    frequent, over the `shared` questions that were answered both times; None when these are too few."""

    category: Category
    shared: int
    difference: Fraction | None
    state: State
    moved: tuple[Moved, ...]

    @property
    def direction(self) -> Direction:
        if not self.difference:
            return "neither"
        return "more often" if self.difference > 0 else "less often"


@dataclass(frozen=True)
class Change:
    """Two checkups side by side: either a `reason` and no categories, or all four in the fixed order.

    `days` lie between the two days of finishing; negative when the clock was set back between them.
    """

    days: int
    reason: Reason | None
    categories: tuple[CategoryChange, ...]

    @property
    def moved(self) -> tuple[Moved, ...]:
        return tuple(moved for category in self.categories for moved in category.moved)


def amount(difference: Fraction, thresholds: Thresholds) -> Amount:
    """How much a difference in points is; both lines themselves belong to the middle, “maybe”."""
    size = abs(difference)
    if size < thresholds.same_below:
        return "same"
    return "more" if size > thresholds.unusual_above else "maybe"


def compare(earlier: Taken, later: Taken) -> Change:
    """What may be said. Another edition is the stronger reason, so it is named first."""
    days = (later.finished_on - earlier.finished_on).days
    if earlier.definition.number != later.definition.number:
        return Change(days, "another edition", ())
    if days < later.definition.thresholds.comparable_after_days:
        return Change(days, "too soon", ())
    return Change(days, None, tuple(_category(earlier, later, category) for category in Category))


def _category(earlier: Taken, later: Taken, category: Category) -> CategoryChange:
    definition = later.definition
    pairs = [
        (definition.items[position], before, now)
        for position in definition.positions_in(category)
        if _given(before := earlier.answers[position]) and _given(now := later.answers[position])
    ]
    if len(pairs) < max(1, definition.thresholds.minimum_answered):
        return CategoryChange(category, len(pairs), None, "few", ())
    steps = sum(now - before for _, before, now in pairs)
    difference = Fraction(steps, len(pairs)) * POINTS_PER_STEP
    moved = tuple(
        Moved(item, definition.answer_label(before), definition.answer_label(now))
        for item, before, now in pairs
        if abs(now - before) >= MOVED_STEPS
    )
    state = amount(difference, definition.thresholds)
    return CategoryChange(category, len(pairs), difference, state, moved)


def _given(answer: Answer) -> TypeGuard[int]:
    """Answered with one of the five labels: not skipped, not “it did not come up”, not unreached."""
    return answer is not None and answer >= 0
