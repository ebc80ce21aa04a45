"""Where the benchmark runs: PostgreSQL, WSGI servers and nginx, started, measured and stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from stalelove.demo_database import DemoDatabase
from tests.serving import (
    HOST,
    environment,
    run,
    start,
    start_gunicorn,
    start_nginx,
    stop,
    wait_until_open,
)

WORKERS = 2
SERVERS = ("sync", "gthread", "granian")
_TICKS = os.sysconf("SC_CLK_TCK")


def program(name: str, package: str) -> str:
    """The path of a program, or one sentence that says how to get it."""
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if path is None:
        sys.exit(f"make bench needs {name}: install it (Debian, Ubuntu: apt install {package})")
    return path


@dataclass
class Process:
    """One server, with all the processes that it has started."""

    name: str
    popen: subprocess.Popen[bytes]
    port: int
    log: Path

    def pids(self) -> list[int]:
        return [self.popen.pid, *_children(self.popen.pid)]

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pids())

    def stop(self) -> None:
        stop(self.popen)


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    direct = [int(child) for child in text.split()]
    return [each for child in direct for each in (child, *_children(child))]


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of these processes, those that have ended left out."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def pss_megabytes(pids: list[int]) -> float:
    """Proportional set size: shared pages are counted in parts."""
    kilobytes = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


class Ground:
    """Everything lies below one folder; `stop` ends all that was started."""

    def __init__(self, folder: Path, first_port: int) -> None:
        self.folder = folder
        self.next_port = first_port
        self.processes: list[Process] = []
        self.cluster = DemoDatabase(folder / "postgres")
        self.cluster.start()
        self.environment = environment(
            folder,
            self.cluster.url("postgres"),
            SECRET_KEY="bench" * 12,  # as the links were made that tests/bench/cold.py keeps
            REQUIRE_OTP="false",
        )
        self.python("manage.py", "collectstatic", "--no-input", "--verbosity", "0")

    def python(self, *arguments: str, **environment: str) -> str:
        return run(self.environment | environment, sys.executable, *arguments)

    def new_database(self, name: str, copied_from: str = "template1") -> str:
        options = ("-h", str(self.cluster.socket), "-U", "stalelove")
        self.cluster._run("dropdb", "--if-exists", "--force", *options, name)
        self.cluster._run("createdb", *options, "--template", copied_from, name)
        return self.cluster.url(name)

    def sql(self, database: str, sql: str) -> None:
        options = ("-h", str(self.cluster.socket), "-U", "stalelove", "-d", database)
        self.cluster._run("psql", "-X", "-q", *options, "-c", sql)

    def database_pids(self) -> list[int]:
        first = (self.cluster.data / "postmaster.pid").read_text().split("\n")[0]
        return [int(first), *_children(int(first))]

    def _port(self) -> int:
        self.next_port += 1
        return self.next_port - 1

    def start(self, server: str, application: str, name: str, **environment: str) -> Process:
        """A WSGI server of one kind with two workers, as deploy/ starts it, answering."""
        port = self._port()
        log = self._log(name)
        told = self.environment | {"WEB_WORKERS": str(WORKERS)} | environment
        if server == "granian":
            granian = (
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1"),
                *("--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS)),
                *("--blocking-threads", "4", "--no-ws", f"{application}:application"),
            )
            popen = start(told, log, *granian)
        else:
            kind = ("--worker-class", "gthread", "--threads", "4") if server == "gthread" else ()
            popen = start_gunicorn(told, port, log, *kind, application=application)
        return self._keep(Process(name, popen, port, log))

    def start_nginx(self, nodes: list[Process], page: bytes) -> Process:
        """The shipped configuration on loopback, with one address more: the same page as a file."""
        plain, tls = self._port(), self._port()
        own = self.folder / "nginx"
        shutil.rmtree(own, ignore_errors=True)
        (own / "file").mkdir(parents=True)
        (own / "file" / "floor.html").write_bytes(page)
        popen = start_nginx(
            own,
            [node.port for node in nodes],
            tls,
            plain=plain,
            changes={
                " ssl http2;": " ssl;",
                "gzip off;": f"gzip off;\n    location = /floor.html {{ root {own}/file; }}",
                # wrk is one address with up to 64 connections.
                "limit_conn stalelove_address 60;": "limit_conn stalelove_address 1000;",
            },
            http="types { text/html html; }\nsendfile on;\n"
            # As a distribution's nginx.conf has it for files that are asked for often.
            "open_file_cache max=100 inactive=60s;\n",
            workers=WORKERS,
        )
        return self._keep(Process("nginx", popen, tls, own / "nginx.log"))

    def _log(self, name: str) -> Path:
        """A new one: the folder stays from one run to the next."""
        log = self.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        return log

    def _keep(self, process: Process) -> Process:
        self.processes.append(process)
        wait_until_open(process.popen, process.port, process.log)
        return process

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()
        self.cluster._stop_if_last(os.getpid())


def get(port: int, path: str) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Host": HOST, "X-Forwarded-Proto": "https"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return answer.read()
