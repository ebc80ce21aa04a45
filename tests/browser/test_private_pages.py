"""The pages around a snapshot in a real browser: two people, a small phone, and the rules of access."""

import re

import pytest

from tests.browser.conftest import SMALL_PHONE
from tests.browser.rules import axe

pytestmark = pytest.mark.django_db(transaction=True)


def look_over(page):
    """Nothing runs out of the page, and axe has nothing to say."""
    page.wait_for_load_state()
    page.locator("footer").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    assert axe(page) == [], page.url


def answer_all(page, value):
    """All four pages with one answer; the snapshot's address."""
    for _ in range(4):
        choices = page.locator(f"main input[type=radio][value='{value}']")
        assert choices.count() == 6
        choices.evaluate_all("choices => choices.forEach(choice => choice.click())")
        page.locator("main form button[type=submit]").click()
    return re.sub(r"https?://[^/]+", "", page.url)


def choose_and_confirm(page, *categories):
    for category in categories:
        page.locator(f"input[value={category}]").check(force=True)
    page.get_by_role("button", name="Look at what that would be").click()
    page.get_by_role("button", name="Show this").wait_for()
    look_over(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Show this").click()


def test_two_people_come_to_see_two_views(starter, open_page):
    hers = open_page("/checkup/", viewport=SMALL_PHONE)
    hers.get_by_role("button", name="Start the checkup").click()
    snapshot = answer_all(hers, 4)
    look_over(hers)
    for name in ("sheet/", "together/"):
        hers.goto(f"{snapshot}{name}")
        look_over(hers)
    hers.get_by_role("button", name="Make an invitation").click()
    look_over(hers)
    invitation = hers.locator("code").inner_text()
    choose_and_confirm(hers, "attention", "repair")

    his = open_page(invitation, viewport=SMALL_PHONE)
    look_over(his)
    his.get_by_role("button", name="Answer on my own").click()
    his.goto(f"{answer_all(his, 0)}together/")
    his.get_by_role("link", name="To your own page of it").click()
    choose_and_confirm(his, "repair")

    for page in (his, hers):
        page.reload()
        assert page.get_by_text("You two see this differently.").count() == 1
        look_over(page)
    his.get_by_text("I want to withdraw").click()
    his.get_by_role("button", name="Withdraw now").click()
    his.get_by_role("heading", name="You have withdrawn").wait_for()
    look_over(his)
    # Asked for without the page, whose console would complain of the 404.
    assert hers.request.get(hers.url).status == 404


def test_a_sheet_is_made_and_a_retake_stands_beside_its_snapshot(starter, open_page):
    page = open_page("/checkup/", viewport=SMALL_PHONE)
    page.get_by_role("button", name="Start the checkup").click()
    snapshot = answer_all(page, 1)
    page.goto(f"{snapshot}sheet/")
    page.locator("textarea").fill("Evenings")
    page.get_by_role("button", name="Make the sheet").click()
    look_over(page)
    page.goto(snapshot)
    page.get_by_role("button", name="Take it again").click()
    answer_all(page, 3)
    page.get_by_role("link", name="Then and now").click()
    look_over(page)
    assert page.get_by_text("Too soon to compare.").count() == 1


def test_the_paper_fits_a_phone_and_two_printed_pages(starter, open_page):
    page = open_page("/checkup/paper/", viewport=SMALL_PHONE)
    look_over(page)

    for size in ("A4", "Letter"):
        pdf = page.pdf(
            format=size, margin=dict.fromkeys(("top", "bottom", "left", "right"), "15mm")
        )
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2, size
