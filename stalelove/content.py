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

from django.db import connection, transaction
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
    for kind in KINDS:
        for key, record in _starter_of(kind).items():
            yield kind, key, record


def _starter_of(kind: Kind) -> dict[str, Record]:
    records = kind.read(folder_of(kind))
    return {
        key: {**_shipped(kind, key, position), **record}
        for position, (key, record) in enumerate(records.items())
    }


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
    """Put the starter content in, one kind after the other, each wholly or not at all."""
    for kind in KINDS:
        yield from _load(kind, _starter_of(kind))


@transaction.atomic
def _load(kind: Kind, shipped: dict[str, Record]) -> list[Loaded]:
    """All items of a kind in one transaction. What is stored is read once before and once after, so
    that an item costs the queries of its writing alone."""
    with connection.cursor() as cursor:  # two at once would put everything in twice
        cursor.execute("LOCK TABLE stalelove_loadedstarter IN SHARE ROW EXCLUSIVE MODE")
    ledgers = {ledger.key: ledger for ledger in LoadedStarter.objects.filter(kind=kind.name)}
    stored = kind.stored()
    articles = set(Article.objects.values_list("slug", flat=True)) if kind.names_articles else ()
    loaded, written = [], {}
    for key, record in shipped.items():
        # When an item was published is no part of what its file says.
        words = digest({name: value for name, value in record.items() if name not in _TIMES})
        outcome = _outcome(kind, ledgers.get(key), stored.get(key), words)
        if outcome in ("added", "updated"):
            new = outcome == "added"
            told = {n: v for n, v in record.items() if new or n not in _TIMES}
            if "articles" in told:  # an editor may have deleted or renamed one that ships
                told["articles"] = [slug for slug in told["articles"] if slug in articles]
            kind.write(key, told, is_new=new)
            written[key] = words
        loaded.append(Loaded(kind.name, key, outcome))
    after = kind.stored() if written else {}
    LoadedStarter.objects.bulk_create(
        [
            LoadedStarter(
                kind=kind.name, key=key, digest=_words_of(kind, after[key]), shipped=words
            )
            for key, words in written.items()
        ],
        update_conflicts=True,
        unique_fields=["kind", "key"],
        update_fields=["digest", "shipped"],
    )
    return loaded


_TIMES = ("publish_at", "published_on")


def _outcome(
    kind: Kind, ledger: LoadedStarter | None, stored: Record | None, shipped: str
) -> Outcome:
    """What is to become of an item, given what was put in and what is stored now."""
    if ledger is None:
        return "added" if stored is None else "kept"  # an editor's own, of the same name
    if stored is None:
        return "deleted"
    if _words_of(kind, stored) != ledger.digest:
        return "kept"
    return "unchanged" if ledger.shipped == shipped else "updated"


def _words_of(kind: Kind, record: Record) -> str:
    """The digest of what an editor may have changed; an item's identity is no such thing."""
    return digest({name: value for name, value in record.items() if name not in kind.identity})


def folder_of(kind: Kind) -> Path:
    """Where the starter files of a kind lie."""
    return next(source.STARTER for source in SOURCES if kind in source.KINDS)
