"""The log of production: one JSON object a line, and nothing of the reader in it."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import IntegrityError
from django.http import HttpResponse

from stalelove.fault_reports import scrubbed
from stalelove.logs import PrivateJson, first_line, request_id
from stalelove.request_log import request_log

ROOT = Path(__file__).parent.parent.parent
TOKEN = "Ab3_" * 7 + "-xyZ"
INVALID = "ValueError: invalid literal for int() with base 10: [value]"
VIOLATION = "new row violates check\nDETAIL:  Row has (he\nhits me)."


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(PrivateJson())
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def log():
    """What production would write, as objects."""
    handler = Lines()
    names = ("stalelove.requests", "django.request")
    levels = [logging.getLogger(name).level for name in names]
    for name in names:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.INFO)
    yield handler.lines
    for name, level in zip(names, levels, strict=True):
        logging.getLogger(name).removeHandler(handler)
        logging.getLogger(name).setLevel(level)


def told(line: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in line.items() if key not in ("time", "ms")}


def test_a_request_is_told_by_the_name_of_its_route(client, starter, log):
    client.get("/articles/?page=1&q=secret", headers={"x-request-id": "from-the-proxy-1"})

    [line] = log
    assert told(line) == {
        "level": "INFO",
        "logger": "stalelove.requests",
        "message": "request",
        "request": "from-the-proxy-1",
        "method": "GET",
        "route": "article_list",
        "status": 200,
        "queries": 1,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", str(line["time"]))
    assert isinstance(line["ms"], float)


def test_a_link_that_opens_nothing_is_logged_without_its_token(client, db, log):
    client.get(f"/snapshot/{TOKEN}/?begin=repair")
    client.post(f"/checkup/{TOKEN}/attention/", {"q1": "4"})

    assert [
        (line["logger"], line.get("route"), line["status"]) for line in log if "route" in line
    ] == [
        ("stalelove.requests", "snapshot", 404),
        ("stalelove.requests", "checkup_step", 404),
    ]
    assert "Ab3_" not in json.dumps(log)
    assert log[0]["request"] == log[1]["request"] != log[2]["request"]


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f g", '"},{"level'])
def test_an_odd_request_id_is_replaced(client, db, log, given):
    response = client.get("/healthz", headers={"x-request-id": given})

    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])


def test_the_load_balancer_s_questions_are_not_logged(client, db, log):
    client.get("/healthz")
    client.get("/readyz")

    assert log == []


def test_a_fault_has_its_trace_and_no_value_of_the_row():
    lines = Lines()
    record = logging.getLogger("x").makeRecord("x", logging.ERROR, __file__, 1, "Failed", (), None)
    try:
        try:
            raise psycopg.IntegrityError(VIOLATION)
        except psycopg.IntegrityError as error:
            raise IntegrityError(str(error)) from error
    except IntegrityError:
        record.exc_info = sys.exc_info()
    record.exc_text = "DETAIL: hits me"  # what another handler has kept

    lines.handle(record)

    trace = str(lines.lines[0]["trace"])
    assert "hits me" not in json.dumps(lines.lines)
    assert trace.startswith("Traceback (most recent call last):\n  File ")
    assert "psycopg.IntegrityError: new row violates check\n\nwhich came after:" in trace
    assert trace.endswith("django.db.utils.IntegrityError: new row violates check")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError('I "can\'t" go on'), "KeyError: [value]"),
        (ValueError("invalid literal for int() with base 10: 'leave him'"), INVALID),
        (LookupError("“leave him” is no choice"), "LookupError: [value] is no choice"),
        (TimeoutError("the lock was not to be had"), "TimeoutError: the lock was not to be had"),
    ],
)
def test_what_an_exception_quotes_is_not_told(error, said):
    assert first_line(error) == said


def test_a_line_with_quotes_and_newlines_is_still_one_object():
    lines = Lines()
    message = f'said "/snapshot/{TOKEN}"\nand \\'

    lines.handle(logging.getLogger("x").makeRecord("x", 20, "", 1, message, (), None))

    assert lines.lines[0]["message"] == 'said "/snapshot/[token]"\nand \\'


EVENT = {
    "event_id": "1",
    "level": "error",
    "transaction": f"/snapshot/{TOKEN}/",
    "server_name": "web-1",
    "user": {"ip_address": "203.0.113.9"},
    "request": {"url": f"/snapshot/{TOKEN}/", "data": {"q1": "4"}, "cookies": {"a": "b"}},
    "breadcrumbs": {"values": [{"message": "SELECT"}]},
    "extra": {"sys.argv": ["secret"]},
    "contexts": {"trace": {}},
    "modules": {"django": "5.2"},
    "exception": {
        "values": [
            {
                "type": "ValueError",
                "value": f"no /snapshot/{TOKEN}/\nDETAIL: hits me",
                "stacktrace": {
                    "frames": [{"function": "view", "lineno": 3, "vars": {"request": "secret"}}]
                },
            }
        ]
    },
}


def test_of_a_fault_only_what_broke_leaves_the_site():
    token = request_id.set("an-id-of-ours")
    event = scrubbed(EVENT)
    request_id.reset(token)

    assert event == {
        "event_id": "1",
        "level": "error",
        "transaction": "/snapshot/[token]/",
        "exception": {
            "values": [
                {
                    "type": "ValueError",
                    "value": "no /snapshot/[token]/",
                    "stacktrace": {"frames": [{"function": "view", "lineno": 3}]},
                }
            ]
        },
        "tags": {"request": "an-id-of-ours"},
    }
    assert scrubbed({"message": "a line of the log"}) is None


REPORT = f"""
import json, sentry_sdk
from stalelove.wsgi import application
from sentry_sdk.transport import Transport
class Kept(Transport):
    sent = []
    def capture_envelope(self, envelope):
        self.sent += [item.payload.json for item in envelope.items if item.payload.json]
