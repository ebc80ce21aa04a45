"""The editors' guide speaks of what is there."""

import re
from pathlib import Path

from articles.workflow import STEPS

DOCS = Path(__file__).parent.parent / "docs"
GUIDE = (DOCS / "editors.md").read_text()


def test_every_step_of_the_workflow_is_explained_in_the_words_of_its_button():
    bold = set(re.findall(r"\*\*(.+?)\*\*", GUIDE))

    assert {str(step.label) for step in STEPS} - bold == set()


def test_every_picture_is_there_and_used_and_has_words():
    used = re.findall(r"!\[([^\]]+)\]\((img/[a-z]+\.png)\)", GUIDE)
    there = {f"img/{path.name}" for path in (DOCS / "img").glob("*.png")}

    assert {path for _, path in used} == there
    assert sum((DOCS / path).stat().st_size for path in there) < 1_500_000


def test_every_link_within_the_guide_leads_to_a_heading():
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", words.lower()).replace(" ", "-")
        for words in re.findall(r"^## (.+)$", GUIDE, re.M)
    }

    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) - anchors == set()
