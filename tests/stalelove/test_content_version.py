"""PostgreSQL says itself that content has changed: of every table, at the commit, and to everybody."""

from __future__ import annotations

import datetime as dt
import threading
import time

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from articles.models import Article, Book
from exercises.models import Exercise
from stalelove.content_version import Reading, read
from tests.builders import make_article, make_exercise

# Nothing of these stands on a page that is the same for everybody.
NOT_CONTENT = {
    "articles_presence",
    "quiz_checkup",
    "quiz_countedperiod",
    "quiz_measurement",
    "quiz_pairing",
    "quiz_participant",
    "quiz_stoppedcount",
    "stalelove_linkcheck",
    "stalelove_loadedstarter",
    "stalelove_passage",
    "stalelove_report",
    "stalelove_searchword",
}
INSERT, DELETE, UPDATE, TRUNCATE = 4, 8, 16, 32  # pg_trigger.tgtype; 1 would be FOR EACH ROW


def test_every_table_of_content_tells_of_every_kind_of_change(db):
    tables = {
        model._meta.db_table
        for app in ("stalelove", "articles", "exercises", "quiz")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgtype, tgenabled FROM pg_trigger"
            " WHERE tgname = 'stalelove_content_changes'"
        )
        watched = {table: (kind, state) for table, kind, state in cursor.fetchall()}

    everything = INSERT | DELETE | UPDATE | TRUNCATE
    # A table that is missing here needs `SELECT stalelove_watch('…')` in a migration.
    assert watched == dict.fromkeys(tables - NOT_CONTENT, (everything, "O"))


def version() -> object:
    return read().version


@pytest.mark.django_db(transaction=True)
def test_the_version_changes_once_with_each_transaction_that_changes_content():
    seen = [version()]

    make_article()
    seen.append(version())
    with transaction.atomic():
        make_article()
        exercise = make_exercise()
        exercise.articles.add(Article.objects.first())
        seen_within = version()
    seen.append(version())
    Article.objects.update(title="Another")
    seen.append(version())
    Exercise.objects.all().delete()
    seen.append(version())
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE articles_book")
    seen.append(version())

    assert seen_within == seen[1]
    assert len(set(seen)) == len(seen)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM stalelove_contentchange")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_and_what_is_not_content_change_nothing():
    before = version()

    with transaction.atomic():
        make_article()
        transaction.set_rollback(True)
    with transaction.atomic():
        try:
            with transaction.atomic():
                make_article()
                raise ValueError
        except ValueError:
            pass
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO stalelove_searchword VALUES ('hello')")

    assert version() == before


@pytest.mark.django_db(transaction=True)
def test_an_article_that_falls_due_changes_the_stamp_by_itself():
    due = timezone.now() + dt.timedelta(seconds=4)
    make_article(publish_at=due)
    before = read()
    assert timezone.now() < due, "this machine is too slow to tell"
    while timezone.now() < due + dt.timedelta(seconds=0.2):
        time.sleep(0.1)
    after = read()

    assert before.version == after.version
    assert before.newest != after.newest


@pytest.fixture
def two_editors(transactional_db):
    """Two connections of their own, each in a transaction."""
    parameters = connection.get_connection_params()
    parameters = {name: parameters[name] for name in ("dbname", "user", "host", "port")}
    editors = [psycopg.connect(**parameters) for _number in range(2)]
    for editor in editors:
        editor.execute("SET lock_timeout = '5s'; SET deadlock_timeout = '200ms'")
        editor.commit()
    yield editors
    for editor in editors:
        editor.close()


TITLE = "UPDATE articles_article SET title = title || %s WHERE slug = %s"


def test_editors_who_work_at_once_do_not_wait_for_each_other(two_editors):
    make_article(slug="one")
    make_article(slug="two")
    seen = [version()]
    first, second = two_editors

    first.execute(TITLE, ["!", "one"])
    second.execute(TITLE, ["!", "two"])
    first.execute("UPDATE exercises_exercise SET minutes = minutes")
    second.commit()  # while the first has not come to its end
    seen.append(version())
    first.commit()
    seen.append(version())

    assert len(set(seen)) == 3


def test_a_circle_of_waiting_does_not_close_over_the_version(two_editors):
    """The one deletes what the other refers to, so that the other's check waits for the one: it must
    not hold the version, which the one needs to come to its end."""
    make_article(slug="one")
    exercise = make_exercise()
    first, second = two_editors
    failures: list[Exception] = []

    first.execute("DELETE FROM exercises_exercise WHERE id = %s", [exercise.pk])
    second.execute(TITLE, ["!", "one"])  # noted before the reference, which is checked after it
    second.execute(
        "INSERT INTO exercises_exercise_articles (exercise_id, article_id)"
        " SELECT %s, id FROM articles_article",
        [exercise.pk],
    )

    def commit() -> None:
        try:
            second.commit()  # its deferred check waits until the first has ended
        except psycopg.Error as error:
            failures.append(error)

    thread = threading.Thread(target=commit)
    thread.start()
    time.sleep(0.5)
    first.commit()
    thread.join(10)

    # Refused as it would be without a version, and no deadlock.
    assert [type(error) for error in failures] == [psycopg.errors.ForeignKeyViolation]


@pytest.mark.django_db(transaction=True)
def test_a_process_asks_once_a_second_and_remembers_that_nobody_answers(
    django_assert_num_queries, monkeypatch
):
    reading = Reading(trusted=60)  # a second, for a machine that is as slow as it likes

    def a_minute_passes() -> None:
        asked, stamp = reading._known
        reading._known = asked - 61, stamp

    with django_assert_num_queries(1):
        first = reading.stamp()
        assert reading.stamp() is first
    make_article()
    assert reading.stamp() is first
    a_minute_passes()
    assert reading.stamp().version != first.version
    a_minute_passes()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    connection.close()

    assert reading.stamp() is None
    monkeypatch.undo()
    assert reading.stamp() is None  # not asked again yet
    a_minute_passes()
    assert reading.stamp() is not None


@pytest.mark.django_db(transaction=True)
def test_loading_many_rows_makes_one_change():
    before = version()
    with transaction.atomic():
        call_command("load_starter", verbosity=0)
        assert version() == before
    assert Book.objects.exists()
    assert version() != before
