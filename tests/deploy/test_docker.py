"""What can be said of the image and of compose.yaml without an engine: none could be had here.

The image's own steps are those of docs/operations.md, which deploy/on-one-machine carries out; here its
files are gathered as COPY and .dockerignore would gather them, and its programs are asked to start.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from stalelove.demo_database import DemoDatabase

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())


def sent_to_the_engine(path: str) -> bool:
    """What .dockerignore leaves of the tree; it refuses all and then lets some in."""
    sent = True
    for rule in (ROOT / ".dockerignore").read_text().split():
        name = rule.removeprefix("!")
        pattern = name.removeprefix("**/")
        hit = path == name or path.startswith(f"{name}/") or name == "**"
        if name.startswith("**/"):
            hit = any(fnmatch(part, pattern) for part in path.split("/"))
        if hit:
            sent = rule.startswith("!")
    return sent


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """The folder that the COPY lines of the first stage make."""
    folder = tmp_path_factory.mktemp("image")
    first = DOCKERFILE.split("\nFROM ")[1]
    for *sources, target in (line.split()[1:] for line in first.splitlines() if "COPY " in line):
        for source in sources:
            assert sent_to_the_engine(source), source
            there = folder / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                there.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, there)
    return folder


def test_the_image_has_all_that_the_site_needs(image, tmp_path):
    """collectstatic as the build runs it, then gunicorn as the container starts it."""
    [given] = re.findall(r"^RUN (SECRET_KEY=.*?)\.venv/bin/python", DOCKERFILE, flags=re.M | re.S)
    build = dict(word.split("=", 1) for word in given.replace("\\\n", " ").split())
    python = [sys.executable, "-W", "ignore"]
    done = subprocess.run(
        [*python, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=image,
        env={"PATH": os.environ["PATH"]} | build,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    [command] = re.findall(r"^CMD \[\"gunicorn\", (.*)\]$", DOCKERFILE, flags=re.M)
    database = DemoDatabase(tmp_path / "postgres", durable=False)
    done = subprocess.run(
        [*python, "-m", "gunicorn", "--check-config", *re.findall(r'"([^"]+)"', command)],
        cwd=image,
        env={"PATH": os.environ["PATH"]} | build | {"DATABASE_URL": database.start()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_image_is_small_and_powerless():
    last = DOCKERFILE.rsplit("\nFROM ", 1)[1]

    assert last.startswith("python:3.12-slim-bookworm\n")
    assert re.findall(r"^USER (.*)$", last, flags=re.M) == ["10001"]
    assert "HEALTHCHECK" in last
    assert not re.search(r"^(ADD|RUN .*apt)", DOCKERFILE, flags=re.M)


def test_every_service_of_the_site_is_locked_in():
    for name in ("migrate", "web1", "web2"):
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        # What the site writes lies in a volume that all of them and nginx share.
        assert service["volumes"] == ["state:/var/lib/stalelove"]
        assert service["environment"]["MEDIA_ROOT"] == "/var/lib/stalelove/media"
    assert "state:/var/lib/stalelove:ro" in COMPOSE["services"]["nginx"]["volumes"]
    assert set(COMPOSE["volumes"]) == {"data", "state"}


def test_every_file_that_compose_mounts_is_there_and_every_one_that_nginx_names_is_mounted():
    mounted = dict(
        volume.split(":")[:2]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith(".")
    )
    files = {path: ROOT / "deploy" / path for path in mounted}

    assert [path for path, file in files.items() if not file.is_file()] == []
    site = (ROOT / "deploy/nginx/compose.conf").read_text()
    pages = re.findall(r"location = (/\S+) \{[^}]*?\broot (/srv/[^;]+);", site)
    named = {root + address for address, root in pages}
    named |= set(re.findall(r"\binclude (/srv/[^;]+);", site))
    assert named == {to for to in mounted.values() if to.startswith("/srv/")}
    assert len(named) == 3


def test_no_folder_of_the_site_is_forgotten():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    folders = {path.split("/")[0] for path in tracked if "/" in path}

    copied = set(re.findall(r"^COPY (\w+) \w+$", DOCKERFILE, flags=re.M))
    assert folders - copied == {".ci", "docs", "requirements", "tests"}
    assert {path for path in copied if not sent_to_the_engine(path)} == set()
