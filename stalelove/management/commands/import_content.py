"""`manage.py import_content`: a folder that export_content wrote, back into the database."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from articles.documents import ContentError
from stalelove.transfer import import_


class Command(BaseCommand):
    help = (
        "Bring in a folder that export_content wrote. Each item is written whole or not at all; what "
        "the folder does not name stays as it is; run again, it changes nothing. "
        "Example: python manage.py import_content backup/content"
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")

    def handle(self, *, folder: Path, **options) -> None:
        outcomes: Counter[str] = Counter()
        try:
            for step in import_(folder):
                outcomes[step.outcome] += 1
                if step.outcome != "unchanged":
                    self.stdout.write(f"[{step.number}/{step.total}] {step.outcome}: {step.name}")
        except ContentError as error:
            raise CommandError(f"{error} ({_so_far(outcomes)})") from error
        except OSError as error:
            raise CommandError(
                f"{error.filename}: it cannot be read ({error.strerror})"
            ) from error
        except KeyboardInterrupt as error:
            raise CommandError(
                f"stopped ({_so_far(outcomes)}); run it again and it goes on from there"
            ) from error
        self.stdout.write(f"Imported from {folder}: {_counts(outcomes)}.")


def _counts(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def _so_far(outcomes: Counter[str]) -> str:
    return f"before that: {_counts(outcomes)}" if outcomes else "nothing was written"
