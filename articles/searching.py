"""What full-text search keeps beside a row: its plain words, and a weighted vector made of them.

Whatever is searched (articles, books, exercises) has the columns `search_text` and `search`. Which
rows a reader may find is not said here: that is each model's own `published()`.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from articles.rendering import plain_text, render

# The stemmer and the stop words. Written into the columns: changing it needs a migration.
CONFIG = "english"
# Some twenty long articles. PostgreSQL refuses a vector of more than a megabyte.
MOST_CHARACTERS = 100_000


def words_of(*markdown: str) -> str:
    """The plain words of some Markdown texts, as `search_text` keeps them."""
    text = "\n".join(plain_text(render(part).html) for part in markdown if part)
    return text[:MOST_CHARACTERS]


def search_vector(title: str, summary: str) -> models.GeneratedField:
    """The column `search`: the named columns weigh A and B, `search_text` weighs C."""
    return models.GeneratedField(
        expression=(
            SearchVector(title, weight="A", config=CONFIG)
            + SearchVector(summary, weight="B", config=CONFIG)
            + SearchVector("search_text", weight="C", config=CONFIG)
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )


def search_index(name: str) -> GinIndex:
    return GinIndex(fields=["search"], name=name)


class SearchedManager(models.Manager):
    """Never loads the vector, which is as large as the text and of use to PostgreSQL only."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().defer("search")
