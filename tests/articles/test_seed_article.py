"""The real input: somebody's article, which stays out of the project (product.md, "The source format")."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from articles.models import Article
from tests.articles.words import words_of
from tests.markup import parse

SEED = Path(__file__).parents[2].parent / "shared" / "seed"
FILES = sorted(SEED.glob("*.txt"))
pytestmark = pytest.mark.skipif(
    not FILES, reason="there is no source article beside the project: ../shared/seed"
)


def source_words(source: str) -> list[str]:
    """Read the slow and obvious way: no marker line, no `**` around a heading, all else as it stands."""
    lines = [line.strip() for line in source.splitlines()]
    kept = [line for line in lines if not line.startswith("<!-- stale-love-extended")]
    return words_of(" ".join(re.sub(r"^\*\*(.*)\*\*$", r"\1", line) for line in kept))


def page_words(page: str) -> list[str]:
    """The title, the standfirst and the prose of an article's page, in the order of the page."""
    tree = parse(page)
    parts = [tree.find(".//h1"), tree.find(".//*[@class='standfirst']")]
    parts += tree.findall(".//*[@class='prose']")
    blocks = [" ".join(_texts(part)) for part in parts]
    return words_of(" ".join(blocks))


def _texts(element):
    for block in element.iter():
        if block.tag in ("h1", "h2", "h3", "p", "li"):
            yield "".join(block.itertext())


@pytest.fixture
def seed(db):
    """The seed article, published by the command as ops would do it; and its text."""
    call_command("import_article", "--publish", str(FILES[0]), verbosity=0)
    return Article.objects.get(), FILES[0].read_text("utf-8")


def test_every_word_of_the_source_is_on_the_page_once_and_in_order(client, seed):
    article, source = seed

    page = client.get(article.get_absolute_url()).content.decode()

    assert page_words(page) == source_words(source)


def test_no_asterisk_and_no_marker_is_on_the_page(client, seed):
    article, _source = seed

    page = client.get(article.get_absolute_url()).content.decode()

    shown = "".join(parse(page).find(".//article").itertext())
    assert "*" not in shown
    assert "stale-love-extended" not in page
    assert "<!--" not in page


def test_every_bold_line_of_the_source_is_a_heading(seed):
    article, source = seed

    headings = re.findall(r"^\*\*(.*)\*\*$", source, re.MULTILINE)

    assert [entry["words"] for entry in article.contents] == [
        words.replace("'", "’") for words in headings
    ]


def test_the_parts_lie_on_either_side_of_the_first_marker(seed):
    article, source = seed

    before, after = re.split(r"<!-- stale-love-extended-start-v\d+ -->", source)

    assert article.words == len(re.findall(r"[^\W_](?:[\w’'-]*\w)?", _body(before)))
    assert article.extended_words == len(
        re.findall(r"[^\W_](?:[\w’'-]*\w)?", _without_close(after))
    )


def _body(before: str) -> str:
    return before.split("\n", 2)[2]


def _without_close(after: str) -> str:
    return re.sub(r"<!-- stale-love-extended-v\d+ -->", "", after)


def test_the_hand_wrapped_section_is_joined_into_paragraphs(seed):
    article, source = seed

    wrapped = source.rsplit("**", 1)[1]
    widest = max(len(line) for line in wrapped.splitlines() if "<!--" not in line)

    paragraphs = article.extended.rsplit("## ", 1)[1].split("\n\n")[1:]
    assert widest < 80
    assert all(paragraph.endswith(".") for paragraph in paragraphs)
    assert len(paragraphs) == 4


def test_the_source_imported_again_changes_nothing(seed):
    article, _source = seed

    call_command("import_article", "--publish", str(FILES[0]), verbosity=0)

    again = Article.objects.get()
    assert again.updated_at == article.updated_at
    assert again.publish_at == article.publish_at


def test_no_sentence_of_the_source_is_in_the_project():
    sentences = [
        sentence
        for sentence in re.split(r"(?<=[.?!])\s+", FILES[0].read_text("utf-8").replace("**", ""))
        if len(sentence.split()) >= 6
    ]
    root = Path(__file__).parents[2]
    shipped = " ".join(
        " ".join(path.read_text("utf-8").split())
        for app in ("articles", "exercises", "quiz", "stalelove")
        for path in sorted((root / app / "starter").rglob("*"))
        if path.is_file()
    )

    assert [s for s in sentences if " ".join(s.split()) in shipped] == []
