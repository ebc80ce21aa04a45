"""What a reader does with their own checkup: have the data, make a sheet of it, delete it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from exercises.guards import reader_form
from quiz.forms import SheetForm
from quiz.guards import private_page
from quiz.models import Checkup
from quiz.own_data import own_data
from quiz.views import load


@require_safe
@private_page
def data(request: HttpRequest, token: str) -> HttpResponse:
    """All that is kept under the link; for an unfinished checkup too."""
    response = JsonResponse(
        own_data(load(token)), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    # A neutral name, as every title of a private page is.
    response["Content-Disposition"] = 'attachment; filename="notes.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@reader_form
@private_page
def sheet(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks what goes on the sheet, POST answers with the sheet. Nothing is written anywhere."""
    checkup = load(token)
    if not checkup.is_finished:
        return redirect("checkup_resume", token=token)
    result = checkup.result()
    too_large = getattr(request, "too_large", False)
    if request.method == "POST" and not too_large:
        form = SheetForm(result, request.POST)
        if form.is_valid():
            context = {"parts": form.parts(), "notes": form.cleaned_data["notes"]}
            about = {"checkup": checkup, "window": checkup.definition().window, "token": token}
            return render(request, "quiz/sheet.html", {**context, **about})
        status = 422
    else:
        form = SheetForm(result)
        status = 413 if too_large else 200
    context = {"form": form, "too_large": too_large, "token": token}
    return render(request, "quiz/sheet_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_form
@private_page
def delete(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks once more, POST deletes."""
    checkup = load(token)
    if request.method != "POST":
        return render(request, "quiz/delete.html", {"checkup": checkup, "token": token})
    Checkup.objects.filter(pk=checkup.pk).erase()
    return render(request, "quiz/deleted.html")
