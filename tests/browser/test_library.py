"""Practices and questions in a real browser."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def starter(transactional_db):
    call_command("load_starter", verbosity=0)


def test_the_script_to_hold_goes_on_line_by_line_without_a_connection(starter, open_page):
    page = open_page(
        "/exercises/the-repair-script/hold/", javascript=False, reduced_motion="reduce"
    )
    page.wait_for_load_state("networkidle")  # the icon too
    page.context.set_offline(True)
    lines = page.locator(".hold-line")
    assert lines.count() == 10

    page.get_by_role("link", name="Begin", exact=True).click()
    for number in range(10):
        page.wait_for_function(
            "number => {"
            " const line = document.querySelectorAll('.hold-line')[number].getBoundingClientRect();"
            " return line.top >= 0 && line.bottom <= innerHeight; }",
            arg=number,
        )
        shown = lines.evaluate_all(
            "all => all.map(e => e.getBoundingClientRect())"
            ".map((r, i) => [r.bottom > 60 && r.top < innerHeight, i])"
            ".filter(([seen]) => seen).map(([, i]) => i)"
        )
        assert shown == [number]
        page.locator(f"#line-{number + 1} .button").click()


def test_the_picker_works_without_javascript_and_its_address_can_be_shared(starter, open_page):
    page = open_page("/exercises/", javascript=False)
    page.get_by_text("Pick by what your day allows").click()
    page.get_by_label("A minute or two").check()
    page.get_by_label("I do it alone").check()
    page.get_by_role("button", name="Show what fits").click()

    found = page.locator(".entry-link").all_inner_texts()
    assert found == ["Say what the screen is for", "Name one specific thing"]
    again = open_page(page.url, javascript=False)
    assert again.locator(".entry-link").all_inner_texts() == found


def test_the_week_is_downloaded_under_a_neutral_name(starter, open_page):
    page = open_page("/exercises/ask-once-more/", javascript=False)
    page.get_by_text("Put the week in your calendar").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Get the week").click()

    assert waiting.value.suggested_filename == "week.ics"


def test_a_complaint_becomes_a_card_without_javascript(starter, open_page):
    page = open_page("/exercises/request/", javascript=False)
    page.fill("[name=see]", "walk with me after lunch")
    page.fill("[name=small]", "once, for half an hour")
    page.fill("[name=by]", str(timezone.localdate() + dt.timedelta(days=3)))
    page.get_by_role("button", name="Make the card").click()

    assert page.locator(".card-ask").inner_text() == "Would you walk with me after lunch?"
    assert page.url.endswith("/exercises/request/")
    page.emulate_media(media="print")
    assert page.locator("body").inner_text().split("\n")[0] == "The request"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_tonight_is_the_night_on_the_readers_own_clock(starter, open_page, zone):
    page = open_page("/questions/tonight/", timezone_id=zone)
    page.wait_for_load_state()

    local = page.evaluate("new Intl.DateTimeFormat('en-CA').format(new Date())")
    page.wait_for_function(
        "day => (new URL(location.href).searchParams.get('date') ?? document.querySelector("
        "'[data-tonight]').dataset.tonight) === day",
        arg=local,
    )
