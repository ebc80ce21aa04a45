from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from articles.models import Article
from exercises.guards import MAX_FORM_BYTES
from exercises.models import Exercise
from quiz.models import Checkup, Edition, token_hash
from quiz.scoring import SKIPPED
from stalelove.categories import Category
from tests.markup import parse, words_of
from tests.quiz.builders import (
    ALL_SOME_DAYS,
    make_edition,
    page_of,
    read_answers,
    start,
    take_checkup,
)
from tests.quiz.conftest import Reader

ATTENTION, CURIOSITY, REPAIR, WARMTH = Category
NO_TOKEN = "A" * 32
FAR_TOO_MUCH = 2 * 1024 * 1024


def checked(response) -> dict[str, str]:
    """What is checked on the page, by question."""
    return {
        element.get("name", ""): element.get("value", "")
        for element in parse(response.content.decode()).iter("input")
        if element.get("type") == "radio" and element.get("checked") is not None
    }


def chosen(edition: Edition, category: Category, signs: str) -> dict[str, str]:
    data = page_of(edition, category, signs)
    del data["edition"]
    return data


def text_of(response) -> str:
    return words_of(parse(response.content.decode()))


def element_of(response, name: str) -> Element:
    return next(iter(parse(response.content.decode()).iter(name)))


def stored(token: str) -> Checkup:
    return Checkup.objects.get(token_hash=token_hash(token))


def four_scores(checkup: Checkup) -> list[float | None]:
    return [getattr(checkup, category.value) for category in Category]


# The whole way


def test_a_reader_takes_the_checkup_from_its_first_page_to_the_snapshot(reader, starter):
    edition = Edition.objects.current()
    front = reader.get("/checkup/")
    assert [form.get("action") for form in parse(front.content.decode()).iter("form")] == [
        "/search/",
        "/checkup/start/",
    ]

    response = reader.post("/checkup/start/")
    for category, signs in zip(Category, ["443332", "11211-", "2n2-22", "222112"], strict=True):
        token = response["Location"].split("/")[2]
        assert response["Location"] == f"/checkup/{token}/{category}/"
        page = reader.get(response["Location"])
        assert page.status_code == 200
        assert element_of(page, "title").text == "Notes"
        assert checked(page) == {}
        response = reader.post(response["Location"], page_of(edition, category, signs))
        assert response.status_code == 302
    assert response["Location"] == f"/snapshot/{token}/"
    snapshot = reader.get(response["Location"])

    # Worked by hand in test_scoring: 475/6, 30, 50, 125/3.
    assert snapshot.status_code == 200
    assert element_of(snapshot, "title").text == "Notes"
    words = text_of(snapshot)
    for sentence in (
        "Attention mostly there",
        "Curiosity mostly missing lately",
        "Based on 5 of 6",
        "“once or twice” on four of five",
        "There is no clear lowest.",
    ):
        assert sentence in words
    checkup = stored(token)
    assert four_scores(checkup) == [pytest.approx(475 / 6), 30, 50, pytest.approx(125 / 3)]
    assert (checkup.started_on, checkup.finished_on) == (timezone.localdate(),) * 2
    assert checkup.answers == read_answers("443332 11211- 2n2-22 222112")


def test_the_snapshot_begins_with_the_lowest_category_and_leads_to_it(reader, starter):
    edition = Edition.objects.current()
    token = take_checkup(reader, edition, "333333 333333 333333 111111")

    for query, category in (
        ("", "warmth"),
        ("?begin=curiosity", "curiosity"),
        ("?begin=x", "warmth"),
    ):
        page = reader.get(f"/snapshot/{token}/{query}")
        links = [link.get("href", "") for link in parse(page.content.decode()).iter("a")]
        exercise = Exercise.objects.published().under(category).order_by("position", "pk")[0]
        article = Article.objects.published().under(category).for_lists().newest_first()[0]
        assert f"/exercises/{exercise.slug}/" in links
        assert f"/articles/{article.slug}/" in links
        assert "There is no clear lowest" not in text_of(page)


def test_too_few_answers_are_listed_instead_of_a_bar(reader, edition):
    token = take_checkup(reader, edition, "333--- 333333 nnnnnn 222222")

    words = text_of(reader.get(f"/snapshot/{token}/"))

    assert "Based on 3 of 6" in words
    assert "Based on 0 of 6" in words
    assert words.count("not enough answers to say") == 2  # once in the words of each category
    assert four_scores(stored(token)) == [None, 75, None, 50]


