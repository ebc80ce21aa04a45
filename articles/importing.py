"""Bringing one article in from a file: the whole of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from django.db import transaction
from django.utils import timezone

from articles.documents import Articles, ContentError, slug_of
from articles.models import Article
from articles.rendering import typographic

Outcome = Literal["added", "changed", "unchanged"]


@transaction.atomic
def import_file(
    path: Path, *, publish: bool = False, categories: Sequence[str] | None = None
) -> tuple[Article, Outcome]:
    """Import one file; the slug in its front matter, or made from its title, says which article it is.

    A new article is a draft unless `publish`; an article that exists keeps its state, or is
    published, and keeps whatever the file does not say. Its words are taken as they are; the quotation
    marks of its title and the like are set, as the renderer sets those of its text. Raises ContentError,
    which names the file (and the line where there is one).
    """
    kind = Articles()
    try:
        record = kind.read_file(path)
    except OSError as error:
        raise ContentError(f"{path}: it cannot be read ({error.strerror})") from error
    for name in Article.shown_plain:
        if isinstance(record.get(name), str):
            record[name] = typographic(record[name])
    try:
        slug = str(record.pop("slug", None) or slug_of(record["title"]))
        before = kind.one(slug)
        if record["categories"] == list(Articles.UNFILED):
            if categories:
                record["categories"] = list(categories)
            elif before is not None:
                del record["categories"]
        record.pop("state", None)  # only --publish publishes
        publish_at = record.pop("publish_at", None)
        was_published = before is not None and before["state"] == Article.State.PUBLISHED
        if publish and not was_published:
            record["state"] = Article.State.PUBLISHED
            record["publish_at"] = publish_at or timezone.now()
        article = kind.write(slug, record)
    except ContentError as error:
        raise ContentError(f"{path}: {error}") from error
    if before is None:
        return article, "added"
    if kind.one(slug) != before:
        return article, "changed"
    # Written and found equal: leave the row, and the time at which it was changed, as they were.
    transaction.set_rollback(True)
    return article, "unchanged"
