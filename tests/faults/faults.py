"""Each fault, lived through under load, as one row of the table.

What must hold of every row: no acknowledged answer is lost, nobody is shown a fault of ours (500),
whoever is not served gets the help lines, /help/ answers throughout, and everything works again
within five seconds of the fault's end without a hand.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psycopg

from tests.faults.readers import CATEGORIES, KEYS, Answer, Load
from tests.faults.site import Site

RECOVERY = 5
PAST = "finding-your-way-back-to-each-other"  # an article that ships
NEXT_VERSION = "tests.faults.next_version.settings"


class SkippedError(Exception):
    """This machine cannot show the fault; str() says why."""


@dataclass
class Row:
    """One fault. Times in seconds; `recovery` from the fault's end to the last request that failed
    after it, or to the first that was served again, whichever is later."""

    fault: str
    sent: int = 0
    acknowledged: int = 0
    found: int = 0
    told_kindly: int = 0
    broken: int = 0
    recovery: float = 0.0
    slowest: float = 0.0
    help_asked: int = 0
    help_slowest: float = 0.0
    problems: list[str] = field(default_factory=list)


@contextlib.contextmanager
def lived_through(
    fault: str, site: Site, *, after: float = 3.0, readers: int = 8
) -> Iterator[tuple[Row, Load]]:
    """Run a load around a fault; the body makes the fault and ends it."""
    row = Row(fault)
    with Load(site, readers=readers) as load:
        _until(lambda: load.acknowledgements >= 40, "the load did not begin", seconds=60)
        began = time.monotonic()
        yield row, load
        ended = time.monotonic()
        before = load.acknowledgements
        _until(
            lambda: load.acknowledgements >= before + 40,
            "it did not come back",
            seconds=60,
            row=row,
        )
        time.sleep(after)
    _judge(row, load, began, ended)


def _judge(row: Row, load: Load, began: float, ended: float) -> None:
    answers = load.sent
    failed = [answer for answer in answers if answer.status != 302]
    lost = load.lost()
    row.sent, row.acknowledged = len(answers), load.acknowledgements
    row.found = row.acknowledged - len(lost)
    row.told_kindly = sum(answer.status == 503 and answer.is_friendly for answer in failed)
    row.broken = len(failed) - row.told_kindly
    served = [each.ended for each in answers if each.status == 302 and each.began >= ended]
    late = [answer.ended for answer in failed if answer.ended > ended]
    back = max([min(served, default=ended + 999), *late])
    row.recovery = round(max(0.0, back - ended), 2)
    row.slowest = round(max(answer.seconds for answer in answers), 2)
    row.help_asked = len(load.help)
    row.help_slowest = round(max(answer.seconds for answer in load.help), 2)
    row.problems += lost[:5]
    row.problems += sorted({_odd(a) for a in failed if a.status != 503 or not a.is_friendly})
    row.problems += sorted({f"help: {_odd(a)}" for a in load.help if a.status != 200})
    if row.recovery > RECOVERY:
        row.problems.append(f"it took {row.recovery} s to recover")
    early = [answer for answer in failed if answer.ended < began]
    if early:
        row.problems.append(f"{len(early)} failed before the fault")


def _odd(answer: Answer) -> str:
    where = "a step" if answer.path.startswith("/checkup/") else answer.path
    what = {0: "the connection broke", 503: "503 without the help lines"}.get(
        answer.status, str(answer.status)
    )
    return f"{where}: {what}"


def _until(
    is_true: Callable[[], bool], sentence: str, *, seconds: float, row: Row | None = None
) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            if row is None:
                raise AssertionError(sentence)
            row.problems.append(sentence)
            return
        time.sleep(0.02)


# PostgreSQL


def restarted(site: Site, seconds: float) -> Row:
    with lived_through("PostgreSQL restarted", site) as (row, _load), site.without_database():
        site.database.stop()
    return row


def killed(site: Site, seconds: float) -> Row:
    with (
        lived_through("PostgreSQL killed (-9), all of it", site) as (row, _load),
        site.without_database(),
    ):
        for pid in site.database.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(1)
    return row


def backend_killed(site: Site, seconds: float) -> Row:
    """PostgreSQL then throws everybody out and recovers by itself."""
    with lived_through("one PostgreSQL process killed (-9)", site) as (row, _load):
        with site.database.connect() as connection:
            pid = connection.execute(
                "SELECT max(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()[0]
        os.kill(pid, signal.SIGKILL)
        _until_it_answers(site)
    return row


def down(site: Site, seconds: float) -> Row:
    name = f"PostgreSQL down for {seconds:g} s"
    with lived_through(name, site) as (row, _load), site.without_database():
        site.database.stop()
        time.sleep(seconds)
    return row


def frozen(site: Site, seconds: float) -> Row:
    """It takes connections and says nothing, as with a disk that hangs."""
    seconds = min(seconds, 10)
    with lived_through(f"PostgreSQL frozen for {seconds:g} s (SIGSTOP)", site) as (row, _load):
        processes = site.database.processes()
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    return row


def _until_it_answers(site: Site) -> None:
    """The fault's end: the server takes connections again."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(psycopg.Error), site.database.connect() as connection:
            connection.execute("SELECT 1")
            return
        time.sleep(0.05)
    raise AssertionError("PostgreSQL did not come back")


