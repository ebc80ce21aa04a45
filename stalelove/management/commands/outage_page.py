"""`manage.py outage_page`: the page that nginx shows while no node answers, with the help lines."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.loader import render_to_string

from stalelove.help_lines import HelpLines, current, shipped


def page(help_lines: HelpLines) -> str:
    """The whole page, with nothing in it that would have to be loaded."""
    html = render_to_string("outage.html", {"help": help_lines, "exit_url": settings.EXIT_URL})
    # A paragraph a line, so that a number that changes is one line of a change.
    html = re.sub("(</(?:title|head|h1|h2|h3|p|li|ul|section|main|body)>)", r"\1\n", html)
    return "\n".join(line.strip() for line in html.splitlines() if line.strip()) + "\n"


class Command(BaseCommand):
    help = (
        "Write the page that nginx shows while no node answers, with the help lines as they are now. "
        "Example: python manage.py outage_page deploy/nginx/503.html"
    )
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("path", type=Path, help="where to write it")
        parser.add_argument(
            "--shipped",
            action="store_true",
            help="with the lines that ship with the site, not those of the database",
        )

    def handle(self, *args, **options) -> None:
        help_lines = shipped() if options["shipped"] else current()
        if not help_lines.places:
            raise CommandError("There are no help lines yet: run `manage.py load_starter` first.")
        try:
            options["path"].write_text(page(help_lines), encoding="utf-8")
        except OSError as error:
            raise CommandError(
                f"{options['path']} could not be written: {error.strerror}"
            ) from None
        lines = sum(len(place.lines) for place in help_lines.urgent())
        if options["verbosity"]:
            self.stdout.write(f"Written to {options['path']}: {lines} lines.")
