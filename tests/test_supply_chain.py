"""What the site is made of: under which licences, and whether a known weakness would be told."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "deploy" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


audit, licences = load("audit"), load("licences")
WEAK = {
    "name": "django",
    "version": "5.2",
    "vulns": [{"id": "CVE-2026-1", "fix_versions": ["5.2.1", "6.0.1"]}],
}
UNMENDED = {"name": "nh3", "version": "1", "vulns": [{"id": "CVE-2026-2", "fix_versions": []}]}
SOUND = {"name": "gunicorn", "version": "27.0.1", "vulns": []}
UNKNOWN = {"name": "qrcode", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("parts", "code", "said"),
    [
        ([], 2, []),
        ([UNKNOWN, UNKNOWN], 2, []),
        ([SOUND], 0, ["1 locked parts asked about, 0 known weaknesses."]),
        (
            [SOUND, UNKNOWN],
            0,
            ["1 locked parts asked about, 0 known weaknesses.", "Not known there: qrcode."],
        ),
        (
            [WEAK, UNMENDED, SOUND],
            1,
            [
                "django 5.2: CVE-2026-1, mended in 5.2.1, 6.0.1",
                "nh3 1: CVE-2026-2, mended in no version yet",
                "3 locked parts asked about, 2 known weaknesses.",
            ],
        ),
    ],
)
def test_a_weakness_fails_and_an_unasked_list_is_no_all_clear(parts, code, said):
    assert audit.judge(parts) == (code, said)


@pytest.mark.parametrize(("option", "code"), [([], 0), (["--required"], 2)])
def test_without_a_network_it_says_so_in_one_line(tmp_path, option, code):
    nowhere = "http://127.0.0.1:1/"
    done = subprocess.run(
        [sys.executable, "deploy/audit.py", *option],
        cwd=ROOT,
        env={
            "HOME": str(tmp_path),
            "UV_CACHE_DIR": str(tmp_path / "cache"),
            "UV_TOOL_DIR": str(tmp_path / "tools"),
            "UV_DEFAULT_INDEX": nowhere,
            "UV_NO_CONFIG": "1",
            "UV_HTTP_RETRIES": "0",
            "ALL_PROXY": nowhere,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stdout) == (
        code,
        "Known weaknesses were not asked about: none of the lists can be reached from here.\n",
    )


def test_the_page_of_licences_is_of_today():
    assert (ROOT / "docs" / "licences.md").read_text() == licences.page(), "run `make licences`"


def test_every_part_says_its_licence_and_none_asks_for_more_than_we_can_give():
    """A part under the GPL or AGPL, or without a licence, would bind everybody who runs the site."""
    fine = r"MIT|BSD|Apache|PSF|Unlicense|LGPL|MPL|Mozilla"
    told = {part: licences.licence(part) for part in licences.parts()}

    assert {part: said for part, said in told.items() if not re.search(fine, said)} == {}
    assert [part for part, said in told.items() if re.search(r"(?<!L)GPL", said)] == []


def test_every_lock_holds_hashes_and_no_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        parts = re.findall(r"^\S+==", text, re.MULTILINE)
        with_hash = re.findall(r"^\S+==.* \\\n    --hash=sha256:", text, re.MULTILINE)
        assert (len(parts) > 9, len(with_hash), "://" in text) == (True, len(parts), False), lock
