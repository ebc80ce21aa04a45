"""nginx with its shipped configuration, two gunicorn nodes and a PostgreSQL that really writes to disk:
all below one folder, on loopback. What systemd does for a process that has died is done by a thread.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from stalelove.demo_database import DatabaseError, DemoDatabase
from tests.deploy.filled import fill, static_files
from tests.serving import HOST, environment, free_ports, manage, start_gunicorn, start_nginx, stop


class Server(DemoDatabase):
    """The cluster of the demo, which can be stopped, killed and started under everybody's hands."""

    def __init__(self, folder: Path, *, settings: str = "", wal: Path | None = None) -> None:
        super().__init__(folder, durable=True)
        self._settings, self._wal = settings, wal

    def _initialise(self) -> None:
        is_new = not (self.folder / "initialised").exists()
        super()._initialise()
        if is_new and self._wal:
            # As on a machine that keeps the log on a disk of its own.
            shutil.copytree(self.data / "pg_wal", self._wal / "pg_wal")
            shutil.rmtree(self.data / "pg_wal")
            (self.data / "pg_wal").symlink_to(self._wal / "pg_wal")
            for path in [self._wal, *self._wal.rglob("*")]:
                self._give(path)
        if is_new and self._settings:
            with (self.data / "postgresql.conf").open("a") as file:
                file.write(self._settings + "\n")

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    @property
    def lives(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except (OSError, ValueError, IndexError):
            return False
        return True

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-s", "stop")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def begin(self) -> None:
        self._start_server()

    def end(self) -> None:
        """For good: its folder may be removed now, before this process ends."""
        self._stop_if_last(os.getpid())
        atexit.unregister(self._stop_if_last)

    def processes(self) -> list[int]:
        """The server and all its children."""
        found = [self.pid]
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if int(status.read_text().rpartition(")")[2].split()[1]) == found[0]:
                    found.append(int(status.parent.name))
        return found

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url(), autocommit=True, connect_timeout=10)


class Node:
    """One gunicorn, as its unit starts it."""

    def __init__(self, site: Site, port: int) -> None:
        self.site, self.port = site, port
        self.log = site.folder / f"{port}.log"
        self.is_wanted = True
        self.begin()

    def begin(self) -> None:
        self.process = start_gunicorn(self.site.environment, self.port, self.log, apart=True)

    def workers(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def end(self) -> None:
        """As `systemctl stop` does it."""
        self.is_wanted = False
        stop(self.process)

    def renew(self) -> None:
        """As `systemctl restart` does it, and the wait of docs/operations.md."""
        self.end()
        self.begin()
        self.is_wanted = True
        self.wait_until_ready("/healthz")

    def kill(self) -> None:
        """The whole of it at once, as when the machine goes."""
        for pid in [self.process.pid, *self.workers()]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(10)

    def wait_until_ready(self, path: str = "/readyz") -> None:
        for _moment in range(600):
            with contextlib.suppress(OSError):
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=2)
                with connection:
                    connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
                    if b" 200 " in connection.recv(200):
                        return
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-2000:])


class Site:
    """Starts all of it; a context manager, so that nothing stays behind."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: str = "",
        database_folder: Path | None = None,
        wal: Path | None = None,
        **given: str,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port, *node_ports = free_ports(3)
        self.database = Server(database_folder or folder / "postgres", settings=settings, wal=wal)
        self.environment = environment(folder, self.database.start(), WEB_WORKERS="2", **given)
        fill(self.database)
        shutil.copytree(static_files(), folder / "static")  # the next version adds to its own
        self.nodes = [Node(self, port) for port in node_ports]
        self.nginx = start_nginx(folder, node_ports, self.port, apart=True)
        try:
            for node in self.nodes:
                node.wait_until_ready()
        except AssertionError:
            self._stop_all()
            raise
        self.is_database_wanted = True
        self._is_over = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise)
        self._supervisor.start()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._is_over.set()
        self._supervisor.join()
        self._stop_all()

    def _stop_all(self) -> None:
        stop(self.nginx)
        for node in self.nodes:
            if node.process.poll() is None:
                node.end()
        self.database.end()

    def manage(self, *command: str, settings: str = "stalelove.settings") -> str:
        return manage(self.environment | {"DJANGO_SETTINGS_MODULE": settings}, *command)

    @contextlib.contextmanager
    def without_database(self) -> Iterator[None]:
        """Nobody starts it again until the end of this."""
        self.is_database_wanted = False
        yield
        self.database.begin()
        self.is_database_wanted = True

    def _supervise(self) -> None:
        """`Restart=always` and `RestartSec=1`, for the nodes and for PostgreSQL."""
        while not self._is_over.wait(1):
            for node in self.nodes:
                if node.is_wanted and node.process.poll() is not None:
                    node.begin()
            if self.is_database_wanted and not self.database.lives:
                with contextlib.suppress(DatabaseError):
                    self.database.begin()
