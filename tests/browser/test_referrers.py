"""What a real browser tells other addresses of the private page it comes from: nothing."""

from __future__ import annotations

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(transactional_db):
    call_command("load_starter", verbosity=0)


def test_no_request_that_leaves_a_private_page_names_it(site, open_page):
    page = open_page("/checkup/")
    page.get_by_role("button", name="Start the checkup").click()
    sent = []
    page.on("request", lambda request: sent.append((request.url, request.headers.get("referer"))))
    for _ in range(4):
        page.locator("form button[type=submit]").last.click()
    snapshot = page.url
    assert "/snapshot/" in snapshot
    for link in ("Find help near you", "Privacy"):
        page.get_by_role("link", name=link).first.click()
        assert "/snapshot/" not in page.url
        page.goto(snapshot)

    assert len(sent) > 8
    assert {referer for url, referer in sent if "/help/" in url or "/privacy/" in url} == {None}
    assert [row for row in sent if row[1] and "/snapshot/" in row[1]] == []
