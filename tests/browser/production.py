"""The site as it runs in production, on loopback and for a short while: the production settings, the
gathered and compressed static files, gunicorn with the shipped configuration. For what can only be
measured so: bytes on the wire, what a browser waits for, Lighthouse.

Every request counts as one that came by TLS, which a proxy has ended (behind_tls.py).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, database_url: str, port: int) -> dict[str, str]:
    """What the site is told: production, but for what needs a second machine or a telephone."""
    return {
        "MODE": "production",
        "SECRET_KEY": "only-for-a-short-while-" * 3,
        "DATABASE_URL": database_url,
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "SITE_URL": f"http://localhost:{port}",
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
        "STATE_ROOT": "",
        "PAGE_CACHE_MB": "8",
        "RATE_LIMITS": "false",
        "REQUIRE_OTP": "false",
    }


def gather_static_files(told: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | told,
        check=True,
    )


class Gunicorn:
    """One node; `with Gunicorn(...) as address`."""

    def __init__(self, folder: Path, told: dict[str, str], port: int) -> None:
        self._log = folder / "gunicorn.log"
        self._told, self._port = told, port

    def __enter__(self) -> str:
        serve = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [*serve, "tests.browser.behind_tls"],
                cwd=ROOT,
                env=os.environ
                | self._told
                | {"BIND": f"127.0.0.1:{self._port}", "WEB_WORKERS": "1"},
                stderr=log,
            )
        for _moment in range(600):
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return f"http://localhost:{self._port}"
        self.__exit__()
        raise AssertionError(f"gunicorn does not answer:\n{self._log.read_text()}")

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait(40)
