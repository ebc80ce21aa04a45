"""How well the checkup measures: the counting, in PostgreSQL. The formulas are quiz.reliability's.

The answers to one category's six questions are packed into one number, and the database counts how many
readers gave each of the (at most 5^6) patterns: one pass over the table for each category, and every sum
follows from the patterns. Nothing but sums leaves the database.

Every reader counts once, as far as can be known: alpha and all that goes with it take *first* checkups
only (no `earlier`), and the retest takes pairs of a first checkup and the first retake that grew from
it, of the same edition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from quiz.models import Edition, Measurement
from quiz.reliability import (
    CategoryFigures,
    ItemSums,
    LineCheck,
    PairSums,
    ScoreSums,
    category_figures,
    check_lines,
    shown,
)
from quiz.scoring import HIGHEST
from stalelove.categories import Category

# A pair counts when the windows do not overlap (the edition's own limit) and it is not older than this:
# the longer the wait, the more has really changed.
RETEST_WITHIN_DAYS = 60
ITEMS = 6


@dataclass(frozen=True)
class Report:
    """How well one edition measures: the four categories, and the edition's lines beside the wobble.

    `before` is the day before which the first checkups were started (None: all that is stored);
    retakes count when they are `retest_days` (both included) after the first was finished.
    """

    edition: int
    before: dt.date | None
    retest_days: tuple[int, int]
    categories: tuple[CategoryFigures, ...]
    lines: tuple[LineCheck, ...]


def measure(edition: Edition, *, before: dt.date | None = None) -> Iterator[Category | Report]:
    """Measure one edition: yields each category as it is begun, and the Report as the last.

    Six queries, each one pass over the edition's finished checkups.
    """
    definition = edition.definition()
    days = (definition.thresholds.comparable_after_days, RETEST_WITHIN_DAYS)
    limit = before or dt.date.max
    scores = _scores(edition, limit)
    pairs = _pairs(edition, limit, days)
    found = []
    for category in Category:
        yield category
        items = _items(edition, limit, definition.positions_in(category))
        found.append(category_figures(category, items, scores[category], pairs[category]))
    thresholds = definition.thresholds
    yield Report(
        edition=edition.number,
        before=before,
        retest_days=days,
        categories=tuple(found),
        lines=tuple(
            line
            for figures in found
            for line in check_lines(
                figures,
                same_below=thresholds.same_below,
                unusual_above=thresholds.unusual_above,
            )
        ),
    )


_PATTERNS = """
    WITH packed AS (
        SELECT ((((answers[%(p0)s]::int * 8 + answers[%(p1)s]) * 8 + answers[%(p2)s]) * 8
                 + answers[%(p3)s]) * 8 + answers[%(p4)s]) * 8 + answers[%(p5)s] AS pattern
        FROM quiz_checkup
        WHERE edition_id = %(edition)s AND finished_on IS NOT NULL AND earlier_id IS NULL
          AND started_on < %(before)s
          AND least(answers[%(p0)s], answers[%(p1)s], answers[%(p2)s],
                    answers[%(p3)s], answers[%(p4)s], answers[%(p5)s]) >= 0
    ), counted AS (
        SELECT pattern, count(*) AS readers FROM packed GROUP BY pattern
    ), answer AS (
        SELECT pattern, readers, item, (pattern >> (15 - 3 * item)) & 7 AS given
        FROM counted CROSS JOIN generate_series(0, 5) AS item
    )
    SELECT a.item, b.item, sum(a.readers)::bigint,
           sum(a.readers * a.given)::bigint,
           sum(a.readers * a.given * b.given)::bigint,
           coalesce(sum(a.readers) FILTER (WHERE a.given = 0), 0)::bigint,
           coalesce(sum(a.readers) FILTER (WHERE a.given = %(highest)s), 0)::bigint
    FROM answer a JOIN answer b USING (pattern)
    GROUP BY a.item, b.item ORDER BY a.item, b.item
