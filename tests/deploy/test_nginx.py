"""The whole of production on loopback: nginx with its shipped configuration, two gunicorn nodes,
PostgreSQL. Skipped where there is no nginx (NGINX_PROGRAM names another one)."""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import pytest

from stalelove.demo_database import DemoDatabase
from tests.deploy.filled import fill, static_files
from tests.markup import complaints
from tests.serving import (
    HEADERS_MORE,
    HOST,
    NGINX,
    ROOT,
    environment,
    free_ports,
    manage,
    start_gunicorn,
    start_nginx,
    stop,
    wait_until_open,
)

CONFIGURATION = (ROOT / "deploy" / "nginx" / "stalelove.conf").read_text()


def test_compose_s_nginx_differs_only_where_it_says():
    def rules(text: str) -> list[str]:
        lines = (line.strip() for line in text.splitlines())
        return [line for line in lines if line and not line.startswith("#")]

    compose = rules((ROOT / "deploy" / "nginx" / "compose.conf").read_text())
    added = [line for line in compose if line not in rules(CONFIGURATION)]

    assert added == [
        "server web1:8000 max_fails=0;",
        "server web2:8000 max_fails=0;",
        "map $http_x_forwarded_proto $stalelove_hsts {",
        "listen 8080;",
        "error_log stderr crit;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;",
    ]


def skip_without(**programs: str | None) -> None:
    """Skips where a program is missing; CI says DEPLOY=required, and then it fails."""
    missing = [name for name, found in programs.items() if not found]
    if missing:
        say = pytest.fail if os.environ.get("DEPLOY") == "required" else pytest.skip
        say(f"not on this machine: {', '.join(missing)}")


class Site:
    """nginx, two nodes and a database below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain, self.tls, *self.ports = free_ports(4)
        self.nodes: dict[int, subprocess.Popen[bytes]] = {}
        self.database = DemoDatabase(folder / "postgres", durable=False)
        self.environment = environment(
            folder, self.database.start(), STATIC_ROOT=str(static_files()), WEB_WORKERS="1"
        )
        fill(self.database)
        self.environment |= self.more_environment()
        for port in self.ports:
            self.start_node(port)
        self.nginx = start_nginx(folder, self.ports, self.tls, plain=self.plain)

    def manage(self, *command: str) -> None:
        manage(self.environment, *command, "--verbosity", "0")

    def get_from_node(self, port: int, path: str) -> tuple[int, str]:
        """Past nginx, as nginx asks."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            headers={"Host": HOST, "X-Forwarded-Proto": "https"},
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def more_environment(self) -> dict[str, str]:
        """What a larger site than this adds, once the database is there."""
        return {}

    def start_node(self, port: int) -> None:
        log = self.folder / f"{port}.log"
        self.nodes[port] = start_gunicorn(self.environment, port, log)
        wait_until_open(self.nodes[port], port, log)

    def stop_node(self, port: int) -> None:
        stop(self.nodes.pop(port))

    def get(self, path: str, *, data: bytes | None = None, timeout: float = 40):
        """Status, headers and body, no redirect followed."""

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_arguments):
                return None

        trust = ssl._create_unverified_context()  # noqa: S323 (our own, of a minute ago)
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), Stay)
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.tls}{path}", data=data, headers={"Host": HOST}
        )
        try:
            with opener.open(request, timeout=timeout) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def wait_until_it_answers(self) -> None:
        """nginx asks a node that has failed again after a second."""
        for _moment in range(300):
            if self.get("/healthz")[0] == 200:
                return
            time.sleep(0.1)
        raise AssertionError("nginx did not find its nodes again")

    def end(self) -> None:
        stop(self.nginx)
        for port in list(self.nodes):
            self.stop_node(port)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    skip_without(nginx=NGINX)
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.end()


def test_a_reader_takes_the_checkup_through_nginx_and_no_log_holds_the_link(site):
    status, headers, _body = site.get("/checkup/start/", data=b"")
    assert status == 302
    token = headers["Location"].split("/")[2]

    status, headers, _body = site.get(headers["Location"])

    assert (status, headers["Cache-Control"]) == (200, "no-store, private")
    assert "gunicorn" not in str(headers)
    assert headers.get("Set-Cookie") is None
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    logs = [path.read_text() for path in site.folder.glob("*.log")]
    assert any('"route": "checkup_step"' in log for log in logs)
    assert not any(token in log for log in logs)


