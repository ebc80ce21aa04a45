"""Under which licences the parts of a running site are: prints docs/licences.md (`make licences`).

Asked of the packages as they are installed, by name only: the versions are in the locks.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# Licences of the parts
Stale Love itself is under the MIT licence (`LICENSE`). A running site is made of these parts, locked with
their hashes in `requirements/`. `make licences` writes this page; a test compares it with the locks.

| part | licence | when |
|---|---|---|
"""
FOOT = """
In the repository itself: the fonts of `static/fonts/`, under the licence that lies beside them. The parts
that only build and test the site (`requirements/dev.txt`) are on no server.
"""
SETS = {
    "run": "always",
    "s3": "pictures in S3",
    "redis": "pages shared in Redis",
    "sentry": "faults to a Sentry",
}
# Of what only some machines install, and this one may not.
ELSEWHERE = {
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "redis": "MIT",
    "typing-extensions": "PSF-2.0",
}


def locked(name: str) -> list[str]:
    """The packages of one lock."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)


def parts() -> dict[str, str]:
    """Every package that a server may install, and when it does."""
    found: dict[str, str] = {}
    for name, when in SETS.items():
        for part in locked(name):
            found.setdefault(part, when)
    return dict(sorted(found.items()))


def licence(part: str) -> str:
    """What the package says of itself, in as few words as it does."""
    if part in ELSEWHERE:
        return ELSEWHERE[part]
    about = metadata.metadata(part)
    if expression := about.get("License-Expression"):
        return expression
    kinds = [
        kind.rpartition(" :: ")[2]
        for kind in about.get_all("Classifier", [])
        if kind.startswith("License :: ") and "Proprietary" not in kind
    ]
    said = (about.get("License") or "").strip()
    if len(kinds) < 2 and said and "\n" not in said:
        return said
    return " or ".join(kinds)


def page() -> str:
    rows = [f"| {part} | {licence(part)} | {when} |\n" for part, when in parts().items()]
    return HEAD + "".join(rows) + FOOT


if __name__ == "__main__":
    print(page(), end="")
