"""Back to a moment between two backups: base backup, archived log, recovery_target_time, as
docs/operations.md says it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import psycopg
import pytest

from stalelove.demo_database import ROLE, DemoDatabase
from tests.deploy.cluster import stop
from tests.deploy.filled import fill
from tests.deploy.test_backup import contents


class Restored(DemoDatabase):
    """A server that begins from a base backup and the log that was archived since."""

    def __init__(self, folder: Path, base: Path, archive: Path, moment: str) -> None:
        super().__init__(folder, durable=False)
        self.base, self.archive, self.moment = base, archive, moment

    def _initialise(self) -> None:
        shutil.copytree(self.base, self.data)
        for path in (self.data, *self.data.rglob("*")):
            self._give(path)
        self.data.chmod(0o700)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(
                f'archive_mode = off\nrestore_command = \'cp "{self.archive}/%f" "%p"\'\n'
                f"recovery_target_time = '{self.moment}'\nrecovery_target_action = promote\n"
            )
        (self.data / "recovery.signal").touch()
        self._give(self.data / "recovery.signal")


@pytest.fixture
def server(tmp_path):
    """A server that archives its log, with a site in it."""
    server = DemoDatabase(tmp_path / "postgres", durable=False)
    server.start()
    archive = tmp_path / "archive"
    archive.mkdir()
    server._give(archive)
    stop(server)
    with (server.data / "postgresql.conf").open("a") as file:
        file.write(
            "archive_mode = on\n"
            f'archive_command = \'test ! -f "{archive}/%f" && cp "%p" "{archive}/%f"\'\n'
        )
    server._start_server()
    fill(server)
    return server


def test_the_moment_before_the_mishap_comes_back(server, tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    server._give(base)
    server._run(
        *("pg_basebackup", "-h", str(server.socket), "-U", ROLE, "-D", str(base), "--no-sync"),
        "--checkpoint=fast",
    )
    server._run("pg_verifybackup", "--no-parse-wal", str(base))
    with psycopg.connect(server.url(), autocommit=True) as database:
        # Written after the base backup, and before the mishap: only the log has it.
        database.execute("INSERT INTO stalelove_searchword (word) VALUES ('only-in-the-log')")
        before = contents(server.url())
        time.sleep(0.1)
        moment = database.execute("SELECT clock_timestamp()::text").fetchone()[0]
        time.sleep(0.1)
        database.execute("TRUNCATE stalelove_searchword")
        database.execute("INSERT INTO stalelove_searchword (word) VALUES ('mishap')")
        segment = database.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()[0]
    for _moment in range(300):
        if (tmp_path / "archive" / segment).exists():
            break
        time.sleep(0.1)
    stop(server)

    began = time.monotonic()
    restored = Restored(tmp_path / "restored", base, tmp_path / "archive", moment)
    restored.start()
    seconds = time.monotonic() - began

    with psycopg.connect(restored.url(), autocommit=True) as database:
        words = database.execute("SELECT word FROM stalelove_searchword").fetchall()
    assert ("only-in-the-log",) in words
    assert ("mishap",) not in words
    assert {name: rows for name, rows in contents(restored.url()).items() if rows} == {
        name: rows for name, rows in before.items() if rows
    }
    assert seconds < 60
