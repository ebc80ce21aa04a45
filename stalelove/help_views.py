"""Help for readers in danger: by country, as JSON, and the way to report a wrong number."""

from __future__ import annotations

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from exercises.guards import private, reader_form
from stalelove.forms import ReportForm
from stalelove.help_document import document
from stalelove.help_lines import HelpLines, current, last_known
from stalelove.models import Country, HelpResource
from stalelove.outages import is_outage, tell


def _help_lines() -> HelpLines:
    """What the database says, or what is last known where it does not answer. Two queries."""
    try:
        return current()
    except Error as error:
        if not is_outage(error):
            raise
        tell(error)
        return last_known()


def _page(
    request: HttpRequest, template: str, help_lines: HelpLines, context: dict, status: int = 200
) -> HttpResponse:
    context |= {"countries": help_lines.countries, "help_lines": help_lines}
    return _kept_apart(render(request, template, context, status=status), help_lines)


def _kept_apart(response: HttpResponse, help_lines: HelpLines) -> HttpResponse:
    """A last known copy must not live on in a cache once the database is back."""
    if help_lines.as_of is not None:
        response["Cache-Control"] = "no-store"
    return response


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return _page(request, "help/index.html", _help_lines(), {})


@require_safe
def country(request: HttpRequest, code: str) -> HttpResponse:
    """One country. A code that we do not have is the list of those that we have, as a 404."""
    help_lines = _help_lines()
    country = help_lines.country(code.lower())
    if country is None:
        return _page(request, "help/index.html", help_lines, {"is_unknown": True}, status=404)
    if code != country.code:
        return redirect(country, permanent=True)
    lines = help_lines.lines_for(country)
    groups = [(kind, [line for line in lines if line.kind == kind]) for kind in HelpResource.Kind]
    return _page(request, "help/country.html", help_lines, {"country": country, "groups": groups})


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    help_lines = _help_lines()
    response = JsonResponse(
        document(help_lines), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    # Public facts, for any page that wants to show them.
    response["Access-Control-Allow-Origin"] = "*"
    return _kept_apart(response, help_lines)


@reader_form
def report(request: HttpRequest, code: str) -> HttpResponse:
    """A reader says that a line is wrong; editors find it in the admin."""
    country = get_object_or_404(Country, code=code)
    resources = current().lines_for(country)
    is_too_large = getattr(request, "too_large", False)
    status = 413 if is_too_large else 200
    if is_too_large:
        form = ReportForm(resources=resources)
    elif request.method == "POST":
        form = ReportForm(request.POST, resources=resources)
        form.instance.country = country
        if form.is_valid():
            if not form.is_from_a_program:
                form.save()
            return private(redirect("help_reported", code=country.code))
        status = 422
    else:
        form = ReportForm(resources=resources)
    context = {"country": country, "form": form, "is_too_large": is_too_large}
    return private(render(request, "help/report.html", context, status=status))


@require_safe
def reported(request: HttpRequest, code: str) -> HttpResponse:
    country = get_object_or_404(Country, code=code)
    return private(render(request, "help/reported.html", {"country": country}))
