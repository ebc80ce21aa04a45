"""Bringing one article in from a file: the whole of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from django.db import transaction
from django.utils import timezone

from articles.documents import Articles, ContentError, slug_of
from articles.models import Article

Outcome = Literal["added", "changed", "unchanged"]


@transaction.atomic
def import_file(
    path: Path, *, publish: bool = False, categories: Sequence[str] | None = None
) -> tuple[Article, Outcome]:
    """Import one file; the slug in its front matter, or made from its title, says which article it is.

    A new article is a draft unless `publish`; an article that exists keeps its state, or is
    published. Raises ContentError, which names the file (and the line where there is one).
    """
    kind = Articles()
    try:
        record = kind.read_file(path)
    except OSError as error:
        raise ContentError(f"{path}: it cannot be read ({error.strerror})") from error
    try:
        slug = str(record.pop("slug", "")) or slug_of(record["title"])
        before = kind.one(slug)
        if categories and set(record["categories"]) == set(Articles.UNFILED):
            record["categories"] = list(categories)
        record.pop("state", None)  # only --publish publishes
        publish_at = record.pop("publish_at", None)
        was_published = before is not None and before["state"] == Article.State.PUBLISHED
        if publish and not was_published:
            record["state"] = Article.State.PUBLISHED
            record["publish_at"] = publish_at or timezone.now()
        if before is not None and all(
            _same(before, name, value) for name, value in record.items()
        ):
            return Article.objects.get(slug=slug), "unchanged"
        article = kind.write(slug, record)
    except ContentError as error:
        raise ContentError(f"{path}: {error}") from error
    return article, "added" if before is None else "changed"


def _same(before: dict[str, object], name: str, value: object) -> bool:
    return name in before and before[name] == (value if value is not None else "")
