"""Exercises and the deck as text files (see articles.documents)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import models

from articles.documents import Kind, Readdressed, Record, _plain, save_checked
from articles.models import Article
from articles.source_format import one_line
from exercises.models import Evidence, Exercise, Question, lines

_EVIDENCE = (
    *("grade", "finding", "population", "participants", "unknowns"),
    *("citation", "doi", "replication", "checked_on"),
)
_LISTS = ("steps", "words_to_borrow", "week")


class Exercises(Readdressed):
    """One file an exercise, with its evidence and the articles it goes with."""

    name = "exercises"
    model = Exercise
    fields = (
        *("title", "category", "position", "summary", "minutes", "how_often", "needs"),
        *("works_at_distance", "involves_touch", "not_when", "if_it_goes_badly", "is_published"),
    )
    names_articles = True
    extra_fields = (*_LISTS, "evidence", "articles", *Readdressed.identity)

    def all(self) -> models.QuerySet:
        return super().all().prefetch_related("evidence", "articles")

    def record(self, row: Exercise) -> Record:
        return {
            **super().record(row),
            **{name: lines(getattr(row, name)) for name in _LISTS},
            "evidence": [
                {name: _plain(getattr(evidence, name)) for name in _EVIDENCE}
                for evidence in row.evidence.all()
            ],
            "articles": sorted(article.slug for article in row.articles.all()),
        }

    def before(self, row: Exercise, record: Record) -> None:
        for name in _LISTS:
            if name in record:
                setattr(row, name, "\n".join(_line(name, item) for item in record[name]))

    def after(self, row: Exercise, record: Record) -> None:
        super().after(row, record)
        if "evidence" in record:
            row.evidence.all().delete()
            for position, fields in enumerate(record["evidence"]):
                evidence = Evidence(exercise=row, position=position, **_filled(fields))
                save_checked(evidence, trusted=("exercise",))
        if "articles" in record:
            slugs = set(record["articles"])
            found = Article.objects.filter(slug__in=slugs)
            if missing := sorted(slugs - {article.slug for article in found}):
                raise ValueError(f"there is no article “{missing[0]}”")
            row.articles.set(found)


def _line(name: str, item: object) -> str:
    """One item of a list as one line. YAML makes a mapping of `words: more words` without quotes."""
    if isinstance(item, dict | list) or item is None:
        raise ValueError(f"`{name}` has an item that is no text; put it in quotes: {item}")
    return one_line(str(item))


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(fields) - set(_EVIDENCE)):
        raise ValueError(f"evidence has no field `{unknown[0]}`")
    return {
        name: "" if value is None and name != "participants" else value
        for name, value in fields.items()
    }


class Questions(Kind):
    """The deck, in one file."""

    name = "questions"
    model = Question
    one_file = True
    fields = ("category", "depth", "text", "position", "is_published")

    def all(self) -> models.QuerySet:
        return Question.objects.in_category_order()


STARTER = Path(__file__).parent / "starter"
KINDS = (Exercises(), Questions())
