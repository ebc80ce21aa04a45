"""`manage.py check_help_lines`: fail, and name them, while help lines wait to be checked again."""

from django.core.management.base import BaseCommand, CommandError

from stalelove.models import STALE_AFTER_DAYS, HelpResource


class Command(BaseCommand):
    help = (
        f"Say whether every published help line was checked in the last {STALE_AFTER_DAYS} days; "
        "name those that were not, and exit with 1. Example: python manage.py check_help_lines"
    )

    def handle(self, *args, **options) -> None:
        lines = HelpResource.objects.published()
        stale = lines.stale().select_related("country").order_by("last_checked", "slug")
        for line in stale:
            self.stdout.write(
                f"{line.slug}: {line.name} ({line.country}), last checked {line.last_checked}"
            )
        if stale:
            raise CommandError(
                f"{len(stale)} of {lines.count()} help lines were not checked for "
                f"{STALE_AFTER_DAYS} days. Compare each with its source, and set its date in the admin."
            )
        self.stdout.write(
            f"All {lines.count()} help lines were checked in the last {STALE_AFTER_DAYS} days."
        )
