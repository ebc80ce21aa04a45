"""Fixtures for every test. The database is asked for by name, never by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import zeal.constants
import zeal.patch
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings

from quiz.models import _frozen_definition
from tests import languages
from tests.builders import make_person

# The machines that run these tests are shared: how long a step takes says nothing there.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

# A page that asks for each row of a list by itself fails in whatever test it is asked for. (As
# zeal's own app would do it, which the site itself must not have.)
zeal.constants.initialize_app_registry()
zeal.patch.patch()
django_settings.MIDDLEWARE = ["zeal.middleware.zeal_middleware", *django_settings.MIDDLEWARE]


@pytest.fixture(autouse=True)
def empty_cache():
    """No test sees what another has cached; a rolled back edition's number can come again."""
    cache.clear()
    _frozen_definition.cache_clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests with real transactions end in TRUNCATE, which published editions refuse."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("quiz_edition", "quiz_item", "quiz_band"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_truncate")


@pytest.fixture(scope="session")
def starter_rows(django_db_setup, django_db_blocker) -> dict[str, bytes]:
    """What `load_starter` writes, table by table, in PostgreSQL's own COPY format."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_starter", verbosity=0)
        rows = {}
        with connection.cursor() as cursor:
            for model in apps.get_models(include_auto_created=True):
                table = model._meta.db_table
                if model._meta.app_label in ("stalelove", "articles", "exercises", "quiz"):
                    columns = _columns(model)
                    with cursor.copy(f"COPY {table} ({columns}) TO STDOUT") as copy:
                        rows[f"{table} ({columns})"] = b"".join(copy)
        transaction.set_rollback(True)
    return rows


def _columns(model) -> str:
    return ", ".join(
        f'"{field.column}"' for field in model._meta.local_concrete_fields if not field.generated
    )


@pytest.fixture
def starter(db, starter_rows) -> None:
    """The starter content, loaded once a session and copied in for each test that asks."""
    with connection.cursor() as cursor:
        # As a restored backup does it: no trigger looks at rows that were right before.
        cursor.execute("SET session_replication_role = replica")
        for target, rows in starter_rows.items():
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                copy.write(rows)
        cursor.execute("SET session_replication_role = DEFAULT")
        for target in starter_rows:
            table = target.split(" ")[0]
            if '("id"' not in target:
                continue
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                " HAVING max(id) IS NOT NULL"
            )


@pytest.fixture
def writer(client, db) -> User:
    """Somebody of the group Writers; `client` is signed in as them."""
    person = make_person("Will", group="Writers")
    client.force_login(person)
    return person


@pytest.fixture
def editor(client, db) -> User:
    """Somebody of the group Editors; `client` is signed in as them."""
    person = make_person("Edith", group="Editors")
    client.force_login(person)
    return person


@pytest.fixture(scope="session")
def compiled(tmp_path_factory) -> Path:
    """The catalog of the made-up language, gathered once a session."""
    folder = tmp_path_factory.mktemp("languages")
    own, _said = languages.gather(folder)
    languages.write([*languages.packages(), own], folder / "compiled")
    return folder / "compiled"


@pytest.fixture
def made_up(compiled) -> Iterator[None]:
    """The site in the made-up language, from right to left."""
    with override_settings(**languages.settings_for(compiled)):
        yield
