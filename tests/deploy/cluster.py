"""PostgreSQL on more than one machine, on loopback: a streaming replica, and PgBouncer before the primary.

`python -m tests.deploy.cluster [ARGUMENTS OF PYTEST]` runs tests through PgBouncer in transaction mode.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stalelove.demo_database import ROLE, DemoDatabase
from tests.serving import free_ports

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
# As docs/operations.md says it, but for where things lie.
CONFIGURATION = """
[databases]
* = host={socket} port=5432 user={role}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 500
default_pool_size = 20
server_reset_query_always = 0
ignore_startup_parameters = extra_float_digits
"""


class Replica(DemoDatabase):
    """A copy of the primary that follows its log."""

    def __init__(self, folder: Path, primary: DemoDatabase) -> None:
        super().__init__(folder, durable=False)
        self.primary = primary

    def _initialise(self) -> None:
        self.data.mkdir(mode=0o700)
        self._give(self.data)
        self._run(
            *("pg_basebackup", "-h", str(self.primary.socket), "-U", ROLE, "-D", str(self.data)),
            *("--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
        )


def stop(database: DemoDatabase) -> None:
    database._run("pg_ctl", "-D", str(database.data), "-m", "fast", "-w", "-s", "stop")


class Pooler:
    """PgBouncer in transaction mode before `database`."""

    def __init__(self, folder: Path, database: DemoDatabase, port: int) -> None:
        self.port = port
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            CONFIGURATION.format(socket=database.socket, role=ROLE, port=port)
        )
        with (folder / "pgbouncer.log").open("w") as log:
            self.process = subprocess.Popen(
                [*database._as_user(), PGBOUNCER, "--quiet", str(configuration)],
                stdout=log,
                stderr=log,
                cwd="/",
            )
        for _moment in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((folder / "pgbouncer.log").read_text())

    def url(self, name: str = ROLE) -> str:
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{name}"

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def temporary_folder() -> Path:
    """Gone at the end of the process, after a server that is started in it has been stopped."""
    folder = Path(tempfile.mkdtemp(prefix="stalelove-"))
    atexit.register(shutil.rmtree, folder, True)
    return folder


def main() -> int:
    if not PGBOUNCER:
        sys.exit("There is no pgbouncer on this machine: apt-get install pgbouncer")
    folder = temporary_folder()
    database = DemoDatabase(folder / "postgres", durable=False)
    database.start()
    pooler = Pooler(folder, database, free_ports(1)[0])
    try:
        return subprocess.run(
            # The pooler keeps connections to the test database, which then cannot be dropped.
            [sys.executable, "-m", "pytest", "--reuse-db", *sys.argv[1:]],
            env=os.environ | {"DATABASE_URL": pooler.url("run"), "DATABASE_POOLER": "true"},
            check=False,
        ).returncode
    finally:
        pooler.end()


if __name__ == "__main__":
    sys.exit(main())
