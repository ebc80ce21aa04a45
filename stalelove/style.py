"""The living style page: every part of the readers' pages in every state, for whoever works on them.

It draws with the partials and classes that the pages themselves use, on samples made up here.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from types import SimpleNamespace

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles.models import Article, Book
from articles.paging import Page
from exercises.models import Evidence, Exercise
from quiz.picture import Row, bar_of
from quiz.scoring import BandWords
from stalelove.categories import Category

COLORS = (
    *("paper", "sheet", "wash", "lamp", "rule", "line", "ink", "soft", "accent"),
    *(category.value for category in Category),
)
ARTICLE = Article(
    title="The first minute after the door opens",
    slug="sample",
    standfirst="What to do with it, and what to leave until later.",
    categories=[Category.ATTENTION, Category.WARMTH],
    words=800,
    extended_words=700,
)
EXERCISE = Exercise(
    title="Ask once more",
    slug="sample",
    summary="When they have answered, ask one thing about the answer.",
    category=Category.CURIOSITY,
    minutes=5,
    how_often="Once a day",
    needs=Exercise.Needs.BOTH,
)
BOOK = Book(
    title="A Book With a Long Title: And What Stands Under It",
    slug="sample",
    authors="Somebody and Somebody Else",
    isbn="9780000000002",
    about="What it is about, in a sentence or two.",
    best_for="Readers who like to begin slowly.",
    not_for="Anyone who is afraid of their partner.",
    safety_note="A note that stands with a book that needs one.",
    reading_order=4,
)
EVIDENCE = Evidence(
    grade=Evidence.Grade.B,
    finding="What was found, in plain words.",
    population="Couples, over one month",
    participants=1240,
    unknowns="What this does not tell us.",
    citation="Somebody and Somebody (2001), A Journal, 1(2), 3-4",
    doi="10.0000/sample",
    checked_on=dt.date(2026, 11, 22),
)


class Sample(forms.Form):
    """One field of each kind, as the checkup and the short forms show them."""

    answer = forms.ChoiceField(
        label="I looked up when my partner spoke to me.",
        choices=[
            *enumerate(
                ("Not at all", "Once or twice", "Some days", "Most days", "Nearly every day")
            ),
            ("none", "It did not come up"),
            ("skip", "Skip this one"),
        ],
        widget=forms.RadioSelect,
    )
    several = forms.MultipleChoiceField(
        label="What I would show",
        choices=[(category.value, category.label) for category in Category],
        widget=forms.CheckboxSelectMultiple,
    )
    line = forms.CharField(label="One line of words", help_text="A sentence that helps.")
    day = forms.DateField(label="A day", widget=forms.DateInput(attrs={"type": "date"}))
    notes = forms.CharField(label="Several lines", widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


def picture() -> list[Row]:
    """Full, half, empty, and too few answers."""
    scores = (Fraction(100), Fraction(50), Fraction(0), None)
    labels = ("mostly there", "comes and goes", "mostly missing lately", "")
    return [
        Row(
            SimpleNamespace(category=category, band=label and BandWords(label, "")),
            None if score is None else bar_of(score),
        )
        for category, score, label in zip(Category, scores, labels, strict=True)
    ]


@never_cache
@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """For staff; to everybody else there is no such page. Who brings no session is not looked up."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_staff:
        raise Http404
    wrong = Sample({"wrong-line": "Half a"}, prefix="wrong")
    wrong.helper.form_show_errors = False  # the page itself shows their summary
    return render(
        request,
        "style.html",
        {
            "canonical": "",
            "categories": list(Category),
            "colors": COLORS,
            "article": ARTICLE,
            "exercise": EXERCISE,
            "book": BOOK,
            "evidence": EVIDENCE,
            "picture": picture(),
            "labels": [label for _, label in Sample.base_fields["answer"].choices[:5]],
            "form": Sample(initial={"answer": 3, "several": ["repair"]}, prefix="fine"),
            "wrong": wrong,
            "short": Sample(initial={"answer": 1}, prefix="short"),
            "pages": Page([], 2, has_next=True),
        },
    )
