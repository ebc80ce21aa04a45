"""`check_links`: what leads nowhere is named, with the text it stands in."""

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.models import Article
from exercises.models import Evidence
from stalelove.models import Country, HelpResource
from tests.builders import another_article, another_book, another_exercise, another_page


def check(capsys, *arguments):
    """What the command printed, its closing sentence or its refusal last."""
    try:
        call_command("check_links", *arguments)
    except CommandError as error:
        return [*capsys.readouterr().out.splitlines(), f"! {error}"]
    return capsys.readouterr().out.splitlines()


def test_good_links_and_anchors_are_found_good(capsys, db):
    another_page(slug="about")
    another_article(
        slug="a",
        body="## A part\n\n[x](/about/) [y](#s-a-part) [z](#d-more) [w](#deeper) [q](/search/?q=a#main)[^1]"
        "\n\n[^1]: Note.",
        extended="## More\n\n[b](/articles/a/#s-a-part) [mail](mailto:a@example.org) [c](../a/)",
        research="Note.[^1]\n\n[^1]: It.",
    )

    assert check(capsys) == [
        "No broken link: 11 links within the site, 0 addresses elsewhere (not asked: --external does)."
    ]


def test_what_leads_nowhere_is_named_with_its_place(capsys, db):
    another_article(slug="a", body="[x](/articles/nope/) [y](#s-none)", research="[z](/no-such/)")
    another_article(slug="b", extended="[x](/articles/a/#s-none) [y](/articles/%00/)")
    another_page(slug="about", body="[x](about-us)")
    another_exercise(slug="e", not_when="See [help](/hepl/).")
    another_book(slug="k", safety_note="See [that](https://testserver/gone/).")

    assert check(capsys) == [
        "broken: /no-such/ (articles/a, research): there is no such page",
        "broken: /articles/nope/ (articles/a, body): there is no such page",
        "broken: #s-none (articles/a, body): the page has no #s-none",
        "broken: /articles/a/#s-none (articles/b, extended): the page has no #s-none",
        "broken: /articles/%00/ (articles/b, extended): there is no such page",
        "broken: about-us (pages/about, body): there is no such page",
        "broken: https://testserver/gone/ (books/k, safety_note): there is no such page",
        "broken: /hepl/ (exercises/e, not_when): there is no such page",
        "! 8 broken of 8 links within the site, 0 addresses elsewhere (not asked: --external does). "
        "Mend each in the text it stands in.",
    ]


def test_a_link_to_what_is_not_published_is_broken_for_readers_and_waits_in_a_draft(capsys, db):
    another_article(slug="later", publish_at=timezone.now() + dt.timedelta(days=1))
    another_article(slug="shown", body="[x](/articles/later/)")
    another_article(
        slug="draft", state=Article.State.DRAFT, body="[x](/articles/later/) [y](#s-z)"
    )

    assert check(capsys)[:-1] == [
        "waiting: /articles/later/ (articles/draft, body): neither of the two is published yet",
        "waiting: #s-z (articles/draft, body): neither of the two is published yet",
        "broken: /articles/later/ (articles/shown, body): that page is not published",
    ]


def test_a_link_to_an_old_address_is_named_and_not_broken(capsys, db):
    moved = another_article(slug="old")
    moved.slug = "new"
    moved.save()
    another_article(slug="a", body="[x](/articles/old/)")

    assert check(capsys)[0] == (
        "moved: /articles/old/ (articles/a, body): the page is at /articles/new/ now"
    )


def test_what_leads_elsewhere_is_listed_and_not_asked(capsys, db):
    another_article(slug="a", body="[x](https://nowhere.invalid/)")
    Evidence.objects.create(
        exercise=another_exercise(slug="e"),
        grade="C",
        finding="f",
        unknowns="u",
        doi="10.1/x",
        checked_on=dt.date(2026, 11, 22),
    )
    HelpResource.objects.create(
        country=Country.objects.create(code="us", name="United States"),
        slug="h",
        kind="abuse",
        name="H",
        url="https://help.invalid/",
        source="said by help.invalid",
        last_checked=dt.date(2026, 11, 22),
    )

    assert check(capsys) == [
        "elsewhere: https://nowhere.invalid/ (articles/a, body)",
        "elsewhere: https://doi.org/10.1/x (exercises/e, doi)",
        "elsewhere: https://help.invalid/ (help/us, url)",
        "No broken link: 0 links within the site, 3 addresses elsewhere (not asked: --external does).",
    ]


@pytest.fixture
def elsewhere():
    """A server on this machine: /ok answers, /no-head only to GET, /403 and /404 as they are named."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            status = {"/ok": 200, "/no-head": 200, "/403": 403}.get(self.path, 404)
            self.send_response(405 if self.command == "HEAD" and "head" in self.path else status)
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_elsewhere_is_asked_when_told_to(capsys, db, elsewhere):
    another_article(
        slug="a",
        body=" ".join(f"[x]({elsewhere}/{path})" for path in ("ok", "ok#part", "no-head", "403")),
        extended=f"[x]({elsewhere}/404) [y](http://127.0.0.1:1/)",
    )

    lines = check(capsys, "--external")

    assert [line.replace(elsewhere, "") for line in lines] == [
        "[1/5] answers: /ok",
        "[2/5] answers: /no-head",
        "unsure: /403 (articles/a, body): the answer is 403; look yourself",
        "broken: /404 (articles/a, extended): the answer is 404",
        "broken: http://127.0.0.1:1/ (articles/a, extended): "
        "it cannot be reached ([Errno 111] Connection refused)",
        "! 2 broken of 0 links within the site, 5 addresses elsewhere (asked). "
        "Mend each in the text it stands in.",
    ]


def test_a_site_address_that_the_site_does_not_answer_to_is_said(capsys, db, settings):
    settings.SITE_URL = "https://unknown.example"
    another_article(body="[x](/articles/)")

    assert check(capsys) == ["! the host of SITE_URL is not among ALLOWED_HOSTS; add it there"]


def test_the_starter_content_has_no_broken_link(capsys, starter):
    assert check(capsys)[-1].startswith("No broken link: ")
