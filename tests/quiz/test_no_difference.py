"""A link that never was, one whose checkup has been deleted and one whose time is over cannot be told
apart: the same answer, byte for byte, after the same questions to the database.

Where the work is the same, so is the time it takes; `python -m tests.scan.timing` measures it.
"""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quiz.models import Checkup, Edition, Pairing, invitation_token
from stalelove.categories import Category

NEVER = "n" * 32
ADDRESSES = [
    *(f"/checkup/{{}}/{page}" for page in ("", "attention/", "warmth/")),
    *(
        f"/snapshot/{{}}/{page}"
        for page in ("", "change/", "data.json", "sheet/", "delete/", "together/", "again/")
    ),
    "/together/{}/",
]


def finished() -> tuple[Checkup, str]:
    checkup, token = Checkup.start(Edition.objects.current())
    for category in Category:
        checkup.save_page(category, dict.fromkeys(checkup.page_answers(category), 3))
    checkup.refresh_from_db()
    return checkup, token


@pytest.fixture
def spent(starter) -> dict[str, str]:
    """Tokens that opened something, and how each came to open nothing."""
    deleted, deleted_token = finished()
    begun, begun_token = Checkup.start(Edition.objects.current())
    old, old_token = finished()
    inviter, inviter_token = finished()
    own = Pairing.invite(inviter, inviter_token)
    for checkup in (deleted, begun, inviter):
        Checkup.objects.filter(pk=checkup.pk).erase()
    long_ago = timezone.localdate() - dt.timedelta(days=500)
    Checkup.objects.filter(pk=old.pk).update(started_on=long_ago, finished_on=long_ago)
    return {
        "deleted": deleted_token,
        "deleted before it was finished": begun_token,
        "too old": old_token,
        "own link to a pairing that is gone": own,
        "invitation that is gone": invitation_token(own),
    }


def lived(client, method: str, address: str) -> tuple[object, ...]:
    """All that can be seen from outside, and all that was done inside."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.generic(method, address)
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    # A hash of the token is in the question; its length is the same for all.
    asked = [re.sub(r"'\\x[0-9a-f]{64}'", "HASH", query["sql"]) for query in queries]
    return response.status_code, headers, response.content, response.cookies, asked


@pytest.fixture
def uncounted(settings):
    """The limits look at the network, before anybody looks at the token."""
    settings.RATE_LIMITS = False


@pytest.mark.usefixtures("uncounted")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_link_that_never_was_and_one_that_is_gone_cannot_be_told_apart(client, spent, method):
    for address in ADDRESSES:
        never = lived(client, method, address.format(NEVER))
        for why, token in spent.items():
            assert lived(client, method, address.format(token)) == never, (address, why)


def test_a_link_that_opens_something_can_be_told(client, starter):
    _checkup, token = finished()

    assert lived(client, "GET", f"/snapshot/{token}/") != lived(
        client, "GET", f"/snapshot/{NEVER}/"
    )
