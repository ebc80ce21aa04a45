"""docs/operations.md, deploy/on-one-machine and the shipped files speak of the same things.

That the page is right is shown by deploy/on-one-machine itself, which carries it out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text()
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
MOST_EXPOSED = 1.5  # of systemd's 10


@pytest.fixture(scope="module")
def program():
    loader = SourceFileLoader("on_one_machine", str(ROOT / "deploy" / "on-one-machine"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def test_every_block_of_the_page_is_carried_out_or_has_a_stand_in(program):
    carried_out = [
        text
        for section in (program.INSTALL, "Backups", "A new version")
        for _title, text in program.blocks(PAGE, section)
    ]

    written = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.M | re.S)
    yours = [block for block in written if block.startswith("# Yours")]
    assert len(yours) == len(program.YOURS)
    assert sorted(carried_out) == sorted(
        [block for block in written if block not in yours] + list(program.YOURS.values())
    )


def test_every_timer_that_the_page_enables_is_proved(program):
    enabled = set(
        re.findall(r"stalelove\S*\.timer", "".join(re.findall(r"^systemctl.*$", PAGE, re.M)))
    )

    source = (ROOT / "deploy" / "on-one-machine").read_text()
    assert {timer for timer in enabled if f'"{timer}"' not in source} == set()
    assert len(enabled) == 6


def test_every_path_of_the_repository_that_the_page_names_is_there():
    named = set(re.findall(r"(?<![\w/.])((?:deploy|docs|requirements|tests)/[\w./@-]*\w)", PAGE))

    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_the_units_are_hardened(tmp_path):
    """Offline, by systemd's own measure. deploy/on-one-machine verifies them where they run."""
    exposed = {}
    for unit in UNITS:
        if unit.suffix != ".service":
            continue
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        words = done.stdout.strip().splitlines()[-1]
        exposed[unit.name] = float(re.search(r"([\d.]+) [A-Z]+", words)[1])

    assert {name: score for name, score in exposed.items() if score > MOST_EXPOSED} == {}
    assert len(exposed) == 3
