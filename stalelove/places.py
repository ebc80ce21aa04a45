"""The database router: which database this thread reads from just now. Knows no model and no page, because
it is loaded before any of them; stalelove.replica says who may read from where."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS

# In settings.DATABASES where REPLICA_URL is given.
REPLICA = "replica"
place: ContextVar[str] = ContextVar("place", default=DEFAULT_DB_ALIAS)


class Router:
    """The replica is read where this request may read it, and never written."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return place.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS
