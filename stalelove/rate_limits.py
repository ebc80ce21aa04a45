"""The middleware that keeps the limits of stalelove.rates, for all workers and nodes together.

What is counted cannot be turned back into an address: the row's key is a hash of the network, the
day's random salt and the site's secret key; the salt is gone the day after, and the table is
unlogged, so that it is in no replica, no archive and (pg_dump --no-unlogged-table-data) no backup.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stalelove.networks import client_address, network
from stalelove.rates import LIMITS, Limit

_COUNT = """
    INSERT INTO stalelove_rate (key, count, until)
    SELECT sha256(salt || %(what)s), 1, to_timestamp(%(until)s)
    FROM stalelove_rate WHERE key = %(day)s
    ON CONFLICT (key) DO UPDATE SET count = stalelove_rate.count + 1
    RETURNING count
"""
_SALT = """
    INSERT INTO stalelove_rate (key, count, until, salt)
    VALUES (%(day)s, 0, to_timestamp(%(until)s), %(salt)s)
    ON CONFLICT (key) DO NOTHING
"""
_DAY = 86400


def count(limit: Limit, where: str, now: float) -> int:
    """How many requests of this network the limit's present window has seen, this one included.

    One query; on the first request of a day (UTC) three more. Raises DatabaseError.
    """
    what = f"{limit.name}|{limit.window(now)}|{where}".encode()
    values = {
        "what": hmac.digest(settings.SECRET_KEY.encode(), what, hashlib.sha256),
        "until": now + limit.wait(now),
        "day": time.strftime("salt %Y-%m-%d", time.gmtime(now)).encode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        row = cursor.fetchone()
        if row is None:
            forget_past(now)
            end_of_day = now + _DAY - now % _DAY
            salt = {"salt": secrets.token_bytes(32), "until": end_of_day}
            cursor.execute(_SALT, values | salt)
            cursor.execute(_COUNT, values)
            row = cursor.fetchone()
    return row[0]


def forget_past(now: float) -> int:
    """Delete what no limit needs any more, the salts of past days too; returns how many rows."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM stalelove_rate WHERE until <= to_timestamp(%s)", [now])
        return cursor.rowcount


class RateLimits:
    """Answers 429 where a network does something too often. With the database down nothing is
    counted: the page itself then says what is the matter."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        limit = LIMITS.get(request.resolver_match.view_name)
        if not settings.RATE_LIMITS or limit is None or request.method not in limit.methods:
            return None
        now = time.time()
        try:
            seen = count(limit, network(client_address(request)), now)
        except (DatabaseError, InterfaceError):
            return None
        return None if seen <= limit.requests else _slower(request, limit.wait(now))


def _slower(request: HttpRequest, wait: int) -> HttpResponse:
    response = render(request, "429.html", {"minutes": -(-wait // 60)}, status=429)
    response["Retry-After"] = str(wait)
    response["Cache-Control"] = "no-store"
    return response
