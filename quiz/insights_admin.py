"""The editors' pages under an edition: what readers answered, and how well it measures.

A mixin for EditionAdmin. The pages show what quiz.insights and quiz.measurement have written down once;
they count nothing themselves, so they are as quick with a million readers as with ten.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from quiz.insights import count_periods, is_waiting
from quiz.insights_picture import WIDTH, Row, people, sections
from quiz.measurement import Report, keep, measure
from quiz.models import CountedPeriod, Edition
from quiz.periods import MINIMUM, complete_before, from_json, next_month
from quiz.reliability import CROWDED_END, MINIMUM_COMPLETE, MINIMUM_PAIRS
from stalelove.categories import Category

COLUMNS = ("from", "to", "category", "about", "group", "readers", "of")
# Below this an item goes its own way: Nunnally & Bernstein (1994), chapter 8.
LOW_ITEM_TOTAL = 0.3


class InsightsAdmin:
    """Adds the pages, and the ways to them, to the admin of editions."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/insights/", view(self.insights), name="quiz_edition_insights"),
            path(
                "<int:pk>/insights/<int:year>/<int:month>/",
                view(self.insights),
                name="quiz_edition_insights_period",
            ),
            path(
                "<int:pk>/insights.csv", view(self.insights_csv), name="quiz_edition_insights_csv"
            ),
            path("<int:pk>/insights/count/", view(self.count), name="quiz_edition_count"),
            path("<int:pk>/measurement/", view(self.measurement), name="quiz_edition_measurement"),
            path("<int:pk>/measurement/now/", view(self.measure), name="quiz_edition_measure"),
            *super().get_urls(),
        ]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*super().get_list_display(request), *self._ways(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Edition | None = None) -> list[str]:
        ways = self._ways(request) if obj and obj.is_published else []
        return [*super().get_readonly_fields(request, obj), *ways]

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None):
        ways = self._ways(request) if obj and obj.is_published else []
        own = super().get_fieldsets(request, obj)
        return [*own, (_("What readers answered"), {"fields": ways})] if ways else own

    def _ways(self, request: HttpRequest) -> list[str]:
        ways = []
        if request.user.has_perm("quiz.view_countedperiod"):
            ways.append("way_to_insights")
        if request.user.has_perm("quiz.view_measurement"):
            ways.append("way_to_measurement")
        return ways

    def way_to_insights(self, edition: Edition) -> str:
        return _way(edition, "admin:quiz_edition_insights", _("Insights"))

    way_to_insights.short_description = gettext_lazy("what readers answered")

    def way_to_measurement(self, edition: Edition) -> str:
        return _way(edition, "admin:quiz_edition_measurement", _("How well it measures"))

    way_to_measurement.short_description = gettext_lazy("as an instrument")

    def insights(
        self, request: HttpRequest, pk: int, year: int | None = None, month: int | None = None
    ) -> HttpResponse:
        edition = _published(request, pk, "quiz.view_countedperiod")
        periods = list(edition.periods.all())
        period = _period(periods, year, month) if year else (periods[0] if periods else None)
        definition = edition.definition()
        figures = from_json(period.figures) if period else None
        return render(
            request,
            "admin/quiz/insights.html",
            {
                **self.admin_site.each_context(request),
                "title": _("What readers answered"),
                "edition": edition,
                "opts": self.opts,
                "periods": [(each, from_json(each.figures)) for each in periods],
                "period": period,
                "figures": figures,
                "people": _people(figures) if figures else None,
                "sections": list(_sections(figures, definition)) if figures else [],
                "width": WIDTH,
                "minimum": MINIMUM,
                "unfinished_days": settings.CHECKUP_UNFINISHED_DAYS,
                "can_count": request.user.has_perm("quiz.add_countedperiod")
                and is_waiting(edition),
            },
        )

    def count(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = _published(request, pk, "quiz.add_countedperiod")
        if request.method == "POST":
            written = count_periods(edition)
            if written:
                told = ngettext(
                    "Counted one period.", "Counted %(number)s periods.", len(written)
                ) % {"number": len(written)}
            else:
                told = _(
                    "There is nothing to show yet: fewer than %(minimum)s readers have finished "
                    "in the months that wait."
                ) % {"minimum": MINIMUM}
            self.message_user(request, told, messages.SUCCESS if written else messages.INFO)
        return redirect("admin:quiz_edition_insights", pk=pk)

    def insights_csv(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = _published(request, pk, "quiz.view_countedperiod")
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for period in edition.periods.order_by("first_month"):
            writer.writerows(_rows(period, edition))
        response = HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = (
            f'attachment; filename="checkup-edition-{edition.number}.csv"'
        )
        return response

    def measurement(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = _published(request, pk, "quiz.view_measurement")
        kept = edition.measurements.first()
        definition = edition.definition()
        return render(
            request,
            "admin/quiz/measurement.html",
            {
                **self.admin_site.each_context(request),
                "title": _("How well it measures"),
                "edition": edition,
                "opts": self.opts,
                "kept": kept,
                "categories": [
                    _told(told, definition.items_in(Category(told["category"])))
                    for told in kept.figures["categories"]
                ]
                if kept
                else [],
                "lines": _lines(kept.figures["lines"]) if kept else [],
                "minimum_complete": MINIMUM_COMPLETE,
                "minimum_pairs": MINIMUM_PAIRS,
                "can_measure": request.user.has_perm("quiz.add_measurement")
                and (kept is None or next_month(kept.through) < _complete_before()),
            },
        )

    def measure(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = _published(request, pk, "quiz.add_measurement")
        if request.method == "POST":
            *_steps, report = measure(edition, before=_complete_before())
            assert isinstance(report, Report)  # noqa: S101 - the last that measure yields
            if any(figures.scores for figures in report.categories):
                keep(edition, report, today=timezone.localdate())
                self.message_user(request, _("The edition has been measured."), messages.SUCCESS)
            else:
                self.message_user(
                    request,
                    _("There is no complete month with finished checkups yet."),
                    messages.INFO,
                )
        return redirect("admin:quiz_edition_measurement", pk=pk)


def _published(request: HttpRequest, pk: int, permission: str) -> Edition:
    """The edition, for somebody who may see what is counted of it; PermissionDenied or Http404."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return get_object_or_404(Edition.objects.published(), pk=pk)


def _way(edition: Edition, name: str, words: str) -> str:
    if not edition.is_published:
        return "-"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[edition.pk]), words)


def _complete_before() -> dt.date:
    return complete_before(timezone.localdate(), settings.CHECKUP_UNFINISHED_DAYS)


def _period(periods: list[CountedPeriod], year: int, month: int | None) -> CountedPeriod:
    for period in periods:
        if (period.first_month.year, period.first_month.month) == (year, month):
            return period
    raise Http404


def _sections(figures, definition):
    return sections(
        figures,
        definition,
        names=_names(),
        no_answer=_("No answer"),
        no_score=_("too few answers to say"),
    )


def _people(figures) -> Row | None:
    return people(
        figures,
        names=_names(),
        finished=_("Finished"),
        stopped_on=_("Stopped before saving {page}"),
    )


def _names() -> dict[Category, str]:
    return {category: _(category.label) for category in Category}


def _rows(period: CountedPeriod, edition: Edition) -> Iterator[tuple[object, ...]]:
    """Every number of one period, each with what it is a part of."""
    figures = from_json(period.figures)
    last_day = next_month(period.last_month) - dt.timedelta(days=1)
    days = (period.first_month.isoformat(), last_day.isoformat())
    whole = figures.started or figures.finished
    if (row := _people(figures)) is not None:
        for segment in row.segments:
            yield (*days, "", "readers", segment.words, segment.readers, whole)
    else:
        yield (*days, "", "readers", _("Finished"), figures.finished, whole)
    for section in _sections(figures, edition.definition()):
        name = section.category.value
        rows = [("score", section.bands)] if section.bands else []
        rows += [(row.title, row) for row in section.questions]
        for about, row in rows:
            for segment in row.segments:
                yield (*days, name, _text(about), _text(segment.words), segment.readers, row.of)


def _text(words: str) -> str:
    """Editors' words for a spreadsheet, which would run what begins like a formula."""
    return f"'{words}" if words[:1] in ("=", "+", "-", "@") else words


def _told(told: dict, items) -> dict:
    """One category's stored report with what it says in words."""
    alpha = told["alpha"]
    return {
        **told,
        "category": Category(told["category"]),
        "verdict": None if alpha is None else _verdict(alpha),
        "floor": None if told["floor"] is None else _share(told["floor"]),
        "ceiling": None if told["ceiling"] is None else _share(told["ceiling"]),
        "items": [
            {
                "item_total": figures["item_total"],
                "floor": _share(figures["floor"]),
                "ceiling": _share(figures["ceiling"]),
                "text": item.text,
                "goes_its_own_way": figures["item_total"] is not None
                and figures["item_total"] < LOW_ITEM_TOTAL,
                "crowded": max(figures["floor"], figures["ceiling"]) > CROWDED_END,
            }
            for figures, item in zip(told["items"], items, strict=False)
        ],
    }


def _verdict(alpha: float) -> str:
    """What an alpha means: 0.70 for a scale that describes groups (Nunnally & Bernstein 1994), and above
    0.95 the questions may say the same thing twice (Terwee et al. 2007)."""
    if alpha < 0.6:
        return _("The six questions hardly hang together: their mean says little.")
    if alpha < 0.7:
        return _("The six questions hang together loosely.")
    if alpha <= 0.95:
        return _("The six questions hang together well enough for one score.")
    return _("The six questions may ask the same thing more than once.")


def _lines(told: list[dict]) -> list[dict]:
    """Each of the edition's two lines with the wobble of every category beside it.

    An edition has one line for all four: what is suggested is the largest wobble, so that no category is
    called changed more often than the line promises.
    """
    lines = []
    for name in ("same_below", "unusual_above"):
        own = [line for line in told if line["name"] == name]
        if own:
            lines.append(
                {
                    "is_unusual": name == "unusual_above",
                    "edition": own[0]["edition"],
                    "differs": any(line["differs"] for line in own),
                    "suggested": round(max(line["measured"] for line in own)),
                    "categories": [
                        {
                            "label": _(Category(line["category"]).label),
                            "measured": line["measured"],
                            "percent": round(100 * line["chance"]),
                            "differs": line["differs"],
                        }
                        for line in own
                    ],
                }
            )
    return lines


def _share(share: float) -> str:
    """A share that was rounded to the nearest 5 %, in words where that is nothing."""
    return f"{round(100 * share)} %" if share else _("under 5 %")
