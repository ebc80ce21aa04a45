"""With the settings of a deployment: Django's own checks are silent, and static files are gathered."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from stalelove.demo_database import FOLDER, DemoDatabase

ROOT = Path(__file__).parent.parent


def manage(
    tmp_path: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *arguments],
        cwd=ROOT,
        env={
            "SECRET_KEY": "a-secret-of-the-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
            "ALLOWED_HOSTS": "stalelove.example",
            "SITE_URL": "https://stalelove.example",
            "DATABASE_URL": DemoDatabase(FOLDER / "test-postgres").url("never_asked"),
            "STATIC_ROOT": str(tmp_path / "static"),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_deployment_check_is_silent(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")

    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "System check identified no issues (0 silenced).\n",
        "",
    )


def test_the_deployment_check_can_fail(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY="x" * 60)

    assert done.returncode == 1
    assert "security.W009" in done.stderr  # long enough to start, and plainly not random


def test_static_files_are_gathered_hashed_and_compressed(tmp_path):
    done = manage(tmp_path, "collectstatic", "--no-input", "--ignore", "vendor")

    assert done.returncode == 0, done.stderr
    folder = tmp_path / "static"
    paths = json.loads((folder / "staticfiles.json").read_text())["paths"]
    for source in (ROOT / "static").rglob("*.*"):
        name = str(source.relative_to(ROOT / "static"))
        assert re.fullmatch(r".+\.[0-9a-f]{12}\.\w+", paths[name]), name
        assert (folder / paths[name]).exists()
    assert (folder / (paths["css/site.css"] + ".br")).exists()
    assert (folder / (paths["css/site.css"] + ".gz")).exists()
