"""Django's PostgreSQL backend, with a bound on how long anybody waits for the server.

PostgreSQL's own timeouts are kept by PostgreSQL: they help against a slow query and a long lock, and
not against a server that is frozen, unplugged or unreachable. Those are bounded here, on our side.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import select
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader, IsolationLevel
from django.db.utils import OperationalError

# Seconds that an idle connection may take to prove that it still lives.
HEALTH_CHECK = 2
# Seconds for which that proof holds, as long as the server sends nothing unasked: a server that ends a
# connection says so, or its kernel does. (A round trip at each request is a fifth of a cold page.)
PROVED = 1
# Seconds that a statement may take longer than the server itself would allow.
GRACE = 2
# Seconds after which a failure to connect was a slow one, and for which that one answers for everybody
# in this process.
SLOW = 1
PAUSE = 1


class Connection(psycopg.Connection[Any]):
    """Gives up, and closes, when the server says nothing for `patience` seconds (None: for ever)."""

    patience: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None or self.patience is None:
            return super().wait(gen, interval=interval, timeout=timeout)
        began = time.monotonic()
        try:
            return super().wait(gen, interval=interval, timeout=self.patience)
        except psycopg.OperationalError as error:
            if error.sqlstate or time.monotonic() - began < self.patience:
                raise
            patience, self.patience = self.patience, None
            with contextlib.suppress(psycopg.Error):
                self.cancel_safe(timeout=1)
            self.close()
            raise psycopg.OperationalError(
                f"the server has not answered for {patience:g} seconds"
            ) from error

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        before, self.patience = self.patience, seconds
        try:
            yield
        finally:
            if self.patience is not None:
                self.patience = before


class UtcLoader(BaseTzLoader):
    """A moment in UTC: Python reads what PostgreSQL writes, in one call instead of eight."""

    timezone = dt.UTC

    def load(self, data: Any) -> dt.datetime:
        try:
            return dt.datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # of another DateStyle, or a year that Python does not know
            return super().load(data)


class _Absence:
    """Whether the server has just been slow to not answer: then one thread asks, the others do not wait.

    A refusal comes at once and is asked for anew each time; only time that was waited counts.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0

    def check(self) -> None:
        """Raises OperationalError while the last slow failure still stands."""
        with self._lock:
            now = time.monotonic()
            if now < self._until:
                raise OperationalError("the server did not answer a moment ago")
            if self._until:  # it is this thread's turn to ask; the others still do not wait
                self._until = now + PAUSE + settings.DATABASE_CONNECT_TIMEOUT

    def failed(self, began: float) -> None:
        now = time.monotonic()
        with self._lock:
            self._until = now + PAUSE if now - began > SLOW else 0.0

    def over(self) -> None:
        with self._lock:
            self._until = 0.0


class DatabaseWrapper(base.DatabaseWrapper):
    """`for_requests` is set by stalelove.wsgi: who answers people has less time than a command."""

    for_requests = False
    _proved_at = float("-inf")
    _absences: dict[str, _Absence] = {}

    def get_connection_params(self) -> dict[str, Any]:
        params = {
            # So that pg_stat_activity tells which process it is that waits or holds a lock.
            "application_name": f"stalelove {os.getpid()}",
            "connect_timeout": settings.DATABASE_CONNECT_TIMEOUT,
            # A machine that vanished without a word; these mean nothing to a Unix socket.
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            **super().get_connection_params(),
        }
        if self.for_requests and not settings.DATABASE_POOLER:
            # A pooler refuses these at the start, and hands a later SET on to other people's
            # connections: behind one they belong to the role (docs/operations.md).
            params["options"] = f"{_timeouts()} {params.get('options', '')}".strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        absence = self._absences.setdefault(self.alias, _Absence())
        absence.check()
        began = time.monotonic()
        try:
            connection = Connection.connect(**conn_params)
        except psycopg.OperationalError:
            absence.failed(began)
            raise
        absence.over()
        self._proved_at = time.monotonic()
        if self.timezone is dt.UTC:
            connection.adapters.register_loader("timestamptz", UtcLoader)
        if self.for_requests and settings.DATABASE_STATEMENT_TIMEOUT:
            connection.patience = settings.DATABASE_STATEMENT_TIMEOUT + GRACE
        return connection

    def is_usable(self) -> bool:
        if self.connection is None:
            return False
        now = time.monotonic()
        if now - self._proved_at < PROVED and not self.errors_occurred and self._is_quiet():
            return True
        with self.connection.within(HEALTH_CHECK):
            is_usable = super().is_usable()
        self._proved_at = now if is_usable else float("-inf")
        return is_usable

    def _is_quiet(self) -> bool:
        """Whether the server has neither closed the connection nor said a word; asks the kernel only."""
        poll = select.poll()
        try:
            poll.register(self.connection.fileno(), select.POLLIN)
        except psycopg.OperationalError:
            return False
        return not poll.poll(0)


def _timeouts() -> str:
    """What PostgreSQL is asked to keep itself, in milliseconds; 0 is no limit."""
    return " ".join(
        f"-c {name}={seconds * 1000}"
        for name, seconds in (
            ("statement_timeout", settings.DATABASE_STATEMENT_TIMEOUT),
            ("lock_timeout", settings.DATABASE_LOCK_TIMEOUT),
            # A worker that hangs with a row locked must not hold up its reader's next page for ever.
            ("idle_in_transaction_session_timeout", 2 * settings.DATABASE_STATEMENT_TIMEOUT),
        )
    )
