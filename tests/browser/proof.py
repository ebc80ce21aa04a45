"""Looks at every page of the site as it runs in production: `python -m tests.browser.proof WHAT`.

screenshots  every page type, phone and desktop, light and dark, and what prints as PDF (screenshots/)
html         every page type through the Nu checker (needs java, and npm to fetch it once)
weights      bytes on the wire, requests, layout shifts and render-blocking files, page by page
lighthouse   Lighthouse on five page types, phone and desktop (needs npm to fetch it once)

It starts a PostgreSQL and a gunicorn of its own and stops both; what it fetches lies in .proof/.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, sync_playwright

from stalelove.demo_database import FOLDER, DemoDatabase
from tests.browser.conftest import FLAGS, PROGRAMS
from tests.browser.production import Gunicorn, environment, gather_static_files
from tests.serving import ROOT, free_ports

KEPT = ROOT / ".proof"
SCREENSHOTS = ROOT / "screenshots"
# What they find changes with their version, so it is one.
VNU, LIGHTHOUSE = "vnu-jar@26.9.27", "lighthouse@13.5.0"
# Its clock runs on the machine's: the same page loses marks while something else works there. So a page
# is looked at again until it has them all, and the best of the runs is what counts.
MOST_RUNS = 3
LIGHTHOUSE_PAGES = ("home", "article", "step-empty", "snapshot", "exercise")
GROUPS = ("performance", "accessibility", "best-practices", "seo")
# A page that opens one reader's answers must not be found by a search engine; Lighthouse counts that
# against it, and this one audit is the whole of what it counts.
MUST_NOT_BE_FOUND = {("step-empty", "is-crawlable"), ("snapshot", "is-crawlable")}
# Django's own list at the side of the admin has a column less than its head.
NOT_OURS = "A table row was 2 columns wide, which is less than the column count established by"
PRINTED = (
    *("article", "exercise", "exercise-print", "request-card", "questions-print"),
    *("checkup-paper", "snapshot", "sheet"),
)


class Site:
    """A site with the starter content, for a while. Django is set up on its database from the start,
    so that what needs models is imported after it is made. `with Site(folder) as address`."""

    def __init__(self, folder: Path) -> None:
        database = DemoDatabase(FOLDER / "proof-postgres", durable=False)
        database.start()
        self._folder, [self._port], self._name = folder, free_ports(1), f"proof_{os.getpid()}"
        self._told = environment(folder, database.url(self._name), self._port)
        self._served = self._told | {"DATABASE_URL": database.url(f"test_{self._name}")}
        # Playwright's loop runs in this thread, and Django takes that for asynchronous code.
        own = {"DJANGO_ALLOW_ASYNC_UNSAFE": "1", "DJANGO_SETTINGS_MODULE": "stalelove.settings"}
        os.environ.update(self._told | own)
        django.setup()

    def __enter__(self) -> str:
        gather_static_files(self._told)
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        call_command("load_starter", verbosity=0)
        self._gunicorn = Gunicorn(self._folder, self._served, self._port)
        return self._gunicorn.__enter__()

    def __exit__(self, *error: object) -> None:
        self._gunicorn.__exit__(*error)
        connection.close()
        with connection._nodb_cursor() as cursor:
            # By force: a page that was shown from here may have opened a connection of its own.
            cursor.execute(f'DROP DATABASE "test_{self._name}" WITH (FORCE)')


@contextmanager
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit(f"no Chromium was found (looked for {', '.join(PROGRAMS)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def say(words: str = "", *, end: str = "\n") -> None:
    sys.stdout.write(words + end)
    sys.stdout.flush()


def chosen(pages: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """The page types of these names, in their order; all of them without names."""
    if not names:
        return list(pages)
    unknown = set(names) - {page.name for page in pages}
    if unknown:
        sys.exit(f"there is no page type {', '.join(sorted(unknown))}")
    return [page for page in pages if page.name in names]


def screenshots(site: Site, names: Sequence[str]) -> int:
    from tests.browser.looking import PHOTOGRAPHED, visitor
    from tests.browser.pages import make_pages

    SCREENSHOTS.mkdir(exist_ok=True)
    with site as address, chromium() as browser:
        pages = chosen(make_pages(), names)
        started = time.monotonic()
        first = PHOTOGRAPHED[0]
        with visitor(browser, address, first) as visit:
            for number, page_type in enumerate(pages, start=1):
                say(f"\r{number} of {len(pages)}: {page_type.name:<30}", end="")
                page = visit.open(page_type)
                for look in PHOTOGRAPHED:
                    visit.look(look)
                    page.screenshot(
                        path=SCREENSHOTS / f"{page_type.name}.{look.name}.png", full_page=True
                    )
                if page_type.name in PRINTED:
                    page.pdf(path=SCREENSHOTS / f"{page_type.name}.pdf", format="A4")
        every = make_index([page.name for page in chosen(pages, ())], PHOTOGRAPHED)
        (SCREENSHOTS / "index.html").write_text(every)
    say(
        f"\r{len(pages)} page types in {time.monotonic() - started:.0f} s: open "
        f"{SCREENSHOTS.relative_to(ROOT)}/index.html"
    )
    return 0


def make_index(names: Sequence[str], looks: Sequence[Any]) -> str:
    """A page to leaf through: one row a page type, each picture a link to itself."""
    links = "".join(f'<a href="#{name}">{escape(name)}</a> ' for name in names)
    rows = "".join(
        f'<section id="{name}"><h2>{escape(name)}'
        + (f' <a href="{name}.pdf">printed</a>' if name in PRINTED else "")
        + "</h2><div>"
        + "".join(
            f'<figure><a href="{name}.{look}.png"><img src="{name}.{look}.png" alt="" '
            f'loading="lazy"></a><figcaption>{look}</figcaption></figure>'
            for look in looks
        )
        + "</div></section>"
        for name in names
    )
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Every page type</title><style>'
        "body{font:1rem system-ui;margin:1rem}nav{line-height:1.8}nav a{margin-right:.7em}"
        "section div{display:flex;gap:1rem;align-items:start;overflow-x:auto}figure{margin:0}"
        "img{height:70vh;border:1px solid #999}</style>"
        f"<h1>Every page type</h1><nav>{links}</nav>{rows}</html>"
    )


def html(site: Site, names: Sequence[str]) -> int:
    from tests.browser.looking import LIGHT, visitor
    from tests.browser.pages import make_pages

    if shutil.which("java") is None:
        sys.exit("the Nu checker needs java, and there is none on this machine")
    jar = fetched(VNU) / "vnu-jar" / "build" / "dist" / "vnu.jar"
    folder = KEPT / "html"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with site as address, chromium() as browser:
        pages = chosen(make_pages(), names)
        with visitor(browser, address, LIGHT) as visit:
            for number, page_type in enumerate(pages, start=1):
                say(f"\r{number} of {len(pages)}: {page_type.name:<30}", end="")
                visit.open(page_type)
                (folder / f"{page_type.name}.html").write_text(visit.answer.text())
    say("\rchecking ..." + " " * 30)
    done = subprocess.run(
        ["java", "-jar", str(jar), "--format", "json", "--exit-zero-always", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stderr)["messages"]
    messages = [
        message
        for message in said
        if not (
            Path(message["url"]).stem.startswith("admin-")
            and message["message"].startswith(NOT_OURS)
        )
    ]
    for message in messages:
        kind = message.get("subType", message["type"])
        name = Path(message["url"]).stem
        say(f"{name}:{message.get('lastLine', 0)}: {kind}: {message['message']}")
        if "extract" in message:
            say(f"    {' '.join(message['extract'].split())}")
    errors = [message for message in messages if message["type"] == "error"]
    say(
        f"{len(pages)} pages: {len(errors)} errors, {len(messages) - len(errors)} warnings, "
        f"and {len(said) - len(messages)} about Django's own list at the side of the admin"
    )
    return 1 if messages else 0


def weights(site: Site, names: Sequence[str]) -> int:
    from tests.browser.looking import LIGHT, visitor
    from tests.browser.pages import make_pages
    from tests.browser.weighing import weigh

    with site as address, chromium() as browser:
        pages = chosen([p for p in make_pages() if not p.shows and p.sends is None], names)
        say("| page | requests | bytes on the wire | the page itself | blocking | shift |")
        say("|---|---:|---:|---:|---:|---:|")
        with visitor(browser, address, LIGHT) as visit:
            for page_type in pages:
                weight = weigh(visit, page_type)
                own = address + page_type.address
                say(
                    f"| {page_type.name} | {len(weight.wire)} | {weight.bytes:,} "
                    f"| {weight.wire.get(own, 0):,} ({weight.encodings.get(own, '')}) "
                    f"| {len(weight.blocking)} | {weight.shift:.3f} |"
                )
    return 0


def lighthouse(site: Site, names: Sequence[str]) -> int:
    from tests.browser.pages import make_pages

    program = fetched(LIGHTHOUSE) / "lighthouse" / "cli" / "index.js"
    folder = KEPT / "lighthouse"
    folder.mkdir(parents=True, exist_ok=True)
    missed = []
    with site as address:
        pages = chosen(make_pages(), names or LIGHTHOUSE_PAGES)
        say(f"| page | window | runs | {' | '.join(GROUPS)} | what is missed |")
        say(f"|---|---|---:|{'---:|' * len(GROUPS)}---|")
        for page_type in pages:
            for form in ("phone", "desktop"):
                runs = 0
                report: dict[str, Any] = {}
                while runs < MOST_RUNS and (not report or marks_of(report)["performance"] < 1):
                    runs += 1
                    latest = one_lighthouse(program, address + page_type.address, form)
                    report = max(filter(None, (report, latest)), key=speed_of, default={})
                if not report:
                    sys.exit(f"Lighthouse could not look at {page_type.name}")
                (folder / f"{page_type.name}.{form}.json").write_text(json.dumps(report))
                below, costly = audits_below(report)
                missed += [
                    f"{page_type.name}, {form}: {audit}"
                    for audit in costly
                    if (page_type.name, audit) not in MUST_NOT_BE_FOUND
                ]
                shown = " | ".join(f"{round(mark * 100)}" for mark in marks_of(report).values())
                say(f"| {page_type.name} | {form} | {runs} | {shown} | {', '.join(below)} |")
    for words in missed:
        say(f"missed: {words}")
    return 1 if missed else 0


def audits_below(report: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The audits that are not whole, in words, with their marks; and the names of those for which a
    group has less than 100. An audit can miss a hundredth and its group round up to 100: that is shown
    and costs nothing. One that could not be made takes the marks of its whole group, and says so.
    """
    below, costly = [], []
    for group, mark in marks_of(report).items():
        for reference in report["categories"][group]["auditRefs"]:
            name, audit = reference["id"], report["audits"][reference["id"]]
            counts = reference["weight"] > 0 and audit["scoreDisplayMode"] not in (
                *("notApplicable", "manual", "informative"),
            )
            if not counts or (audit["score"] or 0) >= 0.995:
                continue
            score = audit["score"]
            below.append(f"{name} (not measured)" if score is None else f"{name} ({score:.2f})")
            if round(mark * 100) < 100:
                costly.append(name)
    return below, costly


