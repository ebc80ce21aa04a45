"""Rows of the checkup for tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils import timezone

from quiz import scoring
from quiz.documents import STARTER, Editions
from quiz.models import Checkup, Edition
from stalelove.categories import Category

PUBLISHED_ON = dt.date(2026, 1, 1)


def make_edition(*, number: int = 1, published_on: dt.date | None = PUBLISHED_ON) -> Edition:
    """The edition that ships, under any number, published unless told not to."""
    kind = Editions()
    record = kind.read(STARTER)["1"]
    return kind.write(str(number), {**record, "number": number, "published_on": published_on})


def make_checkup(
    *,
    edition: Edition | None = None,
    answers: Sequence[int] | int | None = None,
    finished_on: dt.date | None = None,
    earlier: Checkup | None = None,
) -> tuple[Checkup, str]:
    """A checkup and its token: finished when `answers` are given (24, or one for all), else begun."""
    edition = edition or Edition.objects.current() or make_edition()
    checkup, token = Checkup.start(edition, earlier=earlier)
    if answers is not None:
        given = [answers] * 24 if isinstance(answers, int) else list(answers)
        definition = edition.definition()
        for category in Category:
            page = {
                definition.items[position].key: given[position]
                for position in definition.positions_in(category)
            }
            checkup.save_page(category, page)
        if finished_on:
            Checkup.objects.filter(pk=checkup.pk).update(
                started_on=finished_on, finished_on=finished_on
            )
            checkup.refresh_from_db()
    return checkup, token


def answers_of(**by_category: Sequence[int] | int) -> list[int]:
    """24 answers: six for each category named, or one for all six; the others are skipped."""
    found: list[int] = []
    for category in Category:
        given = by_category.get(category.value, scoring.SKIPPED)
        found += [given] * 6 if isinstance(given, int) else list(given)
    return found


def posted(definition: scoring.Definition, category: Category, answers: Mapping[str, str]) -> dict:
    """A page of the checkup as a browser sends it."""
    return {"edition": str(definition.number), **answers}


def days_ago(days: int) -> dt.date:
    return timezone.localdate() - dt.timedelta(days=days)
