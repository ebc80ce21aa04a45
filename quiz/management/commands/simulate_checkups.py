"""`manage.py simulate_checkups`: made-up readers, for the demo, the benchmarks and the tests."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from quiz.insights import count_periods
from quiz.models import Edition
from quiz.simulation import Simulated, simulate

COLUMNS = (
    *("id", "token_hash", "edition_id", "answers", "attention", "curiosity", "repair", "warmth"),
    *("started_on", "finished_on", "earlier_id"),
)
BATCH = 50_000


class Command(BaseCommand):
    help = (
        "Store N made-up checkups of the current edition, with known reliability, drop-off and retakes. "
        "Their links open nothing. Demo and tests only. "
        "Example: python manage.py simulate_checkups 10000 --seed 7"
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("count", metavar="N", type=int, help="how many, retakes included")
        parser.add_argument(
            "--seed", type=int, default=1, help="the same seed, the same answers (1)"
        )
        parser.add_argument(
            "--days", type=int, default=365, help="over how many days up to today (365)"
        )

    def handle(self, *, count: int, seed: int, days: int, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "made-up checkups are for the demo and the tests, not for MODE=production"
            )
        if count < 1 or days < 1:
            raise CommandError("N and --days must be 1 or more")
        edition = Edition.objects.current()
        if edition is None:
            raise CommandError("no edition is published yet; run load_starter first")
        began = time.monotonic()
        today = timezone.localdate()
        made = simulate(
            count, seed=seed, first_day=today - dt.timedelta(days=days - 1), last_day=today
        )
        with transaction.atomic():
            self._store(edition, made, count)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE quiz_checkup")
        periods = count_periods(edition)
        self.stdout.write(
            f"Stored {count:,} made-up checkups of {edition} in {time.monotonic() - began:.0f} s; "
            f"counted {len(periods)} period{'' if len(periods) == 1 else 's'} for the editors."
        )

    def _store(self, edition: Edition, made: Iterator[Simulated], count: int) -> None:
        with connection.cursor() as cursor:
            first_id = _reserve_ids(cursor, count)
            with cursor.copy(f"COPY quiz_checkup ({', '.join(COLUMNS)}) FROM STDIN") as copy:
                lines: list[str] = []
                for place, checkup in enumerate(made):
                    lines.append(_line(edition.pk, first_id, place, checkup))
                    if len(lines) == BATCH or place + 1 == count:
                        copy.write("".join(lines))
                        lines.clear()
                        self.stdout.write(f"{place + 1:,} of {count:,} checkups")
                        self.stdout.flush()


def _reserve_ids(cursor, count: int) -> int:
    """The first of `count` ids in a row that no other transaction will be given."""
    cursor.execute("LOCK TABLE quiz_checkup IN EXCLUSIVE MODE")
    cursor.execute(
        "SELECT setval(sequence, nextval(sequence) + %s) FROM pg_get_serial_sequence("
        "'quiz_checkup', 'id') AS sequence",
        [count],
    )
    return cursor.fetchone()[0] - count + 1


def _line(edition: int, first_id: int, place: int, checkup: Simulated) -> str:
    """One row in COPY's text format. The hash is of no token: random, whatever the seed."""
    answers = ",".join(["NULL" if answer is None else str(answer) for answer in checkup.answers])
    scores = "\t".join([_or_null(score) for score in checkup.scores])
    earlier = None if checkup.earlier is None else first_id + checkup.earlier
    return (
        f"{first_id + place}\t\\\\x{os.urandom(32).hex()}\t{edition}\t{{{answers}}}\t{scores}\t"
        f"{checkup.started_on}\t{_or_null(checkup.finished_on)}\t{_or_null(earlier)}\n"
    )


def _or_null(value: object) -> str:
    return "\\N" if value is None else str(value)
