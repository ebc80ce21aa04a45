"""`make scan`: wapiti and sqlmap against a site of production's settings on loopback.

Both are installed into `.scan/`, each into an environment of its own, and are no part of the project.
Bounded: `--minutes` for each of the two walks of wapiti and for all of sqlmap. Exits 1 when one of
them finds a weakness, or the site met an error of its own meanwhile. Example:
python -m tests.scan --minutes 5
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.scan.site import Site, production_site
from tests.serving import ROOT

FOLDER = ROOT / ".scan"
TOOLS = {"wapiti": "wapiti3>=3.2,<4", "sqlmap": "sqlmap>=1.9,<2"}
# All that ask nobody else: the others need a server of theirs to call back to, or a list to download.
MODULES = (
    "backup,cookieflags,crlf,csp,exec,file,htaccess,http_headers,ldap,methods,permanentxss,redirect,"
    "shellshock,spring4shell,sql,timesql,upload,xss"
)
# Readers' forms have no cookie, so no token either (docs/security.md); the editors' have both.
EDITORS_MODULES = f"{MODULES},csrf"


def install(name: str) -> Path:
    """The program, in an environment of its own."""
    folder = FOLDER / "tools" / name
    program = folder / "bin" / name
    if not program.exists():
        print(f"Installing {name} into {folder.relative_to(ROOT)} (once) ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(folder / "bin" / "pip"), "install", "--quiet", TOOLS[name]],
            check=True,
            stderr=subprocess.DEVNULL,
        )
    return program


def wapiti(site: Site, name: str, minutes: float, *arguments: str) -> list[str]:
    """Walk the site and attack every form and query it finds; what it found, a line each."""
    report = FOLDER / f"wapiti-{name}.json"
    seconds = minutes * 60
    modules = MODULES.count(",") + 1
    with (FOLDER / f"wapiti-{name}.log").open("w") as log:
        subprocess.run(
            [
                *(str(install("wapiti")), "--scope", "folder"),
                *("--store-session", str(FOLDER / "wapiti-session"), "--flush-session"),
                *("--max-scan-time", str(seconds), "--max-attack-time", str(seconds / modules)),
                *("--max-links-per-page", "60", "--max-files-per-dir", "25", "--depth", "6"),
                *("--max-parameters", "40", "--timeout", "15", "--tasks", "4", "--level", "2"),
                *("--format", "json", "--output", str(report), "--no-bugreport", "-v", "1"),
                *arguments,
            ],
            stdout=log,
            stderr=log,
            check=True,
            timeout=seconds * 3,
        )
    told = json.loads(report.read_text())
    found = [
        f"wapiti ({name}): {kind}: {each['method']} {each['path']}: {each['info']}"
        for group in ("vulnerabilities", "anomalies")
        for kind, cases in told[group].items()
        for each in cases
    ]
    print(
        f"wapiti ({name}): {told['infos']['crawled_pages_nbr']} pages, "
        f"{modules} kinds of attack, {len(found)} findings",
        flush=True,
    )
    return found


def targets(site: Site) -> list[tuple[str, ...]]:
    """What sqlmap tries, every parameter of each: what readers send, and what an editor may."""
    editor = f"sessionid={site.session}"
    snapshot, step = f"/snapshot/{site.finished}", f"/checkup/{site.begun}/attention/"
    return [
        ("/search/?q=love&page=1",),
        ("/articles/?page=1",),
        ("/articles/when-the-phone-sits-between-you*/",),
        ("/topics/repair*/",),
        ("/help/us*/",),
        ("/exercises/?minutes=10&who=alone&distance=&touch=&category=repair",),
        ("/exercises/the-repair-script/week.ics?time=20:30&start=2027-01-04&title=neutral",),
        (f"{snapshot}/?begin=repair&who=alone&minutes=10",),
        (f"/snapshot/{site.finished[:-4]}*/",),
        (step, "--data", "edition=1&attention-looked-up=2&attention-remembered=3"),
        ("/help/us/report/", "--data", "line=&problem=no_answer&details=a&website="),
        ("/admin/login/", "--data", "username=edith&password=a&otp_token=000000"),
        ("/admin/articles/article/?q=a&o=1&state__exact=draft&p=1", "--cookie", editor),
        (f"/admin/articles/article/{site.article}*/change/", "--cookie", editor),
        ("/admin/stalelove/report/?handled=no&problem=missing", "--cookie", editor),
    ]


_INJECTABLE = re.compile(r"^Parameter: .+$|is vulnerable\b.*|is injectable\b.*", re.MULTILINE)


def sqlmap(site: Site, minutes: float) -> list[str]:
    """Try each target within an equal share of the time; what could be injected, a line each."""
    program = install("sqlmap")
    found, requests = [], 0
    each = targets(site)
    for number, (address, *arguments) in enumerate(each):
        log = FOLDER / f"sqlmap-{number:02}.log"
        with log.open("w") as lines:
            subprocess.run(
                [
                    *(str(program), "--url", site.address + address),
                    *("--batch", "--dbms", "PostgreSQL", "--level", "3", "--risk", "2"),
                    *("--technique", "BEUST", "--time-sec", "3", "--timeout", "15"),
                    *("--retries", "0", "--threads", "2", "--ignore-code", "*"),
                    *("--skip", "User-Agent,Referer,Host,Cookie", "--disable-coloring"),
                    *("--time-limit", str(int(minutes * 60 / len(each)))),
                    *("--output-dir", str(FOLDER / "sqlmap"), "--flush-session", "-v", "1"),
                    *arguments,
                ],
                stdout=lines,
                stderr=lines,
                stdin=subprocess.DEVNULL,
                check=False,
                timeout=minutes * 180,
            )
        text = log.read_text()
        shown = re.sub(r"/(snapshot|checkup)/[^/]+/", r"/\1/TOKEN/", address)
        found += [f"sqlmap: {shown}: {line}" for line in _INJECTABLE.findall(text)]
        if "testing" not in text:
            found.append(f"sqlmap: {shown}: was not tried, see {log.relative_to(ROOT)}")
        requests += text.count("[INFO] testing '")
    print(f"sqlmap: {len(each)} targets, {requests} kinds of attack, {len(found)} findings")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.scan")
    parser.add_argument("--minutes", type=float, default=10, help="for each of three parts (10)")
    parser.add_argument("--port", type=int, default=8390, help="where the site listens (8390)")
    parser.add_argument(
        "--only", choices=["readers", "editors", "sqlmap"], help="one part instead of all three"
    )
    options = parser.parse_args()
    run = FOLDER / "site"
    shutil.rmtree(run, ignore_errors=True)
    began = time.monotonic()
    found = []
    with production_site(run, options.port) as site:
        root, admin = f"{site.address}/", f"{site.address}/admin/"
        if options.only in (None, "readers"):
            own = (f"snapshot/{site.finished}/", f"checkup/{site.begun}/attention/")
            starts = [part for path in own for part in ("--start", root + path)]
            preview = ("--start", site.address + site.preview, "--exclude", admin)
            found += wapiti(
                *(site, "readers", options.minutes, "--url", root, "--module", MODULES),
                *(*starts, *preview),
            )
        if options.only in (None, "editors"):
            found += wapiti(
                *(site, "editors", options.minutes, "--url", admin, "--module", EDITORS_MODULES),
                *("--cookie-value", f"sessionid={site.session}"),
                *("--exclude", f"{admin}logout/", "--exclude", f"{admin}password_change/"),
            )
        if options.only in (None, "sqlmap"):
            found += sqlmap(site, options.minutes)
        faults = site.faults()
    for line in found:
        print(line)
    for fault, times in faults.items():
        print(f"the site, {times} times: {fault}")
    print(
        f"{len(found)} findings and {faults.total()} errors of the site in "
        f"{time.monotonic() - began:.0f} s; the full reports are in .scan/"
    )
    sys.exit(bool(found or faults))


if __name__ == "__main__":
    main()
