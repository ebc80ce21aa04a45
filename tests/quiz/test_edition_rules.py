from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from quiz import edition_rules
from quiz.scoring import LEVELS, Definition, Thresholds
from stalelove.categories import Category
from tests.quiz.builders import make_definition

LINES = "The lines of the bands must lie in the order 0, low, high, 100."
EDGE = "The edge must be less than half of the middle band."
MINIMUM = "The minimum of answers in a category must be 1 to 6."
CHANGE = "“About the same” must end before “more than the usual wobble” begins."
LABELS = "There must be five labels, all different, from least to most."
ORDER = (
    "The questions must stand in the order of the categories, six each: "
    "positions 1-6 Attention, 7-12 Curiosity, 13-18 Repair, 19-24 Warmth."
)


def problems(definition: Definition) -> list[str]:
    """In English, which is what stands in the sentences."""
    return [str(problem) for problem in edition_rules.problems(definition)]


def items_with(place: int, **changes: str) -> Definition:
    items = list(make_definition().items)
    items[place] = dataclasses.replace(items[place], **changes)
    return make_definition(items=tuple(items))


def test_the_edition_that_ships_has_no_problems():
    assert problems(make_definition()) == []


def test_a_category_with_a_question_too_few_is_refused():
    items = make_definition().items

    assert problems(make_definition(items=items[:-1])) == [
        "Warmth needs six questions in the order two about me, two about my partner, "
        "two about us; it has 2, 2 and 1.",
        ORDER,
    ]


def test_a_category_that_grades_the_partner_is_refused():
    assert problems(items_with(0, about="partner")) == [
        "Attention needs six questions in the order two about me, two about my partner, "
        "two about us; it has 1, 3 and 2."
    ]


def test_questions_in_another_order_within_a_category_are_refused():
    items = list(make_definition().items)
    items[6], items[8] = items[8], items[6]

    assert problems(make_definition(items=tuple(items))) == [
        "Curiosity needs six questions in the order two about me, two about my partner, "
        "two about us; it has 2, 2 and 2."
    ]


def test_categories_in_another_order_are_refused():
    items = make_definition().items

    assert problems(make_definition(items=items[6:] + items[:6])) == [ORDER]


@pytest.mark.parametrize("level", LEVELS)
def test_a_category_without_words_for_a_band_is_refused(level):
    bands = dict(make_definition().bands)
    del bands[Category.REPAIR, level]

    assert problems(make_definition(bands=bands)) == [f"Repair has no words for its {level} band."]


def test_a_question_that_stands_there_twice_is_refused():
    text = make_definition().items[0].text

    assert problems(items_with(6, text=text)) == [f"The question “{text}” stands there twice."]


def test_a_key_that_stands_there_twice_is_refused():
    assert problems(items_with(6, key="warmth-laughed")) == [
        "The key “warmth-laughed” stands there twice."
    ]


@pytest.mark.parametrize(
    "labels",
    [
        (),
        ("a", "b", "c", "d"),
        ("a", "b", "c", "d", "e", "f"),
        ("a", "b", "c", "d", "a "),
        ("a", "b", "c", "d", " "),
    ],
)
def test_anything_but_five_different_labels_is_refused(labels):
    assert problems(make_definition(labels=labels)) == [LABELS]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"low_below": Fraction(0)}, LINES),
        ({"high_above": Fraction(100)}, LINES),
        ({"edge": Fraction(25, 2)}, EDGE),
        ({"edge": Fraction(-1)}, EDGE),
        ({"minimum_answered": 0}, MINIMUM),
        ({"minimum_answered": 7}, MINIMUM),
        ({"same_below": Fraction(0)}, CHANGE),
        ({"same_below": Fraction(21)}, CHANGE),
    ],
)
def test_a_threshold_out_of_its_range_is_refused(changes, sentence):
    assert problems(make_definition(thresholds=Thresholds(**changes))) == [sentence]


def test_lines_that_cross_are_refused():
    crossed = Thresholds(low_below=Fraction(60), high_above=Fraction(40))

    assert problems(make_definition(thresholds=crossed)) == [LINES, EDGE]


@pytest.mark.parametrize(
    "changes",
    [
        {"minimum_answered": 1},
        {"minimum_answered": 6},
        {"edge": Fraction(0)},
        {"edge": Fraction(1249, 100)},
        {"same_below": Fraction(20)},
    ],
)
def test_a_threshold_at_the_end_of_its_range_is_allowed(changes):
    assert problems(make_definition(thresholds=Thresholds(**changes))) == []
