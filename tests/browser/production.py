"""The site as it runs in production, on loopback and for a short while: the production settings, the
gathered and compressed static files, gunicorn with the shipped configuration. For what can only be
measured so: bytes on the wire, what a browser waits for, Lighthouse.

Every request counts as one that came by TLS, which a proxy has ended (behind_tls.py).
"""

from __future__ import annotations

from pathlib import Path

from tests import serving


def environment(folder: Path, database_url: str, port: int) -> dict[str, str]:
    """What the site is told: production, but for what needs a second machine or a telephone."""
    return serving.environment(
        folder,
        database_url,
        MODE="production",
        ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
        SITE_URL=f"http://localhost:{port}",
        MEDIA_ROOT=str(folder / "media"),
        STATE_ROOT="",
        PAGE_CACHE_MB="8",
        REQUIRE_OTP="false",
    )


def gather_static_files(told: dict[str, str]) -> None:
    serving.manage(told, "collectstatic", "--no-input", "--verbosity", "0")


class Gunicorn:
    """One node; `with Gunicorn(...) as address`."""

    def __init__(self, folder: Path, told: dict[str, str], port: int) -> None:
        self._log = folder / "gunicorn.log"
        self._told, self._port = told, port

    def __enter__(self) -> str:
        self._process = serving.start_gunicorn(
            self._told | {"WEB_WORKERS": "1"},
            self._port,
            self._log,
            application="tests.browser.behind_tls",
        )
        serving.wait_until_open(self._process, self._port, self._log)
        return f"http://localhost:{self._port}"

    def __exit__(self, *_error: object) -> None:
        serving.stop(self._process)
