"""From one major version of PostgreSQL to a later one, as docs/operations.md says it: backed up and
restored with the later one's programs, every table compared, and the site says the same there.

The later one is the tests' own. The earlier one is a distribution's, of which only the programs are used,
in a folder of the test's.
"""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import psycopg
import pytest

from stalelove.demo_database import DemoDatabase
from tests.deploy.filled import path_to_postgresql
from tests.deploy.test_backup import contents, definitions
from tests.deploy.test_nginx import skip_without
from tests.serving import (
    HOST,
    ROOT,
    environment,
    free_ports,
    manage,
    run,
    start_gunicorn,
    stop,
    wait_until_open,
)

# Of several the earliest that the site runs on: the longest way.
PROGRAMS = sorted(
    folder
    for folder in Path("/usr/lib/postgresql").glob("[0-9][0-9]/bin")
    if int(folder.parent.name) >= 15 and (folder / "initdb").exists()
)
OWN_MAJOR = int(re.search(r"\d+", run({"PATH": path_to_postgresql()}, "postgres", "--version"))[0])
EARLIER = next((folder for folder in PROGRAMS if int(folder.parent.name) < OWN_MAJOR), None)
# Three readers: one in the middle of the checkup, one with a snapshot, one whose pages say nothing yet.
CHECKUPS = """
import json
from quiz.models import Checkup, Edition
from stalelove.categories import Category
edition = Edition.objects.current()
finished, snapshot = Checkup.start(edition)
for category in Category:
    finished.save_page(category, dict.fromkeys(finished.page_answers(category), 3))
begun, step = Checkup.start(edition)
category = next(iter(Category))
begun.save_page(category, dict.fromkeys(begun.page_answers(category), 1))
Checkup.start(edition)
print(json.dumps({"snapshot": f"/snapshot/{snapshot}/", "step": f"/checkup/{step}/{category}/"}))
"""


class Earlier(DemoDatabase):
    """The same kind of cluster, made and run by the earlier version's programs."""

    def _program(self, name: str) -> str:
        return str(EARLIER / name)


def major(url: str) -> int:
    with psycopg.connect(url) as database:
        return database.info.server_version // 10000


def take_away_search(url: str) -> int:
    """Takes away the columns that PostgreSQL computes by its dictionaries, whose stems differ from version
    to version; how many rows held another value than their server would compute."""
    differing = 0
    with psycopg.connect(url) as database:
        computed = database.execute(
            "SELECT table_name, column_name, generation_expression FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type = 'tsvector' AND is_generated = 'ALWAYS'"
        ).fetchall()
        assert len(computed) == 4
        for table, column, expression in computed:
            rows = database.execute(f"SELECT FROM {table} WHERE {column} <> {expression}")
            differing += rows.rowcount
            database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    return differing


@pytest.fixture
def folder(tmp_path) -> Path:
    skip_without(**{"a PostgreSQL older than the tests' own": str(EARLIER or "")})
    return tmp_path


def answers(told: dict[str, str], folder: Path, addresses: list[str]) -> list[tuple[int, str]]:
    """What a site that is started for it says at each address."""
    [port], log = free_ports(1), folder / "gunicorn.log"
    node = start_gunicorn(told, port, log)
    try:
        wait_until_open(node, port, log)
        found = []
        for address in addresses:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}{address}",
                headers={"Host": HOST, "X-Forwarded-Proto": "https"},
            )
            with urllib.request.urlopen(request, timeout=40) as answer:  # noqa: S310
                found.append((answer.status, answer.read().decode()))
        return found
    finally:
        stop(node)


def test_a_site_moves_from_an_earlier_major_version_to_a_later_one(folder):
    earlier = Earlier(folder / "earlier", durable=False)
    later = DemoDatabase(folder / "later", durable=False)
    told = environment(folder, earlier.start(), PATH=path_to_postgresql(), WEB_WORKERS="1")
    for command in (["migrate"], ["load_starter"], ["collectstatic", "--no-input"]):
        manage(told, *command, "--verbosity", "0")
    shell = ("shell", "--no-imports", "--verbosity", "0", "--command", CHECKUPS)
    links = json.loads(manage(told, *shell))
    addresses = ["/readyz", "/articles/", links["snapshot"], links["step"]]
    said = answers(told, folder, addresses)
    rules = definitions(earlier.url())

    run(told, str(ROOT / "deploy" / "backup"), str(folder / "backups"))
    [dump] = (folder / "backups").glob("*.dump")
    told["DATABASE_URL"] = later.start()
    run(told, str(ROOT / "deploy" / "restore"), str(dump))

    assert (major(earlier.url()), major(later.url())) == (int(EARLIER.parent.name), OWN_MAJOR)
    assert [status for status, _body in said] == [200] * 4
    assert definitions(later.url()) == rules
    manage(told, "migrate", "--check")
    assert answers(told, folder, addresses) == said
    assert (take_away_search(earlier.url()), take_away_search(later.url())) == (0, 0)
    moved = contents(later.url())
    assert moved == contents(earlier.url())
    assert len(moved["quiz_checkup"]) == 3
