"""What editors may see of what readers answered, and what they may not: the rules. Pure.

Nothing is shown for fewer than MINIMUM readers, and nothing that is shown can be subtracted from
anything else that is shown to learn of fewer than MINIMUM:

- A *period* is one or more whole calendar months, closed as soon as MINIMUM readers have finished in it.
  Periods never overlap, and there is no total over periods to subtract them from.
- A month counts by the day on which a checkup was started, and only once nothing in it can change any
  more. Its figures are written down then and never counted again, so that looking twice (before and
  after one reader finished, or deleted) shows the same.
- Each question's answers are parted into *groups* of at least MINIMUM readers: labels next to one another
  are joined until they are that many. The groups part the whole, so that any sum or difference of them
  is again a sum of groups. The same holds of the pages on which people stop and of the bands.
- A reader is a checkup that did not grow from an earlier one, so that one reader's retakes are not ten
  readers.

docs/decisions.md says why this and not rounding or noise, and what it does not guard against.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from quiz.scoring import DID_NOT_COME_UP, HIGHEST, LEVELS, SKIPPED, Definition, Thresholds
from stalelove.categories import Category

MINIMUM = 10
NO_SCORE = "none"

Part = int | str


@dataclass(frozen=True)
class Group:
    """At least MINIMUM readers, and the answers (codes), pages or bands that are theirs."""

    parts: tuple[Part, ...]
    readers: int


@dataclass(frozen=True)
class MonthCounts:
    """Everything counted of the first checkups that were started in one month; never shown as it is.

    `month` is its first day. `stopped` counts the unfinished by the category they did not save,
    `answers[position][code]` and `bands[category][level]` the finished.
    """

    month: dt.date
    finished: int
    stopped: Mapping[Category, int]
    answers: Sequence[Mapping[int, int]]
    bands: Mapping[Category, Mapping[str, int]]


@dataclass(frozen=True)
class Figures:
    """What is shown of one period. `started` and `stopped` are None where fewer than MINIMUM stopped,
    `bands` of a category is empty where the edition's lines would give single answers away."""

    finished: int
    started: int | None
    stopped: tuple[Group, ...]
    questions: tuple[tuple[Group, ...], ...]
    bands: Mapping[Category, tuple[Group, ...]]


@dataclass(frozen=True)
class Period:
    """Whole months, by their first days, with what is shown of them."""

    first_month: dt.date
    last_month: dt.date
    figures: Figures


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after the one of `month`."""
    return (month.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def complete_before(today: dt.date, unfinished_days: int) -> dt.date:
    """The first day of the earliest month in which something may still change.

    An unfinished checkup may be finished until `unfinished_days` after it was started.
    """
    return (today - dt.timedelta(days=unfinished_days)).replace(day=1)


def grouped(counts: Sequence[tuple[Part, int]]) -> tuple[Group, ...]:
    """Join neighbors, from the left, until every group has MINIMUM readers; a rest joins the last.

    The whole is one group when it is no more than that; empty when it has fewer than MINIMUM.
    """
    groups: list[Group] = []
    parts: tuple[Part, ...] = ()
    readers = 0
    for part, count in counts:
        parts, readers = (*parts, part), readers + count
        if readers >= MINIMUM:
            groups.append(Group(parts, readers))
            parts, readers = (), 0
    if parts and groups:
        last = groups.pop()
        groups.append(Group((*last.parts, *parts), last.readers + readers))
    return tuple(groups)


def answer_order(definition: Definition, position: int) -> tuple[int, ...]:
    """The codes of a question in the order in which neighbors are joined: no answer, then the labels."""
    category = definition.items[position].category
    absent = (DID_NOT_COME_UP,) if definition.may_not_come_up(category) else ()
    return (SKIPPED, *absent, *range(HIGHEST + 1))


def bands_stand_alone(thresholds: Thresholds, items: int = 6) -> bool:
    """Whether no band says anything certain of any one answer, nor any answer of the band.

    Were every reader of the low band bound to have a low answer to a question, the count of the band
    could be taken from the count of the answer, and the difference be three readers.
    """
    step = Fraction(100, items)
    return (
        1 < thresholds.minimum_answered < items
        and thresholds.low_below > step
        and thresholds.high_above < 100 - step
    )


def periods(months: Iterable[MonthCounts], definition: Definition) -> Iterator[Period]:
    """Close a period whenever MINIMUM readers have finished; what is left over waits.

    `months` stand in order, each at most once.
    """
    waiting: list[MonthCounts] = []
    for month in months:
        waiting.append(month)
        if sum(each.finished for each in waiting) >= MINIMUM:
            yield Period(waiting[0].month, month.month, figures(waiting, definition))
            waiting = []


def figures(months: Sequence[MonthCounts], definition: Definition) -> Figures:
    """What may be shown of some months together, in which at least MINIMUM have finished."""
    finished = sum(month.finished for month in months)
    if finished < MINIMUM:
        raise ValueError(f"{finished} readers are too few to show anything of")
    stopped = _together(month.stopped for month in months)
    gone = sum(stopped.values())
    alone = bands_stand_alone(definition.thresholds)
    return Figures(
        finished=finished,
        started=finished + gone if gone >= MINIMUM else None,
        stopped=grouped([(category.value, stopped[category]) for category in Category]),
        questions=tuple(
            _groups(
                _together(month.answers[place] for month in months),
                answer_order(definition, place),
            )
            for place in range(len(definition.items))
        ),
        bands={
            category: _groups(
                _together(month.bands[category] for month in months), (NO_SCORE, *LEVELS)
            )
            if alone
            else ()
            for category in Category
        },
    )


def _together(counts: Iterable[Mapping[Any, int]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for count in counts:
        total.update(count)
    return total


def _groups(counts: Mapping[Any, int], order: Iterable[Part]) -> tuple[Group, ...]:
    return grouped([(part, counts[part]) for part in order])


def as_json(shown: Figures) -> dict[str, Any]:
    """As it is stored; `from_json` reads it back."""
    return {
        "finished": shown.finished,
        "started": shown.started,
        "stopped": _groups_out(shown.stopped),
        "questions": [_groups_out(groups) for groups in shown.questions],
        "bands": {category.value: _groups_out(groups) for category, groups in shown.bands.items()},
    }


def from_json(stored: Mapping[str, Any]) -> Figures:
    """What `as_json` made."""
    return Figures(
        finished=stored["finished"],
        started=stored["started"],
        stopped=_groups_in(stored["stopped"]),
        questions=tuple(_groups_in(groups) for groups in stored["questions"]),
        bands={
            Category(category): _groups_in(groups) for category, groups in stored["bands"].items()
        },
    )


def _groups_out(groups: Sequence[Group]) -> list[list[Any]]:
    return [[list(group.parts), group.readers] for group in groups]


def _groups_in(stored: Sequence[Sequence[Any]]) -> tuple[Group, ...]:
    return tuple(Group(tuple(parts), readers) for parts, readers in stored)
