"""`manage.py check_links`: fail, and name them, while links in the editors' texts are broken."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from stalelove.links import (
    Finding,
    LinkCheckError,
    address_of,
    check_external,
    check_internal,
    is_external,
    links,
    written_down,
)


class Command(BaseCommand):
    help = (
        "Follow every link within the site that stands in an article, a page, an exercise, a book or "
        "a help line, anchors too, and list those that lead elsewhere. Exits with 1 while one is "
        "broken. Example: python manage.py check_links"
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--external", action="store_true", help="ask the other sites too, over the network"
        )

    def handle(self, *, external: bool, **options) -> None:
        found = list(links())
        others = [link for link in found if is_external(link)]
        within = [link for link in found if not is_external(link)]
        try:
            findings = list(check_internal(within))
        except LinkCheckError as error:
            raise CommandError(str(error)) from error
        broken = sum(self.report(finding) for finding in findings)
        written_down(within, findings)
        addresses = {address_of(link) for link in others}
        if external:
            for number, (link, finding) in enumerate(check_external(others), 1):
                if finding:
                    broken += self.report(finding)
                else:
                    self.stdout.write(f"[{number}/{len(addresses)}] answers: {link.target}")
        else:
            for link in others:
                self.stdout.write(f"elsewhere: {link.target} ({link.place})")
        fetched = "asked" if external else "not asked: --external does"
        summary = f"{len(within)} links within the site, {len(addresses)} addresses elsewhere ({fetched})"
        if broken:
            raise CommandError(
                f"{broken} broken of {summary}. Mend each in the text it stands in."
            )
        self.stdout.write(f"No broken link: {summary}.")

    def report(self, finding: Finding) -> bool:
        link = finding.link
        self.stdout.write(f"{finding.verdict}: {link.target} ({link.place}): {finding.why}")
        return finding.verdict == "broken"
