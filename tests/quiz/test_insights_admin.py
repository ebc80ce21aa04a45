"""The editors' pages under an edition: what they show, to whom, and what they never do."""

import csv
import datetime as dt
import io

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.utils import timezone

from quiz.insights import count_periods
from quiz.models import CountedPeriod, Edition, Measurement
from quiz.periods import MINIMUM
from tests.markup import complaints
from tests.quiz.builders import make_edition
from tests.quiz.readers import make_checkup

MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def edition(db) -> Edition:
    return make_edition()


@pytest.fixture
def editor(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("editor"))
    return client


def insights(edition: Edition, rest: str = "/") -> str:
    return f"/admin/quiz/edition/{edition.pk}/insights{rest}"


def measurement(edition: Edition, rest: str = "/") -> str:
    return f"/admin/quiz/edition/{edition.pk}/measurement{rest}"


def a_month(edition: Edition, *, stopped: int = 0) -> None:
    """March: twelve who answered the lowest and thirteen who answered the highest throughout."""
    for answer, readers in ((0, 12), (4, 13)):
        for _ in range(readers):
            make_checkup(edition, started_on=MARCH, answers=[answer] * 24)
    for _ in range(stopped):
        make_checkup(edition, started_on=MARCH, answers=[1] * 6 + [None] * 18)


def test_an_edition_leads_to_its_pages(editor, edition):
    for page in ("/admin/quiz/edition/", f"/admin/quiz/edition/{edition.pk}/change/"):
        html = editor.get(page).content.decode()
        assert f'href="{insights(edition)}"' in html
        assert f'href="{measurement(edition)}"' in html


def test_before_the_first_period_the_page_says_what_it_takes(editor, edition):
    html = editor.get(insights(edition)).content.decode()

    assert complaints(html) == []
    assert f"it takes {MINIMUM} readers who finished, in months that are over" in html
    assert "Count them now" not in html


def test_an_editor_counts_what_waits_and_sees_it(editor, edition):
    a_month(edition, stopped=11)

    before = editor.get(insights(edition)).content.decode()
    after = editor.post(insights(edition, "/count/"), follow=True).content.decode()

    assert "There are complete months that have not been counted yet." in before
    assert "Counted one period." in after
    assert complaints(after) == []
    words = " ".join(after.split())
    assert "March 2026" in words
    assert "Finished: <strong>25</strong> (69%)" in words
    assert (
        "Stopped before saving Attention / Stopped before saving Curiosity / "
        "Stopped before saving Repair / Stopped before saving Warmth: <strong>11</strong> (31%)"
    ) in words
    assert "No answer / Not at all: <strong>12</strong> (48%)" in words
    assert "Nearly every day: <strong>13</strong> (52%)" in words
    assert "mostly missing lately: <strong>12</strong> (48%)" in words
    assert words.count('<svg class="groups"') == 1 + 4 + 24


def test_looking_counts_nothing(editor, edition):
    a_month(edition)

    editor.get(insights(edition))
    editor.get(insights(edition, "/count/"))
    editor.get(measurement(edition, "/now/"))

    assert not CountedPeriod.objects.exists()
    assert not Measurement.objects.exists()


def test_where_too_few_waited_the_page_says_so(editor, edition):
    make_checkup(edition, started_on=MARCH)

    html = editor.post(insights(edition, "/count/"), follow=True).content.decode()

    assert "fewer than 10 readers have finished in the months that wait" in html
    assert not CountedPeriod.objects.exists()


def test_few_who_stopped_are_not_shown(editor, edition):
    a_month(edition, stopped=9)
    count_periods(edition)

    html = " ".join(editor.get(insights(edition)).content.decode().split())

    assert "Fewer than 10 stopped on the way" in html
    assert "not shown" in html
    assert "34" not in html.split("<h2>March 2026</h2>")[1].split("</h3>")[1][:400]


def test_each_period_has_its_page(editor, edition):
    a_month(edition)
    for _ in range(10):
        make_checkup(edition, started_on=dt.date(2026, 4, 2))
    count_periods(edition)

    assert "<h2>April 2026</h2>" in editor.get(insights(edition)).content.decode()
    assert "<h2>March 2026</h2>" in editor.get(insights(edition, "/2026/3/")).content.decode()
    for nonsense in ("/2026/5/", "/2026/99/", "/99999999999999/1/"):
        assert editor.get(insights(edition, nonsense)).status_code == 404


