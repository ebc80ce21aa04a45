"""Rows for tests, made in one line each: only what a test is about has to be said."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from django.utils import timezone

from articles.models import Article, Book, Page
from exercises.models import Exercise

_numbers = count(1)


def make_article(**fields: Any) -> Article:
    """A published article, due an hour ago."""
    values: dict[str, Any] = {
        "title": "A quiet evening",
        "slug": "a-quiet-evening",
        "standfirst": "One evening, told slowly.",
        "body": "They sat down.",
        "categories": ["attention"],
        "state": Article.State.PUBLISHED,
        "publish_at": timezone.now() - dt.timedelta(hours=1),
    }
    return Article.objects.create(**{**values, **fields})


def make_exercise(**fields: Any) -> Exercise:
    """A published exercise."""
    values: dict[str, Any] = {
        "title": "One small thing",
        "slug": "one-small-thing",
        "category": "attention",
        "summary": "You do one small thing.",
        "minutes": 5,
        "how_often": "Once a day",
        "needs": Exercise.Needs.EITHER,
        "steps": "Look up.\nSay hello.\nStay a minute.",
        "words_to_borrow": "I saw that.",
        "not_when": "Not when you are afraid.",
        "if_it_goes_badly": "Leave it for today.",
        "week": "\n".join(f"Day {day}." for day in range(1, 8)),
        "is_published": True,
    }
    return Exercise.objects.create(**{**values, **fields})


def another_article(**fields: Any) -> Article:
    """A published article with a title and a slug of its own, and few words."""
    number = next(_numbers)
    values = {"title": f"Article {number}", "slug": f"article-{number}", "standfirst": ""}
    return make_article(**{**values, "body": "One paragraph.", **fields})


def another_exercise(**fields: Any) -> Exercise:
    """A published exercise with a title and a slug of its own."""
    number = next(_numbers)
    return make_exercise(**{"title": f"Exercise {number}", "slug": f"exercise-{number}", **fields})


def another_page(**fields: Any) -> Page:
    number = next(_numbers)
    values = {"title": f"Page {number}", "slug": f"page-{number}", "body": "One paragraph."}
    return Page.objects.create(**{**values, **fields})


def another_book(**fields: Any) -> Book:
    number = next(_numbers)
    values: dict[str, Any] = {
        "slug": f"book-{number}",
        "title": f"Book {number}",
        "authors": "An Author",
        "categories": ["attention"],
        "about": "What it is.",
        "best_for": "Some.",
        "not_for": "Others.",
        "reading_order": number,
    }
    return Book.objects.create(**{**values, **fields})