# Nodes


def worker_killed_in_a_step(site: Site, seconds: float) -> Row:
    """A page is held in the middle of its transaction by a lock of ours; then its worker dies."""
    with lived_through("worker killed (-9) in the middle of a step", site) as (row, load):
        started = load.until_acknowledged("/checkup/start/", {})
        assert started is not None
        token = started.location.split("/")[2]
        pages = load.acknowledged.setdefault(token, {})
        form = dict.fromkeys(KEYS["attention"], "3") | {"edition": "1"}
        answers: list[Answer] = []
        for _time in range(3):
            with site.database.connect() as connection, connection.transaction():
                connection.execute(
                    "SELECT 1 FROM quiz_checkup WHERE token_hash = sha256(%s) FOR UPDATE",
                    [token.encode()],
                )
                post = threading.Thread(
                    target=lambda: answers.append(load.ask(f"/checkup/{token}/attention/", form))
                )
                post.start()
                os.kill(_worker_that_waits(site), signal.SIGKILL)
                post.join()
            time.sleep(1.5)  # nginx leaves a node that broke a connection alone for a second
        load.sent += answers
        if [answer.status for answer in answers] != [503] * 3:
            row.problems.append(f"it was told {[answer.status for answer in answers]}")
        if load.until_acknowledged(f"/checkup/{token}/attention/", form):
            pages["attention"] = [3] * 6
    return row


