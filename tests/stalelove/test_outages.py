"""What readers and editors get while PostgreSQL does not answer; and what is no outage but a fault."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import os
import socket
import stat
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, InterfaceError, OperationalError, ProgrammingError, connection
from django.db import InternalError as DjangoInternalError
from django.http import HttpResponse
from django.test import Client

from stalelove import help_lines, outages
from stalelove.database import base
from stalelove.database.base import DatabaseWrapper
from stalelove.kept_pages import Key
from stalelove.outages import is_outage
from stalelove.page_cache import Pages
from tests.markup import complaints, parse, words_of
from tests.stalelove.builders import make_country, make_help_line

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def nothing_remembered():
    def fresh():
        help_lines.forget()
        outages._notice = outages._Notice()
        DatabaseWrapper._absences.clear()

    fresh()
    yield
    fresh()


@pytest.fixture
def away(django_db_blocker, tmp_path):
    """The database refuses every connection, until `away` is called with where to go."""
    before = connection.settings_dict["HOST"], connection.settings_dict["PORT"]

    def go(host: str, port: str = "5432") -> None:
        connection.close()
        connection.settings_dict["HOST"], connection.settings_dict["PORT"] = host, port

    with django_db_blocker.unblock():
        go(str(tmp_path))
        yield go
        go(*before)


@pytest.fixture
def visitor() -> Client:
    """Sees what a browser would: an exception is a page, too."""
    return Client(raise_request_exception=False)


def failure(kind: type[Exception], code: str | None) -> Exception:
    """As Django raises it: its own exception on top of psycopg's."""
    below = psycopg.errors.lookup(code)("said") if code else psycopg.OperationalError("said")
    error = kind("said")
    error.__cause__ = below
    return error


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (OperationalError, None),  # refused, lost, timed out, too many clients
        (OperationalError, "08006"),
        (OperationalError, "08P01"),  # PgBouncer
        (OperationalError, "53100"),  # disk full
        (OperationalError, "53200"),
        (OperationalError, "53300"),
        (OperationalError, "57P01"),  # stopping
        (OperationalError, "57P02"),
        (OperationalError, "57P03"),  # starting up
        (OperationalError, "57014"),  # statement timeout
        (OperationalError, "55P03"),  # lock timeout
        (OperationalError, "58030"),  # the disk fails
        (DjangoInternalError, "25006"),  # read-only
    ],
)
def test_an_outage(kind, code):
    assert is_outage(failure(kind, code))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ProgrammingError, "42P01"),  # no such table
        (ProgrammingError, "42601"),
        (DataError, "22001"),
        (OperationalError, "40P01"),  # a deadlock is made by our own order of locks
        (DjangoInternalError, "25P02"),
    ],
)
def test_a_fault_of_ours_is_no_outage(kind, code):
    assert not is_outage(failure(kind, code))
    assert not is_outage(ValueError())


def test_what_is_tried_after_the_connection_was_lost_belongs_to_the_outage():
    try:
        try:
            raise failure(OperationalError, "57P01")
        except OperationalError:
            raise ProgrammingError("Cannot open a new connection in an atomic block.")  # noqa: B904
    except ProgrammingError as error:
        assert is_outage(error)


def test_a_cursor_used_wrongly_on_a_living_connection_is_no_outage(db):
    with pytest.raises(InterfaceError) as caught, connection.cursor() as cursor:
        cursor.close()
        cursor.execute("SELECT 1")

    assert not is_outage(caught.value)


