"""The checkup in a real browser, as somebody would take it on a phone in the evening."""

import re

import pytest

from tests.browser.conftest import SMALL_PHONE

pytestmark = pytest.mark.django_db(transaction=True)


def tab_to(page, locator, *, limit=120):
    """Press Tab until the element has the focus, as somebody without a mouse would."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if locator.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {locator}")


def answer_by_keyboard(page, answers):
    """Answer the six questions of the page: `answers` are how many steps down from the first label."""
    groups = page.locator("fieldset:has(input[type=radio])")
    assert groups.count() == 6
    for number, steps in enumerate(answers):
        tab_to(page, groups.nth(number).locator("input[type=radio]").first)
        page.keyboard.press("Space")
        for _ in range(steps):
            page.keyboard.press("ArrowDown")


def test_the_checkup_is_taken_by_keyboard_alone_with_javascript_off(starter, open_page):
    page = open_page("/checkup/", javascript=False, viewport=SMALL_PHONE)
    tab_to(page, page.locator("form[action='/checkup/start/'] button"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/checkup/[\w-]{32}/attention/$"))
    given = {
        "attention": [4] * 6,
        "curiosity": [3] * 6,
        "repair": [1] * 6,
        "warmth": [2, 2, 2, 2, 3, 3],
    }
    for category, answers in given.items():
        assert page.url.endswith(f"/{category}/")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        answer_by_keyboard(page, answers)
        tab_to(page, page.locator("main form button[type=submit]"))
        with page.expect_navigation():
            page.keyboard.press("Enter")

    assert re.search(r"/snapshot/[\w-]{32}/$", page.url)
    main = page.locator("main").inner_text()
    # 4 × 25, 3 × 25, 1 × 25 and 14 / 6 × 25 points: three bands, and Repair clearly below Warmth.
    for words in ("mostly there", "comes and goes", "mostly missing lately", "based on 6 of 6"):
        assert words in main.lower()


def test_back_keeps_every_answer_and_the_link_resumes_on_another_device(starter, open_page):
    page = open_page("/checkup/", javascript=False)
    page.click("form[action='/checkup/start/'] button")
    answer_by_keyboard(page, [1, 2, 3, 0, 4, 1])
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/curiosity/$"))

    elsewhere = open_page(page.url.replace("curiosity/", ""), javascript=False)
    assert elsewhere.url.endswith("/curiosity/")
    elsewhere.get_by_role("link", name="Back").first.click()

    assert elsewhere.url.endswith("/attention/")
    chosen = elsewhere.locator("input[type=radio]:checked").evaluate_all(
        "all => all.map(i => i.value)"
    )
    assert chosen == ["1", "2", "3", "0", "4", "1"]
