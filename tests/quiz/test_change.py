"""The rules of instrument.md 2.4 at every boundary."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.change import CategoryChange, Change, Moved, Taken, amount, compare
from quiz.scoring import DID_NOT_COME_UP, SKIPPED, Definition, Item, Thresholds
from stalelove.categories import Category

LABELS = ("Not at all", "Once or twice", "Some days", "Most days", "Nearly every day")
ABOUT = ("me", "me", "partner", "partner", "us", "us")
ITEMS = tuple(
    Item(f"{category}-{n}", category, about, f"{category} {n}?", f"{category} {n}")
    for category in Category
    for n, about in enumerate(ABOUT)
)
EDITION = Definition(1, "", "the last two weeks", LABELS, "Did not", ITEMS, {}, Thresholds())
DAY = dt.date(2027, 3, 25)


def taken(answers, *, day=DAY, edition=EDITION):
    return Taken(edition, [*answers, *[SKIPPED] * (24 - len(answers))], day)


def attention(before, now, edition=EDITION):
    """What is said of the first category, four weeks apart."""
    earlier = taken(before, day=DAY, edition=edition)
    later = taken(now, day=DAY + dt.timedelta(days=28), edition=edition)
    return compare(earlier, later).categories[0]


@pytest.mark.parametrize(
    ("points", "state"),
    [
        ("0", "same"),
        ("9.99", "same"),
        ("10", "maybe"),
        ("10.01", "maybe"),
        ("19.99", "maybe"),
        ("20", "maybe"),
        ("20.01", "more"),
        ("100", "more"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_each_amount_ends_where_the_rule_says(points, state, sign):
    assert amount(sign * Fraction(points), Thresholds()) == state


@pytest.mark.parametrize(
    ("steps", "difference", "state"),
    [
        (0, 0, "same"),
        (1, Fraction(25, 6), "same"),
        (2, Fraction(25, 3), "same"),
        (3, Fraction(25, 2), "maybe"),
        (4, Fraction(50, 3), "maybe"),
        (5, Fraction(125, 6), "more"),
        (6, 25, "more"),
    ],
)
def test_with_six_answers_the_rule_counts_steps(steps, difference, state):
    before, now = [1] * 6, [2] * steps + [1] * (6 - steps)

    up, down = attention(before, now), attention(now, before)
    assert (up.shared, up.difference, up.state) == (6, difference, state)
    assert (down.shared, down.difference, down.state) == (6, -difference, state)
    assert (up.direction, down.direction) == (
        ("more often", "less often") if steps else ("neither", "neither")
    )


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (-400, "too soon"),
        (-1, "too soon"),
        (0, "too soon"),
        (13, "too soon"),
        (14, None),
        (400, None),
    ],
)
def test_windows_closer_than_fourteen_days_are_not_compared(days, reason):
    change = compare(taken([0] * 24), taken([4] * 24, day=DAY + dt.timedelta(days=days)))

    assert (change.days, change.reason, len(change.categories)) == (
        days,
        reason,
        0 if reason else 4,
    )


def test_editions_that_differ_are_not_compared_whatever_the_days():
    another = replace(EDITION, number=2)
    for days in (0, 28):
        later = taken([4] * 24, day=DAY + dt.timedelta(days=days), edition=another)
        assert compare(taken([0] * 24), later) == Change(days, "another edition", ())


@pytest.mark.parametrize(("shared", "state"), [(6, "more"), (5, "more"), (4, "more"), (3, "few")])
def test_four_questions_must_have_been_answered_both_times(shared, state):
    before = [0] * 6
    now = [4] * shared + [SKIPPED] * (6 - shared)

    for one, other in ((before, now), (now, before)):
        found = attention(one, other)
        assert (found.shared, found.state) == (shared, state)


def test_answered_both_times_is_counted_by_question_and_not_by_number():
    # Four answers each time, three of them to the same questions.
    assert attention([1, 1, 1, 1, -1, -1], [1, 1, 1, -1, 1, -1]) == CategoryChange(
        Category.ATTENTION, 3, None, "few", ()
    )


def test_what_did_not_come_up_is_missing_and_never_zero():
    repair = [SKIPPED] * 12
    earlier = taken([*repair, 4, 4, 4, 4, 4, 4])
    later = taken(
        [*repair, 4, 4, 4, 4, DID_NOT_COME_UP, DID_NOT_COME_UP], day=DAY + dt.timedelta(days=28)
    )

    found = compare(earlier, later).categories[2]
    assert (found.shared, found.difference, found.state) == (4, 0, "same")


def test_only_the_questions_answered_both_times_count():
    # The first two questions were answered once each, and would have moved the means apart.
    found = attention([0, -1, 2, 2, 2, 2], [-1, 4, 2, 2, 2, 2])

    assert (found.shared, found.difference, found.state) == (4, 0, "same")


def test_questions_that_moved_two_steps_are_named_in_both_answers():
    found = attention([2, 0, 4, 1, 3, SKIPPED], [4, 1, 2, 4, 3, 4])

    assert found.moved == (
        Moved(ITEMS[0], "Some days", "Nearly every day"),
        Moved(ITEMS[2], "Nearly every day", "Some days"),
        Moved(ITEMS[3], "Once or twice", "Nearly every day"),
    )


def test_the_thresholds_are_the_editions_own():
    wide = replace(
        EDITION,
        thresholds=Thresholds(
            same_below=Fraction(30), unusual_above=Fraction(40), comparable_after_days=60
        ),
    )
    before, now = taken([1] * 24, edition=wide), [2] * 24

    assert (
        compare(before, taken(now, day=DAY + dt.timedelta(59), edition=wide)).reason == "too soon"
    )
    later = compare(before, taken(now, day=DAY + dt.timedelta(60), edition=wide))
    assert [category.state for category in later.categories] == ["same"] * 4


def test_nothing_answered_at_all_is_no_change():
    change = compare(taken([]), taken([], day=DAY + dt.timedelta(28)))

    assert [(c.state, c.moved) for c in change.categories] == [("few", ())] * 4
    assert change.moved == ()


ANSWERS = st.lists(st.integers(-1, 4), min_size=24, max_size=24)


@given(ANSWERS, ANSWERS)
def test_looking_back_is_the_mirror_of_looking_on(one, other):
    there = compare(taken(one), taken(other, day=DAY + dt.timedelta(28)))
    back = compare(taken(other), taken(one, day=DAY + dt.timedelta(28)))

    for a, b in zip(there.categories, back.categories, strict=True):
        assert (a.state, a.shared) == (b.state, b.shared)
        assert a.difference is None or a.difference == -b.difference
        assert [(m.item, m.before, m.now) for m in a.moved] == [
            (m.item, m.now, m.before) for m in b.moved
        ]
