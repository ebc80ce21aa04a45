"""Practices, the evidence behind them, and the deck of questions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial, wraps
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.compiled import Compiled
from articles.models import Article
from articles.rendering import typographic
from exercises import picker
from exercises.calendar import Week, to_ics
from exercises.deck import tonights
from exercises.forms import DeckForm, NightForm, PickerForm, RequestForm, WeekForm
from exercises.guards import private, reader_form
from exercises.models import Evidence, Exercise, Question
from exercises.requests import second_looks
from stalelove.categories import Category

RELATED = 3
MOST_ARTICLES = 12
# From this request of a visit on, the builder says that one at a time is heard better.
GENTLE_NOTE_FROM = 3

_published = Compiled(lambda: Exercise.objects.published().for_lists().in_category_order())


@require_safe
def exercise_list(request: HttpRequest) -> HttpResponse:
    picked = picker.picked_in(request.GET)
    published = _published()
    counted = picker.counts(published, picked)
    exercises = picker.fitting(published, picked)
    groups = [
        (category, [e for e in exercises if e.category == category]) for category in Category
    ]
    return render(
        request,
        "exercises/exercise_list.html",
        {
            # Made only where the template has not kept what it looks like with `shown`.
            "form": partial(PickerForm, picked, counted),
            "shown": (*picked.items(), *counted.items()),
            "is_picked": bool(picked),
            "count": len(exercises),
            "groups": groups,
            "loosenings": [] if exercises else picker.loosenings(picked, counted),
        },
    )


def of_exercise(view: Callable[[HttpRequest, Exercise], HttpResponse]) -> Callable:
    """A page of one practice that readers may see, loaded with its evidence in two queries.

    An address that the practice had before leads on to the same page at the one it has now.
    """

    @require_safe
    @wraps(view)
    def at_its_address(request: HttpRequest, slug: str) -> HttpResponse:
        published = Exercise.objects.published()
        if exercise := published.with_evidence().filter(slug=slug).first():
            return view(request, exercise)
        moved = get_object_or_404(published.only("slug").formerly_at(slug))
        address = reverse(request.resolver_match.view_name, args=[moved.slug])
        query = request.META["QUERY_STRING"]
        return redirect(f"{address}?{query}" if query else address, permanent=True)

    return at_its_address


@of_exercise
def exercise(request: HttpRequest, exercise: Exercise) -> HttpResponse:
    form = WeekForm(None, today=timezone.localdate(), practice=exercise.title)
    return _exercise_page(request, exercise, form)


def _articles_of(exercise: Exercise) -> QuerySet[Article]:
    """The newest of those that lead to a practice: it may go with hundreds."""
    articles = Article.objects.published().for_lists().filter(exercises=exercise)
    return articles.newest_first()[:MOST_ARTICLES]


def _exercise_page(
    request: HttpRequest, exercise: Exercise, form: WeekForm, status: int = 200
) -> HttpResponse:
    others = Exercise.objects.published().under(exercise.category).exclude(pk=exercise.pk)
    return render(
        request,
        "exercises/exercise.html",
        {
            "exercise": exercise,
            "evidence": exercise.evidence.all(),
            "form": form,
            "articles": _articles_of(exercise),
            "others": others.in_category_order()[:RELATED],
        },
        status=status,
    )


@of_exercise
def week(request: HttpRequest, exercise: Exercise) -> HttpResponse:
    """The calendar file; what cannot be one is the practice's page with the form to mend."""
    form = WeekForm(request.GET, today=timezone.localdate(), practice=exercise.title)
    if not form.is_valid():
        return _exercise_page(request, exercise, form, status=400)
    week = Week(
        slug=exercise.slug,
        start=form.cleaned_data["start"],
        time=form.cleaned_data["time"],
        minutes=exercise.minutes,
        title=form.event_title,
        notes=[""] * len(exercise.week_days)
        if form.quiet
        else [typographic(day) for day in exercise.week_days],
        alarm=form.alarm,
    )
    response = HttpResponse(
        to_ics(week, timezone.now()), content_type="text/calendar; charset=utf-8"
    )
    # Neutral as well: it lies among the downloads.
    response["Content-Disposition"] = 'attachment; filename="week.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response


