"""The limits as a client meets them, and what their table gives away."""

from __future__ import annotations

import hashlib
import io
import ipaddress

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.urls import get_resolver

from quiz.models import Checkup
from stalelove import rate_limits
from stalelove.rates import LIMITS, Limit
from tests.markup import complaints

# Tuesday 2026-11-24, 12:00:00 UTC: the beginning of every window.
NOON = 1795521600
FEW = Limit("checkups", 2, 600)


@pytest.fixture
def noon(monkeypatch):
    class Clock:
        now = float(NOON)

    monkeypatch.setattr(rate_limits.time, "time", lambda: Clock.now)
    return Clock


@pytest.fixture
def two_checkups(monkeypatch, starter, noon, settings):
    """Two starts in ten minutes, and behind one proxy."""
    monkeypatch.setitem(LIMITS, "checkup_start", FEW)
    settings.TRUSTED_PROXIES = 1


def start(client, address="203.0.113.9"):
    return client.post("/checkup/start/", headers={"x-forwarded-for": address})


def rows() -> list[tuple[bytes, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, count FROM stalelove_rate WHERE salt IS NULL ORDER BY count")
        return [(bytes(key), count) for key, count in cursor.fetchall()]


def salts() -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT salt FROM stalelove_rate WHERE salt IS NOT NULL")
        return [bytes(salt) for (salt,) in cursor.fetchall()]


def test_what_goes_beyond_the_limit_gets_a_human_page(client, two_checkups, noon):
    noon.now = NOON + 30

    answers = [start(client) for _number in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert answers[2]["Retry-After"] == "570"
    assert answers[2]["Cache-Control"] == "no-store, private"  # of every private address
    html = answers[2].content.decode()
    assert complaints(html) == []
    assert "Wait 10 minutes and try again." in " ".join(html.split())
    assert 'href="/help/"' in html
    assert answers[2].cookies == {}
    assert Checkup.objects.count() == 2


def test_the_next_window_is_a_fresh_start(client, two_checkups, noon):
    for _number in range(3):
        start(client)

    noon.now = NOON + 600

    assert start(client).status_code == 302


def test_a_network_shares_its_limit_and_others_do_not(client, two_checkups):
    for address in ("203.0.113.9", "203.0.113.77"):
        start(client, address)

    assert start(client, "203.0.113.200").status_code == 429
    assert start(client, "198.51.100.1").status_code == 302
    assert start(client, "2001:db8:1:2::3").status_code == 302


def test_looking_is_not_counted(client, two_checkups):
    for _number in range(4):
        assert client.get("/checkup/").status_code == 200
        assert client.get("/checkup/start/").status_code == 405

    assert rows() == []


def test_limits_can_be_switched_off(client, two_checkups, settings):
    settings.RATE_LIMITS = False

    assert [start(client).status_code for _number in range(4)] == [302] * 4
    assert rows() == []


def test_with_the_counting_out_of_order_the_page_still_answers(client, two_checkups, monkeypatch):
    def refuse(*_arguments) -> None:
        raise DatabaseError

    monkeypatch.setattr(rate_limits, "count", refuse)

    assert [start(client).status_code for _number in range(4)] == [302] * 4


def test_a_wrong_password_counts_and_the_page_of_the_sign_in_does_not(
    client, db, noon, monkeypatch
):
    monkeypatch.setitem(LIMITS, "admin:login", Limit("sign-in", 1, 600))

    client.get("/admin/login/")
    answers = [client.post("/admin/login/", {"username": name}) for name in ("a", "b")]

    assert [answer.status_code for answer in answers] == [200, 429]


def test_counting_is_one_query(db, django_assert_num_queries):
    rate_limits.count(FEW, "203.0.113.0/24", NOON)

    with django_assert_num_queries(1):
        assert rate_limits.count(FEW, "203.0.113.0/24", NOON) == 2


def test_the_table_holds_no_address_and_no_hash_of_one_that_could_be_guessed(db):
    where = "203.0.113.0/24"
    rate_limits.count(FEW, where, NOON)

    [(key, seen)] = rows()
    [salt] = salts()
    guesses = [
        ingredients.format(salt=salt.hex(), network=network, window=FEW.window(NOON)).encode()
        for network in (where, where[:-3], *map(str, ipaddress.ip_network(where)))
        for ingredients in ("{network}", "checkups|{window}|{network}")
    ]
    hashes = {hashlib.sha256(extra + guess).digest() for guess in guesses for extra in (b"", salt)}
    assert (len(key), seen, key in hashes) == (32, 1, False)


def test_the_same_network_has_another_key_each_day_and_yesterday_is_forgotten(db):
    rate_limits.count(FEW, "203.0.113.0/24", NOON)
    before, salt = rows(), salts()

    rate_limits.count(FEW, "203.0.113.0/24", NOON + 86400)

    assert len(rows()) == len(salts()) == 1
    assert rows()[0][0] != before[0][0]
    assert salts() != salt


def test_the_table_is_unlogged(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'stalelove_rate'")
        assert cursor.fetchone() == ("u",)


def test_purge_traces_forgets_what_is_over(client, db):
    client.post("/admin/login/", {"username": "rosa", "password": "wrong"})
    rate_limits.count(FEW, "203.0.113.0/24", NOON - 86400 * 400)
    AccessAttempt.objects.update(attempt_time="2026-01-01T00:00:00Z")
    said = io.StringIO()

    call_command("purge_traces", stdout=said)

    assert said.getvalue() == ("Forgot 2 counts and 1 failed sign-ins, and the ended sessions.\n")
    assert AccessAttempt.objects.count() == 0


def test_every_limited_route_is_there():
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    # Addresses that are still to come: take each from here when it is there.

    assert {name for name in LIMITS if ":" not in name} - names == set()
