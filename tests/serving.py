"""Production's programs on loopback, for whatever tests or measures the site from outside: gunicorn and
nginx with the shipped configurations, and what both need. Whoever starts one of them stops it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOST = "stalelove.example"
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py")
NGINX = os.environ.get("NGINX_PROGRAM") or shutil.which(
    "nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
)
# Where the nginx of a distribution has its modules.
_MODULES = Path(NGINX or "/usr/sbin/nginx").parent.parent / "lib" / "nginx" / "modules"
_HEADERS_MORE = _MODULES / "ngx_http_headers_more_filter_module.so"
HEADERS_MORE = str(_HEADERS_MORE) if _HEADERS_MORE.exists() else None


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [
            held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [each.getsockname()[1] for each in sockets]


def environment(folder: Path, database_url: str, **given: str) -> dict[str, str]:
    """What the site is told, and nothing of what this process is told. No limits: one address asks for
    everything here."""
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "x" * 60,
        "DATABASE_URL": database_url,
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "STATIC_ROOT": str(folder / "static"),
        "STATE_ROOT": str(folder / "state"),
        "RATE_LIMITS": "false",
    } | given


def run(told: Mapping[str, str], *command: str) -> str:
    """What a command says; RuntimeError with its complaint where it fails."""
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)[:200]} failed:\n{done.stderr}")
    return done.stdout


def manage(told: Mapping[str, str], *command: str) -> str:
    return run(told, sys.executable, "manage.py", *command)


def start(
    told: Mapping[str, str], log: Path, *command: str, apart: bool = False
) -> subprocess.Popen[bytes]:
    """What it says is added to `log`. `apart`: a Ctrl-C in the terminal is not for it."""
    with log.open("ab") as file:
        return subprocess.Popen(
            command, cwd=ROOT, env=told, stdout=file, stderr=file, start_new_session=apart
        )


def wait_until_open(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until it takes connections; RuntimeError with the end of its log where it does not."""
    for _moment in range(1200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    stop(process)
    raise RuntimeError(f"nothing answers at port {port}:\n{log.read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """As systemd does it."""
    process.terminate()
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def start_gunicorn(
    told: Mapping[str, str],
    port: int,
    log: Path,
    *arguments: str,
    application: str = "stalelove.wsgi",
    apart: bool = False,
) -> subprocess.Popen[bytes]:
    """One node, as its unit starts it; not waited for."""
    told = {**told, "BIND": f"127.0.0.1:{port}"}
    return start(told, log, *GUNICORN, *arguments, application, apart=apart)


def make_certificate(folder: Path, name: str = f"DNS:{HOST}") -> tuple[Path, Path]:
    """A key and a certificate of two days."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    run(
        {"PATH": os.environ["PATH"]},
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", f"/CN={name.partition(':')[2]}", "-addext", f"subjectAltName={name}"),
        *("-keyout", str(key), "-out", str(certificate)),
    )
    return key, certificate


def start_nginx(
    folder: Path,
    nodes: Sequence[int],
    port: int,
    *,
    plain: int | None = None,
    changes: Mapping[str, str] | None = None,
    http: str = "",
    workers: int = 1,
    apart: bool = False,
) -> subprocess.Popen[bytes]:
    """In front of two nodes, answering. With `plain` it is stalelove.conf, which ends TLS at `port`;
    without, compose.conf, where something before it does. `changes` are further ones of its words.
    Of the two only the first meets the module that no-server.conf needs, and that only where it is."""
    # By another name, because that of the clone may hold a space.
    shipped = folder / "deploy"
    shipped.symlink_to(ROOT / "deploy")
    first, last = nodes[0], nodes[-1]
    name = "stalelove.conf" if plain else "compose.conf"
    text = (ROOT / "deploy" / "nginx" / name).read_text()
    for before, after in {
        "/var/cache/nginx/stalelove": str(folder / "cache"),
        "/srv/stalelove/deploy": str(shipped),
        **(
            _with_tls(folder, first, last, plain, port)
            if plain
            else {
                "server web1:8000": f"server 127.0.0.1:{first}",
                "server web2:8000": f"server 127.0.0.1:{last}",
                "listen 8080;": f"listen 127.0.0.1:{port};",
            }
        ),
        **(changes or {}),
    }.items():
        if before not in text:
            raise ValueError(f"deploy/nginx/{name} does not say {before!r} any more")
        text = text.replace(before, after)
    main = "user root;\n" if os.geteuid() == 0 else ""
    if plain and HEADERS_MORE:
        main += f"load_module {HEADERS_MORE};\n"
        http += f"include {shipped}/nginx/no-server.conf;\n"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{main}daemon off;\nworker_processes {workers};\npid {folder}/nginx.pid;\n"
        f"error_log {folder}/error.log crit;\nevents {{ worker_connections 2048; }}\n"
        f"http {{\ngzip on;\n{http}{temporary}{text}\n}}\n"  # gzip: as Debian's nginx.conf has it
    )
    log = folder / "nginx.log"
    process = start(
        {"PATH": os.environ["PATH"]},
        log,
        *(str(NGINX), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")),
        apart=apart,
    )
    wait_until_open(process, port, log)
    return process


def _with_tls(folder: Path, first: int, last: int, plain: int, tls: int) -> dict[str, str]:
    key, certificate = make_certificate(folder)
    return {
        "/var/log/nginx/error.log": str(folder / "error.log"),
        "/etc/letsencrypt/live/stalelove.example/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/stalelove.example/privkey.pem": str(key),
        "127.0.0.1:8001": f"127.0.0.1:{first}",
        "127.0.0.1:8002": f"127.0.0.1:{last}",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{tls} ssl",
    }
