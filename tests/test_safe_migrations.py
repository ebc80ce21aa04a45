"""Every new migration is one that the code that is still running survives (docs/operations.md, “A new
version”): django-migration-linter's rules, and two of our own. Part of `make check`.
"""

from __future__ import annotations

import re

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q
from django_migration_linter.migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements
from django_migration_linter.sql_analyser.base import Check, CheckMode, CheckType
from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

APPS = ("articles", "exercises", "quiz", "stalelove")
# Up to these each app was written before there was a site to keep running: they are let be.
WRITTEN_BEFORE = {"articles": 12, "exercises": 7, "quiz": 6, "stalelove": 10}
# The third step of a change (docs/operations.md): what no running version uses any more is taken away.
# "app.migration": since which version nothing has used it.
TAKEN_AWAY: dict[str, str] = {}


def _checks_rows_under_a_lock(statements: list[str], **_options: object) -> bool:
    made = set(re.findall(r'CREATE TABLE ("\w+")', " ".join(statements)))
    for statement in statements:
        found = re.match(
            r'ALTER TABLE (?:ONLY )?("?\w+"?) ADD CONSTRAINT .*', statement, re.DOTALL
        )
        if (
            found
            and found[1] not in made
            and re.search(r"\b(CHECK|FOREIGN KEY)\b", statement)
            and "NOT VALID" not in statement
        ):
            return True
    return False


class Rules(PostgresqlAnalyser):
    migration_checks = [
        *PostgresqlAnalyser.migration_checks,
        Check(
            code="ADD_CONSTRAINT",
            fn=_checks_rows_under_a_lock,
            message="ADD CONSTRAINT reads every row under a lock: AddConstraintNotValid, then Validate",
            mode=CheckMode.TRANSACTION,
            type=CheckType.ERROR,
        ),
        Check(
            code="LOCK_TABLE",
            fn=lambda sql, **_options: re.match(r"\s*LOCK ", sql),
            message="LOCK TABLE stops whoever comes after",
            mode=CheckMode.ONE_LINER,
            type=CheckType.ERROR,
        ),
    ]


def objections(migration: migrations.Migration, state=None) -> list[str]:
    """The code of each rule that a migration breaks. Warnings count: a lock is a lock.

    What is done to a table that the same migration makes concerns nobody.
    """
    loader = MigrationLoader(connection)
    if state is None:
        state = loader.project_state([(migration.app_label, migration.name)], at_end=False)
    beside = connection.copy()  # in no transaction, as the command is
    try:
        with beside.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            migration.apply(state, editor, collect_sql=True)
    finally:
        beside.close()
    statements = [sql for sql in editor.collected_sql if not sql.startswith("--")]
    if migration.atomic:
        statements = ["BEGIN;", *statements, "COMMIT;"]
    errors, _ignored, warnings = analyse_sql_statements(Rules, statements, [])
    linter = MigrationLinter(no_cache=True, no_output=True, analyser_string="postgresql")
    more_errors, _more_ignored, more_warnings = linter.analyse_data_migration(migration)
    return sorted({each.code for each in (*errors, *warnings, *more_errors, *more_warnings)})


def _ours() -> list[migrations.Migration]:
    migrations_on_disk = MigrationLoader(None).disk_migrations
    return [
        migration
        for (app, name), migration in sorted(migrations_on_disk.items())
        if app in APPS and int(name[:4]) > WRITTEN_BEFORE[app]
    ]


def test_every_new_migration_leaves_the_running_code_alone(db):
    found = {
        f"{each.app_label}.{each.name}": objections(each)
        for each in _ours()
        if f"{each.app_label}.{each.name}" not in TAKEN_AWAY
    }

    assert {name: codes for name, codes in found.items() if codes} == {}


def test_the_exceptions_are_migrations_that_there_are():
    names = {f"{each.app_label}.{each.name}" for each in _ours()}

    assert set(TAKEN_AWAY) <= names


def _migration(*operations, atomic: bool = True) -> migrations.Migration:
    made = type(
        "Migration", (migrations.Migration,), {"operations": list(operations), "atomic": atomic}
    )
    return made("9999_next", "quiz")


def forward(apps, schema_editor):
    pass


BAD = {
    "RENAME_COLUMN": migrations.RenameField("checkup", "started_on", "begun_on"),
    "RENAME_TABLE": migrations.AlterModelTable("checkup", "quiz_taken"),
    "DROP_COLUMN": migrations.RemoveField("checkup", "attention"),
    "DROP_TABLE": migrations.DeleteModel("StoppedCount"),
    "NOT_NULL": migrations.AddField(
        "checkup", "place", models.CharField(max_length=9, default="")
    ),
    "ALTER_COLUMN": migrations.AlterField(
        "checkup", "warmth", models.DecimalField(max_digits=6, decimal_places=2)
    ),
    "ADD_UNIQUE": migrations.AlterUniqueTogether("checkup", {("edition", "started_on")}),
    "CREATE_INDEX": migrations.AddIndex(
        "checkup", models.Index(fields=["started_on"], name="quiz_on")
    ),
    "ADD_CONSTRAINT": migrations.AddConstraint(
        "checkup", models.CheckConstraint(condition=Q(warmth__gte=0), name="quiz_warm")
    ),
    "LOCK_TABLE": migrations.RunSQL("LOCK TABLE quiz_checkup", migrations.RunSQL.noop),
    "RUNPYTHON_REVERSIBLE": migrations.RunPython(forward),
    "RUNSQL_REVERSIBLE": migrations.RunSQL("SELECT 1"),
}
GOOD = {
    "a column that may be empty": _migration(
        migrations.AddField("checkup", "place", models.CharField(max_length=9, null=True))
    ),
    "a column with a default of the database's": _migration(
        migrations.AddField("checkup", "place", models.CharField(max_length=9, db_default=""))
    ),
    "a table of its own": _migration(
        migrations.CreateModel(
            "Place",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=9, unique=True)),
            ],
        )
    ),
    "an index beside the readers": _migration(
        AddIndexConcurrently("checkup", models.Index(fields=["started_on"], name="quiz_on")),
        atomic=False,
    ),
    "data, there and back": _migration(migrations.RunPython(forward, migrations.RunPython.noop)),
}


def _now():
    return MigrationLoader(connection).project_state()


@pytest.mark.parametrize("code", BAD)
def test_what_the_running_code_would_not_survive_is_named(db, code):
    assert code in objections(_migration(BAD[code]), _now())


@pytest.mark.parametrize("name", GOOD)
def test_what_harms_nobody_passes(db, name):
    assert objections(GOOD[name], _now()) == []
