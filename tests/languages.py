"""A language made up for the tests: every word that can be translated stands in ⟦brackets⟧.

Its catalog is gathered as a translator's would be (`makemessages`), from a copy of the sources, and
takes in the words of Django and of the other packages, so that a page of it shows at once what no
translator could reach.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import django
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
SOURCES = ("articles", "exercises", "quiz", "stalelove", "templates")
LANGUAGE = "xx"
OPEN, CLOSE = "⟦", "⟧"


def gather(folder: Path) -> tuple[Catalog, str]:
    """The catalog that `makemessages` writes, and everything that it printed. Skips without xgettext."""
    if shutil.which("xgettext") is None:
        message = "no xgettext was found (it comes with gettext)"
        if os.environ.get("BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    for name in SOURCES:
        # A copy, because makemessages writes beside the templates that it reads.
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc", "starter")
        )
    (folder / "locale").mkdir()
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "makemessages", "--locale", LANGUAGE],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "MODE": "demo",
            "SECRET_KEY": "x",
            "DATABASE_URL": "postgres://nobody@localhost/nothing",
            "ALLOWED_HOSTS": "localhost",
            "SITE_URL": "http://localhost",
        },
    )
    assert done.returncode == 0, done.stderr
    path = folder / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
    return _read(path), done.stdout + done.stderr


def _read(path: Path) -> Catalog:
    # makemessages leaves the rule of the plurals to the translator.
    text = path.read_text().replace(
        "nplurals=INTEGER; plural=EXPRESSION", "nplurals=2; plural=(n != 1)"
    )
    return read_po(io.StringIO(text), locale="en")


def packages() -> list[Catalog]:
    """The words of Django, which it keeps as English catalogs, and of the admin's other packages."""
    site = Path(django.__file__).parent
    english = [*site.glob("contrib/*/locale/en"), site / "conf/locale/en"]
    others = [site.parent / name / "locale/de" for name in ("reversion", "axes", "django_otp")]
    return [_read(folder / "LC_MESSAGES/django.po") for folder in (*english, *others)]


def write(catalogs: list[Catalog], folder: Path) -> None:
    """Compile them to one catalog in which every translation is its original in brackets."""
    made_up = Catalog(locale="en")
    for catalog in catalogs:
        for message in catalog:
            if message.id:
                forms = message.id if isinstance(message.id, tuple) else (message.id,)
                said = tuple(_bracketed(form) for form in forms)
                made_up.add(
                    message.id,
                    said if message.pluralizable else said[0],
                    context=message.context,
                )
    target = folder / LANGUAGE / "LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    with (target / "django.mo").open("wb") as file:
        write_mo(file, made_up)


def _bracketed(words: str) -> str:
    """Django joins some of its words to blanks and line ends at either side: these stay outside."""
    core = words.strip()
    before, _, after = words.partition(core)
    return f"{before}{OPEN}{core}{CLOSE}{after}"


def settings_for(folder: Path) -> dict[str, object]:
    """The site in the made-up language, from right to left."""
    return {
        "LOCALE_PATHS": [folder],
        "LANGUAGES": [(LANGUAGE, "Made up")],
        "LANGUAGES_BIDI": [LANGUAGE],
        "LANGUAGE_CODE": LANGUAGE,
    }


class Depth:
    """Tells what lies outside all brackets, over any number of texts in the order of the page."""

    def __init__(self) -> None:
        self.level = 0

    def outside(self, text: str) -> list[str]:
        parts = [""]
        for sign in text:
            if sign == OPEN:
                self.level += 1
                parts.append("")
            elif sign == CLOSE:
                self.level -= 1
            elif self.level == 0:
                parts[-1] += sign
        return parts
