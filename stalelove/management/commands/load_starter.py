"""`manage.py load_starter`: put in the content that ships, and never overwrite an editor."""

from collections import Counter

from django.core.management.base import BaseCommand, CommandError

from articles.documents import ContentError
from stalelove.content import load_starter


class Command(BaseCommand):
    help = (
        "Put in the starter content. What an editor has changed or deleted stays as it is. "
        "Example: python manage.py load_starter"
    )

    def handle(self, *args, **options) -> None:
        outcomes: Counter[str] = Counter()
        try:
            for item in load_starter():
                outcomes[item.outcome] += 1
                if item.outcome in ("kept", "deleted") and options["verbosity"]:
                    why = (
                        "an editor changed it"
                        if item.outcome == "kept"
                        else "an editor deleted it"
                    )
                    self.stdout.write(f"left alone: {item.kind}/{item.key} ({why})")
        except ContentError as error:
            raise CommandError(str(error)) from error
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        if options["verbosity"]:
            self.stdout.write(f"Starter content: {counts}.")
