"""What people come for, from its first page to its last, on a phone and on a desk; where readers are
concerned also with JavaScript off. How the parts work in detail is in the other files."""

import datetime as dt
import re

import pytest
from icalendar import Calendar

from tests.browser.conftest import DESKTOP, PHONE
from tests.builders import make_person

pytestmark = pytest.mark.django_db(transaction=True)
WINDOWS = pytest.mark.parametrize("window", [PHONE, DESKTOP], ids=["phone", "desk"])
SCRIPTS = pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
ELSEWHERE = "https://www.weather.com/"


def answer(page, *labels):
    """Press one answer for each of the six questions, as a thumb would, and go on."""
    groups = page.locator("main fieldset:has(input[type=radio])")
    assert groups.count() == 6
    for number, label in enumerate(labels):
        groups.nth(number).locator("label").filter(
            has_text=re.compile(f"^\\s*{label}\\s*$")
        ).click()
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()


@WINDOWS
@SCRIPTS
def test_the_checkup_is_begun_left_finished_elsewhere_and_come_back_to(
    starter, open_page, window, javascript
):
    page = open_page("/", viewport=window, javascript=javascript)
    page.locator("main").get_by_role("link", name=re.compile("checkup", re.I)).first.click()
    page.get_by_role("button", name="Start the checkup").click()
    answer(page, *["Most days"] * 5, "Skip this one")
    kept = page.get_by_role("link", name="this checkup").get_attribute("href")

    elsewhere = open_page(kept, viewport=window, javascript=javascript)
    assert elsewhere.url.endswith("/curiosity/")
    answer(elsewhere, *["Some days"] * 6)
    answer(elsewhere, *["Once or twice"] * 5, "It did not come up")
    answer(elsewhere, *["Nearly every day"] * 6)
    assert re.search(r"/snapshot/[\w-]{32}/$", elsewhere.url)
    said = elsewhere.locator("main").inner_text()
    assert "Based on 5 of 6" in said

    # The link of the beginning leads to the end.
    later = open_page(kept, viewport=window, javascript=javascript)
    assert later.locator("main").inner_text() == said


@WINDOWS
def test_an_article_is_written_published_and_read(
    transactional_db, chromium, live_server, open_page, window
):
    make_person("edith", group="Editors")
    context = chromium.new_context(base_url=live_server.url, viewport=window)
    editor = context.new_page()
    editor.goto("/admin/articles/article/add/")
    editor.get_by_label("Username").fill("edith")
    editor.get_by_label("Password").fill("a quiet word")
    editor.get_by_role("button", name="Log in").click()
    editor.get_by_label("Title").fill("The minute after the door")
    editor.get_by_label("Standfirst").fill("What happens in the first minute.")
    editor.get_by_label("Attention").check()
    editor.locator("#id_body").fill("Put down what you hold.\n\n## Look up\n\nSay their name.")
    press = editor.get_by_role("button", name="Publish now", exact=True).locator("visible=true")
    with editor.expect_navigation():
        press.first.click()
    assert "Published." in editor.locator(".messagelist").inner_text()
    context.close()

    reader = open_page("/", viewport=window)
    reader.locator("main").get_by_role("link", name="The minute after the door").first.click()
    assert reader.get_by_role("heading", level=1).inner_text() == "The minute after the door"
    assert reader.get_by_role("heading", name="Look up").count() == 1


@WINDOWS
@SCRIPTS
def test_a_practice_is_picked_and_its_week_taken_home(starter, open_page, window, javascript):
    page = open_page("/exercises/", viewport=window, javascript=javascript)
    page.get_by_text("Pick by what your day allows").click()
    page.get_by_label("Ten minutes at most").check()
    page.get_by_label("I do it alone").check()
    page.get_by_role("button", name="Show what fits").click()
    practice = page.locator("main .entry-link").first
    name = practice.inner_text()
    practice.click()
    assert page.get_by_role("heading", level=1).inner_text() == name
    page.get_by_text("Put the week in your calendar").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Get the week").click()

    assert waiting.value.suggested_filename == "week.ics"
    events = Calendar.from_ical(waiting.value.path().read_bytes()).walk("VEVENT")
    assert len(events) == 7
    days = [event.decoded("dtstart").date() for event in events]
    assert days == [days[0] + dt.timedelta(days=number) for number in range(7)]
    assert name not in str(events[0]["summary"])


