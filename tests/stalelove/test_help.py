"""Help: the pages, the data, the stale lines, and reports of wrong numbers."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from stalelove.models import HelpResource, Report
from tests.markup import complaints, parse, words_of
from tests.stalelove.builders import make_country, make_help_line


def main_of(response, status=200):
    assert response.status_code == status
    html = response.content.decode()
    assert complaints(html) == []
    return parse(html).find(".//main")


def stale_day(extra=1):
    return timezone.localdate() - dt.timedelta(days=180 + extra)


@pytest.fixture
def countries(db):
    anywhere = make_country(code="anywhere", name="Anywhere else", position=0)
    us = make_country(emergency="911", position=1)
    nz = make_country(code="nz", name="New Zealand", position=2)
    for kind in ("therapist", "crisis", "own_behavior", "abuse"):
        make_help_line(country=us, slug=f"us-{kind}", name=f"US {kind}", kind=kind)
    make_help_line(country=anywhere, slug="any-crisis", name="Everywhere", kind="crisis")
    make_help_line(country=us, slug="us-hidden", name="Hidden", is_published=False)
    return {"anywhere": anywhere, "us": us, "nz": nz}


def test_a_country_shows_danger_first_then_abuse_own_behavior_crisis_therapists(client, countries):
    main = main_of(client.get("/help/us/"))

    assert [words_of(e) for e in main.iter() if str(e.tag) in ("h2", "h3")] == [
        "In danger now",
        "Abuse and fear at home",
        "US abuse",
        "Worried about your own behavior",
        "US own_behavior",
        "Crisis and thoughts of suicide",
        "US crisis",
        "Everywhere",
        "Finding a therapist",
        "US therapist",
        "Before you call or click",
        "Is something here wrong?",
        "Somewhere else",
    ]
    assert "911" in words_of(main)
    assert "see someone on your own first" in words_of(main)


def test_what_serves_every_country_stands_on_each_of_their_pages_once(client, countries):
    for code in ("us", "nz", "anywhere"):
        names = [words_of(e) for e in main_of(client.get(f"/help/{code}/")).iter("h3")]
        assert names.count("Everywhere") == 1, code


def test_anywhere_is_the_last_of_the_countries(client, countries):
    main = main_of(client.get("/help/"))

    links = [words_of(e) for e in main.iter("a") if e.get("class") == "country-link"]
    assert links == ["United States", "New Zealand", "Anywhere else"]


@pytest.mark.parametrize("code", ["zz", "atlantis", "0", "-", "x" * 200])
def test_a_country_that_we_do_not_have_is_the_list_of_those_we_have(client, countries, code):
    main = main_of(client.get(f"/help/{code}/"), status=404)

    assert "We have no page for that country." in words_of(main)
    assert "United States" in words_of(main)


def test_a_code_in_capitals_leads_to_the_country(client, countries):
    response = client.get("/help/US/")

    assert (response.status_code, response["Location"]) == (301, "/help/us/")


def test_a_line_that_nobody_has_checked_for_half_a_year_says_so(client, countries):
    make_help_line(country=countries["nz"], last_checked=stale_day())
    make_help_line(country=countries["nz"], last_checked=stale_day(0))

    text = words_of(main_of(client.get("/help/nz/")))
    assert text.count("it may have changed") == 1


def test_the_data_keeps_its_keys_and_says_null_for_what_is_not_verified(
    client, countries, django_assert_num_queries
):
    today = timezone.localdate()
    HelpResource.objects.filter(slug="us-crisis").update(phone="")
    HelpResource.objects.filter(slug="us-abuse").update(text="START to 88788", note="TTY too.")
    with django_assert_num_queries(2):
        response = client.get("/help.json")

    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    data = json.loads(response.content)
    assert list(data) == ["version", "as_of", "stale_after_days", "kinds", "countries"]
    assert data["version"] == 1
    assert data["as_of"] is None
    assert data["stale_after_days"] == 180
    assert list(data["kinds"]) == ["abuse", "own_behavior", "crisis", "therapist"]
    assert [country["code"] for country in data["countries"]] == ["us", "nz", "anywhere"]
    us = data["countries"][0]
    slugs = [resource["slug"] for resource in us["resources"]]
    assert slugs == ["us-abuse", "us-own_behavior", "us-crisis", "us-therapist"]
    assert us["resources"][0] == {
        "slug": "us-abuse",
        "kind": "abuse",
        "name": "US abuse",
        "phone": "1-800-555-0100",
        "text": "START to 88788",
        "url": None,
        "hours": None,
        "audience": None,
        "note": "TTY too.",
        "source": "example.org, 2026",
        "last_checked": today.isoformat(),
    }
    assert us["resources"][2]["phone"] is None
    del us["resources"]
    assert us == {
        "code": "us",
        "name": "United States",
        "page": "https://testserver/help/us/",
        "emergency": "911",
        "emergency_note": None,
    }


def check():
    out = StringIO()
    call_command("check_help_lines", stdout=out)
    return out.getvalue()


def test_the_check_passes_while_every_published_line_is_fresh(countries):
    make_help_line(country=countries["us"], last_checked=stale_day(0))
    make_help_line(country=countries["us"], last_checked=stale_day(), is_published=False)

    assert check() == "All 6 help lines were checked in the last 180 days.\n"


def test_the_check_names_the_stale_lines_and_fails(countries):
    day = stale_day()
    make_help_line(country=countries["us"], slug="us-old", name="Old", last_checked=day)

    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("check_help_lines", stdout=out)
    assert out.getvalue() == f"us-old: Old (United States), last checked {day}\n"
    assert str(caught.value).startswith("1 of 6 help lines were not checked for 180 days.")
    assert caught.value.returncode == 1


def report(client, country="us", **changes):
    data = {"line": "us-abuse", "problem": "no_answer", "details": "Rang for days.", **changes}
    return client.post(f"/help/{country}/report/", data)


def reports():
    return list(Report.objects.values_list("country__code", "line", "problem", "details"))


def test_a_report_reaches_the_editors_and_says_nothing_of_the_reader(client, countries):
    response = report(client)

    assert (response.status_code, response["Location"]) == (302, "/help/us/report/thanks/")
    assert response.cookies == {}
    assert reports() == [("us", "us-abuse", "no_answer", "Rang for days.")]
    assert Report.objects.get().reported_on == timezone.localdate()
    assert [field.name for field in Report._meta.get_fields()] == [
        *("id", "country", "line", "problem", "details", "reported_on", "handled_on")
    ]
    assert "Thank you" in words_of(main_of(client.get(response["Location"])))


def test_a_report_offers_the_lines_of_the_page_and_none_of_these(client, countries):
    main = main_of(client.get("/help/nz/report/"))

    assert [(o.get("value"), words_of(o)) for o in main.iter("option")] == [
        ("any-crisis", "Everywhere"),
        ("", "None of these"),
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"problem": ""}, "Choose what is wrong."),
        ({"line": "us-hidden"}, "Choose one of the lines on this page."),
        ({"line": "\x00us"}, "Choose one of the lines on this page."),
        ({"details": "x" * 401}, "Keep this to 400 characters; it has 401."),
    ],
)
def test_a_report_that_cannot_be_taken_says_why(client, countries, changes, sentence):
    main = main_of(report(client, **changes), status=422)

    assert sentence in words_of(main)
    assert reports() == []


def test_a_program_that_fills_in_everything_is_thanked_and_not_heard(client, countries):
    response = report(client, website="https://spam.example/")

    assert (response.status_code, response["Location"]) == (302, "/help/us/report/thanks/")
    assert reports() == []


def test_a_report_is_taken_from_our_own_pages_and_of_a_sane_size(client, countries):
    data = {"problem": "missing", "details": "x"}
    foreign = client.post("/help/us/report/", data, headers={"sec-fetch-site": "cross-site"})
    large = report(client, details="x" * 40_000)

    assert foreign.status_code == 403
    assert "larger than this page can be" in words_of(main_of(large, status=413))
    assert client.post("/help/zz/report/", data).status_code == 404
    assert reports() == []


@pytest.fixture
def editor(client, countries, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("editor"))
    return client


def test_an_editor_finds_the_waiting_reports_and_marks_them_handled(editor, countries):
    for details in ("One.", "Two."):
        Report.objects.create(country=countries["us"], problem="missing", details=details)
    first = Report.objects.get(details="One.")

    editor.post(
        "/admin/stalelove/report/", {"action": "handled_today", "_selected_action": [first.pk]}
    )
    first.refresh_from_db()
    assert first.handled_on == timezone.localdate()
    waiting = editor.get("/admin/stalelove/report/?handled=no").content.decode()
    assert ("One." in waiting, "Two." in waiting) == (False, True)
    handled = editor.get("/admin/stalelove/report/?handled=yes").content.decode()
    assert ("One." in handled, "Two." in handled) == (True, False)


@pytest.mark.parametrize(
    ("line", "shown"),
    [("us-abuse", ">US abuse</a>"), ("us-gone", "us-gone"), ("", "None of those")],
)
def test_a_report_leads_the_editor_to_the_line(editor, countries, line, shown):
    report = Report.objects.create(country=countries["us"], problem="no_answer", line=line)

    page = editor.get(f"/admin/stalelove/report/{report.pk}/change/").content.decode()
    assert shown in page


def test_an_editor_finds_the_stale_lines_and_marks_them_checked(editor, countries):
    old = make_help_line(country=countries["us"], name="Old one", last_checked=stale_day())

    stale = editor.get("/admin/stalelove/helpresource/?stale=yes").content.decode()
    assert ("Old one" in stale, "US abuse" in stale) == (True, False)
    editor.post(
        "/admin/stalelove/helpresource/",
        {"action": "checked_today", "_selected_action": [old.pk]},
    )
    old.refresh_from_db()
    assert old.last_checked == timezone.localdate()
