"""The deck, tonight's question, and the cards."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.exercises.builders import make_question
from tests.markup import complaints, parse, words_of

DAY = dt.timedelta(days=1)


def main_of(response):
    html = response.content.decode()
    assert complaints(html) == []
    return parse(html).find(".//main")


def by_class(main, name):
    return [words_of(element) for element in main.iter() if element.get("class") == name]


@pytest.fixture
def deck(db):
    make_question(text="Warm and deep?", category="warmth", depth=3)
    make_question(text="Warm and light?", category="warmth", depth=1)
    make_question(text="Curious and deep?", category="curiosity", depth=3)
    make_question(text="Hidden?", is_published=False)


@pytest.mark.parametrize("page", ["/questions/", "/questions/print/"])
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Curious and deep?", "Warm and deep?", "Warm and light?"]),
        ("?category=warmth", ["Warm and deep?", "Warm and light?"]),
        ("?category=warmth&depth=1", ["Warm and light?"]),
        ("?category=repair&depth=1", []),
        ("?category=%00&depth=9", ["Curious and deep?", "Warm and deep?", "Warm and light?"]),
    ],
)
def test_the_deck_is_shown_and_printed_by_category_and_depth(client, deck, page, query, shown):
    response = client.get(page + query)

    assert response.status_code == 200
    name = "deck-question" if page == "/questions/" else "cut-question"
    assert by_class(main_of(response), name) == shown


def test_the_cards_are_those_of_the_part_that_is_shown(client, deck):
    main = main_of(client.get("/questions/?category=warmth&depth=&nonsense=1"))

    assert [
        (words_of(a), a.get("href")) for a in main.iter("a") if "/print/" in a.get("href")
    ] == [("Print these 2 as cards", "/questions/print/?category=warmth")]


def tonight(client, query=""):
    response = client.get("/questions/tonight/" + query)
    assert response.status_code == 200
    main = main_of(response)
    links = [
        a.get("href").removeprefix("/questions/tonight/")
        for a in main.iter("a")
        if a.get("href").startswith("/questions/tonight/")
    ]
    return by_class(main, "tonight-question"), links, words_of(main)


def test_every_date_has_its_question_and_the_nights_beside_it(client, deck):
    today = timezone.localdate()
    asked, links, _ = tonight(client)
    assert links == [f"?date={today - DAY}", f"?date={today + DAY}"]

    cycle = [tonight(client, f"?date={today + day * DAY}")[0][0] for day in range(3)]
    assert cycle[0] == asked[0]
    assert sorted(cycle) == ["Curious and deep?", "Warm and deep?", "Warm and light?"]
    assert tonight(client, f"?date={today + 3 * DAY}")[0] == asked
    assert tonight(client, f"?date={today + DAY}")[1] == [
        f"?date={today}",
        "",
        f"?date={today + 2 * DAY}",
    ]


@pytest.mark.parametrize(
    "date",
    ["0000-01-01", "0001-01-01", "9999-12-31", "2027-02-30", "tonight", "", "%00", "1" * 400],
)
def test_a_date_that_is_none_gives_tonights_and_says_so(client, deck, date):
    asked, _, text = tonight(client, f"?date={date}")

    assert asked == tonight(client)[0]
    assert "We have no night of that date" in text


def test_the_nights_end_a_year_away_on_either_side(client, deck):
    today = timezone.localdate()
    last, first = today + 366 * DAY, today - 366 * DAY

    assert tonight(client, f"?date={last}")[1] == [f"?date={last - DAY}", ""]
    assert tonight(client, f"?date={first}")[1] == ["", f"?date={first + DAY}"]


def test_an_empty_deck_is_a_plain_page(client, db):
    for address in ("/questions/", "/questions/print/", "/questions/tonight/?date=2027-01-01"):
        assert "There is nothing here yet." in words_of(main_of(client.get(address)))
