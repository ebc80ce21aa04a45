"""The site in a language that is written from right to left, in a real browser."""

import os
from pathlib import Path

import pytest

from tests.browser.conftest import DESKTOP, PHONE, SMALL_PHONE
from tests.quiz.rows import answers_of, days_ago, make_checkup

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = {
    "home": "/",
    "articles": "/articles/",
    "article": "/articles/when-the-phone-sits-between-you/",
    "topic": "/topics/repair/",
    "exercises": "/exercises/",
    "exercise": "/exercises/the-repair-script/",
    "hold": "/exercises/the-repair-script/hold/",
    "request": "/exercises/request/",
    "questions": "/questions/",
    "tonight": "/questions/tonight/",
    "reading-list": "/reading-list/",
    "evidence": "/evidence/",
    "help": "/help/",
    "country": "/help/us/",
    "report": "/help/us/report/",
    "search": "/search/?q=quiet",
    "checkup": "/checkup/",
    "paper": "/checkup/paper/",
    "about": "/about/",
}


@pytest.fixture
def private(starter) -> dict[str, str]:
    first, earlier = make_checkup(
        answers=answers_of(attention=3, curiosity=[3, 3, 3, 2, 2, 2], repair=0),
        finished_on=days_ago(30),
    )
    _, now = make_checkup(answers=1, earlier=first)
    _, begun = make_checkup()
    return {
        "step": f"/checkup/{begun}/repair/",
        "snapshot": f"/snapshot/{earlier}/",
        "change": f"/snapshot/{now}/change/",
        "sheet": f"/snapshot/{now}/sheet/",
        "together": f"/snapshot/{now}/together/",
    }


def picture(page, name):
    """For showing to people: RTL_PICTURES=folder writes what the test sees."""
    if folder := os.environ.get("RTL_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_no_page_runs_out_of_a_small_phone(made_up, private, open_page):
    page = open_page("/", viewport=SMALL_PHONE)
    for name, address in {**PAGES, **private}.items():
        page.goto(address)
        assert page.evaluate("getComputedStyle(document.documentElement).direction") == "rtl"
        sizes = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        picture(page, f"{name}-320")
        assert sizes[0] <= sizes[1], f"{name}: {sizes}"


BARS = """
() => {
  const box = (part) => part.getBoundingClientRect();
  const near = (one, other) => Math.abs(one - other) < 2;
  return [...document.querySelectorAll(".bars .bar-row")].map((row) => {
    const bar = row.querySelector("rect");
    return {
      bar: bar && near(box(bar).right, box(row).right) && box(bar).width < box(row).width,
      name: near(box(row.querySelector(".bar-name")).right, box(row).right),
    };
  });
}
"""


@pytest.mark.parametrize("viewport", [SMALL_PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_bars_of_a_snapshot_begin_at_the_right(made_up, private, open_page, viewport):
    page = open_page(private["snapshot"], viewport=viewport)

    a_bar, no_bar = {"bar": True, "name": True}, {"bar": None, "name": True}
    assert page.evaluate(BARS) == [a_bar, a_bar, a_bar, no_bar]
    picture(page, f"snapshot-{viewport['width']}")


def test_the_first_step_of_the_progress_is_at_the_right(made_up, private, open_page):
    page = open_page(private["step"], viewport=PHONE)

    lefts = page.locator(".progress-step").evaluate_all(
        "steps => steps.map(step => step.getBoundingClientRect().left)"
    )
    assert lefts == sorted(lefts, reverse=True)
    exit_link, wordmark = (
        page.locator(name).first.bounding_box() for name in (".exit", ".wordmark")
    )
    assert exit_link["x"] < wordmark["x"]  # as it is the other way round in English


def test_a_telephone_number_is_read_from_left_to_right(made_up, starter, open_page):
    page = open_page("/help/us/", viewport=PHONE)

    found = page.locator(".phone").first.evaluate(
        "phone => [getComputedStyle(phone).direction, getComputedStyle(phone).unicodeBidi]"
    )
    assert found == ["ltr", "isolate"]
