"""Which content the site has now, for whoever keeps something that was made of it.

PostgreSQL changes the version itself (migration 0007_content_version). What a page shows depends on
two more things: which scheduled articles have fallen due, and the date.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.utils import timezone

from articles.models import Article
from stalelove.places import REPLICA

# The promise is two seconds from the editor's press to every reader; nginx takes the other one.
TRUSTED_SECONDS = 1.0
REPLICA_PATIENCE = 1.0


@dataclass(frozen=True)
class Stamp:
    """Two pages of one address that carry equal stamps show the same."""

    version: uuid.UUID
    newest: dt.datetime | None
    date: dt.date
    # The database that was asked, which pages under this stamp are to be read from.
    place: str = field(default=DEFAULT_DB_ALIAS, compare=False, repr=False)


def read(place: str = DEFAULT_DB_ALIAS) -> Stamp:
    """The present stamp. One query. Raises DatabaseError."""
    newest = Article.objects.published().newest_first().values("publish_at")[:1]
    sql, params = newest.query.sql_with_params()
    connection = connections[place]
    with connection.cursor() as cursor, _patience(connection):
        cursor.execute(f"SELECT version, ({sql}) FROM stalelove_content", params)  # noqa: S608
        version, newest_at = cursor.fetchone()
    return Stamp(version, newest_at, timezone.localdate(), place)


def _patience(connection) -> AbstractContextManager[None]:
    """A replica that is frozen is no reason to wait: the primary has it all."""
    if connection.alias == REPLICA:
        return connection.connection.within(REPLICA_PATIENCE)
    return nullcontext()


def read_anywhere() -> Stamp | None:
    """The present stamp, with the replica as its place where there is one that has this content.

    While the primary does not answer, what the replica has is the present. None while neither does.
    A query for each database.
    """
    primary = _read_or_none(DEFAULT_DB_ALIAS)
    if REPLICA not in connections.settings:
        return primary
    replica = _read_or_none(REPLICA)
    if replica is not None and (primary is None or replica == primary):
        return replica
    return primary


def _read_or_none(place: str) -> Stamp | None:
    try:
        return read(place)
    except (DatabaseError, InterfaceError):
        return None


class Reading:
    """The stamp as one process knows it: read anew when it is older than `trusted` seconds.

    A page must ask before it is made, so that it is never older than the stamp it is kept under. That
    the database does not answer is remembered for as long, so that readers do not wait for it in turn.
    """

    def __init__(self, trusted: float = TRUSTED_SECONDS) -> None:
        self.trusted = trusted
        self._known: tuple[float, Stamp | None] = (float("-inf"), None)

    def stamp(self) -> Stamp | None:
        """None while the database does not answer. At most a query for each database, mostly none."""
        asked, stamp = self._known
        now = time.monotonic()
        if now - asked < self.trusted:
            return stamp
        stamp = read_anywhere()
        # From before the question: the answer may be as old as that.
        self._known = now, stamp
        return stamp