"""


def _items(edition: Edition, before: dt.date, positions: range | tuple[int, ...]) -> ItemSums:
    """The sums over complete cases of the items at `positions` (from 0 in the edition)."""
    given = {"edition": edition.pk, "before": before, "highest": HIGHEST}
    given |= {f"p{place}": position + 1 for place, position in enumerate(positions)}
    with connection.cursor() as cursor:
        cursor.execute(_PATTERNS, given)
        rows = cursor.fetchall()
    products = [[0] * ITEMS for _ in range(ITEMS)]
    sums, lowest, highest = [0] * ITEMS, [0] * ITEMS, [0] * ITEMS
    n = 0
    for i, j, n, total, product, low, high in rows:  # noqa: B007 - n is the same in every row
        products[i][j] = product
        sums[i], lowest[i], highest[i] = total, low, high
    return ItemSums(n, tuple(sums), tuple(map(tuple, products)), tuple(lowest), tuple(highest))


_SCORES = """
    SELECT count(attention), count(*) FILTER (WHERE attention = 0), count(*) FILTER (WHERE attention = 100),
           count(curiosity), count(*) FILTER (WHERE curiosity = 0), count(*) FILTER (WHERE curiosity = 100),
           count(repair), count(*) FILTER (WHERE repair = 0), count(*) FILTER (WHERE repair = 100),
           count(warmth), count(*) FILTER (WHERE warmth = 0), count(*) FILTER (WHERE warmth = 100)
    FROM quiz_checkup
    WHERE edition_id = %(edition)s AND finished_on IS NOT NULL AND earlier_id IS NULL
      AND started_on < %(before)s
"""


def _scores(edition: Edition, before: dt.date) -> dict[Category, ScoreSums]:
    with connection.cursor() as cursor:
        cursor.execute(_SCORES, {"edition": edition.pk, "before": before})
        row = cursor.fetchone()
    return {category: ScoreSums(*row[3 * n : 3 * n + 3]) for n, category in enumerate(Category)}


# One pair a first checkup: the retake that was finished first. The regr_ functions leave out pairs in
# which either score is missing, so each category has its own number of pairs.
_PAIRS = """
    WITH pair AS (
        SELECT DISTINCT ON (first.id)
               first.attention AS attention, later.attention AS attention_later,
               first.curiosity AS curiosity, later.curiosity AS curiosity_later,
               first.repair AS repair, later.repair AS repair_later,
               first.warmth AS warmth, later.warmth AS warmth_later
        FROM quiz_checkup later JOIN quiz_checkup first ON first.id = later.earlier_id
        WHERE later.edition_id = %(edition)s AND first.edition_id = %(edition)s
          AND first.earlier_id IS NULL AND first.finished_on IS NOT NULL
          AND later.finished_on IS NOT NULL AND later.started_on < %(before)s
          AND later.finished_on - first.finished_on BETWEEN %(least)s AND %(most)s
        ORDER BY first.id, later.finished_on, later.id
    )
    SELECT {columns} FROM pair
"""
_PAIR_COLUMNS = ", ".join(
    f"{function}({category}_later, {category})"
    for category in Category
    for function in ("regr_count", "regr_sxx", "regr_syy", "regr_sxy", "regr_avgx", "regr_avgy")
)


def _pairs(edition: Edition, before: dt.date, days: tuple[int, int]) -> dict[Category, PairSums]:
    with connection.cursor() as cursor:
        cursor.execute(
            _PAIRS.format(columns=_PAIR_COLUMNS),
            {"edition": edition.pk, "before": before, "least": days[0], "most": days[1]},
        )
        row = cursor.fetchone()
    return {
        category: PairSums(*(value or 0 for value in row[6 * n : 6 * n + 6]))
        for n, category in enumerate(Category)
    }


def keep(edition: Edition, report: Report, *, today: dt.date) -> bool:
    """Keep a report of complete months for the editors; False when its month has one already."""
    if report.before is None:
        raise ValueError("a report that counts the current month is not kept")
    _, created = Measurement.objects.get_or_create(
        edition=edition,
        through=(report.before - dt.timedelta(days=1)).replace(day=1),
        defaults={
            "figures": shown(report.categories, report.lines, report.retest_days),
            "measured_on": today,
        },
    )
    return created
