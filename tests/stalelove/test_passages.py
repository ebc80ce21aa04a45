"""The passages that PostgreSQL cuts of every text that can be searched."""

from __future__ import annotations

import importlib
import re

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.models import Article, Book
from exercises.models import Exercise
from stalelove.models import Passage
from tests.builders import another_article, another_book, another_exercise

FITS, MOST, LEAST = 250, 400, 110  # as migration 0011 has them
fill_passages = importlib.import_module("stalelove.migrations.0012_fill_passages")


def cut(text: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM stalelove_passages(%s)", [text])
        return [words for (words,) in cursor.fetchall()]


def kept(row) -> list[str]:
    passages = Passage.objects.filter(kind=row._meta.model_name, owner=row.pk)
    return [passage.words for passage in passages.order_by("position")]


LETTERS = st.sampled_from("abcAB17.!?…’”“( \n\n\x01é") | st.characters(codec="utf-8")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(text=st.text(LETTERS, max_size=1500).map(lambda text: text.replace("\0", "")))
def test_every_letter_is_in_one_passage_and_none_is_too_long(db, text):
    passages = cut(text)

    assert letters("".join(passages)) == letters(text.replace("\x01", ""))
    assert all(passage.strip(" \n") == passage != "" for passage in passages)
    assert all(len(passage) <= MOST + 2 for passage in passages)


def letters(text: str) -> str:
    """Without what PostgreSQL and Python may call white space."""
    return "".join(sign for sign in text if sign.isalnum() or sign in ".!?…’”“(")


def test_a_long_paragraph_is_cut_between_sentences_into_passages_of_about_one_length(db):
    sentences = [
        f"Here is a sentence of some sixty letters, number {n} in its row." for n in range(9)
    ]

    passages = cut(" ".join(sentences))

    assert " ".join(passages) == " ".join(sentences)
    assert [passage.count("number") for passage in passages] == [3, 3, 3]


def test_a_heading_and_a_short_paragraph_stand_with_what_follows(db):
    long = (
        "It goes on for quite some time, so that it can be quoted alone, and says a thing of its own, "
        "as a paragraph does."
    )
    text = f"What it is\n\n{long} Yes.\n\nShort.\n\n{long} So.\n\nA last line.\n\nA heading\n\n{long} No."

    assert cut(text) == [
        f"What it is\n\n{long} Yes.",
        f"Short.\n\n{long} So.",
        "A last line.",
        f"A heading\n\n{long} No.",
    ]


@pytest.mark.parametrize(
    "together",
    [
        "Most couples\ntalk, and J. Gottman has counted how often they do it in an evening at home.",
        "It is at 3.5 of 10 points and e.g. the neighbours have as many as they say they would have.",
        "“You’d got as far as the fence,” she said. he did not hear it, or so he said to her later.",
    ],
)
def test_what_is_no_end_of_a_sentence_is_not_cut(db, together):
    other = (
        "Another sentence stands before it, and fills up so much of the passage that a cut is due "
        * 2
    )

    assert cut(f"{other.strip()}. {together}")[-1] == " ".join(together.split())


def test_a_sentence_without_end_is_cut_between_words_and_a_word_without_end_anywhere(db):
    words = " ".join(f"word{number}" for number in range(200))

    assert " ".join(cut(words)) == words
    assert all(re.fullmatch(r"word\d+( word\d+)*", passage) for passage in cut(words))
    assert "".join(cut("x" * 1000)) == "x" * 1000
    assert max(map(len, cut("x" * 1000))) <= MOST


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\x01"])
def test_of_nothing_there_is_no_passage(db, text):
    assert cut(text) == []


@pytest.mark.parametrize("make", [another_article, another_book, another_exercise])
def test_passages_come_change_and_go_with_their_row(db, make):
    summary = {another_article: "standfirst", another_book: "authors", another_exercise: "summary"}
    row, other = make(**{summary[make]: "The beginning."}), make()
    text = row.search_text
    assert " ".join(" ".join(kept(row)).split()).startswith("The beginning.")
    of_other = kept(other)

    type(row).objects.filter(pk=row.pk).update(**{summary[make]: "Anew."})
    assert kept(row)[0].startswith("Anew.")
    type(row).objects.filter(pk=row.pk).update(search_text="Something else.")
    assert " ".join(kept(row)) == "Anew.\n\nSomething else." != text
    pk = row.pk
    row.delete()

    assert not Passage.objects.filter(kind=row._meta.model_name, owner=pk).exists()
    assert kept(other) == of_other != []


def test_a_row_that_is_saved_with_the_same_text_keeps_its_passages(db):
    article = another_article(body="Silence.")

    def versions() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid::text FROM stalelove_passage ORDER BY 1")
            return cursor.fetchall()

    before = versions()
    article.title = "Another"
    article.save()
    assert versions() == before != []
    article.body = "Noise."
    article.save()
    assert versions() != before


@pytest.mark.django_db(transaction=True)
def test_the_rows_that_stood_there_before_are_filled_in_batches(monkeypatch):
    monkeypatch.setattr(fill_passages, "BATCH", 2)
    rows = [another_article(body=f"Text {number}.") for number in range(5)]
    rows += [another_book(), another_exercise(), another_exercise()]
    expected = {str(row): kept(row) for row in rows}
    Passage.objects.filter(position__gte=1).delete()
    rows[0].save()

    with connection.schema_editor(atomic=False) as editor:
        for _ in range(2):
            fill_passages.fill(apps, editor)
            assert {str(row): kept(row) for row in rows} == expected

    assert {model.objects.count() for model in (Article, Book, Exercise)} == {5, 1, 2}


def test_a_passage_has_no_white_space_but_single_spaces_and_empty_lines_between_blocks(db):
    passages = cut("A  heading\n \t\n  Some\ntext with\r\nlines.  And\tmore.\n\n\n\nThe end. ")

    assert passages == ["A heading\n\nSome text with lines. And more.\n\nThe end."]