@of_exercise
def fridge_sheet(request: HttpRequest, exercise: Exercise) -> HttpResponse:
    return render(request, "exercises/print.html", {"exercise": exercise})


@of_exercise
def hold(request: HttpRequest, exercise: Exercise) -> HttpResponse:
    """One line at a time, to be held in the hand. Once loaded it asks the server for nothing."""
    return render(
        request,
        "exercises/hold.html",
        {
            "exercise": exercise,
            "cards": [
                *_numbered(_("Step %(number)d of %(count)d"), exercise.step_list),
                *_numbered(_("Words to borrow, %(number)d of %(count)d"), exercise.borrowed_lines),
            ],
        },
    )


def _numbered(place: str, lines: list[str]) -> list[tuple[str, str]]:
    """Each line below the words for its place."""
    return [
        (place % {"number": number, "count": len(lines)}, line)
        for number, line in enumerate(lines, start=1)
    ]


@reader_form
def request_builder(request: HttpRequest) -> HttpResponse:
    """A complaint becomes one request. Nothing is stored, and no answer stands in an address."""
    today = timezone.localdate()
    is_too_large = getattr(request, "too_large", False)
    card, looks, status = None, [], 413 if is_too_large else 200
    if is_too_large or request.method != "POST":
        form = RequestForm(today=today)
    elif "another" in request.POST:
        earlier = RequestForm(request.POST, today=today)
        form = RequestForm(today=today, number=earlier.count + 1)
    else:
        form = RequestForm(request.POST, today=today)
        if form.is_valid():
            card, looks = form.cleaned_data, second_looks(form.cleaned_data["see"])
        else:
            status = 422
    return private(
        render(
            request,
            "exercises/request.html",
            {
                "form": form,
                "card": card,
                "looks": [look.name for look in looks],
                "number": form.count,
                "is_too_large": is_too_large,
                "is_many": form.count >= GENTLE_NOTE_FROM,
            },
            status=status,
        )
    )


@require_safe
def question_list(request: HttpRequest) -> HttpResponse:
    return _deck(request, "exercises/question_list.html")


@require_safe
def question_cards(request: HttpRequest) -> HttpResponse:
    """The same part of the deck, as cards to print and cut."""
    return _deck(request, "exercises/question_cards.html")


def _deck(request: HttpRequest, template: str) -> HttpResponse:
    form = DeckForm(request.GET)
    questions = Question.objects.published().filter(**form.picked).in_category_order()
    groups = [
        (category, [q for q in questions if q.category == category]) for category in Category
    ]
    context = {
        "form": form,
        "groups": groups,
        "count": len(questions),
        "query": urlencode(form.picked),
    }
    return render(request, template, context)


@require_safe
def tonight(request: HttpRequest) -> HttpResponse:
    """The question of today's date, or of `?date=` within a year of it."""
    today = timezone.localdate()
    form = NightForm(request.GET, today=today)
    is_asked = "date" in request.GET
    is_known = is_asked and form.is_valid()
    date: dt.date = form.cleaned_data["date"] if is_known else today
    questions = list(Question.objects.published().in_category_order())
    return render(
        request,
        "exercises/tonight.html",
        {
            "question": tonights(questions, date),
            "date": date,
            "today": today,
            "earlier": date - dt.timedelta(days=1) if date > form.first else None,
            "later": date + dt.timedelta(days=1) if date < form.last else None,
            "is_asked": is_asked,
            "is_unknown": is_asked and not is_known,
        },
    )


@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    rows = Evidence.objects.published().by_grade()
    groups = [
        (Evidence.Grade(grade), [row for row in rows if row.grade == grade])
        for grade in Evidence.Grade.values
    ]
    return render(request, "exercises/evidence.html", {"groups": groups})
