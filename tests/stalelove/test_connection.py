"""A connection that lives is not asked at each request whether it does; one that has ended is noticed."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from django.db import DataError, connection
from django.db.backends.postgresql.psycopg_any import BaseTzLoader

from stalelove.database import base


@pytest.fixture
def proved(transactional_db):
    connection.ensure_connection()
    connection._proved_at = float("-inf")
    assert connection.is_usable()
    yield
    connection.close()


@pytest.fixture
def asked(monkeypatch):
    """How often the server was asked whether it is there."""
    questions = []
    ask = base.base.DatabaseWrapper.is_usable

    def counted(self) -> bool:
        questions.append(self.alias)
        return ask(self)

    monkeypatch.setattr(base.base.DatabaseWrapper, "is_usable", counted)
    return questions


def another() -> psycopg.Connection:
    known = connection.get_connection_params()
    known.pop("cursor_factory", None)
    known.pop("context", None)
    return psycopg.connect(**known, autocommit=True)


def test_within_a_second_it_is_not_asked_again(proved, asked):
    assert [connection.is_usable() for _time in range(5)] == [True] * 5
    assert asked == []

    connection._proved_at -= base.PROVED
    assert connection.is_usable()
    assert asked == ["default"]


def test_a_connection_that_the_server_ended_is_noticed_within_that_second(proved, asked):
    with another() as other:
        pid = connection.connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    assert not connection.is_usable()
    assert asked == ["default"]


def test_after_an_error_it_is_asked_again(proved, asked):
    connection.errors_occurred = True
    assert connection.is_usable()
    assert asked == ["default"]


MOMENTS = [
    *("2026-11-27 03:30:56.123456+00", "2026-11-27 03:30:56.12+00", "2026-11-27 00:00:00+00"),
    *("2026-03-29 03:30:00+02:00", "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00"),
]


def test_a_moment_is_read_as_django_reads_it(db, monkeypatch):
    def read() -> list[dt.datetime]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT unnest(%s::timestamptz[]), current_timestamp", [MOMENTS])
            return [moment for row in cursor.fetchall() for moment in row]

    def too_early():
        with connection.cursor() as cursor:
            cursor.execute("SELECT '0044-03-15 12:00:00+00 BC'::timestamptz")
            with pytest.raises(DataError, match="year"):
                cursor.fetchone()

    ours = read()
    too_early()
    monkeypatch.setattr(base.UtcLoader, "load", BaseTzLoader.load)
    djangos = read()
    too_early()

    assert ours == djangos
    assert {moment.tzinfo for moment in ours} == {moment.tzinfo for moment in djangos} == {dt.UTC}
    assert len(ours) == 2 * len(MOMENTS)