PAGES = [
    *("/", "/articles/", "/articles/x/", "/exercises/", "/questions/tonight/", "/search/?q=love"),
    *("/checkup/", "/feed.atom", "/sitemap.xml", "/about/", "/topics/repair/", "/reading-list/"),
    f"/snapshot/{'a' * 32}/",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_so_with_the_help_lines(away, visitor, path):
    response = visitor.get(path)

    html = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "no-store" in response["Cache-Control"]
    assert response.cookies == {}
    assert complaints(html) == []
    text = words_of(parse(html).find(".//main"))
    assert "What you had saved before is still saved." in text
    for number in ("1-800-799-7233", "emergency 911", "emergency 999"):
        assert number in text


def test_whoever_sent_something_learns_that_it_may_not_have_been_saved(away, visitor):
    response = visitor.post("/checkup/start/")

    assert response.status_code == 503
    assert "may not have been saved" in response.content.decode()


def test_a_private_page_stays_private_while_it_is_away(away, visitor):
    response = visitor.get(f"/snapshot/{'a' * 32}/data.json")

    assert response.status_code == 503
    assert json.loads(response.content) == {"error": "unavailable", "retry_after": 60}
    assert (response["Cache-Control"], response["Referrer-Policy"]) == (
        "no-store, private",
        "no-referrer",
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_editors_are_told_the_same(away, visitor, settings, method):
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32

    response = getattr(visitor, method)("/admin/articles/article/")

    assert response.status_code == 503
    assert "1-800-799-7233" in response.content.decode()


def test_a_fault_of_ours_stays_a_fault(db, visitor, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE articles_article RENAME TO gone")

    response = visitor.get("/articles/")

    assert response.status_code == 500
    assert "django.request" in [record.name for record in caplog.records]


def test_an_outage_is_told_once_and_not_for_each_request(away, visitor, capsys, monkeypatch):
    said: list[logging.LogRecord] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record)

    ear = Ear()
    names = ("stalelove.outages", "django")
    for name in names:
        logging.getLogger(name).addHandler(ear)
    for path in PAGES:
        visitor.get(path)
    for name in names:
        logging.getLogger(name).removeHandler(ear)

    assert [(record.name, record.levelname) for record in said] == [("stalelove.outages", "ERROR")]
    assert said[0].getMessage().startswith("PostgreSQL does not answer: ")


def test_the_load_balancer_learns_it_and_the_process_lives(away, visitor):
    assert visitor.get("/readyz").status_code == 503
    assert visitor.get("/healthz").status_code == 200


# Help, all the same


def lines_on(response) -> str:
    html = response.content.decode()
    assert complaints(html) == []
    assert response.cookies == {}
    return words_of(parse(html).find(".//main"))


def test_help_answers_with_what_ships_where_nothing_else_is_known(away, visitor):
    index, us, data = (visitor.get(path) for path in ("/help/", "/help/us/", "/help.json"))

    assert [index.status_code, us.status_code, data.status_code] == [200, 200, 200]
    assert "those that came with the site, as of November 22, 2026" in lines_on(index)
    assert "1-800-799-7233" in lines_on(us)
    assert us["Cache-Control"] == "no-store"
    document = json.loads(data.content)
    assert document["as_of"] == "2026-11-22"
    assert [place["code"] for place in document["countries"]][-1] == "anywhere"
    assert visitor.get("/help/zz/").status_code == 404
    assert visitor.get("/help/US/")["Location"] == "/help/us/"


def test_help_answers_with_what_this_process_last_read(away, visitor):
    lines = _one_line(phone="0800 11 22 33")
    help_lines._memory.remember(lines)

    text = lines_on(visitor.get("/help/us/"))

    assert "0800 11 22 33" in text
    assert "The lines on this page are as we last knew them, on" in text


def test_another_process_of_the_machine_finds_them_in_the_file(away, visitor, settings, tmp_path):
    settings.STATE_ROOT = str(tmp_path / "state")
    help_lines._memory.remember(_one_line(phone="0800 11 22 33"))
    help_lines.forget()

    us, data = visitor.get("/help/us/"), json.loads(visitor.get("/help.json").content)

    assert "0800 11 22 33" in lines_on(us)
    assert data["countries"][0]["resources"][0]["phone"] == "0800 11 22 33"
    as_of = dt.datetime.fromisoformat(data["as_of"])
    assert dt.datetime.now(dt.UTC) - as_of < dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    "kept",
    [b"", b"{", b"[]", b"\xff", b'{"as_of": "2026-11-26T10:00:00+00:00"}'],
    ids=["empty", "cut short", "something else", "not text", "half"],
)
def test_a_file_that_cannot_be_read_leads_to_what_ships(away, visitor, settings, tmp_path, kept):
    settings.STATE_ROOT = str(tmp_path)
    (tmp_path / help_lines.FILE).write_bytes(kept)

    assert "1-800-799-7233" in lines_on(visitor.get("/help/us/"))


def test_a_folder_that_cannot_be_written_does_no_harm(db, visitor, settings, tmp_path):
    settings.STATE_ROOT = str(tmp_path / "file")
    (tmp_path / "file").write_text("no folder")
    make_help_line(country=make_country())

    assert visitor.get("/help/us/").status_code == 200
    assert help_lines.last_known().countries[0].code == "us"


def test_what_is_kept_says_what_the_database_said(db, visitor, settings, tmp_path):
    settings.STATE_ROOT = str(tmp_path)
    us = make_country(emergency="911", position=1)
    anywhere = make_country(code="anywhere", name="Anywhere else", position=0)
    make_help_line(country=us, slug="us-one", last_checked=dt.date(2026, 1, 2), hours="always")
    make_help_line(country=us, slug="us-hidden", is_published=False)
    make_help_line(country=anywhere, slug="any-one", kind="crisis")
    live = json.loads(visitor.get("/help.json").content)
    help_lines.forget()

    kept = help_lines.last_known()

    from stalelove.help_document import document

    assert {**json.loads(json.dumps(document(kept), cls=DjangoJSONEncoder)), "as_of": None} == live
    mode = stat.S_IMODE((tmp_path / help_lines.FILE).stat().st_mode)
    assert (mode, [path.name for path in tmp_path.iterdir()]) == (0o600, [help_lines.FILE])


def test_once_the_database_is_back_help_is_what_it_says(db, visitor):
    help_lines._memory.remember(_one_line(phone="0800 11 22 33"))
    make_help_line(country=make_country(), phone="0800 99")

    text = lines_on(visitor.get("/help/us/"))

    assert ("0800 99" in text, "0800 11" in text, "last knew" in text) == (True, False, False)


def _one_line(**fields) -> help_lines.HelpLines:
    us = help_lines.Country(code="us", name="United States", emergency="911")
    line = help_lines.HelpResource(
        country=us,
        slug="us-one",
        kind="abuse",
        name="A line",
        source="us",
        last_checked=dt.date(2026, 11, 1),
        **fields,
    )
    return help_lines.HelpLines((help_lines.Place(us, (line,)),))


# Nobody waits long


class Silent:
    """A server that takes connections and never says a word."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = str(self.socket.getsockname()[1])

    def calls(self) -> int:
        """How many connections it was asked for; then it is gone."""
        self.socket.setblocking(False)
        count = 0
        with self.socket, contextlib.suppress(BlockingIOError):
            while True:
                self.socket.accept()[0].close()
                count += 1
        return count


def test_a_silent_server_holds_up_one_request_and_not_the_next_ones(away, visitor, monkeypatch):
    monkeypatch.setattr(base, "PAUSE", 60)  # however slow the machine is, all four are within it
    silent = Silent()
    away("127.0.0.1", silent.port)
    for _number in range(4):
        assert visitor.get("/help/us/").status_code == 200
        assert visitor.get("/articles/").status_code == 503

    assert silent.calls() == 1


@pytest.fixture
def hurried(transactional_db, django_db_blocker, settings):
    """The connection as stalelove.wsgi has it, with a second's patience."""
    settings.DATABASE_STATEMENT_TIMEOUT = settings.DATABASE_LOCK_TIMEOUT = 1
    with django_db_blocker.unblock():
        connection.close()
        DatabaseWrapper.for_requests = True
        yield connection
        DatabaseWrapper.for_requests = False
        connection.close()


@pytest.mark.skipif(
    django_settings.DATABASE_POOLER, reason="through a pooler the role has this timeout"
)
def test_a_slow_statement_of_a_request_is_ended_by_the_server(hurried):
    with pytest.raises(OperationalError, match="statement timeout") as caught:
        hurried.cursor().execute("SELECT pg_sleep(10)")

    assert is_outage(caught.value)


def test_behind_a_pooler_it_is_ended_by_us_and_cancelled(hurried, settings):
    settings.DATABASE_POOLER = True
    with hurried.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    began = time.monotonic()

    with pytest.raises(OperationalError, match="not answered for 3 seconds") as caught:
        hurried.cursor().execute("SELECT 'slow and ours', pg_sleep(20)")

    assert time.monotonic() - began < 6
    assert is_outage(caught.value)
    hurried.close()
    with hurried.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
            " AND query LIKE 'SELECT ''slow and%'"
        )
        assert cursor.fetchone() == (0,)


