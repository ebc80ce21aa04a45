"""`manage.py import_article`: bring articles in from files, as drafts unless told to publish."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from articles.documents import ContentError
from articles.importing import import_file
from stalelove.categories import Category


class Command(BaseCommand):
    help = (
        "Import articles in the source format, or in Markdown with front matter. The same file "
        "twice changes nothing; a file that cannot be read is refused whole. "
        "Example: python manage.py import_article --publish drafts/*.txt"
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument(
            "--publish", action="store_true", help="publish them; else they are drafts"
        )
        parser.add_argument(
            "--category",
            action="append",
            choices=list(Category),
            help="file them under this category (may be repeated); a file's own word comes first",
        )

    def handle(
        self, *, paths: list[Path], publish: bool, category: list[str] | None, **options
    ) -> None:
        outcomes: Counter[str] = Counter()
        try:
            self.import_all(paths, publish=publish, category=category, outcomes=outcomes)
        except KeyboardInterrupt as error:
            raise CommandError(
                f"stopped after {_counts(outcomes) or 'nothing'}; each file is in whole or not at all, "
                "and the same command goes on from here"
            ) from error

    def import_all(
        self,
        paths: list[Path],
        *,
        publish: bool,
        category: list[str] | None,
        outcomes: Counter[str],
    ) -> None:
        refused: list[str] = []
        files: dict[str, Path] = {}
        for number, path in enumerate(paths, 1):
            try:
                with transaction.atomic():
                    article, outcome = import_file(path, publish=publish, categories=category)
                    if (other := files.setdefault(article.slug, path)) != path:
                        raise ContentError(f"{path}: it would have the address of {other}")
            except ContentError as error:
                refused.append(str(error))
                self.stderr.write(f"[{number}/{len(paths)}] refused: {error}")
                continue
            outcomes[outcome] += 1
            state = article.get_state_display().lower()
            self.stdout.write(
                f"[{number}/{len(paths)}] {outcome}: {article.get_absolute_url()} ({state})"
            )
        counts = _counts(outcomes)
        if refused:
            summary = ", ".join(filter(None, [counts, f"{len(refused)} refused"]))
            raise CommandError(f"{summary}; nothing of a refused file was written")
        self.stdout.write(f"Articles: {counts}.")


def _counts(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
