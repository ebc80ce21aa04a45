"""The admin's main pages, on a phone and a desktop, light and dark: nothing for axe to say, nothing
that runs out of the window."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looking import PHOTOGRAPHED, visitor
from tests.browser.pages import make_pages
from tests.browser.rules import axe, bring_axe

pytestmark = pytest.mark.django_db(transaction=True)
# Cells without words in the head of Django's own tables of rows below a row.
DJANGOS_OWN = ('empty-table-header: <th class="original"></th>', "empty-table-header: <th></th>")
# Each window whole in the one and in the other colors, and for its colors alone in what is left.
WHOLE = ("phone-light", "desktop-dark")
# The line that comes with a live preview, before it has come.
NOT_PREVIEWED = ".markdown [data-length]:empty"
WIDER = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.usefixtures("starter", "media")
def test_every_page_of_the_editors_is_open_to_everybody(chromium, live_server, subtests):
    pages = [page for page in make_pages() if page.part_of in ("sign-in", "editors")]
    with visitor(chromium, live_server.url, PHOTOGRAPHED[0]) as visit:
        bring_axe(visit.context)
        for page_type in pages:
            with subtests.test(page_type.name):
                page = visit.open(page_type)
                expect(page.locator(NOT_PREVIEWED)).to_have_count(0)
                found = []
                for look in PHOTOGRAPHED:
                    visit.look(look)
                    found += [
                        f"{look}: {words}"
                        for words in axe(page, colors_only=look.name not in WHOLE)
                        if not words.startswith(DJANGOS_OWN)
                    ]
                    if wider := page.evaluate(WIDER):
                        found.append(f"{look}: {wider} pixels wider than the window")
                assert not found, "\n".join(found)
    assert len(pages) == 14