def marks_of(report: dict[str, Any]) -> dict[str, float]:
    return {name: report["categories"][name]["score"] or 0 for name in GROUPS}


def speed_of(report: dict[str, Any]) -> float:
    return marks_of(report)["performance"]


def one_lighthouse(program: Path, address: str, form: str) -> dict[str, Any] | None:
    """Its report; None where the browser's trace was lost, as on a machine that is too busy."""
    browser = next(filter(None, map(shutil.which, PROGRAMS)), "")
    done = subprocess.run(
        [
            *("node", str(program), address, "--quiet", "--output=json"),
            f"--only-categories={','.join(GROUPS)}",
            f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
            *(["--preset=desktop"] if form == "desktop" else []),
        ],
        env=os.environ | {"CHROME_PATH": browser},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        say(done.stderr.strip()[-300:])
        return None
    return json.loads(done.stdout)


def fetched(package: str) -> Path:
    """The folder of npm packages with this one, which is fetched the first time."""
    name, _at, version = package.rpartition("@")
    modules = KEPT / "node_modules"
    about = modules / name / "package.json"
    if not about.exists() or json.loads(about.read_text())["version"] != version:
        if shutil.which("npm") is None:
            sys.exit(f"{package} is fetched by npm, and there is none on this machine")
        say(f"Fetching {package} (once) ...")
        KEPT.mkdir(exist_ok=True)
        subprocess.run(
            [
                *("npm", "install", "--prefix", str(KEPT), "--no-save", "--ignore-scripts"),
                *("--no-fund", "--no-audit", "--loglevel=error"),
                *(each for each in (VNU, LIGHTHOUSE) if kept_or_wanted(each, package)),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return modules


def kept_or_wanted(package: str, wanted: str) -> bool:
    """`npm install --no-save` takes away what it is not told of."""
    return package == wanted or (KEPT / "node_modules" / package.rpartition("@")[0]).exists()


def main() -> int:
    commands = {each.__name__: each for each in (screenshots, html, weights, lighthouse)}
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=commands)
    parser.add_argument("names", nargs="*", help="page types; all of them without a name")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return commands[arguments.what](Site(Path(folder)), arguments.names)


if __name__ == "__main__":
    sys.exit(main())
