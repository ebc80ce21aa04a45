"""Where the benchmark runs: PostgreSQL, WSGI servers and nginx, started, measured and stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from stalelove.demo_database import DemoDatabase

ROOT = Path(__file__).parent.parent.parent
HOST = "stalelove.example"
WORKERS = 2
SERVERS = ("gthread", "sync", "granian")
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
        self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(30)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


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
        self.environment = {
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "bench" * 12,
            "ALLOWED_HOSTS": HOST,
            "SITE_URL": f"https://{HOST}",
            "STATIC_ROOT": str(folder / "static"),
            "RATE_LIMITS": "false",
            "REQUIRE_OTP": "false",
        }
        self.python("manage.py", "collectstatic", "--no-input", "--verbosity", "0")

    def python(self, *arguments: str, **environment: str) -> str:
        given = self.environment | {"DATABASE_URL": self.cluster.url("postgres")} | environment
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
        return done.stdout

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
        bind = f"127.0.0.1:{port}"
        gunicorn = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
        command = {
            "gthread": gunicorn,
            "sync": [*gunicorn, "--worker-class", "sync", "--threads", "1"],
            "granian": [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1"),
                *("--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS)),
                *("--blocking-threads", "4", "--no-ws"),
            ],
        }[server]
        if server == "granian":
            application = f"{application}:application"
        return self._run(
            name,
            [*command, application],
            port,
            self.environment | {"BIND": bind, "WEB_WORKERS": str(WORKERS)} | environment,
        )

    def start_nginx(self, nodes: list[Process], page: bytes) -> Process:
        """The shipped configuration on loopback, with one address more: the same page as a file."""
        plain, tls = self._port(), self._port()
        own = self.folder / "nginx"
        shutil.rmtree(own, ignore_errors=True)
        (own / "file").mkdir(parents=True)
        (own / "file" / "floor.html").write_bytes(page)
        key, certificate = own / "key.pem", own / "certificate.pem"
        subprocess.run(
            [
                *(program("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
                *("-days", "2", "-subj", f"/CN={HOST}", "-keyout", str(key)),
                *("-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        # By another name, because that of the clone may hold a space.
        shipped = own / "deploy"
        shipped.symlink_to(ROOT / "deploy")
        text = (ROOT / "deploy" / "nginx" / "stalelove.conf").read_text()
        last = nodes[-1].port
        for before, after in {
            "/var/log/nginx/error.log": str(own / "error.log"),
            "/var/cache/nginx/stalelove": str(own / "cache"),
            "/etc/letsencrypt/live/stalelove.example/fullchain.pem": str(certificate),
            "/etc/letsencrypt/live/stalelove.example/privkey.pem": str(key),
            "/srv/stalelove/deploy": str(shipped),
            "127.0.0.1:8001": f"127.0.0.1:{nodes[0].port}",
            "127.0.0.1:8002": f"127.0.0.1:{last}",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{tls} ssl;\n"
            f"    location = /floor.html {{ root {own}/file; }}",
            # wrk is one address with up to 64 connections.
            "limit_conn stalelove_address 60;": "limit_conn stalelove_address 1000;",
        }.items():
            if before not in text:
                sys.exit(
                    f"make bench does not know deploy/nginx/stalelove.conf without {before!r}"
                )
            text = text.replace(before, after)
        temporary = "".join(
            f"{kind}_temp_path {own}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        (own / "nginx.conf").write_text(
            f"{user}daemon off;\nworker_processes {WORKERS};\npid {own}/nginx.pid;\n"
            f"error_log {own}/error.log crit;\nevents {{ worker_connections 2048; }}\n"
            "http {\ntypes { text/html html; }\nsendfile on;\n"
            # As a distribution's nginx.conf has it for files that are asked for often.
            f"open_file_cache max=100 inactive=60s;\n{temporary}{text}\n}}\n"
        )
        command = [
            *(program("nginx", "nginx"), "-c", str(own / "nginx.conf")),
            *("-e", str(own / "error.log")),
        ]
        return self._run("nginx", command, tls, self.environment)

    def _run(
        self, name: str, command: list[str], port: int, environment: dict[str, str]
    ) -> Process:
        log = self.folder / f"{name}.log"
        with log.open("wb") as file:
            popen = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
        process = Process(name, popen, port, log)
        self.processes.append(process)
        for _moment in range(600):
            if popen.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return process
        sys.exit(f"{name} did not start; see {log}")

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
