"""All that editors write, gathered from the apps that own it; and the starter content.

The starter content is put in by `load_starter` without ever overwriting an editor's change: for
each item the digest of what was put in is kept, and an item whose digest has changed, or that has
been deleted, is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

import articles.documents
import exercises.documents
import quiz.documents
import stalelove.documents
from articles.documents import Kind, Record, digest
from articles.models import Article
from stalelove.models import LoadedStarter

# In the order in which they can be written: exercises name articles.
SOURCES = (articles.documents, exercises.documents, quiz.documents, stalelove.documents)
KINDS: tuple[Kind, ...] = tuple(kind for source in SOURCES for kind in source.KINDS)

# The article that the home page features at first; its plain format cannot say so itself.
FIRST_ARTICLE = "finding-your-way-back-to-each-other"
EDITORS = "The Stale Love editors"

Outcome = Literal["added", "updated", "unchanged", "kept", "deleted"]


@dataclass(frozen=True)
class Loaded:
    """What became of one item: `kept` means that an editor's words stand, `deleted` that an editor
    has deleted it and it was not brought back."""

    kind: str
    key: str
    outcome: Outcome


def starter_items() -> Iterator[tuple[Kind, str, Record]]:
    """Every item that ships, as the record that would be written now."""
    for source in SOURCES:
        for kind in source.KINDS:
            for position, (key, record) in enumerate(kind.read(source.STARTER).items()):
                yield kind, key, {**_shipped(kind, key, position), **record}


def _shipped(kind: Kind, key: str, position: int) -> dict[str, Any]:
    """What holds of a shipped item beyond what its file says: readers see it, in the file's order."""
    known = {*kind.fields, *kind.extra_fields}
    now = timezone.now()
    values = {
        "state": "published",
        "featured": key == FIRST_ARTICLE,
        "byline": EDITORS,
        "publish_at": now,
        "published_on": timezone.localdate(),
        "is_published": True,
        "position": position,
    }
    return {name: value for name, value in values.items() if name in known}


def load_starter() -> Iterator[Loaded]:
    """Put the starter content in, item by item, each wholly or not at all."""
    for kind, key, record in starter_items():
        yield Loaded(kind.name, key, _load(kind, key, record))


@transaction.atomic
def _load(kind: Kind, key: str, record: Record) -> Outcome:
    shipped = digest({n: v for n, v in record.items() if n not in ("publish_at", "published_on")})
    ledger = LoadedStarter.objects.filter(kind=kind.name, key=key).first()
    stored = kind.one(key)
    if ledger is None and stored is not None:
        return "kept"  # an editor's own, of the same name
    if ledger is not None:
        if stored is None:
            return "deleted"
        if _words_of(kind, stored) != ledger.digest:
            return "kept"
        if ledger.shipped == shipped:
            return "unchanged"
        for name in ("publish_at", "published_on"):
            record.pop(name, None)
    if "articles" in record:  # an editor may have deleted or renamed one that ships
        known = set(Article.objects.values_list("slug", flat=True))
        record["articles"] = [slug for slug in record["articles"] if slug in known]
    kind.write(key, record)
    after = kind.one(key)
    LoadedStarter.objects.update_or_create(
        kind=kind.name,
        key=key,
        defaults={"digest": _words_of(kind, after or {}), "shipped": shipped},
    )
    return "added" if ledger is None else "updated"


def _words_of(kind: Kind, record: Record) -> str:
    """The digest of what an editor may have changed; an item's identity is no such thing."""
    return digest({name: value for name, value in record.items() if name not in kind.identity})


def folder_of(kind: Kind) -> Path:
    """Where the starter files of a kind lie."""
    return next(source.STARTER for source in SOURCES if kind in source.KINDS)
