"""`manage.py migrate` gives way to readers: it gives up within seconds, and tries again."""

from __future__ import annotations

from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def one_waits():
    """A migration that nothing else hangs on waits to be applied."""
    call_command("migrate", "otp_static", "0002", verbosity=0)
    yield
    call_command("migrate", verbosity=0)


class Reader:
    """Somebody else, whose open transaction stands in the way."""

    def __enter__(self):
        params = connection.get_connection_params()
        names = ("dbname", "user", "host", "port")
        self.connection = psycopg.connect(**{n: params[n] for n in names if n in params})
        # Readable for all; a migration cannot write down that it was applied.
        self.connection.execute("LOCK TABLE django_migrations IN SHARE MODE")
        return self

    def __exit__(self, *_exception):
        self.connection.close()


def migrate(**options) -> str:
    out = StringIO()
    call_command("migrate", stdout=out, no_color=True, **options)
    return out.getvalue()


def test_a_table_in_use_is_waited_for_and_then_migrated(one_waits):
    class Out(StringIO):
        """Lets the reader go when the first try is said to have failed."""

        def write(self, text: str) -> int:
            if "trying again" in text:
                reader.connection.close()
            return super().write(text)

    with Reader() as reader:
        call_command("migrate", stdout=(out := Out()), no_color=True, lock_timeout=1)

    assert "A table is in use: trying again in 2 seconds." in out.getvalue()
    assert "Applying otp_static.0003_add_timestamps... OK" in out.getvalue()
    assert is_applied()


def test_a_table_that_stays_in_use_ends_it_and_nothing_has_changed(one_waits):
    with Reader(), pytest.raises(CommandError, match="A table was in use each of 1 times"):
        migrate(lock_timeout=1, tries=1)

    assert not is_applied()


def test_a_statement_that_takes_too_long_is_ended(one_waits):
    with Reader(), pytest.raises(CommandError, match="took more than 1 seconds"):
        migrate(lock_timeout=0, statement_timeout=1)

    assert not is_applied()


def test_what_comes_after_on_the_same_connection_has_its_own_limits_again(one_waits):
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '7s'")
    migrate(verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("7s",)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
        cursor.execute("RESET lock_timeout")


def is_applied() -> bool:
    return ("otp_static", "0003_add_timestamps") in MigrationRecorder(
        connection
    ).applied_migrations()
