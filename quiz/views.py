"""The checkup from its first page to the snapshot."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.addresses import page_address
from articles.compiled import Compiled
from articles.models import Article
from exercises.guards import fields_sent, reader_form
from exercises.models import Exercise
from quiz.beginning import Beginning, beginning
from quiz.change import compare
from quiz.forms import Fits, StepForm, answers_sent
from quiz.guards import private_page
from quiz.models import Checkup, Edition
from quiz.paper import grid
from quiz.picture import rows
from stalelove.categories import Category

_practices = Compiled(
    lambda category: (
        Exercise.objects.published().under(category).for_articles().order_by("position", "pk")
    )
)
_newest_article = Compiled(
    lambda category: Article.objects.published().under(category).for_lists().newest_first()[:1]
)


def load(token: str) -> Checkup:
    """The checkup that this link opens, or Http404: the token is the only key. One query."""
    checkup = Checkup.opened_by(token)
    if checkup is None:
        raise Http404
    return checkup


@require_safe
def checkup(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "quiz/checkup.html",
        {
            "edition": Edition.objects.current(),
            "unfinished_days": settings.CHECKUP_UNFINISHED_DAYS,
            "finished_days": settings.CHECKUP_FINISHED_DAYS,
        },
    )


@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    """The checkup to print: the current edition, and nothing of anybody."""
    edition = Edition.objects.current()
    if edition is None:
        return redirect("checkup")
    definition = edition.definition()
    return render(
        request,
        "quiz/paper.html",
        {
            "definition": definition,
            "labels": list(enumerate(definition.labels)),
            "parts": [
                (category, definition.items_in(category), definition.may_not_come_up(category))
                for category in Category
            ],
            "grid": grid(definition),
        },
    )


@require_POST
@reader_form
def start(request: HttpRequest) -> HttpResponse:
    edition = Edition.objects.current()
    if edition is None:
        return redirect("checkup")
    _, token = Checkup.start(edition)
    return redirect("checkup_step", token=token, category=Category.ATTENTION)


@require_safe
@private_page
def resume(request: HttpRequest, token: str) -> HttpResponse:
    checkup = load(token)
    if checkup.next_category is None:
        return redirect("snapshot", token=token)
    return redirect("checkup_step", token=token, category=checkup.next_category)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_form
@private_page
def step(request: HttpRequest, token: str, category: Category) -> HttpResponse:
    checkup = load(token)
    if not checkup.takes_answers():
        return redirect("snapshot", token=token)
    definition = checkup.definition()
    too_large = getattr(request, "too_large", False)
    if request.method == "POST" and not too_large:
        answers = answers_sent(definition, category, fields_sent(request))
        if answers is not None:
            try:
                checkup.save_page(category, answers)
            except Checkup.DoesNotExist as error:  # deleted in another tab a moment ago
                raise Http404 from error
            return _onward(checkup, token, category)
        data, status = request.POST, 422
    else:
        data, status = None, 413 if too_large else 200
    form = StepForm(definition, category, data, saved=checkup.page_answers(category))
    order = list(Category)
    place = order.index(category)
    return render(
        request,
        "quiz/step.html",
        {
            "form": form,
            "category": category,
            "categories": order,
            "number": place + 1,
            "previous": order[place - 1] if place else None,
            "is_last": place == len(order) - 1,
            "window": definition.window,
            "token": token,
            "expires_on": checkup.expires_on,
            "unfinished_days": settings.CHECKUP_UNFINISHED_DAYS,
            "finished_days": settings.CHECKUP_FINISHED_DAYS,
            "too_large": too_large,
        },
        status=status,
    )


def _onward(checkup: Checkup, token: str, category: Category) -> HttpResponse:
    """After a saved page: the next one in order, then any that was left out, then the snapshot."""
    order = list(Category)
    is_last = category is order[-1]
    onward = checkup.next_category if is_last else order[order.index(category) + 1]
    if onward is None:
        return HttpResponseRedirect(page_address("snapshot", token))
    return HttpResponseRedirect(page_address("checkup_step", token, onward))


@require_safe
@private_page
def snapshot(request: HttpRequest, token: str) -> HttpResponse:
    checkup = load(token)
    if not checkup.is_finished:
        return redirect("checkup_resume", token=token)
    definition = checkup.definition()
    result = checkup.result()
    fits = Fits(request.GET, lowest=result.lowest)
    begin = fits.category or result.lowest
    return render(
        request,
        "quiz/snapshot.html",
        {
            "result": result,
            "picture": rows(result),
            "labels": definition.labels,
            "definition": definition,
            "fits": fits,
            "begin": begin,
            "practice": begin and _practice_for(begin, fits),
            "article": begin and _newest_article.first(category=begin),
            "checkup": checkup,
            "may_change": checkup.takes_answers(),
            "token": token,
        },
    )


def _practice_for(category: Category, fits: Fits) -> Beginning[Exercise]:
    return beginning(
        _practices(category=category),
        who=fits.chosen.get("who", ""),
        minutes=fits.most_minutes,
    )


@require_POST
@reader_form
@private_page
def again(request: HttpRequest, token: str) -> HttpResponse:
    earlier = load(token)
    if not earlier.is_finished:
        return redirect("checkup_resume", token=token)
    try:
        _, new_token = Checkup.start(Edition.objects.current(), earlier=earlier)
    except IntegrityError as error:  # deleted in another tab a moment ago
        raise Http404 from error
    return redirect("checkup_step", token=new_token, category=Category.ATTENTION)


@require_safe
@private_page
def change(request: HttpRequest, token: str) -> HttpResponse:
    checkup = load(token)
    if not checkup.is_finished:
        return redirect("checkup_resume", token=token)
    earlier = checkup.kept_earlier()
    if earlier is None:
        return render(request, "quiz/no_change.html", {"token": token})
    before, now, definition = earlier.result(), checkup.result(), checkup.definition()
    return render(
        request,
        "quiz/change.html",
        {
            "change": compare(earlier.taken(), checkup.taken()),
            "earlier": earlier,
            "checkup": checkup,
            "picture_before": rows(before),
            "picture_now": rows(now),
            "labels_before": earlier.definition().labels,
            "labels_now": definition.labels,
            "comparable_after_days": definition.thresholds.comparable_after_days,
            "token": token,
        },
    )
