"""Practices, the evidence behind them, and the deck of questions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.models import Article
from exercises.deck import tonights
from exercises.models import Evidence, Exercise, Question
from stalelove.categories import Category


@require_safe
def exercise_list(request: HttpRequest) -> HttpResponse:
    exercises = Exercise.objects.published().in_category_order()
    groups = [
        (category, [e for e in exercises if e.category == category]) for category in Category
    ]
    return render(request, "exercises/exercise_list.html", {"groups": groups})


@require_safe
def exercise(request: HttpRequest, slug: str) -> HttpResponse:
    exercise = get_object_or_404(Exercise.objects.published(), slug=slug)
    return render(
        request,
        "exercises/exercise.html",
        {
            "exercise": exercise,
            "evidence": exercise.evidence.all(),
            "article": Article.objects.published().for_lists().filter(exercises=exercise).first(),
        },
    )


@require_safe
def question_list(request: HttpRequest) -> HttpResponse:
    questions = Question.objects.published().in_category_order()
    groups = [
        (category, [q for q in questions if q.category == category]) for category in Category
    ]
    return render(request, "exercises/question_list.html", {"groups": groups})


@require_safe
def tonight(request: HttpRequest) -> HttpResponse:
    questions = Question.objects.published().in_category_order()
    question = tonights(questions, timezone.localdate())
    return render(request, "exercises/tonight.html", {"question": question})


@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    rows = (
        Evidence.objects.filter(exercise__is_published=True)
        .select_related("exercise")
        .defer("exercise__search", "exercise__search_text")
    )
    groups = [
        (Evidence.Grade(grade), [row for row in rows if row.grade == grade])
        for grade in Evidence.Grade.values
    ]
    return render(request, "exercises/evidence.html", {"groups": groups})
