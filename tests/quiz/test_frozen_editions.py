"""A published edition cannot be changed by any road."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from articles.documents import ContentError
from quiz.documents import Editions
from quiz.models import Checkup, Edition, Item
from tests.quiz.rows import make_checkup, make_edition


def run(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE quiz_edition SET title = 'Another' WHERE number = 1",
        "UPDATE quiz_edition SET published_on = NULL WHERE number = 1",
        "UPDATE quiz_edition SET low_below = 40 WHERE number = 1",
        "DELETE FROM quiz_edition WHERE number = 1",
        "UPDATE quiz_item SET text = 'Another' WHERE position = 3",
        "UPDATE quiz_item SET edition_id = (SELECT id FROM quiz_edition WHERE number = 2)",
        "DELETE FROM quiz_item WHERE position = 3",
        "INSERT INTO quiz_item (edition_id, position, key, category, about, text, short)"
        " SELECT id, 25, 'more', 'warmth', 'us', 'More?', 'More' FROM quiz_edition WHERE number = 1",
        "UPDATE quiz_band SET words = 'Other words' WHERE level = 'low'",
        "DELETE FROM quiz_band WHERE level = 'low'",
        "INSERT INTO quiz_band (edition_id, category, level, label, words)"
        " SELECT id, 'warmth', 'none', 'a', 'b' FROM quiz_edition WHERE number = 1",
        'INSERT INTO quiz_edition (number, title, "window", labels, did_not_come_up,'
        " minimum_answered, low_below, high_above, edge, lowest_gap, same_below, unusual_above,"
        " comparable_after_days, partner_gap, published_on)"
        ' SELECT 3, title, "window", labels, did_not_come_up, minimum_answered, low_below,'
        " high_above, edge, lowest_gap, same_below, unusual_above, comparable_after_days,"
        " partner_gap, published_on FROM quiz_edition WHERE number = 1",
    ],
)
def test_sql_cannot_change_a_published_edition(db, sql):
    make_edition()
    Edition.objects.create(number=2, title="A draft")
    before = Edition.objects.get(number=1)._read_definition()

    with pytest.raises(IntegrityError, match="A published edition never changes"):
        run(sql)

    assert Edition.objects.get(number=1)._read_definition() == before


@pytest.mark.parametrize("table", ["quiz_edition", "quiz_item", "quiz_band"])
def test_the_tables_of_a_published_edition_cannot_be_emptied_at_once(db, table):
    make_edition()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"ALTER TABLE {table} ENABLE TRIGGER {table}_truncate")  # see tests/conftest.py

    with pytest.raises(IntegrityError, match="A published edition never changes"):
        run(f"TRUNCATE {table} CASCADE")


def test_the_orm_cannot_change_a_published_edition(db):
    edition = make_edition()
    edition.title = "Another"
    for change in (
        edition.save,
        edition.delete,
        edition.items.first().delete,
        edition.items.all().delete,
        lambda: Item.objects.update(text="Another"),
        lambda: edition.bands.update(label="Another"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_draft_can_be_changed_and_deleted(db):
    make_edition()
    draft = make_edition(number=2, published_on=None)
    draft.items.filter(position=1).update(text="Another text.")
    draft.bands.first().delete()
    draft.delete()

    assert list(Edition.objects.values_list("number", flat=True)) == [1]


def test_an_edition_is_published_once_and_only_when_it_is_whole(db):
    draft = make_edition(published_on=None)
    missing = draft.items.get(position=24)
    missing.delete()

    with pytest.raises(ValidationError) as refused:
        draft.publish()
    assert refused.value.messages[0].startswith("Warmth needs six questions")
    draft.refresh_from_db()
    assert not draft.is_published

    missing.save(force_insert=True)
    draft.publish()
    with pytest.raises(ValidationError, match="Edition 1 is published already"):
        draft.publish()


def test_a_copy_is_a_draft_of_the_same_words_under_the_next_number(db):
    edition = make_edition(number=4)

    copy = Edition.objects.get(number=4).copy()

    assert (copy.number, copy.title, copy.published_on) == (5, "Copy of First edition", None)
    assert Edition.objects.get(pk=copy.pk).definition() == replace(
        edition.definition(), number=5, title="Copy of First edition"
    )
    assert Edition.objects.current() == edition


def test_an_old_snapshot_keeps_its_own_words(db):
    checkup, _ = make_checkup(answers=2)
    draft = checkup.edition.copy()
    draft.items.update(short="Other words")
    draft.bands.update(words="Other words")
    draft.low_below = 51
    draft.save()
    draft.publish()

    again = Checkup.objects.get(pk=checkup.pk)
    assert Edition.objects.current() == draft
    assert again.result() == checkup.result()
    assert "Other words" not in str(again.result())


def test_a_checkup_cannot_use_a_draft_or_change_its_edition(db):
    checkup, _ = make_checkup()
    draft = make_edition(number=2, published_on=None)

    with pytest.raises(IntegrityError, match="only use a published edition"), transaction.atomic():
        Checkup.start(draft)
    draft.publish()
    checkup.edition = draft
    with pytest.raises(IntegrityError, match="keeps the edition"), transaction.atomic():
        checkup.save()


def test_the_freeze_can_be_taken_off_and_put_on_again(db):
    from django.db.migrations.executor import MigrationExecutor

    make_edition()
    executor = MigrationExecutor(connection)
    with connection.schema_editor() as editor:
        migration = executor.loader.graph.nodes["quiz", "0004_freeze_published_editions"]
        state = executor.loader.project_state(("quiz", "0003_count_the_stopped"))
        migration.unapply(state, editor)
        editor.execute("UPDATE quiz_edition SET title = 'Thawed'")
        migration.apply(executor.loader.project_state(("quiz", "0003_count_the_stopped")), editor)

    with pytest.raises(IntegrityError):
        run("UPDATE quiz_edition SET title = 'Another'")


def test_an_import_takes_a_published_edition_only_as_it_stands(db):
    make_edition()
    record = Editions().one("1")
    before = Edition.objects.get(number=1).definition()

    Editions().write("1", record)
    with pytest.raises(ContentError, match="editions/1: a published edition cannot be changed"):
        Editions().write("1", {**record, "window": "the last month"})

    assert Edition.objects.get(number=1).definition() == before
