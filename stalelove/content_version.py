"""Which content the site has now, for whoever keeps something that was made of it.

PostgreSQL changes the version itself (migration 0007_content_version). What a page shows depends on
two more things: which scheduled articles have fallen due, and the date.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from articles.models import Article

# The promise is two seconds from the editor's press to every reader; nginx takes the other one.
TRUSTED_SECONDS = 1.0


@dataclass(frozen=True)
class Stamp:
    """Two pages of one address that carry equal stamps show the same."""

    version: uuid.UUID
    newest: dt.datetime | None
    date: dt.date


def read() -> Stamp:
    """The present stamp. One query. Raises DatabaseError."""
    newest = Article.objects.published().newest_first().values("publish_at")[:1]
    sql, params = newest.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT version, ({sql}) FROM stalelove_content", params)  # noqa: S608
        version, newest_at = cursor.fetchone()
    return Stamp(version, newest_at, timezone.localdate())


class Reading:
    """The stamp as one process knows it: read anew when it is older than `trusted` seconds.

    A page must ask before it is made, so that it is never older than the stamp it is kept under. That
    the database does not answer is remembered for as long, so that readers do not wait for it in turn.
    """

    def __init__(self, trusted: float = TRUSTED_SECONDS) -> None:
        self.trusted = trusted
        self._known: tuple[float, Stamp | None] = (float("-inf"), None)

    def stamp(self) -> Stamp | None:
        """None while the database does not answer. At most one query, mostly none."""
        asked, stamp = self._known
        now = time.monotonic()
        if now - asked < self.trusted:
            return stamp
        try:
            stamp = read()
        except (DatabaseError, InterfaceError):
            stamp = None
        # From before the question: the answer may be as old as that.
        self._known = now, stamp
        return stamp