def test_a_checkup_with_everything_skipped_ends_in_a_snapshot_that_says_little(reader, edition):
    token = take_checkup(reader, edition, "------ ------ ------ ------")

    response = reader.get(f"/snapshot/{token}/")

    assert response.status_code == 200
    assert "You left most of the questions open, which is fine." in text_of(response)
    assert four_scores(stored(token)) == [None] * 4


def test_no_page_of_the_flow_holds_a_number_out_of_100(reader, edition):
    token = take_checkup(reader, edition, "333333 333333 333333 333333")

    words = text_of(reader.get(f"/snapshot/{token}/"))

    assert "75" not in words
    assert "%" not in words


# Coming back


def test_the_link_resumes_at_the_first_unsaved_page_on_another_device(
    reader, another_device, edition
):
    token = start(reader)
    reader.post(f"/checkup/{token}/attention/", page_of(edition, ATTENTION, "012340"))

    response = another_device.get(f"/checkup/{token}/")
    page = another_device.get(f"/checkup/{token}/attention/")

    assert (response.status_code, response["Location"]) == (302, f"/checkup/{token}/curiosity/")
    assert checked(page) == chosen(edition, ATTENTION, "012340")


def test_back_shows_every_answer_and_a_changed_one_is_saved(reader, edition):
    token = start(reader)
    reader.post(f"/checkup/{token}/repair/", page_of(edition, REPAIR, "0-2n4."))

    page = reader.get(f"/checkup/{token}/repair/")
    # The question left open was saved as skipped, and can be told from one never seen.
    assert checked(page) == chosen(edition, REPAIR, "0-2n4-")
    reader.post(f"/checkup/{token}/repair/", page_of(edition, REPAIR, "1-2n4-"))

    assert stored(token).answers[12:18] == read_answers("1-2n4-")


def test_pages_may_be_answered_in_any_order(reader, edition):
    token = start(reader)

    locations = [
        reader.post(f"/checkup/{token}/{category}/", page_of(edition, category, "222222"))[
            "Location"
        ]
        for category in (WARMTH, CURIOSITY, REPAIR, ATTENTION)
    ]

    assert locations == [
        f"/checkup/{token}/attention/",  # the last page, but the first is still open
        f"/checkup/{token}/repair/",
        f"/checkup/{token}/warmth/",
        f"/checkup/{token}/curiosity/",  # onward through what is answered, and on
    ]
    assert stored(token).finished_on == timezone.localdate()
    assert reader.get(f"/checkup/{token}/")["Location"] == f"/snapshot/{token}/"


def test_the_snapshot_of_an_unfinished_checkup_leads_back_to_what_is_open(reader, edition):
    token = start(reader)

    response = reader.get(f"/snapshot/{token}/", follow=True)

    assert response.redirect_chain == [
        (f"/checkup/{token}/", 302),
        (f"/checkup/{token}/attention/", 302),
    ]


def test_the_same_page_sent_twice_ends_in_the_same_state(reader, edition):
    token = start(reader)
    data = page_of(edition, ATTENTION, "012-40")

    first = reader.post(f"/checkup/{token}/attention/", data)
    after_first = stored(token).answers
    second = reader.post(f"/checkup/{token}/attention/", data)

    assert first["Location"] == second["Location"] == f"/checkup/{token}/curiosity/"
    assert stored(token).answers == after_first == read_answers("012-40") + [None] * 18


def test_a_stale_tab_takes_away_no_answer_that_another_tab_has_saved(reader, edition):
    token = start(reader)
    reader.get(f"/checkup/{token}/attention/")  # this tab stays open and empty
    reader.post(f"/checkup/{token}/attention/", page_of(edition, ATTENTION, "333333"))

    reader.post(f"/checkup/{token}/attention/", page_of(edition, ATTENTION, "1....-"))

    assert stored(token).answers[:6] == read_answers("13333-")


def test_on_the_day_of_the_snapshot_an_answer_can_still_be_changed(reader, edition):
    token = take_checkup(reader, edition, ALL_SOME_DAYS)

    reader.post(f"/checkup/{token}/warmth/", page_of(edition, WARMTH, "444444"))

    assert four_scores(stored(token)) == [50, 50, 50, 100]
    assert "change an answer" in text_of(reader.get(f"/snapshot/{token}/"))


