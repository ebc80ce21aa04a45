"""What a reader leaves behind, looked for everywhere but in that reader's own pages."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.core import mail
from django.core.cache import caches
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse
from django.utils.log import AdminEmailHandler

from quiz.models import Checkup, Edition, Pairing, Participant
from quiz.urls import urlpatterns as quiz_addresses
from stalelove.categories import Category

ROOT = Path(__file__).parent.parent
NOTE = "Xylograph-in-the-wardrobe"
# Not to be found by chance, and of no meaning.
ANSWERS = "403142 204130 0421n1 314204".replace(" ", "")
TOKEN = re.compile(r"/(?:checkup|snapshot|together)/([A-Za-z0-9_-]{32})/")


class Traces:
    """Everything that goes past: what was answered, and what was logged."""

    def __init__(self):
        self.responses = []
        self.log = io.StringIO()
        self.tokens = set()

    def secrets(self):
        """Every token, in the ways in which one could be written down."""
        written = {form for token in self.tokens for form in (token, quote(token, safe=""))}
        return {*written, *(token.encode().hex() for token in self.tokens), NOTE}

    def found_in(self, text):
        return sorted(secret for secret in self.secrets() if secret in text)


class Browser(Client):
    """A reader's browser that keeps what it was answered, and every token it was given."""

    def __init__(self, traces, **options):
        super().__init__(**options)
        self.traces = traces

    def request(self, **request):
        response = super().request(**request)
        self.traces.responses.append((request["PATH_INFO"], response))
        text = response.headers.get("Location", "") + response.content.decode()
        self.traces.tokens |= set(TOKEN.findall(text))
        return response


@pytest.fixture
def traces(starter):
    traces = Traces()
    handlers = [
        (handler, handler.setStream(traces.log))
        for name in ("", "django", "django.server")
        for handler in logging.getLogger(name).handlers
        if type(handler) is logging.StreamHandler
    ]
    yield traces
    for handler, stream in handlers:
        handler.setStream(stream)


def answer_all(browser, token):
    """All four pages; Repair has an answer that did not come up."""
    items = iter(Edition.objects.current().definition().items)
    for category in Category:
        signs = [(next(items), sign) for sign in ANSWERS[category.position * 6 :][:6]]
        page = {item.key: {"n": "none"}.get(sign, sign) for item, sign in signs}
        browser.post(f"/checkup/{token}/{category}/", {"edition": "1", **page})


@pytest.fixture
def lived(traces):
    """Two people do all that can be done, each once, and some of it wrongly."""
    browser = Browser(traces, raise_request_exception=False)
    hers = browser.post("/checkup/start/").headers["Location"].split("/")[2]
    browser.get(f"/checkup/{hers}/")
    answer_all(browser, hers)
    for page in ("", "?begin=repair&who=alone", "change/", "data.json", "sheet/", "together/"):
        browser.get(f"/snapshot/{hers}/{page}")
    browser.post(f"/snapshot/{hers}/sheet/", {"notes": NOTE, "warmth": ["*"]})
    browser.post(f"/snapshot/{hers}/sheet/", {"notes": NOTE, "warmth": ["no such line"]})
    retake = browser.post(f"/snapshot/{hers}/again/").headers["Location"].split("/")[2]
    answer_all(browser, retake)
    browser.get(f"/snapshot/{retake}/change/")
    own = browser.post(f"/snapshot/{hers}/together/").headers["Location"]
    page = browser.get(own).content.decode()
    invitation = re.search(r"http://testserver(/together/[^/]+/)", page).group(1)
    his = browser.post(invitation).headers["Location"].split("/")[2]
    answer_all(browser, his)
    his_own = browser.post(f"/snapshot/{his}/together/").headers["Location"]
    for address in (own, his_own):
        browser.post(address, {"step": "choose", "shows": ["attention"]})
        seen = re.search(r'name="seen"\s+value="([^"]*)"', browser.get(address).content.decode())
        browser.post(address, {"step": "confirm", "seen": seen.group(1)})
        browser.get(address)
    gone = browser.post("/checkup/start/").headers["Location"].split("/")[2]
    browser.post(f"/snapshot/{gone}/delete/")
    for token in (gone, hers[:-1], f"{hers}x"):
        for page in (
            "/checkup/{}/",
            "/snapshot/{}/",
            "/together/{}/",
            "/snapshot/{}/no-such-page",
        ):
            browser.get(page.format(token))
    browser.post(f"/snapshot/{hers}/delete/", headers={"Sec-Fetch-Site": "cross-site"})
    browser.get(f"/checkup/{hers}/attention")  # without its last slash: redirected, and logged
    browser.put(f"/snapshot/{hers}/")
    assert len(traces.tokens) == 7, traces.tokens
    assert Participant.objects.filter(has_confirmed=True).count() == 2
    return browser


