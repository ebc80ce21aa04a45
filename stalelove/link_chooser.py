"""What an editor may link to within the site: found by its name, for the toolbar's link dialog."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from articles.apostrophes import spellings
from articles.models import Article, Book, Page
from exercises.models import Exercise
from stalelove.categories import Category
from stalelove.models import Country

MOST = 8  # of one kind; whoever sees eight types one letter more


class FindForm(forms.Form):
    """What is looked for; it may be empty."""

    q = forms.CharField(required=False, max_length=100)


def targets(words: str) -> list[dict[str, str]]:
    """Pages whose names hold the words: articles first, drafts too, then all the others. Five queries."""
    return [
        *_rows(_("Article"), _named(Article.objects.order_by("-publish_at", "-pk"), words)),
        *_rows(_("Exercise"), _named(Exercise.objects.in_category_order(), words)),
        *_rows(_("Book"), _named(Book.objects.published(), words)),
        *_rows(_("Page"), _named(Page.objects.all(), words)),
        *(target for target in _places() if words.casefold() in target["title"].casefold()),
        *_rows(
            _("Help page"),
            Country.objects.in_order().filter(name__icontains=words)[:MOST] if words else (),
        ),
    ]


def _named(rows: QuerySet, words: str) -> QuerySet:
    named = Q()
    for each in spellings(words):
        named |= Q(title__icontains=each)
    return rows.filter(named)[:MOST]


def _rows(kind: str, rows: Iterable[Any]) -> list[dict[str, str]]:
    return [
        {
            "kind": kind if _is_public(row) else _("%(kind)s, not published yet") % {"kind": kind},
            "title": str(row),
            "address": row.get_absolute_url(),
        }
        for row in rows
    ]


def _is_public(row: Any) -> bool:
    if isinstance(row, Article):
        return row.state == Article.State.PUBLISHED
    return getattr(row, "is_published", True)


def _places() -> list[dict[str, str]]:
    """The pages that are always there."""
    places = [
        (_("Help"), reverse("help")),
        (_("The checkup"), reverse("checkup")),
        (_("Exercises"), reverse("exercise_list")),
        (_("Questions"), reverse("question_list")),
        (_("Reading list"), reverse("reading_list")),
        (_("Evidence"), reverse("evidence")),
        *((_(category.label), reverse("topic", args=[category])) for category in Category),
    ]
    return [{"kind": _("Page"), "title": title, "address": address} for title, address in places]
