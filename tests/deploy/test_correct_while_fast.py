"""What is kept is right: two nodes and nginx serve while an editor publishes, edits and deletes.

The editor is plain SQL on a connection of its own, so that nothing but PostgreSQL can tell the nodes.
"""

from __future__ import annotations

import datetime as dt
import http.client
import re
import ssl
import threading
import time
from pathlib import Path

import psycopg
import pytest

from tests.deploy.test_nginx import Site, skip_without
from tests.serving import HOST, NGINX

NODE, EVERYWHERE = 1.0, 2.0  # seconds after the commit: what is promised
HTTPS = {"Host": HOST, "X-Forwarded-Proto": "https"}
SLUG = "/articles/a-changing-page/"
PAGES = (SLUG, "/articles/", "/topics/warmth/", "/", "/feed.atom", "/sitemap.xml")

WHEREVER = {(server, page) for server in ("nginx", "first node", "second node") for page in PAGES}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    skip_without(nginx=NGINX)
    site = Site(tmp_path_factory.mktemp("kept"))
    yield site
    site.end()


@pytest.fixture(scope="module")
def editor(site):
    with psycopg.connect(site.environment["DATABASE_URL"], autocommit=True) as connection:
        yield connection


class Readers:
    """They ask every server for every page all the time, with and without compression, and note what
    they saw of the changing page's marks."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.seen: list[tuple[float, str, str, frozenset[str]]] = []
        self.failures: list[object] = []
        self._go = True
        self._threads = [
            threading.Thread(target=self._read, args=arguments)
            for arguments in (
                ("nginx", site.tls),
                ("first node", site.ports[0]),
                ("second node", site.ports[1]),
            )
        ]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._go = False
        for thread in self._threads:
            thread.join(60)

    def _read(self, server: str, port: int) -> None:
        trust = ssl._create_unverified_context()  # noqa: S323 (our own, of a minute ago)
        while self._go:
            for page in PAGES:
                began = time.monotonic()
                connection = (
                    http.client.HTTPSConnection("127.0.0.1", port, context=trust, timeout=20)
                    if server == "nginx"
                    else http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                )
                try:
                    connection.request("GET", page, headers=HTTPS)
                    response = connection.getresponse()
                    text = response.read().decode()
                    if response.status not in (200, 404):
                        self.failures.append((page, response.status))
                except (OSError, http.client.HTTPException) as error:
                    self.failures.append((page, error))
                finally:
                    connection.close()
                self.seen.append((began, server, page, frozenset(re.findall("mark-\\d", text))))
            time.sleep(0.05)

    def expect(self, mark: str | None, changed: float) -> None:
        """From the promised time on, wherever the article stands, it is as it is now; nowhere is it as
        it was. It waits until each page has been read from each server after that time."""
        late: list[tuple[float, str, str, frozenset[str]]] = []
        for _moment in range(600):  # the machine may be busy with other things
            late = [
                (round(began - changed, 2), server, page, marks)
                for began, server, page, marks in list(self.seen)
                if began > changed + (EVERYWHERE if server == "nginx" else NODE)
            ]
            if {(server, page) for _, server, page, _ in late} >= WHEREVER:
                break
            time.sleep(0.1)
        else:
            raise AssertionError("the readers were not served in a minute")
        # The sitemap tells of the article by its address alone.
        wanted = {mark} if mark else set()
        wrong = [
            each for each in late if each[3] != (wanted if each[2] != "/sitemap.xml" else each[3])
        ]
        assert wrong == []
        self.seen.clear()


INSERT = """
    INSERT INTO articles_article (slug, title, standfirst, body, search_text, publish_at, categories,
        extended, research, byline, reviewed_by, featured, description, share_image_alt, state,
        created_at, updated_at, body_html, extended_html, research_html, contents, words,
        extended_words, images)
    VALUES ('a-changing-page', 'mark-1', '', 'x', '', %s, '{warmth}', '', '', '', '', true, '', '',
        'published', now(), now(), '', '', '', '[]', 100, 0,
        '{}')
