from __future__ import annotations

import io
import logging

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.test import Client

from stalelove.logs import without_tokens

TOKEN = "Ab3_" * 7 + "-xyZ"


@pytest.fixture
def written():
    """What the site's own handler writes, as the settings have set it up."""
    handler = logging.getLogger("django").handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        (f"Not Found: /snapshot/{TOKEN}/", "Not Found: /snapshot/[token]/"),
        (
            f'"POST /checkup/{TOKEN}/attention/ HTTP/1.1" 302 0',
            '"POST /checkup/[token]/attention/ HTTP/1.1" 302 0',
        ),
        (
            f'"GET /snapshot/{TOKEN}/?begin=repair HTTP/1.1"',
            '"GET /snapshot/[token]/?begin=repair HTTP/1.1"',
        ),
        (
            f"https://stalelove.example/together/{TOKEN}/",
            "https://stalelove.example/together/[token]/",
        ),
        (f"/snapshot/{TOKEN}", "/snapshot/[token]"),
        (f"/snapshot/{TOKEN[:-1]}/", "/snapshot/[token]/"),  # cut short on its way
        (f"/snapshot/{TOKEN}x/", "/snapshot/[token]/"),
        (f"/snapshot/%41{TOKEN[1:]}/", "/snapshot/[token]/"),
        (f"/snapshot/start-{TOKEN[6:]}/", "/snapshot/[token]/"),
        (
            f"/checkup/{TOKEN}/ then /snapshot/{TOKEN}/",
            "/checkup/[token]/ then /snapshot/[token]/",
        ),
        (f"('/checkup/{TOKEN}/',)", "('/checkup/[token]/',)"),
        ('"GET /search/?q=leaving&page=2 HTTP/1.1" 200', '"GET /search/?[words] HTTP/1.1" 200'),
    ],
)
def test_a_token_in_an_address_is_taken_out(line, safe):
    assert without_tokens(line) == safe


@pytest.mark.parametrize(
    "line",
    [
        '"GET /checkup/ HTTP/1.1" 200 4000',
        '"POST /checkup/start/ HTTP/1.1" 302 0',
        "/checkup/start",
        '"GET /checkup/paper/ HTTP/1.1" 200 4000',
        '"GET /search/ HTTP/1.1" 200 4000',
        "Not Found: /articles/finding-your-way-back-to-each-ot/",
        "",
    ],
)
def test_a_line_without_a_token_stays_as_it_is(line):
    assert without_tokens(line) == line


def test_a_request_for_a_token_is_logged_without_it(db, written):
    Client().get(f"/snapshot/{TOKEN}/")
    Client().get(f"/checkup/{TOKEN}/no-such-step/")

    lines = written.getvalue().splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "WARNING django.request Not Found: /snapshot/[token]/",
        "WARNING django.request Not Found: /checkup/[token]/no-such-step/",
    ]


def test_a_traceback_is_logged_without_the_token(written):
    try:
        raise ValueError(f"no page at /snapshot/{TOKEN}/")
    except ValueError:
        logging.getLogger("django.request").exception("Failed: /snapshot/%s/", TOKEN)

    text = written.getvalue()
    assert "ERROR django.request Failed: /snapshot/[token]/\nTraceback" in text
    assert text.endswith("ValueError: no page at /snapshot/[token]/\n")
    assert TOKEN not in text


def test_the_demo_s_server_logs_no_token(written):
    handler = WSGIRequestHandler.__new__(WSGIRequestHandler)
    handler.request = None
    handler.log_message('"%s" %s %s', f"GET /snapshot/{TOKEN}/ HTTP/1.1", "200", "4000")

    assert written.getvalue().split(" ", 2)[2] == (
        'INFO django.server "GET /snapshot/[token]/ HTTP/1.1" 200 4000\n'
    )


def test_a_line_with_the_wrong_arguments_does_not_stop_the_request(written, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)

    logging.getLogger("django.request").warning("%d answers", "six")

    assert written.getvalue() == ""
