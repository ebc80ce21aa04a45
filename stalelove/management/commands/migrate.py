"""`manage.py migrate`, which never makes readers wait long: Django's own, with bounds.

A migration that waits for a lock holds up everybody who comes after it, so it gives up within seconds
and tries again a little later. Each migration is one transaction: what gave up has changed nothing.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

PAUSE = 2  # seconds before the next try: whoever waited behind the last one is served first
_NO_LOCK, _TOO_LONG = "55P03", "57014"


class Command(migrate.Command):
    def add_arguments(self, parser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-timeout",
            type=int,
            default=3,
            help="seconds that a statement waits for a lock, and readers behind it; 3, 0 for ever",
        )
        parser.add_argument(
            "--statement-timeout",
            type=int,
            default=300,
            help="seconds that one statement may take; 300, 0 for ever",
        )
        parser.add_argument(
            "--tries", type=int, default=10, help="how often it tries to have its locks; 10"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        before = {}
        with connection.cursor() as cursor:
            for name in ("lock_timeout", "statement_timeout"):
                cursor.execute("SELECT current_setting(%s)", [name])
                before[name] = cursor.fetchone()[0]
                cursor.execute("SELECT set_config(%s, %s, false)", [name, f"{options[name]}s"])
        try:
            self._try(*args, **options)
        finally:
            if connection.connection is not None and not connection.needs_rollback:
                with connection.cursor() as cursor:
                    for name, value in before.items():
                        cursor.execute("SELECT set_config(%s, %s, false)", [name, value])

    def _try(self, *args: Any, **options: Any) -> None:
        for left in reversed(range(options["tries"])):
            try:
                return super().handle(*args, **options)
            except OperationalError as error:
                code = getattr(error.__cause__, "sqlstate", None)
                if code == _TOO_LONG:
                    raise CommandError(
                        f"A statement took more than {options['statement_timeout']} seconds and was ended; "
                        "the migration that it belongs to has changed nothing. Split it, or give it more "
                        "time with --statement-timeout."
                    ) from error
                if code != _NO_LOCK:
                    raise
                if not left:
                    raise CommandError(
                        f"A table was in use each of {options['tries']} times; the migration that needs it "
                        "has changed nothing. Run migrate again when there is less to do."
                    ) from error
                if options["verbosity"]:
                    self.stdout.write(f"A table is in use: trying again in {PAUSE} seconds.")
                time.sleep(PAUSE)
        return None