def test_after_that_day_the_snapshot_stays_as_it_is(reader, edition):
    token = take_checkup(reader, edition, ALL_SOME_DAYS)
    Checkup.objects.update(finished_on=timezone.localdate() - dt.timedelta(days=1))

    shown = reader.get(f"/checkup/{token}/warmth/")
    sent = reader.post(f"/checkup/{token}/warmth/", page_of(edition, WARMTH, "444444"))

    assert shown["Location"] == sent["Location"] == f"/snapshot/{token}/"
    assert four_scores(stored(token)) == [50, 50, 50, 50]
    assert "change an answer" not in text_of(reader.get(f"/snapshot/{token}/"))


def test_taking_it_again_makes_another_checkup_that_is_tied_to_this_one(reader, edition):
    token = take_checkup(reader, edition)

    response = reader.post(f"/snapshot/{token}/again/")

    new_token = response["Location"].split("/")[2]
    assert response["Location"] == f"/checkup/{new_token}/attention/"
    assert stored(new_token).earlier == stored(token)
    assert stored(new_token).answers == [None] * 24


def test_an_unfinished_checkup_cannot_be_taken_again(reader, edition):
    token = start(reader)

    response = reader.post(f"/snapshot/{token}/again/")

    assert response["Location"] == f"/checkup/{token}/"
    assert Checkup.objects.count() == 1


def test_delete_asks_once_and_then_it_is_gone(reader, edition):
    token = take_checkup(reader, edition)
    again = reader.post(f"/snapshot/{token}/again/")["Location"].split("/")[2]

    asked = reader.get(f"/snapshot/{token}/delete/")
    assert "Delete this for good?" in text_of(asked)
    assert Checkup.objects.count() == 2
    response = reader.post(f"/snapshot/{token}/delete/")

    assert response.status_code == 200
    assert "It is gone" in text_of(response)
    assert list(Checkup.objects.all()) == [stored(again)]
    assert stored(again).earlier is None


def test_without_an_edition_the_checkup_is_not_open_yet(reader, db):
    page = reader.get("/checkup/")
    response = reader.post("/checkup/start/")

    assert "The checkup is not open yet." in text_of(page)
    assert (response.status_code, response["Location"]) == (302, "/checkup/")
    assert Checkup.objects.count() == 0


# Editions


def test_a_checkup_keeps_the_edition_it_was_started_with(reader, edition):
    token = start(reader)
    make_edition(number=2, window="the last month")

    page = reader.get(f"/checkup/{token}/attention/")
    newer = reader.get(f"/checkup/{start(reader)}/attention/")

    assert "Think of the last two weeks" in text_of(page)
    assert "Think of the last month" in text_of(newer)


@pytest.mark.parametrize("number", ["2", "", "\x00", "1 OR 1=1"])
def test_a_page_of_another_edition_is_shown_again_with_what_was_chosen(reader, edition, number):
    token = start(reader)
    data = {**page_of(edition, ATTENTION, "012-4."), "edition": number}

    response = reader.post(f"/checkup/{token}/attention/", data)

    assert response.status_code == 422
    assert checked(response) == chosen(edition, ATTENTION, "012-4.")
    assert "This page belonged to another edition of the checkup." in text_of(response)
    assert stored(token).answers == [None] * 24
    hidden = [
        element.get("value")
        for element in parse(response.content.decode()).iter("input")
        if element.get("type") == "hidden"
    ]
    assert hidden == ["1"]  # so that sending the page again is enough


def test_a_question_of_another_edition_is_refused_and_changes_nothing(reader, edition):
    token = start(reader)
    data = {**page_of(edition, ATTENTION, "012-4."), "attention-of-2031": "3"}

    response = reader.post(f"/checkup/{token}/attention/", data)

    assert response.status_code == 422
    assert checked(response) == chosen(edition, ATTENTION, "012-4.")
    assert stored(token).answers == [None] * 24


# Bad input


@pytest.mark.parametrize("answer", ["5", "-1", "none", "\x00", "x" * 9000])
def test_an_answer_outside_the_scale_is_shown_again_with_all_the_others(reader, edition, answer):
    token = start(reader)
    data = page_of(edition, ATTENTION, "01234-") | {"attention-looked-up": answer}

    response = reader.post(f"/checkup/{token}/attention/", data)

    assert response.status_code == 422
    assert checked(response) == chosen(edition, ATTENTION, ".1234-")
    assert "Choose one of the answers to “I looked up when my partner spoke to me”" in text_of(
        response
    )
    assert stored(token).answers == [None] * 24


