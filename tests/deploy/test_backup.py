"""The restore drill: fill, back up, destroy, restore, compare every table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from stalelove.demo_database import DemoDatabase
from tests.deploy.filled import fill, path_to_postgresql

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL of its own, which a test may destroy databases of."""
    server = DemoDatabase(tmp_path_factory.mktemp("backup") / "postgres", durable=False)
    server.start()
    return server


@pytest.fixture(scope="module")
def filled(server) -> str:
    """A site with its starter content, and something that only a reader made."""
    url = server.url()
    fill(server)
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--command", FILL, "--verbosity", "0"],
        cwd=ROOT,
        env=environment(DATABASE_URL=url, SECRET_KEY="x" * 60, MODE="demo")
        | {"ALLOWED_HOSTS": "localhost", "SITE_URL": "http://localhost"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return url


FILL = """
from quiz.models import Checkup, Edition
from stalelove.rate_limits import count
from stalelove.rates import LIMITS
import time
for _number in range(25):
    Checkup.start(Edition.objects.current())
count(LIMITS["checkup_start"], "203.0.113.0/24", time.time())
"""


def environment(**given: str) -> dict[str, str]:
    return {"PATH": path_to_postgresql(), **given}


def run(program: str, *arguments: object, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "deploy" / program), *map(str, arguments)],
        env=environment(**given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def contents(url: str) -> dict[str, list[str]]:
    """Every row of every table, and where every sequence stands."""
    with psycopg.connect(url) as database:
        names = database.execute(
            "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'S') ORDER BY relname"
        ).fetchall()
        found = {}
        for name, kind in names:
            what = "t::text" if kind in ("r", b"r") else "last_value::text"
            rows = database.execute(f'SELECT {what} FROM "{name}" t').fetchall()
            found[name] = sorted(row for (row,) in rows)
    return found


def definitions(url: str) -> list[str]:
    """Constraints by name (PostgreSQL writes the same one down in two ways), what may not be null,
    indexes and triggers."""
    with psycopg.connect(url) as database:
        return sorted(
            row
            for (row,) in database.execute(
                "SELECT conrelid::regclass || conname FROM pg_constraint WHERE connamespace ="
                " 'public'::regnamespace AND contype <> 'n'"
                # A constraint since PostgreSQL 18, and before that a mark of its column.
                " UNION ALL SELECT table_name || column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND is_nullable = 'NO'"
                " UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
                " UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
            )
        )


def create(server: DemoDatabase, name: str) -> str:
    with psycopg.connect(server.url("postgres"), autocommit=True) as database:
        database.execute(f"DROP DATABASE IF EXISTS {name}")
        database.execute(f"CREATE DATABASE {name}")
    return server.url(name)


@pytest.fixture(scope="module")
def backup(filled, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("backups")
    media = tmp_path_factory.mktemp("media")
    (media / "rings.svg").write_text("<svg/>")
    done = run("backup", folder, DATABASE_URL=filled, MEDIA_ROOT=str(media))
    assert done.returncode == 0, done.stderr
    [dump] = folder.glob("*.dump")
    assert done.stdout == (
        f"Backed up to {folder}/{dump.name} ({dump.stat().st_size} bytes); 1 kept.\n"
    )
    assert dump.stat().st_mode & 0o777 == 0o600
    return dump


def test_what_was_backed_up_and_destroyed_is_restored_row_by_row(server, filled, backup, tmp_path):
    before, rules = contents(filled), definitions(filled)
    assert len(before["quiz_checkup"]) == 25
    assert len(before["stalelove_rate"]) == 2
    url = create(server, "restored")

    done = run("restore", backup, DATABASE_URL=url, MEDIA_ROOT=str(tmp_path / "media"))

    assert (done.returncode, done.stdout) == (0, f"Restored {backup}.\n"), done.stderr
    # The counts of the rate limits are left out on purpose.
    assert contents(url) == before | {"stalelove_rate": []}
    assert definitions(url) == rules
    assert (tmp_path / "media" / "rings.svg").read_text() == "<svg/>"


def test_a_database_that_holds_something_is_never_restored_into(filled, backup):
    before = contents(filled)

    done = run("restore", backup, DATABASE_URL=filled)

    assert done.returncode == 1
    assert (
        f"holds {len([n for n in before if not n.endswith('_seq')])} tables already" in done.stderr
    )
    assert contents(filled) == before


def test_a_damaged_backup_is_refused_before_anything_is_touched(server, backup, tmp_path):
    data = bytearray(backup.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / backup.name).write_bytes(data)
    for other in backup.parent.glob(f"{backup.stem}.[!d]*"):
        (tmp_path / other.name).write_bytes(other.read_bytes())
    url = create(server, "spared")

    done = run("restore", tmp_path / backup.name, DATABASE_URL=url)

    assert done.returncode == 1
    assert "the backup is damaged; nothing was restored" in done.stderr
    assert contents(url) == {}


def test_a_backup_that_was_cut_short_is_refused(server, backup, tmp_path):
    (tmp_path / backup.name).write_bytes(backup.read_bytes())

    done = run("restore", tmp_path / backup.name, DATABASE_URL=server.url())

    assert done.returncode == 1
    assert "must both be there" in done.stderr


def test_only_the_newest_are_kept(filled, tmp_path):
    for day in range(1, 5):
        for kind in ("dump", "sha256"):
            (tmp_path / f"stalelove-2026010{day}T000000Z.{kind}").write_text("")

    done = run("backup", tmp_path, DATABASE_URL=filled, BACKUPS_KEPT="2")

    assert done.returncode == 0, done.stderr
    kept = sorted(path.name for path in tmp_path.glob("stalelove-*"))
    assert kept[:2] == [f"stalelove-20260104T000000Z.{kind}" for kind in ("dump", "sha256")]
    assert [name.partition(".")[2] for name in kept[2:]] == ["dump", "sha256"]


def test_a_backup_that_fails_says_so_and_leaves_nothing(tmp_path):
    done = run("backup", tmp_path / "b", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")

    assert done.returncode != 0
    assert "Connection refused" in done.stderr
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["lock"]


@pytest.mark.parametrize("program", ["backup", "restore"])
def test_each_explains_itself(program):
    done = run(program, "--help")

    assert (done.returncode, done.stderr.splitlines()[0][: 7 + len(program)]) == (
        0,
        f"deploy/{program}",
    )
    assert "Example:" in done.stderr
