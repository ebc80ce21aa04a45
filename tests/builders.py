"""Rows for tests, made in one line each: only what a test is about has to be said."""

from __future__ import annotations

import datetime as dt
import io
from importlib import import_module
from itertools import count
from typing import Any

import reversion
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone
from PIL import Image as Pillow

from articles.models import Article, Book, Image, Page
from articles.pictures import make_copies
from exercises.models import Exercise

_numbers = count(1)


def make_article(**fields: Any) -> Article:
    """A published article, due an hour ago; with another `state`, one without a time."""
    values: dict[str, Any] = {
        "title": "A quiet evening",
        "slug": _next("a-quiet-evening", Article),
        "standfirst": "One evening, told slowly.",
        "body": "They sat down.",
        "categories": ["attention"],
        "state": Article.State.PUBLISHED,
        **fields,
    }
    if values["state"] == Article.State.PUBLISHED:
        values.setdefault("publish_at", timezone.now() - dt.timedelta(hours=1))
    with reversion.create_revision():
        return Article.objects.create(**values)


def make_exercise(**fields: Any) -> Exercise:
    """A published exercise."""
    values: dict[str, Any] = {
        "title": "One small thing",
        "slug": _next("one-small-thing", Exercise),
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


def picture_file(
    width: int = 1800,
    height: int | None = None,
    kind: str = "JPEG",
    mode: str = "RGB",
    color: str = "teal",
    **options: Any,
) -> bytes:
    """A plain picture as an editor's file, three by two where no height is said."""
    file = io.BytesIO()
    size = (width, height or width * 2 // 3)
    Pillow.new(mode, size, color).save(file, kind, **options)
    return file.getvalue()


def another_picture(
    name: str, *, alt: str = "A kettle", credit: str = "", **options: Any
) -> Image:
    """A picture of the library, with its files in the media storage."""
    copies = make_copies(picture_file(**options))
    return Image.add(copies, file_name=f"{name}.jpg", alt=alt, credit=credit)


def _next(slug: str, model: Any) -> str:
    """The slug for the first row, slug-2 for the second, and so on."""
    count = model.objects.count()
    return f"{slug}-{count + 1}" if count else slug


def make_person(name: str, *, group: str | None = None) -> Any:
    """Somebody who may sign in to the admin; `group` is Writers or Editors, None a superuser."""
    users = get_user_model().objects
    if group is None:
        return users.create_superuser(name, password="a quiet word")
    person = users.create_user(name, password="a quiet word", is_staff=True)
    person.groups.add(the_group(group))
    return person


def the_group(name: str) -> Group:
    """Writers or Editors, as the migrations made them; a test with real transactions empties every
    table, and any other test may come after it."""
    if not Group.objects.filter(name=name).exists():
        for module, make in (
            ("0004_writers_and_editors", "make_groups"),
            ("0005_writers_and_editors_use_pictures", "give_pictures"),
        ):
            getattr(import_module(f"stalelove.migrations.{module}"), make)(apps, None)
    return Group.objects.get(name=name)
