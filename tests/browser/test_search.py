"""Looking something up on a phone, and an article whose data for search engines breaks no rule."""

import pytest

from tests.builders import another_article

pytestmark = pytest.mark.django_db(transaction=True)


def test_something_is_looked_up_by_keyboard_and_read(open_page):
    another_article(title="On silence", slug="on-silence", body="Silence **is** a kind of answer.")
    page = open_page("/")

    page.get_by_role("button", name="Menu").click()
    page.get_by_role("searchbox", name="Search the site").fill("silance")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="silence", exact=True).click()
    assert page.locator("mark").all_inner_texts() == ["silence", "Silence"]
    page.get_by_role("link", name="On silence").click()

    assert page.url.endswith("/articles/on-silence/")
    assert page.locator("script[type='application/ld+json']").count() == 1
