"""The request builder: nothing is stored, and nothing stands in an address."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.markup import complaints, parse, words_of

ADDRESS = "/exercises/request/"
TODAY = timezone.localdate


def filled(**changes):
    return {
        "number": "1",
        "complaint": "The phone, always the phone.",
        "see": "Would you Eat supper at the table with me?",
        "small": "once, for half an hour",
        "by": str(TODAY() + dt.timedelta(days=3)),
        "reason": "I miss having you to myself.",
        **changes,
    }


def main_of(response, status=200):
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response.cookies == {}
    html = response.content.decode()
    assert complaints(html) == []
    return parse(html).find(".//main")


def part(main, name):
    found = [words_of(e) for e in main.iter() if name in (e.get("class") or "").split()]
    return found[0] if found else None


def number(main):
    return next(e.get("value") for e in main.iter("input") if e.get("name") == "number")


def test_a_complaint_becomes_a_dated_request_on_a_card(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        main = main_of(client.post(ADDRESS, filled()))

    day = f"{TODAY() + dt.timedelta(days=3):%A, %B} {(TODAY() + dt.timedelta(days=3)).day}"
    assert part(main, "card") == (
        "The request Would you eat supper at the table with me? How small once, for half an hour "
        f"By {day} Because I miss having you to myself. No is a possible answer. So is another day."
    )
    assert "phone" not in part(main, "card")


def test_what_was_written_is_still_there_to_change(client):
    main = main_of(client.post(ADDRESS, filled(see="<b>be more present</b>")))

    text = {e.get("name"): e.get("value") for e in main.iter("input")}
    assert text["see"] == "<b>be more present</b>"
    assert words_of(main.find(".//textarea")) == "The phone, always the phone."
    assert "Could a stranger see whether it was done?" in words_of(main)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"see": ""}, "Say what you would see being done."),
        ({"see": "Would you?"}, "Say what you would see being done."),
        ({"small": " "}, "Say how small it could be."),
        ({"by": "soon"}, "Write the day as year-month-day, such as 2027-03-25."),
        ({"by": "2020-01-01"}, "That day is over. Choose today or a day to come."),
        ({"by": "9999-12-31"}, "That is more than two months away."),
        ({"see": "\x00\x01"}, "Say what you would see being done."),
    ],
)
def test_what_cannot_be_a_request_is_said_in_a_sentence(client, changes, sentence):
    main = main_of(client.post(ADDRESS, filled(**changes)), status=422)

    assert sentence in words_of(main)
    assert part(main, "card") is None


def test_the_third_request_gets_a_gentle_note(client):
    first = main_of(client.get(ADDRESS))
    assert (number(first), part(first, "many")) == ("1", None)

    second = main_of(client.post(ADDRESS, filled(another="yes")))
    assert (number(second), part(second, "many")) == ("2", None)
    assert part(second, "card") is None
    assert words_of(second.find(".//textarea")) == ""

    third = main_of(client.post(ADDRESS, filled(number="2", another="yes")))
    assert number(third) == "3"
    assert part(third, "many").startswith("This is request number 3 today.")
    assert part(main_of(client.post(ADDRESS, filled(number="3"))), "many")


@pytest.mark.parametrize("nonsense", ["", "-4", "many", "1e9", "\x00", "9" * 50])
def test_a_count_that_is_none_is_the_first(client, nonsense):
    assert number(main_of(client.post(ADDRESS, filled(number=nonsense, another="yes")))) == "2"


def test_another_sites_page_cannot_send_it(client):
    response = client.post(ADDRESS, filled(), headers={"sec-fetch-site": "cross-site"})

    assert response.status_code == 403


def test_what_is_too_large_is_not_read(client):
    response = client.post(ADDRESS, filled(complaint="x" * 40_000))

    assert "larger than this page can be" in words_of(main_of(response, status=413))
