"""What a search finds, in which order, and what it shows, written down for many questions.

The queries of stalelove.search are built once with their values left open; `what_search_finds.json` was
written by the queries as they were before that, built anew for each question. A change that is meant:
`FOUND=write pytest tests/test_what_search_finds.py` writes it again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from articles.models import Article
from stalelove.search import START, STOP, find, results, suggest
from tests.builders import another_article, another_book, another_exercise

WRITTEN = Path(__file__).with_suffix("").parent / "what_search_finds.json"
LONG = (
    "Most evenings begin with a phone. One of you looks something up, the other waits, and by the time "
    "the plates are washed nobody has asked how the day was. It is not a lack of love. It is a habit "
    "with a charger. Put both phones in the hall until the dishwasher is full, and see who speaks first. "
    "Silence is not the enemy: a shared silence over dishes can be warm, and an argument about a "
    "dishwasher can be a way of asking to be seen. Ask one real question, and wait for the answer."
)
QUESTIONS = [
    *("phone", "PHONES", "phones dishwasher", '"both phones"', "phone -dishwasher", "-phone"),
    *("phone or silence", "phone or -silence", '-"both phones" phone', "the of and", "or", "-"),
    *("listening", "listen", "list", "Ünïcode", "naïve", "café", "O'Hara", "o''hara", "don't"),
    *('"', '""', '"phone', 'phone"', "(phone)", "phone & silence", "phone | silence", "!phone"),
    *("phone:*", "phone <-> hall", "\\", "\\'", "' or 1=1 --", "'; DROP TABLE x; --", "%", "%s"),
    *(
        "%(text)s",
        "_",
        "$1",
        "{}",
        "{0}",
        "E'\\x41'",
        "<b>",
        "&lt;b&gt;",
        "<script>alert(1)</script>",
    ),
    *(
        "\ue000",
        "\ue001phone\ue000",
        "\ue000phone\ue001",
        "🤍",
        "🤍 phone",
        "100%",
        "1 < 2",
        "3.5",
    ),
    *("phone phone phone", "   phone   ", "phone\u00a0hall", "a-b", "e-mail", "write@example.org"),
    *("https://example.org/phone", "silance", "dishwahser", "phnoe hall", "silence zzzzqqqq"),
    *("zzzzqqqq", "Gottman", "gottman or phone", "warm -warm", "draft", "secret", "a" * 200),
    *("phone " * 30, "-phone " * 25, '"a b c"', "question -question", "ASK one real QUESTION"),
]


@pytest.fixture
def library(db) -> None:
    another_article(title="The phone in the hall", standfirst="On phones.", body=LONG)
    another_article(
        title="Listening", body=f"{LONG}\n\nListen, and listen again.", byline="O'Hara"
    )
    another_article(title="A shared silence", standfirst="Over dishes & tea.", extended=LONG)
    another_article(title="1 < 2 & <b>bold</b>", body="`<script>alert(1)</script>` 100% 3.5 a-b-c")
    another_article(
        title="Ünïcode, naïve, café", body="O'Hara don't e-mail write@example.org 🤍 _"
    )
    another_article(title="\ue000Marks\ue001", body="A \ue001phone\ue000 and \ue000 silence.")
    another_article(title="A draft", body="secret phone", state=Article.State.DRAFT)
    for number in range(12):
        another_article(title=f"Question {number}", body="Ask one real question. " * (number + 1))
    another_exercise(
        title="Phones in the hall", summary="For one evening.", steps="Put it.\nWait."
    )
    another_exercise(title="Ask", summary="One real question.", steps="Ask.\nListen.")
    another_exercise(title="Secret phone", is_published=False)
    another_book(title="On silence", authors="A. Gottman", about="About silence and **phones**.")
    another_book(title="On phones", is_published=False)


def what_is_found(question: str) -> dict[str, object]:
    """In writing: what matched stands between « and »."""
    keys = find(question)
    shown = [
        [
            row.kind,
            *(text.replace(START, "«").replace(STOP, "»") for text in (row.title, row.excerpt)),
            [str(category) for category in row.filed_under],
            [row.minutes, row.whole_minutes],
        ]
        for row in results(question, keys)
    ]
    suggestion = None if keys else suggest(question)
    return {
        "found": shown,
        "or": suggestion and [suggestion.query, suggestion.is_any],
    }


def test_every_question_finds_what_it_always_found(library):
    found = {question: what_is_found(question) for question in QUESTIONS}

    if os.environ.get("FOUND") == "write":
        WRITTEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(WRITTEN.read_text())


def test_the_questions_are_told_apart(library):
    assert len({json.dumps(what_is_found(question)) for question in QUESTIONS}) > 25
