"""Where PostgreSQL keeps the vectors that each search reads: in their rows."""

from __future__ import annotations

import importlib
import types

import pytest
from django.apps import apps
from django.db import connection

from articles.models import Article
from tests.builders import another_article

moving = importlib.import_module("articles.migrations.0015_move_search_vectors")
# Some 500 different words: the vector is far longer than the 2 KB from which a row is made shorter.
LONG = " ".join(f"word{number}" for number in range(500))


def sizes_and_places() -> set[tuple[bool, bool]]:
    """Of each vector: whether it is long, and whether it is in its row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_column_size(search) > 4000, pg_column_toast_chunk_id(search) IS NULL"
            " FROM articles_article"
        )
        return set(cursor.fetchall())


def test_a_vector_is_kept_in_its_row(db):
    another_article(body=LONG)

    assert sizes_and_places() == {(True, True)}


def test_a_vector_that_no_row_can_hold_is_kept_all_the_same(db):
    article = another_article(body=" ".join(f"word{number}" for number in range(5000)))

    assert sizes_and_places() == {(True, False)}
    assert Article.objects.filter(search="word4999").get() == article


@pytest.mark.django_db(transaction=True)
def test_those_that_stood_elsewhere_are_moved_in_batches(monkeypatch):
    monkeypatch.setattr(moving, "BATCH", 2)
    storage = "ALTER TABLE articles_article ALTER COLUMN search SET STORAGE"
    with connection.cursor() as cursor:
        cursor.execute(f"{storage} EXTENDED")
        before = [another_article(body=LONG).pk for _ in range(5)]
        cursor.execute(f"{storage} MAIN")
    assert sizes_and_places() == {(True, False)}
    saved = list(Article.objects.order_by("pk").values())

    moving.move(apps, types.SimpleNamespace(connection=connection))

    assert sizes_and_places() == {(True, True)}
    assert list(Article.objects.order_by("pk").values()) == saved
    assert [row["id"] for row in saved] == before