"""


def test_no_reader_sees_the_old_page_after_the_promised_time(site, editor):
    def do(sql: str, *values: object) -> float:
        editor.execute(sql, values)
        return time.monotonic()

    def change(what: str) -> float:
        return do(f"UPDATE articles_article SET {what} WHERE slug = 'a-changing-page'")

    with Readers(site) as readers:
        readers.expect(None, time.monotonic())
        readers.expect("mark-1", do(INSERT, dt.datetime.now(dt.UTC)))
        readers.expect("mark-2", change("title = 'mark-2'"))
        readers.expect(None, change("state = 'draft'"))
        # Nothing is written when it falls due, so nothing but the clock can tell. Some seconds for a
        # machine that is busy, in which it must not be seen yet.
        due = change(
            "state = 'published', title = 'mark-3', publish_at = now() + interval '20 seconds'"
        )
        readers.expect(None, due)
        readers.expect("mark-3", due + 20)
        readers.expect(None, do("DELETE FROM articles_article WHERE slug = 'a-changing-page'"))
    assert readers.failures == []


def test_nginx_keeps_public_pages_and_answers_from_them(site):
    site.get("/about/")
    queries = _requests(site)
    answers = [site.get("/about/")[1]["X-Request-ID"] for _time in range(20)]

    assert len(set(answers)) == 20
    assert _requests(site) - queries <= 8  # one a second, on a machine that may be slow


def _requests(site: Site) -> int:
    logs = (site.folder / f"{port}.log" for port in site.ports)
    return sum(log.read_text().count('"route": "page"') for log in logs)


def test_every_reader_gets_what_their_browser_can_read(site):
    sizes = {}
    for accepted in ("br, gzip", "gzip;q=0.9", "identity", "br;q=0, gzip;q=0"):
        for _time in range(2):
            connection = http.client.HTTPSConnection(
                "127.0.0.1",
                site.tls,
                context=ssl._create_unverified_context(),  # noqa: S323
            )
            connection.request("GET", "/", headers={"Host": HOST, "Accept-Encoding": accepted})
            response = connection.getresponse()
            sizes[accepted] = response.getheader("Content-Encoding"), len(response.read())
            connection.close()

    assert [coding for coding, _size in sizes.values()] == ["br", "gzip", None, None]
    assert sizes["br, gzip"][1] < sizes["gzip;q=0.9"][1] < sizes["identity"][1]


def test_no_private_page_is_kept_anywhere_and_nobody_sees_anothers(site):
    tokens = [
        site.get("/checkup/start/", data=b"")[1]["Location"].split("/")[2] for _number in range(2)
    ]
    marks = ("/attention/", "/curiosity/")
    bodies = []
    for token, mark in zip(tokens, marks, strict=True):
        for _time in range(3):
            status, headers, body = site.get(f"/checkup/{token}{mark}")
            assert (status, headers["Cache-Control"]) == (200, "no-store, private")
            assert headers["X-Accel-Expires"] is None
        bodies.append(body)
        site.get(f"/snapshot/{token}/data.json")
    site.get("/search/?q=a-very-private-word")
    site.get("/admin/login/")

    assert tokens[0] in bodies[0]
    assert tokens[1] in bodies[1]
    assert tokens[0] not in bodies[1]
    kept = [path.read_bytes() for path in (site.folder / "cache").rglob("*") if path.is_file()]
    assert any(b"KEY: https" + HOST.encode() + b"/about/" in file for file in kept)
    for file in kept:
        assert (
            re.search(rb"\nKEY: [^\n]*/(checkup/(?!\|)|snapshot|together|search|admin)", file)
            is None
        )
        assert b"a-very-private-word" not in file
        for token in tokens:
            assert token.encode() not in file


def test_with_no_node_left_the_public_pages_are_still_there(site, tmp_path: Path):
    known = site.get("/about/")[2]
    for port in site.ports:
        site.stop_node(port)
    time.sleep(1.1)

    status, _headers, body = site.get("/about/")

    for port in site.ports:
        site.start_node(port)
    site.wait_until_it_answers()
    assert (status, body) == (200, known)
