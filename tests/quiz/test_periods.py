"""What editors may see, and that no subtraction of it tells of fewer than ten readers."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from quiz.periods import (
    MINIMUM,
    Figures,
    Group,
    MonthCounts,
    answer_order,
    as_json,
    bands_stand_alone,
    complete_before,
    figures,
    from_json,
    grouped,
    next_month,
    periods,
)
from quiz.scoring import BandWords, Definition, Item, Thresholds, category_score, level_of
from stalelove.categories import Category

DEFINITION = Definition(
    number=1,
    title="",
    window="",
    labels=("a", "b", "c", "d", "e"),
    did_not_come_up="none",
    items=tuple(
        Item(f"{category}-{n}", category, "me", "", "") for category in Category for n in range(6)
    ),
    bands={(c, level): BandWords("", "") for c in Category for level in ("low", "middle", "high")},
    thresholds=Thresholds(),
)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], ()),
        ([("a", 9)], ()),
        ([("a", 10)], (Group(("a",), 10),)),
        ([("a", 3), ("b", 7), ("c", 40)], (Group(("a", "b"), 10), Group(("c",), 40))),
        ([("a", 40), ("b", 7)], (Group(("a", "b"), 47),)),
        ([("a", 0), ("b", 12), ("c", 0)], (Group(("a", "b", "c"), 12),)),
        ([("a", 4), ("b", 5)], ()),
    ],
)
def test_neighbors_are_joined_until_they_are_ten(counts, expected):
    assert grouped(counts) == expected


def test_no_hidden_count_can_be_worked_out_by_one_who_knows_the_rule():
    """Every way to part up to 23 readers over four answers, by what is shown of them: whoever sees it
    and knows the rule can never tell that one to nine readers gave some answer or run of answers."""
    possible: dict[tuple[Group, ...], list[tuple[int, ...]]] = defaultdict(list)
    for total in range(24):
        for cuts in combinations(range(total + 3), 3):
            counts = tuple(high - low - 1 for low, high in pairwise((-1, *cuts, total + 3)))
            shown = grouped(list(zip("abcd", counts, strict=True)))
            if shown:
                possible[shown].append(counts)
    assert len(possible) == 44
    for shown, worlds in possible.items():
        for size in range(1, 5):
            for parts in combinations(range(4), size):
                known = {sum(counts[part] for part in parts) for counts in worlds}
                if len(known) == 1:
                    (count,) = known
                    assert count == 0 or count >= MINIMUM, (shown, parts)


def test_a_month_counts_when_nothing_in_it_can_change_any_more():
    # Started on 31 March, a checkup may be finished until 7 April.
    assert complete_before(dt.date(2026, 4, 7), 7) == dt.date(2026, 3, 1)
    assert complete_before(dt.date(2026, 4, 8), 7) == dt.date(2026, 4, 1)
    assert next_month(dt.date(2026, 12, 31)) == dt.date(2027, 1, 1)


@dataclass(frozen=True)
class Reader:
    """`code` is the answer to every question; None for one who stopped. `gone` counts days from the
    start of the year: from then on the row is deleted."""

    number: int
    month: int
    code: int | None
    page: int
    gone: int


YEAR = [dt.date(2026, month, 1) for month in range(1, 7)]


def month_counts(readers: list[Reader], month: int) -> MonthCounts:
    finished = [r for r in readers if r.month == month and r.code is not None]
    stopped = [r for r in readers if r.month == month and r.code is None]
    answers = [Counter(r.code for r in finished) for _ in DEFINITION.items]
    return MonthCounts(
        month=YEAR[month],
        finished=len(finished),
        stopped=Counter(list(Category)[r.page] for r in stopped),
        answers=answers,
        bands={category: Counter(band(r) for r in finished) for category in Category},
    )


def band(reader: Reader) -> str:
    score = category_score([reader.code] * 6, 4)
    return "none" if score is None else level_of(score, Thresholds())


# The days (from 1 January) around which a month becomes complete: on others nothing new can appear.
LOOKS = [(month - YEAR[0]).days + 7 + late for month in YEAR[1:] for late in (-1, 0, 1)]
people = st.builds(
    Reader,
    number=st.integers(0, 10**9),
    month=st.integers(0, 4),
    code=st.sampled_from([None, -1, 0, 1, 2, 3, 4, 4, 4]),
    page=st.integers(0, 3),
    gone=st.integers(0, 400),
)


# Without shrinking: a failure of so large a world would be shrunk for minutes.
@settings(max_examples=80, deadline=None, phases=(Phase.reuse, Phase.generate))
@given(
    st.lists(people, min_size=30, max_size=150, unique_by=lambda reader: reader.number),
    st.sets(st.sampled_from(LOOKS), min_size=1),
)
def test_no_difference_of_anything_ever_shown_tells_of_fewer_than_ten(readers, looks):
    """An editor looks again and again for half a year while readers come, go and delete. Whatever was ever
    shown is a set of readers; nothing that can be made of those sets by adding and subtracting holds
    one to nine readers."""
    shown: list[frozenset[int]] = []
    counted_until = dt.date.min
    for day in sorted(looks):
        before = complete_before(YEAR[0] + dt.timedelta(days=day), 7)
        present = [r for r in readers if r.gone > day]
        waiting = [
            month_counts(present, n)
            for n, month in enumerate(YEAR)
            if counted_until < month < before
        ]
        for period in periods(waiting, DEFINITION):
            months = [
                n for n, m in enumerate(YEAR) if period.first_month <= m <= period.last_month
            ]
            here = [r for r in present if r.month in months]
            shown += sets_behind(period.figures, here)
            counted_until = period.last_month
    atoms = Counter(
        tuple(number in one for one in shown) for number in {n for one in shown for n in one}
    )
    assert all(count >= MINIMUM for count in atoms.values())


def sets_behind(told: Figures, here: list[Reader]) -> list[frozenset[int]]:
    """The readers behind every number of the figures; each number must be the size of its set."""
    finished = frozenset(r.number for r in here if r.code is not None)
    stopped = frozenset(r.number for r in here if r.code is None)
    found = [finished]
    assert told.finished == len(finished)
    if told.started is not None:
        assert told.started == len(finished | stopped)
        found.append(finished | stopped)
    for group in told.stopped:
        found.append(
            frozenset(
                r.number for r in here if r.code is None and list(Category)[r.page] in group.parts
            )
        )
        assert group.readers == len(found[-1])
    for groups in told.questions[:1]:  # all questions are answered alike
        for group in groups:
            found.append(frozenset(r.number for r in here if r.code in group.parts))
            assert group.readers == len(found[-1])
    return found


def test_a_band_that_would_give_an_answer_away_is_not_shown():
    assert bands_stand_alone(Thresholds())
    assert not bands_stand_alone(Thresholds(low_below=Fraction(16)))
    assert not bands_stand_alone(Thresholds(high_above=Fraction(84)))
    assert not bands_stand_alone(Thresholds(minimum_answered=6))
    assert not bands_stand_alone(Thresholds(minimum_answered=1))


def test_no_band_binds_any_answer_where_bands_stand_alone():
    """Every band of the shipped lines holds readers with each answer to a given question."""
    rest = [(a, b) for a in range(5) for b in range(5)]
    for code in range(5):
        levels = {
            level_of(category_score([code, a, a, a, b, b], 4), Thresholds()) for a, b in rest
        }
        assert levels == {"low", "middle", "high"}


def make_month(*, month: dt.date, finished: int, stopped: int = 0) -> MonthCounts:
    return MonthCounts(
        month=month,
        finished=finished,
        stopped={Category.REPAIR: stopped},
        answers=[{3: finished} for _ in DEFINITION.items],
        bands={category: {"high": finished} for category in Category},
    )


def test_months_wait_for_one_another_until_ten_have_finished():
    counts = (4, 5, 1, 30, 9)
    months = [make_month(month=YEAR[n], finished=count) for n, count in enumerate(counts)]

    found = [
        (p.first_month, p.last_month, p.figures.finished) for p in periods(months, DEFINITION)
    ]

    assert found == [(YEAR[0], YEAR[2], 10), (YEAR[3], YEAR[3], 30)]


def test_where_fewer_than_ten_stopped_it_is_not_said_how_many_started():
    few, many = (
        figures([make_month(month=YEAR[0], finished=50, stopped=stopped)], DEFINITION)
        for stopped in (9, 10)
    )

    assert (few.started, few.stopped) == (None, ())
    assert many.started == 60
    assert many.stopped == (Group(("attention", "curiosity", "repair", "warmth"), 10),)


def test_too_few_readers_are_refused():
    with pytest.raises(ValueError, match="9 readers are too few"):
        figures([make_month(month=YEAR[0], finished=9)], DEFINITION)


def test_only_repair_has_an_answer_of_its_own():
    assert answer_order(DEFINITION, 0) == (-1, 0, 1, 2, 3, 4)
    assert answer_order(DEFINITION, 12) == (-1, -2, 0, 1, 2, 3, 4)


def test_figures_come_back_as_they_were_stored():
    told = figures([make_month(month=YEAR[0], finished=50, stopped=12)], DEFINITION)

    assert from_json(as_json(told)) == told
