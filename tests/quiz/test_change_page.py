"""A retake, and the page that shows both."""

import pytest

from quiz.models import Checkup
from tests.markup import complaints
from tests.quiz.rows import answers_of, days_ago, make_checkup, make_edition


def words(response):
    assert complaints(response.content.decode()) == []
    return " ".join(response.content.decode().split())


def retake(client, token):
    """Press “Take it again”; the retake and its token."""
    response = client.post(f"/snapshot/{token}/again/")
    new_token = response.headers["Location"].split("/")[2]
    return Checkup.objects.with_token(new_token).get(), new_token


@pytest.fixture
def edition(db):
    return make_edition()


def pair(edition, before, now, *, days=28):
    earlier, _ = make_checkup(answers=before, finished_on=days_ago(days))
    return make_checkup(answers=now, earlier=earlier)


def test_a_retake_is_tied_to_the_snapshot_it_grew_from(client, edition):
    earlier, token = make_checkup(answers=2)

    later, _ = retake(client, token)

    assert (later.earlier, later.edition, later.answers) == (earlier, edition, [None] * 24)


def test_the_page_says_what_can_be_said_of_each_category(client, edition):
    before = answers_of(
        attention=2,
        curiosity=[2, 2, 2, 0, 0, 0],
        repair=[0, 1, 1, 1, 1, 1],
        warmth=[3, 3, 3, -1, -1, 3],
    )
    now = answers_of(
        attention=2, curiosity=[3, 3, 3, 0, 0, 0], repair=4, warmth=[1, -1, 1, 3, 3, 1]
    )
    _, token = pair(edition, before, now)

    html = words(client.get(f"/snapshot/{token}/change/"))

    assert "About the same." in html
    assert "Maybe different, towards more often. Watch it." in html
    assert "More than the usual wobble, towards more often." in html
    assert "Not compared: too few questions were answered both times." in html
    assert html.count('<ul class="bars">') == 2
    assert "not at all, then nearly every day" in html
    assert "most days, then once or twice" not in html  # Warmth is not compared
    for word in ("improved", "better", "worse", "→", "↑", "↓"):
        assert word not in html


@pytest.mark.parametrize(("days", "too_soon"), [(13, True), (14, False)])
def test_windows_that_overlap_are_shown_and_not_compared(client, edition, days, too_soon):
    _, token = pair(edition, 1, 4, days=days)

    html = words(client.get(f"/snapshot/{token}/change/"))

    assert ("Too soon to compare." in html) == too_soon
    assert ("More than the usual wobble" in html) == (not too_soon)
    assert html.count('<ul class="bars">') == 2


def test_snapshots_of_two_editions_are_shown_and_not_compared(client, edition):
    earlier, _ = make_checkup(answers=1, finished_on=days_ago(40))
    make_edition(number=2)
    later, token = make_checkup(answers=3, earlier=earlier)

    html = words(client.get(f"/snapshot/{token}/change/"))

    assert later.edition.number == 2
    assert "they belong to different editions" in html
    assert "answered both times" not in html


def test_a_retake_of_a_retake_of_a_deleted_one_is_compared_with_what_is_left(client, edition):
    _, first_token = make_checkup(answers=1, finished_on=days_ago(60))
    first = Checkup.objects.with_token(first_token).get()
    second, second_token = make_checkup(answers=2, earlier=first, finished_on=days_ago(30))
    _, third_token = make_checkup(answers=4, earlier=second)

    client.post(f"/snapshot/{first_token}/delete/")
    assert "There is one snapshot here" in words(client.get(f"/snapshot/{second_token}/change/"))
    assert "More than the usual wobble" in words(client.get(f"/snapshot/{third_token}/change/"))
    client.post(f"/snapshot/{second_token}/delete/")
    assert "There is one snapshot here" in words(client.get(f"/snapshot/{third_token}/change/"))
    assert client.get(f"/snapshot/{third_token}/").status_code == 200


def test_an_earlier_snapshot_whose_time_has_run_out_is_not_shown(client, edition, settings):
    settings.CHECKUP_FINISHED_DAYS = 20
    _, token = pair(edition, 1, 4, days=21)

    assert "There is one snapshot here" in words(client.get(f"/snapshot/{token}/change/"))


def test_a_clock_set_back_between_the_two_is_too_soon(client, edition):
    _, token = pair(edition, 1, 4, days=-30)

    assert "Too soon to compare." in words(client.get(f"/snapshot/{token}/change/"))


def test_a_snapshot_is_closed_once_a_retake_has_grown_from_it(client, edition):
    checkup, token = make_checkup(answers=2)
    page = {"edition": "1", "attention-looked-up": "4"}
    assert client.get(f"/checkup/{token}/attention/").status_code == 200

    _, later_token = retake(client, token)

    response = client.post(f"/checkup/{token}/attention/", page)
    assert response.headers["Location"] == f"/snapshot/{token}/"
    checkup.refresh_from_db()
    assert checkup.answers == [2] * 24
    assert "change an answer" not in words(client.get(f"/snapshot/{token}/"))
    client.post(f"/snapshot/{later_token}/delete/")
    assert client.get(f"/checkup/{token}/attention/").status_code == 200


def test_nothing_answered_on_either_side_is_still_a_page(client, edition):
    _, token = pair(edition, -1, -1)

    html = words(client.get(f"/snapshot/{token}/change/"))

    assert html.count("Not compared: too few questions") == 4
    assert "No answer moved two steps or more." in html


def test_an_unfinished_retake_has_no_change_to_show(client, edition):
    earlier, _ = make_checkup(answers=2)
    _, token = make_checkup(earlier=earlier)

    response = client.get(f"/snapshot/{token}/change/")
    assert response.headers["Location"] == f"/checkup/{token}/"
