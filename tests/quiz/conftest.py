"""A reader's browser: it keeps no cookie, and it looks over every answer it gets."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from quiz.models import Edition
from tests.markup import complaints
from tests.quiz.builders import make_edition

PRIVATE = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


class Reader(Client):
    """A test client that refuses a cookie, a private page that is not marked so, and bad HTML."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        address = request["PATH_INFO"]
        assert response.cookies == {}, address
        assert "Cookie" not in response.get("Vary", ""), address
        if address.startswith(("/checkup/", "/snapshot/")) and address != "/checkup/":
            assert {name: response.get(name) for name in PRIVATE} == PRIVATE, address
        if response.content and response["Content-Type"].startswith("text/html"):
            assert complaints(response.content.decode()) == [], address
        return response


@pytest.fixture
def reader() -> Reader:
    return Reader(enforce_csrf_checks=True)


@pytest.fixture
def another_device() -> Reader:
    return Reader(enforce_csrf_checks=True)


@pytest.fixture
def edition(db) -> Edition:
    return make_edition()