def dump():
    """Every row of every table, as pg_dump would write it. (It could not see this transaction.)"""
    tables = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                tables[table] = b"".join(rows).decode()
    return tables


def test_the_database_holds_no_token_and_answers_in_one_table_only(lived, traces):
    tables = dump()

    assert traces.found_in("\n".join(tables.values())) == []
    answers = "{" + ",".join("-2" if sign == "n" else sign for sign in ANSWERS) + "}"
    assert [table for table, rows in tables.items() if answers in rows] == ["quiz_checkup"]
    assert tables["quiz_checkup"].count(answers) == 3


def test_the_logs_hold_no_token_and_no_answer(lived, traces):
    log = traces.log.getvalue()

    assert "/snapshot/[token]/" in log
    assert "/together/[token]/" in log
    assert traces.found_in(log) == []
    assert not re.search(r"attention-looked-up|repair-owned-part", log)


def test_an_error_in_a_private_page_is_logged_and_reported_without_it(
    lived, traces, monkeypatch, settings
):
    """The view fails with the token in its message, its variables and its address; PostgreSQL with
    the row in its detail."""
    settings.ADMINS = [("", "ops@stalelove.example")]
    (mailing,) = (
        handler
        for handler in logging.getLogger("django").handlers
        if isinstance(handler, AdminEmailHandler)
    )
    monkeypatch.setattr(mailing, "include_html", True)
    token = re.search(TOKEN, next(a for a, _ in traces.responses if "/sheet/" in a)).group(1)

    def fail(request, token):
        note = request.POST.get("notes")
        try:
            raise KeyError(note)
        except KeyError as error:
            raise IntegrityError(
                f"no {note!r} at /snapshot/{token}/\nDETAIL:  Failing row contains ({note})."
            ) from error

    snapshots = next(row for row in quiz_addresses if str(row.pattern).startswith("snapshot/"))
    sheet = next(row for row in snapshots.url_patterns if row.name == "snapshot_sheet")
    monkeypatch.setattr(sheet, "callback", fail)

    reader = Client(raise_request_exception=False)
    response = reader.post(f"/snapshot/{token}/sheet/", {"notes": NOTE})

    assert response.status_code == 500
    (message,) = mail.outbox
    html = message.alternatives[0][0]
    for report in (traces.log.getvalue(), message.subject, message.body, html):
        assert "/snapshot/[token]/" in report
        assert traces.found_in(report) == []
    assert "IntegrityError: no [value] at /snapshot/[token]/" in traces.log.getvalue()
    assert "DETAIL" not in message.body
    assert "The above exception (KeyError: [value]) was the direct cause" in message.body
    assert "IntegrityError" in html
    assert "Cookie" not in response.get("Vary", "")
    assert traces.found_in(response.content.decode()) == []


# What gunicorn itself writes of a request: that it failed, and (which is off) that it came.
GUNICORNS_LINES = """
import datetime, runpy, sys
from gunicorn.config import Config
from gunicorn.glogging import Logger

address = sys.argv[1]
config = Config()
for name, value in runpy.run_path("deploy/gunicorn.conf.py").items():
    if name in config.settings:
        config.set(name, value)
logger = Logger(config)
logger.error("Error handling request %s", address)

class Request:
    headers, uri = [("REFERER", address)], address

class Response:
    status, headers, sent = "200 OK", [], 4000

environ = {"REQUEST_METHOD": "GET", "RAW_URI": address, "SERVER_PROTOCOL": "HTTP/1.1"}
logger.access(Response(), Request(), environ, datetime.timedelta(seconds=1))
"""


