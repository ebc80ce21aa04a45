"""Counting what editors see: quiz.periods has the rules, PostgreSQL the readers.

Editors' pages read what was counted here once; nothing of a reader is counted while a page is made.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from quiz.models import CountedPeriod, Edition
from quiz.periods import (
    MonthCounts,
    as_json,
    complete_before,
    next_month,
    periods,
)
from stalelove.categories import Category


@transaction.atomic
def count_periods(edition: Edition, *, today: dt.date | None = None) -> list[CountedPeriod]:
    """Count the periods of an edition that are over and not counted yet; those that were written.

    Six passes over the edition's checkups of the months that wait. To be called before the purge
    deletes finished checkups; a second caller at the same time waits and finds nothing left to do.
    """
    today = today or timezone.localdate()
    Edition.objects.select_for_update().get(pk=edition.pk)
    last = edition.periods.order_by("-last_month").first()
    since = next_month(last.last_month) if last else dt.date.min
    before = complete_before(today, settings.CHECKUP_UNFINISHED_DAYS)
    written = []
    for period in periods(month_counts(edition, since, before), edition.definition()):
        written.append(
            CountedPeriod.objects.create(
                edition=edition,
                first_month=period.first_month,
                last_month=period.last_month,
                figures=as_json(period.figures),
                counted_on=today,
            )
        )
    if written:
        edition.stopped_counts.filter(month__lte=written[-1].last_month).delete()
    return written


def is_waiting(edition: Edition, *, today: dt.date | None = None) -> bool:
    """Whether a complete month has checkups that are in no counted period yet. Two queries."""
    before = complete_before(today or timezone.localdate(), settings.CHECKUP_UNFINISHED_DAYS)
    last = edition.periods.order_by("-last_month").first()
    since = next_month(last.last_month) if last else dt.date.min
    return edition.checkups.filter(started_on__gte=since, started_on__lt=before).exists()


# The answers to one category's six questions as one number: three bits each, 0 to 6 for -2 to 4.
_ANSWERS = """
    WITH packed AS (
        SELECT date_trunc('month', started_on::timestamp)::date AS month,
               (((((coalesce(answers[%(p0)s], -1) + 2) * 8 + coalesce(answers[%(p1)s], -1) + 2) * 8
                + coalesce(answers[%(p2)s], -1) + 2) * 8 + coalesce(answers[%(p3)s], -1) + 2) * 8
                + coalesce(answers[%(p4)s], -1) + 2) * 8 + coalesce(answers[%(p5)s], -1) + 2 AS pattern
        FROM quiz_checkup
        WHERE edition_id = %(edition)s AND finished_on IS NOT NULL AND earlier_id IS NULL
          AND started_on >= %(since)s AND started_on < %(before)s
    ), counted AS (
        SELECT month, pattern, count(*) AS readers FROM packed GROUP BY month, pattern
    )
    SELECT month, item, ((pattern >> (15 - 3 * item)) & 7) - 2 AS code, sum(readers)::bigint
    FROM counted CROSS JOIN generate_series(0, 5) AS item
    GROUP BY month, item, code
"""

_BANDS = """
    SELECT date_trunc('month', started_on::timestamp)::date AS month, category,
           CASE WHEN score IS NULL THEN 'none'
                WHEN score < %(low_below)s THEN 'low'
                WHEN score > %(high_above)s THEN 'high' ELSE 'middle' END AS level, count(*)
    FROM quiz_checkup CROSS JOIN LATERAL (VALUES
        ('attention', attention), ('curiosity', curiosity), ('repair', repair), ('warmth', warmth)
    ) AS scores (category, score)
    WHERE edition_id = %(edition)s AND finished_on IS NOT NULL AND earlier_id IS NULL
      AND started_on >= %(since)s AND started_on < %(before)s
    GROUP BY 1, 2, 3
"""

# A checkup that nobody will finish any more, wherever it is counted: in its row, or by the trigger that
# saw the row go.
_STOPPED = """
    SELECT month, pages, sum(readers)::bigint FROM (
        SELECT date_trunc('month', started_on::timestamp)::date AS month,
               coalesce((array_position(answers, NULL) - 1) / 6, 3) AS pages, count(*) AS readers
        FROM quiz_checkup
        WHERE edition_id = %(edition)s AND finished_on IS NULL AND earlier_id IS NULL
          AND started_on >= %(since)s AND started_on < %(before)s
        GROUP BY 1, 2
        UNION ALL
        SELECT month, pages, readers FROM quiz_stoppedcount
        WHERE edition_id = %(edition)s AND month >= %(since)s AND month < %(before)s
    ) AS both_places
    GROUP BY month, pages
"""


def month_counts(edition: Edition, since: dt.date, before: dt.date) -> list[MonthCounts]:
    """Everything that periods are made of, by month, from `since` to the day before `before`."""
    definition = edition.definition()
    window = {"edition": edition.pk, "since": since, "before": before}
    answers: dict[dt.date, list[dict[int, int]]] = defaultdict(
        lambda: [{} for _ in definition.items]
    )
    bands: dict[dt.date, dict[Category, dict[str, int]]] = defaultdict(
        lambda: {category: {} for category in Category}
    )
    stopped: dict[dt.date, dict[Category, int]] = defaultdict(dict)
    pages = list(Category)
    with connection.cursor() as cursor:
        for category in Category:
            positions = definition.positions_in(category)
            places = {f"p{place}": position + 1 for place, position in enumerate(positions)}
            cursor.execute(_ANSWERS, window | places)
            for month, item, code, readers in cursor:
                answers[month][positions[item]][code] = readers
        lines = {
            "low_below": float(definition.thresholds.low_below),
            "high_above": float(definition.thresholds.high_above),
        }
        cursor.execute(_BANDS, window | lines)
        for month, category, level, readers in cursor:
            bands[month][Category(category)][level] = readers
        cursor.execute(_STOPPED, window)
        for month, page, readers in cursor:
            stopped[month][pages[page]] = readers
    return [
        MonthCounts(
            month=month,
            finished=sum(bands[month][Category.ATTENTION].values()),
            stopped=stopped[month],
            answers=answers[month],
            bands=bands[month],
        )
        for month in sorted({*bands, *stopped})
    ]