def test_a_private_page_is_not_compressed_and_a_public_one_is(site):
    _status, headers, _body = site.get("/checkup/start/", data=b"")
    encodings = []
    for address in (headers["Location"], "/about/"):
        connection = http.client.HTTPSConnection(
            "127.0.0.1",
            site.tls,
            timeout=40,
            context=ssl._create_unverified_context(),  # noqa: S323
        )
        connection.request("GET", address, headers={"Host": HOST, "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        encodings.append((answer.status, answer.getheader("Content-Encoding")))
        connection.close()

    assert encodings == [(200, None), (200, "gzip")]


def test_a_node_can_be_renewed_while_the_other_answers(site):
    first = site.ports[0]
    site.stop_node(first)
    answers = [site.get("/checkup/start/", data=b"")[0] for _number in range(10)]
    site.start_node(first)

    assert answers == [302] * 10


def test_with_no_node_left_help_is_still_there_and_the_rest_says_what_is_the_matter(site):
    known = site.get("/help/us/")
    assert known[0] == 200
    for port in site.ports:
        site.stop_node(port)

    help_page, home = site.get("/help/us/"), site.get("/")

    for port in site.ports:
        site.start_node(port)
    site.wait_until_it_answers()
    assert (help_page[0], help_page[2]) == (200, known[2])
    assert (home[0], home[1]["Retry-After"]) == (503, "60")
    assert {name: home[1][name] for name in OWN_HEADERS} == OWN_HEADERS
    assert "1-800-799-7233" in home[2]


OWN_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Cache-Control": "no-store",
}


def said_to(port: int, request: str, *, tls: bool = True) -> tuple[int, Message, str]:
    """What is answered to bytes that no browser would send."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    if tls:
        trust = ssl._create_unverified_context()  # noqa: S323
        connection = trust.wrap_socket(connection, server_hostname=HOST)
    with connection:
        connection.sendall(request.encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.headers, answer.read().decode()


@pytest.mark.parametrize(
    ("request_of_a_stranger", "status"),
    [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        (f"GET / HTTP/1.1\r\nHost: {HOST}\r\nA: {'x' * 9000}\r\n\r\n", 431),
        (f"GET /?{'x' * 9000} HTTP/1.1\r\nHost: {HOST}\r\n\r\n", 414),
        (f"POST /checkup/start/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 70000\r\n\r\n", 413),
        (f"POST /admin/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 70000000\r\n\r\n", 413),
    ],
)
def test_what_nginx_refuses_itself_is_said_in_our_own_words(site, request_of_a_stranger, status):
    answer, headers, body = said_to(site.tls, request_of_a_stranger)

    assert (answer, {name: headers[name] for name in OWN_HEADERS}) == (status, OWN_HEADERS)
    assert complaints(body) == []
    assert "That did not go through" in body
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers.get_all("X-Request-ID") == [headers["X-Request-ID"]]


def test_the_way_from_http_is_kept_by_no_browser_and_says_no_hsts(site):
    request = f"GET /snapshot/x/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n"

    status, headers, _body = said_to(site.plain, request, tls=False)

    assert (status, headers["Location"]) == (301, f"https://{HOST}/snapshot/x/")
    assert headers["Strict-Transport-Security"] is None
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_no_answer_says_what_sent_it(site):
    skip_without(**{"nginx's module headers-more": HEADERS_MORE})
    from_the_site = ("/", "/help/us/", "/robots.txt", "/nothing-here/", "/checkup/x/attention/")
    answers = [site.get(path)[:2] for path in (*from_the_site, "/media/none.webp")]
    for request, tls in (
        ("GET / HTTP/1.1\r\n\r\n", True),
        (f"GET /?{'x' * 9000} HTTP/1.1\r\nHost: {HOST}\r\n\r\n", True),
        (f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n", False),
    ):
        answers.append(said_to(site.tls if tls else site.plain, request, tls=tls)[:2])

    assert [status for status, _headers in answers] == [
        200,
        200,
        200,
        404,
        404,
        404,
        400,
        414,
        301,
    ]
    assert [headers["Server"] for _status, headers in answers] == [None] * len(answers)


def test_nginx_starts_without_the_module_as_well():
    folder = ROOT / "deploy" / "nginx"

    named = [path.name for path in folder.iterdir() if "\nmore_" in path.read_text()]
    included = [path.name for path in folder.iterdir() if "include" in path.read_text()]
    assert named == ["no-server.conf"]
    assert "no-server.conf" not in "".join((folder / name).read_text() for name in included)


def test_of_all_that_begins_with_help_only_the_help_pages_are_kept_for_an_outage(site):
    site.manage(
        *("shell", "--command"),
        "from articles.models import Page;"
        "Page.objects.create(slug='help-yourself', title='Help yourself', body='Words.')",
    )
    helps = ("/help/", "/help/us/", "/help.json")
    others = ("/help-yourself/", "/help/us/report/")

    assert [site.get(path)[0] for path in (*helps, *others)] == [200] * 5

    files = [path for path in (site.folder / "cache").rglob("*") if path.is_file()]
    keys = re.findall(rb"\nKEY: (\S*/help\S*)\|\n", b"".join(file.read_bytes() for file in files))
    assert {key.decode() for key in keys} == {
        *(HOST + path for path in helps),
        f"https{HOST}/help-yourself/",  # as every public page, to the end of the second
    }
    assert site.get("/help/us/report/", data=b"x" * 70_000)[0] == 413


def test_what_is_too_large_is_refused_before_it_reaches_a_node(site):
    assert site.get("/checkup/start/", data=b"x" * 70_000)[0] == 413
    assert site.get("/?" + "x" * 9000)[0] == 414


def test_slow_clients_hold_no_worker(site):
    """Of three kinds (tests/deploy/slow_clients.py measures 500 of them); the nodes have four workers."""
    from tests.deploy.slow_clients import SlowClients

    with SlowClients(site, 240) as slow:
        held = len(slow.open)
        answers, took = [], []
        for _number in range(10):
            began = time.monotonic()
            answers.append(site.get("/checkup/start/", data=b"", timeout=20)[0])
            took.append(time.monotonic() - began)

    assert held == 240
    assert answers == [302] * 10
    # One that had to wait for a slow client would wait for its ten seconds of nginx's patience.
    assert max(took) < 10
