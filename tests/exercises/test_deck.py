"""Tonight's question."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exercises.deck import tonights
from exercises.models import Question
from stalelove.categories import Category

DAY = dt.timedelta(days=1)
dates = st.dates(max_value=dt.date(9998, 1, 1))
decks = st.integers(1, 300).map(range)


def following(deck, first: dt.date, count: int) -> list:
    return [tonights(deck, first + DAY * n) for n in range(count)]


def test_an_empty_deck_has_no_question():
    assert tonights([], dt.date(2026, 11, 22)) is None


@given(dates, st.text(min_size=1))
def test_it_comes_from_the_deck_and_is_the_same_all_day(date, deck):
    assert tonights(deck, date) in deck
    assert tonights(deck, date) == tonights(list(deck), date)


@given(decks, dates)
def test_each_comes_once_before_any_comes_again(deck, first):
    length = len(deck)

    evenings = following(deck, first, 2 * length) if first.year < 9997 else list(deck) * 2

    assert sorted(evenings[:length]) == list(deck)
    assert evenings[length:] == evenings[:length]


@given(st.integers(5, 300).map(range), dates.filter(lambda date: date.year < 9997))
def test_two_evenings_never_lie_side_by_side_in_the_deck(deck, first):
    steps = {(b - a) % len(deck) for a, b in pairwise(following(deck, first, len(deck)))}

    assert len(steps) == 1
    # A deck of six has no other stride: 1 and 5 alone share no factor with it.
    assert len(deck) == 6 or steps.isdisjoint({1, len(deck) - 1})


@given(st.integers(4, 80), dates.filter(lambda date: date.year < 9997))
def test_the_category_changes_every_evening_in_a_deck_of_four_equal_parts(each, first):
    deck = [category for category in Category for _ in range(each)]

    evenings = following(deck, first, len(deck))

    assert all(a != b for a, b in pairwise(evenings))


@given(
    st.lists(st.integers(12, 20), min_size=4, max_size=4), dates.filter(lambda d: d.year < 9997)
)
def test_the_category_changes_every_evening_where_editors_have_added_more_to_some(sizes, first):
    deck = [category for category, size in zip(Category, sizes, strict=True) for _ in range(size)]

    evenings = following(deck, first, len(deck))

    assert all(a != b for a, b in pairwise(evenings))


def test_the_shipped_deck_changes_its_category_every_evening_for_a_year(starter):
    deck = list(Question.objects.published().in_category_order())

    evenings = following(deck, dt.date(2027, 1, 1), 365)

    assert [a.text for a, b in pairwise(evenings) if a.category == b.category] == []
    assert {question.text for question in evenings} == {question.text for question in deck}


def test_the_deck_is_in_the_order_of_the_categories(starter):
    deck = [question.category for question in Question.objects.in_category_order()]

    assert list(dict.fromkeys(deck)) == list(Category)
    assert deck == sorted(deck, key=list(Category).index)


def test_a_question_that_is_not_published_is_never_tonights(client, starter):
    Question.objects.update(is_published=False)
    Question.objects.filter(slug="repair-03").update(is_published=True)

    page = client.get("/questions/tonight/").content.decode()

    assert Question.objects.get(slug="repair-03").text in page.replace("&#x27;", "'")
