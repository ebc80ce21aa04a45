"""Help for readers in danger: by country, as JSON, and the way to report a wrong number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from exercises.guards import private, reader_form
from stalelove.forms import ReportForm
from stalelove.help_document import document
from stalelove.models import Country, HelpResource


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "help/index.html", {"countries": Country.objects.in_order()})


@require_safe
def country(request: HttpRequest, code: str) -> HttpResponse:
    """One country. A code that we do not have is the list of those that we have, as a 404."""
    country = Country.objects.filter(code=code.lower()).first()
    if country is None:
        context = {"countries": Country.objects.in_order(), "is_unknown": True}
        return render(request, "help/index.html", context, status=404)
    if code != country.code:
        return redirect(country, permanent=True)
    resources = list(HelpResource.objects.for_readers_in(country))
    return render(
        request,
        "help/country.html",
        {
            "country": country,
            "groups": [
                (kind, [resource for resource in resources if resource.kind == kind])
                for kind in HelpResource.Kind
            ],
            "countries": Country.objects.in_order(),
        },
    )


@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    countries = Country.objects.in_order().prefetch_related("resources")
    response = JsonResponse(
        document(countries), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    # Public facts, for any page that wants to show them.
    response["Access-Control-Allow-Origin"] = "*"
    return response


@reader_form
def report(request: HttpRequest, code: str) -> HttpResponse:
    """A reader says that a line is wrong; editors find it in the admin."""
    country = get_object_or_404(Country, code=code)
    resources = list(HelpResource.objects.for_readers_in(country))
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