def test_2_megabytes_are_not_read_and_what_was_saved_is_shown(reader, edition):
    token = start(reader)
    reader.post(f"/checkup/{token}/attention/", page_of(edition, ATTENTION, "01234-"))
    data = page_of(edition, ATTENTION, "444444") | {"attention-looked-up": "4" * FAR_TOO_MUCH}

    for form in (
        {"data": data},  # as multipart
        {
            "data": "&".join(f"{name}={value}" for name, value in data.items()),
            "content_type": "application/x-www-form-urlencoded",
        },
    ):
        response = reader.post(f"/checkup/{token}/attention/", **form)
        assert response.status_code == 413
        assert checked(response) == chosen(edition, ATTENTION, "01234-")
        assert "larger than this page can be, so it was not read" in text_of(response)
    assert stored(token).answers == read_answers("01234-") + [None] * 18


def test_a_page_of_six_answers_is_far_below_the_limit(edition):
    longest = page_of(edition, REPAIR, "nnnnnn")

    assert len("&".join(f"{k}={v}" for k, v in longest.items())) * 10 < MAX_FORM_BYTES


@pytest.mark.parametrize("length", ["", "x", "1e3", "²"])
def test_a_malformed_content_length_loses_no_answer(reader, edition, length):
    token = start(reader)
    reader.post(f"/checkup/{token}/attention/", page_of(edition, ATTENTION, "01234-"))

    response = reader.post(
        f"/checkup/{token}/attention/",
        page_of(edition, ATTENTION, "444444"),
        CONTENT_LENGTH=length,
    )

    assert response.status_code == 422
    assert checked(response) == chosen(edition, ATTENTION, "01234-")
    assert stored(token).answers == read_answers("01234-") + [None] * 18


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("a&" * 3000, "application/x-www-form-urlencoded"),
        ("edition=1", "application/x-www-form-urlencoded; charset=latin-1"),
        ("--x\r\n", "multipart/form-data"),
        ("--x\r\n", "multipart/form-data; boundary=" + "é" * 3),
    ],
)
def test_a_body_that_cannot_be_read_gets_a_clear_page(reader, edition, body, content_type):
    token = start(reader)

    response = reader.post(f"/checkup/{token}/attention/", body, content_type=content_type)

    assert response.status_code == 400
    assert "We could not read that" in text_of(response)
    assert stored(token).answers == [None] * 24


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", "application/x-www-form-urlencoded"),
        ("%00=%00&\x00", "application/x-www-form-urlencoded"),
        ("%ff%fe=%ff", "application/x-www-form-urlencoded"),
        ('{"edition": "1"}', "application/json"),
        ("--x\r\n\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_a_body_of_something_else_is_shown_the_page_again(reader, edition, body, content_type):
    token = start(reader)

    response = reader.post(f"/checkup/{token}/attention/", body, content_type=content_type)

    assert response.status_code == 422
    assert stored(token).answers == [None] * 24


@pytest.mark.parametrize(
    "address",
    [
        "/checkup/%00/",
        f"/checkup/{'%00' * 32}/attention/",
        f"/checkup/{NO_TOKEN}%00/attention/",
        f"/checkup/{NO_TOKEN}/attention%00/",
        f"/snapshot/%00{NO_TOKEN[1:]}/",
        "/snapshot/%ff%fe/",
        f"/snapshot/{'%F0%9F%92%94' * 8}/",
        "/snapshot/" + "A" * 5000 + "/",
        f"/snapshot/{NO_TOKEN}/../../",
    ],
)
def test_a_malformed_address_is_a_404_with_a_way_back(reader, edition, address):
    for response in (reader.get(address), reader.post(address)):
        assert response.status_code == 404
        assert 'href="/"' in response.content.decode()


def test_nul_bytes_in_the_query_change_nothing(reader, edition):
    token = take_checkup(reader, edition)

    with_nul = reader.get(f"/snapshot/{token}/?begin=%00&%00=1")

    assert with_nul.status_code == 200
    assert with_nul.content == reader.get(f"/snapshot/{token}/").content


# Tokens that open nothing


def opened(reader: Reader, token: str) -> list[tuple[int, bytes]]:
    """What each of a checkup's addresses answers."""
    responses = [
        *(reader.get(f"/checkup/{token}/{step}") for step in ("", "attention/", "warmth/")),
        reader.post(f"/checkup/{token}/attention/", {"edition": "1"}),
        reader.get(f"/snapshot/{token}/"),
        reader.get(f"/snapshot/{token}/delete/"),
        reader.post(f"/snapshot/{token}/delete/"),
        reader.post(f"/snapshot/{token}/again/"),
    ]
    return [(response.status_code, response.content) for response in responses]


def days_ago(days: int) -> dt.date:
    return timezone.localdate() - dt.timedelta(days=days)


def test_wrong_cut_expired_and_deleted_tokens_get_the_same_page_to_the_byte(reader, edition):
    gone = reader.get(f"/snapshot/{NO_TOKEN}/")
    expired, deleted = take_checkup(reader, edition), take_checkup(reader, edition)
    alive = take_checkup(reader, edition)
    Checkup.objects.filter(token_hash=token_hash(expired)).update(finished_on=days_ago(401))
    reader.post(f"/snapshot/{deleted}/delete/")

    for token in (NO_TOKEN, expired, deleted, alive[:-1], alive + "A", alive.swapcase()):
        assert opened(reader, token) == [(404, gone.content)] * 8
    assert 'href="/checkup/"' in gone.content.decode()
    assert "This link opens nothing" in text_of(gone)
    assert element_of(gone, "title").text == "Notes"
    assert stored(alive).answers == read_answers(ALL_SOME_DAYS)


@pytest.mark.parametrize(("days", "status"), [(0, 200), (7, 200), (8, 404), (4000, 404)])
def test_an_unfinished_checkup_opens_for_seven_days(reader, edition, days, status):
    token = start(reader)
    Checkup.objects.update(started_on=days_ago(days))

    assert reader.get(f"/checkup/{token}/attention/").status_code == status


@pytest.mark.parametrize(("days", "status"), [(0, 200), (8, 200), (400, 200), (401, 404)])
def test_a_finished_checkup_opens_for_400_days(reader, edition, days, status):
    token = take_checkup(reader, edition)
    Checkup.objects.update(started_on=days_ago(days), finished_on=days_ago(days))

    assert reader.get(f"/snapshot/{token}/").status_code == status


def test_how_long_a_checkup_is_kept_is_a_setting(reader, edition, settings):
    settings.CHECKUP_UNFINISHED_DAYS, settings.CHECKUP_FINISHED_DAYS = 2, 30
    token = start(reader)

    words = text_of(reader.get("/checkup/"))
    Checkup.objects.update(started_on=days_ago(3))

    assert "deleted after 2 days, a finished one after 30 days" in words
    assert reader.get(f"/checkup/{token}/attention/").status_code == 404


# Posts from elsewhere

OURS = [
    {},
    {"Origin": "http://testserver"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Sec-Fetch-Site": "none"},
]
THEIRS = [
    {"Origin": "https://elsewhere.example"},
    {"Origin": "http://testserver.elsewhere.example"},
    {"Origin": "http://testserver:81"},
    {"Origin": "https://["},
    {"Origin": ""},
    {"Origin": "testserver"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
]


@pytest.mark.parametrize("headers", OURS)
def test_a_post_from_our_own_page_is_taken(reader, edition, headers):
    token = start(reader)

    response = reader.post(
        f"/checkup/{token}/attention/", page_of(edition, ATTENTION, "01234-"), headers=headers
    )

    assert response["Location"] == f"/checkup/{token}/curiosity/"
    assert stored(token).answers[:6] == read_answers("01234-")


@pytest.mark.parametrize("headers", THEIRS)
def test_a_post_from_another_site_is_refused_and_changes_nothing(reader, edition, headers):
    token = take_checkup(reader, edition)
    before = list(Checkup.objects.values())

    responses = [
        reader.post("/checkup/start/", headers=headers),
        reader.post(
            f"/checkup/{token}/attention/", page_of(edition, ATTENTION, "444444"), headers=headers
        ),
        reader.post(f"/snapshot/{token}/again/", headers=headers),
        reader.post(f"/snapshot/{token}/delete/", headers=headers),
    ]

    assert [response.status_code for response in responses] == [403] * 4
    assert all("We did not take that" in text_of(response) for response in responses)
    assert list(Checkup.objects.values()) == before


def test_a_link_from_another_site_opens_a_page(reader, edition):
    token = take_checkup(reader, edition)

    response = reader.get(f"/snapshot/{token}/", headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 200


def test_a_method_that_an_address_does_not_know_is_refused(edition):
    reader = Reader()
    token = take_checkup(reader, edition)
    allowed = {
        "/checkup/start/": {"POST"},
        f"/checkup/{token}/": {"GET", "HEAD"},
        f"/checkup/{token}/attention/": {"GET", "HEAD", "POST"},
        f"/snapshot/{token}/": {"GET", "HEAD"},
        f"/snapshot/{token}/again/": {"POST"},
        f"/snapshot/{token}/delete/": {"GET", "HEAD", "POST"},
    }

    for address, methods in allowed.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
            response = reader.generic(method, address)
            assert response.status_code == 405, (method, address)
            assert set(response["Allow"].split(", ")) == methods
    assert Checkup.objects.count() == 1


def test_an_address_without_its_last_slash_leads_on_privately(reader, edition):
    token = take_checkup(reader, edition)

    response = reader.get(f"/snapshot/{token}")

    assert (response.status_code, response["Location"]) == (301, f"/snapshot/{token}/")


# At the same moment


@pytest.fixture
def committed_edition(transactional_db) -> Edition:
    return make_edition()


def wait_for_waiting(count: int) -> None:
    """Until this many connections wait for a lock."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0] == count:
                return
        time.sleep(0.01)
    raise AssertionError(f"there are not {count} connections waiting")


def at_once(*requests: Callable[[], object]) -> tuple[list[threading.Thread], list[object]]:
    """Start each request in a thread of its own; the responses come in when they end."""
    responses: list[object] = [None] * len(requests)

    def run(place: int, request: Callable[[], object]) -> None:
        try:
            responses[place] = request()
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(place, request), daemon=True)
        for place, request in enumerate(requests)
    ]
    for thread in threads:
        thread.start()
    return threads, responses


def test_two_pages_saved_at_the_same_moment_both_survive(
    reader, another_device, committed_edition
):
    token = start(reader)

    with transaction.atomic():
        Checkup.objects.select_for_update().get()
        threads, responses = at_once(
            lambda: reader.post(
                f"/checkup/{token}/attention/", page_of(committed_edition, ATTENTION, "01234-")
            ),
            lambda: another_device.post(
                f"/checkup/{token}/warmth/", page_of(committed_edition, WARMTH, "43210-")
            ),
        )
        wait_for_waiting(2)
    for thread in threads:
        thread.join(10)

    assert [response.status_code for response in responses] == [302, 302]
    assert stored(token).answers == [
        *read_answers("01234-"),
        *[None] * 12,
        *read_answers("43210-"),
    ]


def test_a_page_costs_one_query_to_read_and_one_to_write(
    reader, edition, django_assert_num_queries
):
    token = start(reader)
    edition.definition()

    with django_assert_num_queries(2):
        reader.post(f"/checkup/{token}/attention/", page_of(edition, ATTENTION, "01234-"))


def test_a_page_that_comes_second_is_put_to_what_the_first_has_saved(edition):
    first, token = Checkup.start(edition)
    second = stored(token)

    first.save_page(ATTENTION, dict.fromkeys(first.page_answers(ATTENTION), 1))
    second.save_page(WARMTH, dict.fromkeys(second.page_answers(WARMTH), 4))

    assert second.answers == stored(token).answers == [*[1] * 6, *[None] * 12, *[4] * 6]


@pytest.mark.parametrize("later", ["a retake", "another day"])
def test_a_page_that_comes_after_the_end_changes_nothing(edition, later):
    checkup, token = Checkup.start(edition)
    stale = stored(token)
    for category in Category:
        checkup.save_page(category, dict.fromkeys(checkup.page_answers(category), 3))
    if later == "a retake":
        Checkup.start(edition, earlier=checkup)
    else:
        Checkup.objects.update(finished_on=timezone.localdate() - dt.timedelta(days=1))
    before = Checkup.objects.filter(pk=checkup.pk).values().get()

    stale.save_page(WARMTH, dict.fromkeys(stale.page_answers(WARMTH), 0))

    assert Checkup.objects.filter(pk=checkup.pk).values().get() == before
    assert stale.answers == [3] * 24


def test_a_retake_that_comes_between_reading_and_saving_closes_the_checkup(
    edition, django_assert_num_queries
):
    """What is known since the row was read is asked again under the lock."""
    checkup, token = Checkup.start(edition)
    for category in Category:
        checkup.save_page(category, dict.fromkeys(checkup.page_answers(category), 3))
    read = Checkup.opened_by(token)
    with django_assert_num_queries(0):
        assert read.takes_answers()
    Checkup.start(edition, earlier=checkup)

    read.save_page(WARMTH, dict.fromkeys(read.page_answers(WARMTH), 0))

    assert read.answers == stored(token).answers == [3] * 24
    assert not read.takes_answers()
    assert not Checkup.opened_by(token).takes_answers()
    another_way = stored(token)
    with django_assert_num_queries(1):
        assert not another_way.takes_answers()


def test_a_page_of_a_checkup_that_is_gone_says_so(edition):
    checkup, token = Checkup.start(edition)
    stored(token).delete()

    with pytest.raises(Checkup.DoesNotExist):
        checkup.save_page(WARMTH, {})


def test_a_checkup_deleted_while_a_page_or_a_retake_is_sent_is_gone_for_both(
    reader, another_device, committed_edition
):
    token = take_checkup(reader, committed_edition)

    with transaction.atomic():
        Checkup.objects.all().delete()
        threads, responses = at_once(
            lambda: reader.post(
                f"/checkup/{token}/attention/", page_of(committed_edition, ATTENTION, "01234-")
            ),
            lambda: another_device.post(f"/snapshot/{token}/again/"),
        )
        wait_for_waiting(2)
    for thread in threads:
        thread.join(10)

    gone = reader.get(f"/snapshot/{token}/").content
    assert [(response.status_code, response.content) for response in responses] == [
        (404, gone),
        (404, gone),
    ]
    assert Checkup.objects.count() == 0


# What is kept


def everything_stored() -> str:
    """The text of every row of every table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows: list[str] = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_the_token_is_nowhere_in_the_database(reader, edition):
    token = take_checkup(reader, edition, "01234- 222222 222222 222222")
    again = reader.post(f"/snapshot/{token}/again/")["Location"].split("/")[2]

    dump = everything_stored()

    # The dump does hold what is stored: the hash, and the answers.
    assert token_hash(token).hex() in dump
    assert "{0,1,2,3,4,-1,2" in dump
    for secret in (token, again):
        assert secret not in dump
        assert secret[:12] not in dump
        assert secret.encode().hex() not in dump


def test_a_checkup_holds_nothing_else_about_its_reader(reader, edition):
    token = start(reader)
    reader.post(
        f"/checkup/{token}/attention/",
        page_of(edition, ATTENTION, "01234-"),
        REMOTE_ADDR="203.0.113.77",
        headers={"User-Agent": "Telltale/1.0", "X-Forwarded-For": "203.0.113.78"},
    )

    dump = everything_stored()

    assert {field.attname for field in Checkup._meta.concrete_fields} == {
        *("id", "token_hash", "edition_id", "answers", "earlier_id", "started_on", "finished_on"),
        *("attention", "curiosity", "repair", "warmth"),
    }
    assert "203.0.113" not in dump
    assert "Telltale" not in dump


def test_tokens_are_long_random_and_fit_their_address(reader, edition):
    tokens = {start(reader) for _ in range(50)}

    assert len(tokens) == 50
    assert {len(token) for token in tokens} == {32}  # 24 random bytes, 192 bits
    assert len({sign for token in tokens for sign in token}) == 64


@pytest.mark.parametrize("answers", [[2] * 23, [2] * 25, [5] + [2] * 23, [-3] + [2] * 23])
def test_the_database_itself_refuses_answers_out_of_range(reader, edition, answers):
    token = start(reader)

    with pytest.raises(IntegrityError), transaction.atomic():
        Checkup.objects.filter(token_hash=token_hash(token)).update(answers=answers)


def test_a_saved_page_without_answers_counts_as_skipped(reader, edition):
    token = start(reader)

    reader.post(f"/checkup/{token}/attention/", {"edition": "1"})

    assert stored(token).answers == [SKIPPED] * 6 + [None] * 18
