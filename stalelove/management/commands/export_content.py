"""`manage.py export_content`: everything editors wrote, as a folder of text files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from articles.documents import ContentError
from stalelove.transfer import export


class Command(BaseCommand):
    help = (
        "Write everything that editors wrote into a folder of text files that import_content reads. "
        "A folder that was exported to before is brought up to date. "
        "Example: python manage.py export_content backup/content"
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")

    def handle(self, *, folder: Path, **options) -> None:
        outcomes: Counter[str] = Counter()
        try:
            for step in export(folder):
                outcomes[step.outcome] += 1
                if step.outcome != "unchanged":
                    self.stdout.write(f"[{step.number}/{step.total}] {step.outcome}: {step.name}")
        except ContentError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{folder}: it cannot be written ({error.strerror})") from error
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        self.stdout.write(f"Exported to {folder}: {counts}.")