def test_a_command_has_all_the_time_it_needs(transactional_db, django_db_blocker, settings):
    settings.DATABASE_STATEMENT_TIMEOUT = 1
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1.2)")
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
        connection.close()


def test_the_site_starts_without_its_database(tmp_path):
    code = (
        "from django.test import Client; from stalelove.wsgi import application;"
        "client = Client(raise_request_exception=False);"
        "secure = {'secure': True, 'headers': {'host': 'stalelove.example'}};"
        "print([client.get(path, **secure).status_code"
        " for path in ('/', '/help/us/', '/healthz')])"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "stalelove.settings",
        "SECRET_KEY": "x" * 60,
        "DATABASE_URL": f"postgres://nobody@{str(tmp_path).replace('/', '%2F')}/none",
        "ALLOWED_HOSTS": "stalelove.example",
        "SITE_URL": "https://stalelove.example",
        "STATE_ROOT": str(tmp_path / "state"),
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True)

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[503, 200, 200]\n"


# The page of nginx, while no node answers


def test_nginx_s_page_holds_the_lines_that_ship():
    """`manage.py outage_page --shipped deploy/nginx/503.html` makes it anew."""
    from stalelove.management.commands.outage_page import page

    kept = (ROOT / "deploy" / "nginx" / "503.html").read_text()

    assert kept == page(help_lines.shipped())
    assert complaints(kept) == []
    assert "1-800-799-7233" in kept
    assert not any(sign in kept for sign in ("<link", "<script", "<style", "<img", "src="))


def test_the_page_can_be_made_with_the_lines_of_the_database(db, tmp_path):
    make_help_line(country=make_country(), phone="0800 99")

    call_command("outage_page", tmp_path / "503.html", stdout=(out := StringIO()))

    assert "0800 99" in (tmp_path / "503.html").read_text()
    assert out.getvalue() == f"Written to {tmp_path / '503.html'}: 1 lines.\n"


def test_without_lines_no_page_is_made(db, tmp_path):
    with pytest.raises(CommandError, match="There are no help lines yet"):
        call_command("outage_page", tmp_path / "503.html")
    with pytest.raises(CommandError, match="could not be written: No such file"):
        call_command("outage_page", tmp_path / "no" / "503.html", shipped=True)


@pytest.mark.parametrize(("route", "is_given"), [("home", True), ("help_country", False)])
def test_an_old_page_is_better_than_none_but_not_of_help(route, is_given):
    """The help pages know what was right a minute ago, and say so."""
    pages = Pages(1_000_000, is_shared=False)
    key = Key("https", "stalelove.example", "/a/", "")
    pages.put(key, "an older stamp", route, HttpResponse("words"))

    assert (pages.last(key) is not None) == is_given
