"""`manage.py purge_checkups`: delete what is kept no longer. For a daily timer."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from quiz.insights import count_periods
from quiz.models import Checkup, Edition, Pairing, any_of

# Any number, as long as it is this command's alone.
LOCK = 4_120_227


class Command(BaseCommand):
    help = (
        "Delete unfinished checkups, finished checkups and pairings whose time has run out. It works in "
        "batches, each whole or not at all: it can be stopped at any moment and run again. "
        "Example: python manage.py purge_checkups --batch 5000"
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--batch", type=int, default=1000, help="how many rows one transaction deletes (1000)"
        )

    def handle(self, *, batch: int, **options) -> None:
        if batch < 1:
            raise CommandError(f"--batch is {batch}; put 1 or more there")
        # What editors may see of a month is written down before its rows can go.
        for edition in Edition.objects.published():
            with transaction.atomic():
                count_periods(edition)
        checkups = self._batches("checkups", Checkup.objects.expired(), batch)
        pairings = self._batches("pairings", Pairing.objects.over(), batch)
        self.stdout.write(f"Deleted {checkups} checkups and {pairings} pairings.")

    def _batches(self, what: str, expired, batch: int) -> int:
        """Walk through the rows by their numbers, so that each is looked at once."""
        deleted, last = 0, 0
        while True:
            with transaction.atomic():
                _alone()
                rows = expired.filter(pk__gt=last).order_by("pk")
                pks = list(rows.values_list("pk", flat=True)[:batch])
                if pks:
                    expired.model.objects.filter(pk__in=any_of(pks)).erase()
            if not pks:
                return deleted
            deleted, last = deleted + len(pks), pks[-1]
            self.stdout.write(f"{deleted} {what} deleted …")
            self.stdout.flush()


def _alone() -> None:
    """Hold the lock until the end of the transaction: one purge at a time, behind a pooler too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise CommandError("another purge is at work; this one leaves it alone")
