"""Every page type in every way of looking at it: rules of accessibility, and what axe cannot see."""

from __future__ import annotations

import pytest

from tests.browser.looking import FORCED, LIGHT, LOOKS, visitor
from tests.browser.pages import make_pages
from tests.browser.rules import axe, bring_axe, errors_have_the_focus, own_rules

pytestmark = pytest.mark.django_db(transaction=True)
# The editors' own pages are in test_pages_of_editors.py.
PARTS = (("reading",), ("checkup",), ("errors", "sign-in"))


@pytest.mark.usefixtures("starter", "media")
@pytest.mark.parametrize("parts", PARTS, ids="-".join)
def test_every_page_is_open_to_everybody_in_every_look(chromium, live_server, parts, subtests):
    pages = [page for page in make_pages() if page.part_of in parts]
    with visitor(chromium, live_server.url, LIGHT) as visit:
        bring_axe(visit.context)
        for page_type in pages:
            with subtests.test(page_type.name):
                page = visit.open(page_type)
                found = []
                if not errors_have_the_focus(page):
                    found.append("what went wrong has not taken the focus")
                for look in LOOKS:
                    visit.look(look)
                    said = axe(page, forced_colors=look is FORCED)
                    if page_type.has_frame:
                        said += own_rules(page, "sideways", "targets", "exit", "focus")
                    found += [f"{look}: {words}" for words in said]
                found += visit.complaints
                visit.complaints.clear()
                assert not found, "\n".join(found)