def test_the_pages_cost_the_same_with_one_period_and_with_three(
    editor, edition, django_assert_num_queries
):
    for month in (3, 4, 5):
        for _ in range(10):
            make_checkup(edition, started_on=dt.date(2026, month, 1))
        count_periods(edition)
        edition.definition()
        # Session, user, edition, periods; whether months wait is asked with two more.
        with django_assert_num_queries(10):
            editor.get(insights(edition))


def test_the_csv_holds_every_number_with_what_it_is_part_of(editor, edition):
    a_month(edition, stopped=11)
    count_periods(edition)

    response = editor.get(insights(edition, ".csv"))

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="checkup-edition-1.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    days = {"from": "2026-03-01", "to": "2026-03-31"}
    assert rows[1] == {
        **days,
        "category": "",
        "about": "readers",
        "group": "Finished",
        "readers": "25",
        "of": "36",
    }
    assert rows[3] == {
        **days,
        "category": "attention",
        "about": "score",
        "group": "comes and goes / mostly there",
        "readers": "13",
        "of": "25",
    }
    assert rows[4] == {
        **days,
        "category": "attention",
        "about": edition.definition().items[0].text,
        "group": "No answer / Not at all",
        "readers": "12",
        "of": "25",
    }
    assert min(int(row["readers"]) for row in rows) >= MINIMUM
    # Each part of a whole: the groups of a question sum to those who finished.
    assert {int(row["of"]) for row in rows} == {25, 36}


def test_words_that_a_spreadsheet_would_run_are_disarmed(editor, db):
    record_items = make_edition(published=False, number=1)
    record_items.items.filter(position=1).update(text='=HYPERLINK("https://example.com")')
    record_items.publish(on=MARCH)
    a_month(record_items)
    count_periods(record_items)

    rows = list(
        csv.reader(io.StringIO(editor.get(insights(record_items, ".csv")).content.decode()))
    )

    # A published edition's words are read with the quotation marks of print.
    assert "'=HYPERLINK(“https://example.com”)" in [row[3] for row in rows]


def test_the_measurement_is_made_by_hand_and_kept(editor, edition):
    call_command("simulate_checkups", "4000", verbosity=0)

    before = editor.get(measurement(edition)).content.decode()
    after = editor.post(measurement(edition, "/now/"), follow=True).content.decode()

    assert "This edition has not been measured yet." in before
    assert complaints(before) == []
    assert complaints(after) == []
    words = " ".join(after.split())
    assert "The six questions hang together well enough for one score." in words
    assert words.count("This is not the wobble that the edition assumes.") == 2
    assert "“More than the usual wobble” begins above 20 points." in words
    assert "Measure now" not in words
    assert Measurement.objects.count() == 1
    editor.post(measurement(edition, "/now/"))
    assert Measurement.objects.count() == 1


def test_too_few_readers_are_not_measured_in_numbers(editor, edition):
    a_month(edition)

    html = editor.post(measurement(edition, "/now/"), follow=True).content.decode()

    words = " ".join(html.split())
    assert words.count("Too few to say: it takes 200 readers who answered all six questions.") == 4
    assert words.count("Retest: too few to say; it takes 50 readers with two checkups.") == 4


def test_without_a_complete_month_there_is_nothing_to_measure(editor, edition):
    make_checkup(edition, started_on=timezone.localdate())

    html = editor.post(measurement(edition, "/now/"), follow=True).content.decode()

    assert "There is no complete month with finished checkups yet." in html
    assert not Measurement.objects.exists()


PAGES = ["/insights/", "/insights.csv", "/insights/count/", "/measurement/", "/measurement/now/"]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_for_those_with_the_permission(client, edition, django_user_model, page):
    address = f"/admin/quiz/edition/{edition.pk}{page}"
    assert client.get(address)["Location"].startswith("/admin/login/")

    writer = django_user_model.objects.create_user("writer", is_staff=True)
    writer.user_permissions.add(*Permission.objects.filter(codename="view_edition"))
    client.force_login(writer)
    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 403
    listed = client.get("/admin/quiz/edition/").content.decode()
    assert "insights" not in listed

    names = ["view_countedperiod", "view_measurement"]
    writer.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(django_user_model.objects.get(pk=writer.pk))
    assert client.get(address).status_code == (403 if page.endswith(("count/", "now/")) else 200)


@pytest.mark.parametrize("page", PAGES)
def test_a_draft_and_an_edition_that_is_not_there_have_none(editor, db, page):
    draft = make_edition(published=False, number=5)

    for pk in (draft.pk, 999, 10**25):
        assert editor.get(f"/admin/quiz/edition/{pk}{page}").status_code == 404