sentry_sdk.get_client().transport = Kept()
from django.test import Client
import quiz.views
def broken(token):
    raise LookupError(f"no 'secret' at /snapshot/{{token}}/")
quiz.views.load = broken
client = Client(raise_request_exception=False, REMOTE_ADDR="203.0.113.9")
client.post("/checkup/{TOKEN}/attention/?a=secret", {{"q1": "secret"}},
            headers={{"cookie": "a=secret", "x-forwarded-proto": "https", "user-agent": "secret"}})
print(json.dumps(Kept.sent))
"""


def test_a_real_fault_reports_itself_without_the_reader():
    environment = {
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "testserver",
        "DATABASE_URL": "postgres://stalelove@127.0.0.1:1/none",  # nothing listens there
        "SITE_URL": "https://testserver",
        "SENTRY_DSN": "https://key@sentry.invalid/1",
        "MODE": "demo",  # serves static files without having gathered them
    }
    done = subprocess.run(
        [sys.executable, "-c", REPORT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sent = json.loads(done.stdout)

    assert [event["exception"]["values"][-1]["type"] for event in sent] == ["LookupError"]
    for private in ("secret", "Ab3_", "203.0.113.9", "q1"):
        assert private not in done.stdout
        assert private not in done.stderr


def test_a_request_keeps_its_number_though_it_asks_for_pages_itself(client, log, rf):
    """As an editor's save does, which follows the links of a text."""

    def asks_for_another(request):
        client.get("/healthz")
        client.get("/no/such/page/")
        return HttpResponse("done")

    response = request_log(asks_for_another)(
        rf.get("/", headers={"x-request-id": "the-editors-1"})
    )

    assert response["X-Request-ID"] == "the-editors-1"
    assert log[-1]["request"] == "the-editors-1"
    assert [line["request"] for line in log].count("the-editors-1") == 1
