"""`manage.py purge_traces`: forget what visitors and sign-ins leave behind once it is of no use."""

import time

from axes.models import AccessAttempt
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from stalelove.rate_limits import forget_past


class Command(BaseCommand):
    help = (
        "Delete past counts of the rate limits, failed sign-ins whose lockout is over, and ended "
        "sessions of editors. Example: python manage.py purge_traces"
    )

    def handle(self, **options) -> None:
        counts = forget_past(time.time())
        over = timezone.now() - settings.AXES_COOLOFF_TIME
        attempts, _kinds = AccessAttempt.objects.filter(attempt_time__lt=over).delete()
        call_command("clearsessions")
        if options["verbosity"]:
            self.stdout.write(
                f"Forgot {counts} counts and {attempts} failed sign-ins, and the ended sessions."
            )