def _worker_that_waits(site: Site) -> int:
    """The gunicorn worker whose connection waits for our lock."""
    end = time.monotonic() + 10
    with site.database.connect() as connection:
        while time.monotonic() < end:
            found = connection.execute(
                "SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            ).fetchone()
            if found and found[0].startswith("stalelove "):
                return int(found[0].split()[1])
            time.sleep(0.02)
    raise AssertionError("no worker came to wait")


def workers_killed(site: Site, seconds: float) -> Row:
    chance = random.Random(7)
    with lived_through("five workers killed (-9), one after the other", site) as (row, _load):
        for _time in range(5):
            workers = chance.choice(site.nodes).workers()
            if workers:
                os.kill(chance.choice(workers), signal.SIGKILL)
            time.sleep(0.5)
    return row


def node_killed(site: Site, seconds: float) -> Row:
    with lived_through("a whole node killed (-9)", site) as (row, _load):
        site.nodes[0].kill()
        time.sleep(0.5)
        _until(lambda: site.nodes[0].process.poll() is None, "nobody started the node", seconds=10)
        site.nodes[0].wait_until_ready()
    return row


def renewed(site: Site, seconds: float) -> Row:
    """A new version comes: a migration under load, then one node after the other. Nothing may fail."""
    with lived_through("both nodes renewed, a migration in between", site) as (row, load):
        load.pause = 0
        # As collectstatic leaves it: the node that is still running has not seen it.
        new = "css/next.0123456789ab.css"
        (site.folder / "static" / new).write_text("p { margin: 0 }")
        for node in site.nodes:
            node.renew()
            if node is site.nodes[0]:
                said = site.manage("migrate", "--no-color", settings=NEXT_VERSION)
                if said.count("... OK") != 2:
                    row.problems.append("the migrations did not run")
                styled = {load.ask(f"/static/{new}").status for _time in range(8)}
                if styled != {200}:
                    row.problems.append(f"the new version's stylesheet was {styled}")
    site.manage("migrate", "next_version", "zero", settings=NEXT_VERSION)
    failed = row.told_kindly + row.broken
    if failed:
        row.problems.append(f"{failed} requests failed")
    return row


# What runs out


def no_connections_left(site: Site, seconds: float) -> Row:
    """Others hold every connection but those that the site has open; then the site loses its own."""
    with lived_through("connection limit reached", site) as (row, _load):
        held = []
        with contextlib.ExitStack() as stack:
            with site.database.connect() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'stalelove %'"
                )
            end = time.monotonic() + min(seconds, 5)
            while time.monotonic() < end:
                with contextlib.suppress(psycopg.OperationalError):
                    held.append(stack.enter_context(site.database.connect()))
                    continue
                time.sleep(0.05)
        if not held:
            row.problems.append("no connection was held")
    return row


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own, in memory. Raises SkippedError where that is not allowed."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SkippedError("a small disk cannot be mounted here (that takes root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """Leave not a byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0")
    return ballast


def disk_full(folder: Path, seconds: float) -> Row:
    """No room for tables: PostgreSQL refuses what would need some."""
    with (
        small_disk(folder / "disk", 200) as disk,
        Site(folder, database_folder=disk / "postgres", wal=folder / "wal") as site,
        lived_through("disk full: tables", site) as (row, load),
    ):
        # Every page of the table is taken, so that the next row needs a new one.
        ballast = _fill(disk)
        refused = len([answer for answer in load.sent if answer.status == 503])
        _until(
            lambda: len([a for a in load.sent if a.status == 503]) >= refused + 10,
            "the disk was never full",
            seconds=60,
            row=row,
        )
        time.sleep(min(seconds, 5))
        ballast.unlink()
    return row


def log_disk_full(folder: Path, seconds: float) -> Row:
    """No room for the write-ahead log: PostgreSQL stops, and cannot start while that lasts."""
    with (
        small_disk(folder / "log-disk", 64) as disk,
        Site(folder, wal=disk, settings="max_wal_size = 32MB\nmin_wal_size = 32MB") as site,
        lived_through("disk full: write-ahead log", site) as (row, _load),
    ):
        ballast = _fill(disk)
        with contextlib.suppress(psycopg.Error):
            for _segment in range(20):
                with site.database.connect() as connection:
                    connection.execute("SELECT pg_switch_wal()")
                    connection.execute("CREATE TABLE IF NOT EXISTS filler ()")
                    connection.execute("DROP TABLE filler")
        time.sleep(min(seconds, 5))
        ballast.unlink()
        _until_it_answers(site)
    return row


# The clock


def _movable_clock(folder: Path) -> tuple[Path, Callable[[int], None]]:
    """What to preload into the nodes, and how to move their clock (clock.c)."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise SkippedError("there is no C compiler for the clock that can be moved")
    folder.mkdir(parents=True, exist_ok=True)
    library, offset = folder / "clock.so", folder / "offset"
    source = Path(__file__).parent / "clock.c"
    build = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(build, check=True)
    offset.write_bytes(bytes(8))

    def move(seconds: int) -> None:
        with offset.open("r+b") as file:  # in place: the nodes have it mapped
            file.write(struct.pack("q", seconds))

    return library, move


def clock_jumps(folder: Path, seconds: float) -> Row:
    """The nodes' clock goes an hour ahead, then an hour behind; PostgreSQL's stays."""
    library, move = _movable_clock(folder)
    clock_of_nodes = {
        "LD_PRELOAD": str(library),
        "FAULTS_CLOCK": str(folder / "offset"),
        # The limits count by the clock, and shall count here.
        "RATE_LIMITS": "true",
    }
    seconds = min(seconds, 5)
    with Site(folder, **clock_of_nodes) as site:
        site.manage(
            *("shell", "-c"),
            "import datetime as dt; from django.utils import timezone;"
            "from articles.models import Article;"
            f"article = Article.objects.exclude(slug='{PAST}').first();"
            "article.slug = 'in-half-an-hour';"
            "article.publish_at = timezone.now() + dt.timedelta(minutes=30); article.save()",
        )
        # One reader, who begins fewer checkups than a network may in ten minutes.
        with lived_through("clock an hour ahead, then behind", site, readers=1) as (row, load):
            seen = []
            for offset in (0, 3600, -3600, 0):
                move(offset)
                time.sleep(max(2, seconds / 3))  # a page is trusted for a second
                seen.append(
                    tuple(
                        load.ask(f"/articles/{slug}/").status for slug in ("in-half-an-hour", PAST)
                    )
                )
            if seen != [(404, 200)] * 4:  # what is due goes by PostgreSQL's clock
                row.problems.append(f"the scheduled and the published article were {seen}")
    return row


ON_ONE_SITE: dict[str, Callable[[Site, float], Row]] = {
    "restarted": restarted,
    "killed": killed,
    "backend": backend_killed,
    "step": worker_killed_in_a_step,
    "workers": workers_killed,
    "node": node_killed,
    "connections": no_connections_left,
    "renewed": renewed,
    "frozen": frozen,
    "down": down,
}
ON_THEIR_OWN: dict[str, Callable[[Path, float], Row]] = {
    "disk": disk_full,
    "log-disk": log_disk_full,
    "clock": clock_jumps,
}
# What CI lives through each time, within about a minute.
SHORT = ("renewed", "killed", "step", "down")


def run(names: list[str], folder: Path, seconds: float) -> Iterator[Row | str]:
    """The row of each fault as it is done, or the sentence that says why it was left out."""
    shared = [name for name in names if name in ON_ONE_SITE]
    if shared:
        with Site(folder / "site", settings="max_connections = 40") as site:
            for name in shared:
                yield ON_ONE_SITE[name](site, seconds)
        shutil.rmtree(folder / "site", ignore_errors=True)
    for name in names:
        if name in ON_THEIR_OWN:
            try:
                yield ON_THEIR_OWN[name](folder / name, seconds)
            except SkippedError as reason:
                yield f"{name}: left out, {reason}"


def table(rows: list[Row]) -> str:
    """The fault table, as Markdown."""
    head = (
        "| fault | sent | acknowledged | found | 503 with help lines | broken | recovery, s | slowest, s "
        "| /help/ asked | its slowest, s | |"
    )
    lines = [head, "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        values = asdict(row)
        problems = "; ".join(values.pop("problems")) or "right"
        lines.append("| " + " | ".join([*map(str, values.values()), problems]) + " |")
    return "\n".join(lines)


assert set(CATEGORIES) == set(KEYS)
