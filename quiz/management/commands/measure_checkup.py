"""`manage.py measure_checkup`: how well the checkup measures, over all that is stored."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from quiz.measurement import Report, keep, measure
from quiz.models import Edition
from quiz.periods import complete_before
from quiz.reliability import CategoryFigures, Interval, LineCheck

# EX_TEMPFAIL of sysexits.h: nothing is wrong, and the systemd unit does not call it a failure.
NOTHING_YET = 75


class Command(BaseCommand):
    help = (
        "Say how well an edition measures: Cronbach's alpha, item-total correlations, floor and ceiling, "
        "retest correlation and standard error of measurement. It counts checkups of complete months and "
        "keeps the report for the editors' page; --now counts all that is stored and keeps nothing. "
        "Example: python manage.py measure_checkup --edition 1"
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--edition", type=int, help="its number (the current edition)")
        parser.add_argument(
            "--now", action="store_true", help="count this month too; keep nothing"
        )

    def handle(self, *, edition: int | None, now: bool, **options) -> None:
        measured = _edition(edition)
        began = time.monotonic()
        today = timezone.localdate()
        before = None if now else complete_before(today, settings.CHECKUP_UNFINISHED_DAYS)
        for step in measure(measured, before=before):
            if isinstance(step, Report):
                report = step
            else:
                self.stderr.write(f"measuring {step.label} …")
        if not any(figures.scores for figures in report.categories):
            raise CommandError(
                f"{measured} has no finished checkups "
                + ("yet" if now else "of a complete month yet; --now counts this month too"),
                returncode=NOTHING_YET,
            )
        self._print(report)
        kept = not now and keep(measured, report, today=today)
        self.stdout.write(
            f"Measured {measured} in {time.monotonic() - began:.1f} s; "
            + ("the report is kept for the editors' page." if kept else "nothing was kept.")
        )

    def _print(self, report: Report) -> None:
        least, most = report.retest_days
        self.stdout.write(
            f"Retest: first and second checkup, {least} to {most} days apart. "
            "Alpha and item-total: complete cases, first checkups. Intervals: 95 %.\n"
        )
        for figures in report.categories:
            for line in _lines(figures):
                self.stdout.write(line)
        for line in report.lines:
            if line.differs:
                self.stdout.write(_differs(line))


def _edition(number: int | None) -> Edition:
    if number is None:
        edition = Edition.objects.current()
        if edition is None:
            raise CommandError("no edition is published yet")
        return edition
    edition = Edition.objects.published().filter(number=number).first()
    if edition is None:
        raise CommandError(f"there is no published edition {number}")
    return edition


def _lines(figures: CategoryFigures) -> list[str]:
    totals = " ".join(_number(item.item_total) for item in figures.items)
    found = [
        f"{figures.category.label}",
        f"  alpha {_number(figures.alpha)} {_interval(figures.alpha_interval)}, "
        f"n {figures.complete:,}; item-total {totals}",
        f"  floor {_percent(figures.floor)}, ceiling {_percent(figures.ceiling)} "
        f"of {figures.scores:,} scores",
    ]
    if (retest := figures.retest) is None:
        return [*found, "  retest: no pairs yet"]
    return [
        *found,
        f"  retest r {_number(retest.r)} {_interval(retest.r_interval)}, {retest.pairs:,} pairs; "
        f"SEM {retest.sem:.2f} points; wobble 68 %: {retest.wobble_68:.1f}, 90 %: {retest.wobble_90:.1f}; "
        f"mean change {retest.mean_change:+.2f}",
    ]


def _differs(line: LineCheck) -> str:
    return (
        f"{line.category.label}: the edition's line {line.name} is {line.edition:g} points; "
        f"retest data say {line.measured:.1f}."
    )


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"[{interval.low:.3f}, {interval.high:.3f}]"


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"