def take(page, value):
    """All four parts with one answer; the address of the snapshot.

    Chosen at one stroke: that each answer can be pressed is the journey of the checkup.
    """
    for _part in range(4):
        choices = page.locator(f"main fieldset input[type=radio][value='{value}']")
        assert choices.count() == 6
        choices.evaluate_all("choices => choices.forEach(choice => { choice.checked = true; })")
        with page.expect_navigation():
            page.locator("main form button[type=submit]").click()
    return re.sub(r"https?://[^/]+", "", page.url)


def agree_to_show(page, *parts):
    for part in parts:
        page.get_by_label(part, exact=True).check()
    page.get_by_role("button", name="Look at what that would be").click()
    # What follows is read or loaded anew at once, and must not meet a page that is still on its way.
    with page.expect_navigation():
        page.get_by_role("button", name="Show this").click()


@WINDOWS
@SCRIPTS
def test_two_people_see_what_both_agreed_to_until_one_withdraws(
    starter, open_page, window, javascript
):
    hers = open_page("/checkup/", viewport=window, javascript=javascript)
    hers.get_by_role("button", name="Start the checkup").click()
    snapshot = take(hers, 4)
    hers.goto(f"{snapshot}together/")
    hers.get_by_role("button", name="Make an invitation").click()
    invitation = hers.locator("code").inner_text()
    agree_to_show(hers, "Attention", "Repair")
    waiting = hers.locator("main").inner_text()

    his = open_page(invitation, viewport=window, javascript=javascript)
    his.get_by_role("button", name="Answer on my own").click()
    his.goto(f"{take(his, 0)}together/")
    with his.expect_navigation():
        his.get_by_role("link", name="To your own page of it").click()
    hers.reload()
    assert hers.locator("main").inner_text() == waiting
    agree_to_show(his, "Repair")

    for page in (his, hers):
        page.reload()
        assert page.get_by_text("You two see this differently.").count() == 1
        # Only what its owner chose: she shows Attention, he does not.
        assert page.get_by_text("Curiosity", exact=True).count() == 0
    his.get_by_text("I want to withdraw").click()
    his.get_by_role("button", name="Withdraw now").click()
    his.get_by_role("heading", name="You have withdrawn").wait_for()
    for page in (his, hers):
        assert page.request.get(hers.url).status == 404


@pytest.fixture
def reading(starter, open_page):
    """An article, come to from the front page; where the exit leads is answered here."""

    def reading_(*, window=PHONE, javascript=True):
        page = open_page("/", viewport=window, javascript=javascript)
        page.context.route(
            f"{ELSEWHERE}**", lambda route: route.fulfill(body="Rain", content_type="text/plain")
        )
        page.goto("/articles/when-the-phone-sits-between-you/")
        return page

    return reading_


@WINDOWS
def test_the_exit_leaves_at_once_and_back_does_not_return(reading, window):
    page = reading(window=window)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.get_by_role("link", name="Leave this page").click()
    page.wait_for_url(ELSEWHERE)
    page.go_back()

    assert "/articles/" not in page.url


@WINDOWS
def test_the_exit_is_a_plain_link_without_javascript(reading, window):
    page = reading(window=window, javascript=False)
    page.get_by_role("link", name="Leave this page").click()
    page.wait_for_url(ELSEWHERE)


def test_the_exit_is_the_second_stop_of_the_keyboard(reading):
    page = reading()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to the page"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('[data-exit]')")
    page.keyboard.press("Enter")
    page.wait_for_url(ELSEWHERE)


def test_escape_three_times_leaves_and_twice_does_not(reading):
    page = reading()
    before = page.url
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_timeout(3100)  # a slow third one does not count either
    page.keyboard.press("Escape")
    assert page.url == before
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url(ELSEWHERE)


def test_the_skip_link_leads_past_the_header(reading):
    page = reading()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
