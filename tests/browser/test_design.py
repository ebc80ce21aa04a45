"""What the readers' pages promise a hand, an eye and a keyboard, in a real browser."""

import re

import pytest

from tests.browser.conftest import DESKTOP, PHONE, SMALL_PHONE
from tests.browser.looking import until

pytestmark = pytest.mark.django_db(transaction=True)
ARTICLE = "/articles/finding-your-way-back-to-each-other/"
PUBLIC = [
    *("/", "/articles/", ARTICLE, "/topics/repair/", "/search/?q=listening", "/search/?q=zzzxqv"),
    *("/exercises/", "/exercises/the-repair-script/", "/exercises/the-repair-script/print/"),
    *("/exercises/request/", "/questions/", "/questions/tonight/", "/reading-list/", "/evidence/"),
    *("/help/", "/help/us/", "/checkup/", "/checkup/paper/", "/about/"),
]
# Where an element's own middle is: nothing else may lie on it.
UNCOVERED = """element => {
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return top !== null && element.contains(top) && box.top >= 0 && box.bottom <= innerHeight;
}"""


def box(page, selector):
    return page.locator(selector).first.bounding_box()


def test_on_a_phone_every_page_begins_near_the_top_and_runs_out_nowhere(starter, open_page):
    page = open_page("/", viewport=SMALL_PHONE)
    for address in PUBLIC:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert box(page, "main")["y"] <= 110, address
    page.set_viewport_size(PHONE)
    assert box(page, "main")["y"] <= 95


@pytest.mark.parametrize("javascript", [True, False])
def test_the_exit_comes_second_by_keyboard_and_is_covered_by_nothing(
    starter, open_page, javascript
):
    page = open_page(ARTICLE, javascript=javascript, viewport=PHONE)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the page"
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Leave this page"

    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Reading list", exact=True).wait_for()
    assert page.locator(".exit").evaluate(UNCOVERED)
    page.keyboard.press("Escape")
    page.evaluate("scrollTo({top: 3000, behavior: 'instant'})")
    assert page.evaluate("scrollY") > 1000
    assert page.locator(".exit").evaluate(UNCOVERED)


def test_the_menu_leads_on_without_javascript(starter, open_page):
    page = open_page("/", javascript=False, viewport=SMALL_PHONE)
    assert not page.get_by_role("link", name="Questions").is_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Questions").click()
    page.wait_for_url("**/questions/")

    page.set_viewport_size(DESKTOP)
    assert page.get_by_role("link", name="Help", exact=True).is_visible()
    assert not page.get_by_role("button", name="Menu").is_visible()


def test_the_serif_is_there_and_nothing_moves(starter, open_page):
    page = open_page(ARTICLE, viewport=PHONE)
    page.wait_for_load_state("networkidle")

    faces = page.evaluate("[...document.fonts].map(face => [face.style, face.status])")
    assert faces == [
        *(["normal", "loaded"], ["italic", "loaded"]),
        *(["normal", "unloaded"], ["italic", "unloaded"]),  # accents: this page has none
    ]
    shift = page.evaluate(
        "new Promise(done => new PerformanceObserver(list => done(list.getEntries().length))"
        ".observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 300))"
    )
    assert shift == 0


def test_every_answer_is_large_enough_for_a_thumb_and_readable_at_320(starter, open_page):
    page = open_page("/checkup/", viewport=SMALL_PHONE)
    page.get_by_role("button", name="Start the checkup").click()
    page.wait_for_url(re.compile("/attention/"))

    boxes = page.locator(".choice").evaluate_all(
        "all => all.map(e => [e.getBoundingClientRect().height, e.scrollWidth <= e.clientWidth])"
    )
    assert len(boxes) == 6 * 6
    assert all(height >= 44 and fits for height, fits in boxes)
    assert page.locator("[aria-current=step]").inner_text() == "Attention"


def test_the_error_summary_takes_the_focus_without_javascript(starter, chromium, live_server):
    # Not by open_page: the console tells of the 422.
    page = chromium.new_page(java_script_enabled=False, base_url=live_server.url)
    page.goto("/help/us/report/")
    page.fill("textarea", "It rings and nobody answers.")
    page.get_by_role("button", name="Send to the editors").click()

    assert page.locator(":focus").get_attribute("class") == "problems"
    assert page.locator("textarea").input_value() == "It rings and nobody answers."
    page.close()


def test_a_link_is_copied_and_a_private_page_offers_no_list_of_people(starter, open_page):
    permissions = ["clipboard-read", "clipboard-write"]
    page = open_page(ARTICLE, permissions=permissions)
    page.get_by_role("button", name="Copy the link").click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url

    page.goto("/checkup/")
    page.get_by_role("button", name="Start the checkup").click()
    page.wait_for_url(re.compile("/attention/"))
    page.get_by_role("button", name="Copy the link").click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url.replace("attention/", "")
    assert page.locator("[data-sheet]").count() == 0

    plain = open_page(ARTICLE, javascript=False)
    assert not plain.get_by_role("button", name="Copy the link").is_visible()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_how_far_one_has_read_is_drawn_by_the_stylesheet_alone(starter, open_page, motion):
    page = open_page(ARTICLE, javascript=False, reduced_motion=motion)
    drawn = "getComputedStyle(document.querySelector('.bar'), '::after').transform"

    page.mouse.wheel(0, 1_500)
    if motion == "reduce":
        until(page, "scrollY === 1500")
        assert page.evaluate(drawn) == "none"
    else:
        until(page, f"scrollY === 1500 && {drawn} !== 'matrix(0, 0, 0, 1, 0, 0)'")
        scale = float(page.evaluate(drawn).removeprefix("matrix(").split(",")[0])
        assert 0 < scale < 1


@pytest.mark.parametrize("address", [ARTICLE, "/exercises/the-repair-script/print/"])
def test_paper_gets_the_words_and_no_navigation(starter, open_page, address):
    page = open_page(address, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")

    for selector in (".bar", ".foot", ".crumbs", ".exit-note"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator("h1").is_visible()
    # Ink on white, whatever the screen was set to.
    assert page.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(31, 33, 38)"