def test_gunicorns_own_lines_hold_no_token(lived, traces):
    address = f"/snapshot/{sorted(traces.tokens)[0]}/"

    said = subprocess.run(
        [sys.executable, "-c", GUNICORNS_LINES, address],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert said.stdout == ""
    (line,) = said.stderr.splitlines()
    assert json.loads(line)["message"] == "Error handling request /snapshot/[token]/"
    assert json.loads(line)["logger"] == "gunicorn.error"


def test_the_cache_holds_nothing_of_a_private_page(lived, traces):
    held = [
        repr(value) for cache in caches.all() for value in getattr(cache, "_cache", {}).items()
    ]

    assert traces.found_in("\n".join(held)) == []


def test_the_admin_shows_nothing_of_a_reader(lived, traces, django_user_model):
    """Every list, form, history and page of figures; and no way from there to a snapshot."""
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("editor"))
    hashes = [
        bytes(value).hex()
        for model in (Checkup, Participant)
        for value in model.objects.values_list("token_hash", flat=True)
    ]
    edition = Edition.objects.current()
    call_command("measure_checkup", now=True, stdout=io.StringIO(), stderr=io.StringIO())
    addresses = ["/admin/", f"/admin/quiz/edition/{edition.pk}/insights/"]
    addresses += [f"/admin/quiz/edition/{edition.pk}/{page}/" for page in ("measurement", "copy")]
    for model in admin.site._registry:
        label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses.append(reverse(f"{label}_changelist"))
        if row := model._default_manager.first():
            pages = ("change", "history")
            addresses += [reverse(f"{label}_{page}", args=[row.pk]) for page in pages]

    pages = {address: client.get(address, follow=True) for address in addresses}

    assert {page.status_code for page in pages.values()} == {200}
    for address, page in pages.items():
        text = page.content.decode()
        assert traces.found_in(text) == [], address
        assert [value for value in hashes if value in text] == [], address
    registered = {model.__name__ for model in admin.site._registry}
    assert registered & {"Checkup", "Pairing", "Participant"} == set()


def test_no_header_names_a_token_but_the_way_to_ones_own_page(lived, traces):
    for address, response in traces.responses:
        headers = {name: value for name, value in response.headers.items() if name != "Location"}
        assert traces.found_in(json.dumps(headers)) == [], address
        assert response.cookies == {}, address
        location = response.headers.get("Location", "")
        if traces.found_in(location):
            assert location.startswith(("/checkup/", "/snapshot/", "/together/")), location


def test_every_answer_from_a_private_address_names_it_to_nobody(lived, traces):
    private = [(a, r) for a, r in traces.responses if TOKEN.match(a) or "/snapshot/" in a]

    assert len(private) > 40
    for address, response in private:
        assert response.headers["Referrer-Policy"] == "no-referrer", address
        assert response.headers["Cache-Control"] == "no-store, private", address
        text = response.content.decode()
        assert not re.search(r'referrerpolicy|name="referrer" content="(?!no-referrer)', text)
        # Nothing is loaded from, or sent to, another place.
        assert not re.search(r'(?:src|action)="https?:', text), address


def test_pages_of_everyone_hold_nothing_of_anybody(lived, traces):
    client = Client()
    for address in (
        "/",
        "/checkup/",
        "/checkup/paper/",
        "/privacy/",
        "/robots.txt",
        "/search/?q=a",
    ):
        assert traces.found_in(client.get(address).content.decode()) == [], address


def test_the_token_of_a_link_cannot_be_had_from_a_later_one(lived):
    """What follows from a token is another one, and what is kept of each is a hash of its own."""
    hashes = [
        *(bytes(row.token_hash) for row in Checkup.objects.all()),
        *(bytes(row.token_hash) for row in Participant.objects.all()),
    ]
    assert len(set(hashes)) == len(hashes) == 5
    assert {len(value) for value in hashes} == {32}
    assert list(Pairing.objects.values_list("invitation_hash", flat=True)) == [None]
