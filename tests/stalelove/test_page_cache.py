"""Pages that are kept are the pages that were made; and what is one person's is never kept."""

from __future__ import annotations

import gzip
import time

import brotli
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver

from articles.models import Article
from quiz.models import Checkup, Edition
from stalelove import content_version, page_cache
from stalelove.kept_pages import KEPT
from stalelove.rates import LIMITS
from tests.builders import make_article
from tests.test_site import PUBLIC

AGAIN = 1.1  # seconds; a process trusts what it has read for one
MACHINES = ["/feed.atom", "/sitemap.xml", "/robots.txt", "/help.json"]
NEVER_KEPT = {"/exercises/request/", "/help/us/report/"}


@pytest.fixture
def keeping(settings):
    settings.PAGE_CACHE_MB = 8
    return Client()


@pytest.fixture
def committed(transactional_db, starter):
    """The starter content, for every connection to see."""


def is_kept(client: Client, address: str, **options) -> bool:
    """Whether asking for it a second time needs no view."""
    client.get(address, **options)
    return hasattr(client.get(address, **options).wsgi_request, "kept_route")


def test_every_public_page_is_kept_and_comes_back_as_it_was_made(committed, keeping):
    for address in [*PUBLIC, *MACHINES]:
        made = Client().get(address)  # by a process of its own, so to speak
        assert not hasattr(made.wsgi_request, "kept_route"), address

        assert is_kept(keeping, address) == (address not in NEVER_KEPT), address
        kept = keeping.get(address)

        assert kept.content == made.content, address
        assert kept.status_code == made.status_code == 200
        ours = ("X-Request-ID", "X-Accel-Expires")
        assert {n: v for n, v in kept.items() if n not in ours} == {
            n: v for n, v in made.items() if n not in ours
        }, address


def test_only_routes_that_there_are_are_named():
    names = set(get_resolver().reverse_dict) | {"sitemap"}
    assert set(KEPT) <= {name for name in names if isinstance(name, str)}


def test_a_foreign_name_in_the_query_makes_no_other_page(committed, keeping):
    for address in [*PUBLIC, *MACHINES]:
        joint = "&" if "?" in address else "?"
        plain = Client().get(address)
        with_more = Client().get(f"{address}{joint}fbclid=x")
        assert plain.content == with_more.content, address
    keeping.get("/articles/?page=1")
    assert is_kept(keeping, "/articles/?utm_source=letter&page=1")
    assert not is_kept(keeping, "/articles/?page=1&page=2")
    assert not is_kept(keeping, "/?page=1")


def test_the_page_of_a_query_is_its_own(transactional_db, keeping):
    for number in range(25):
        make_article(title=f"Number {number}")

    first, second = keeping.get("/articles/").content, keeping.get("/articles/?page=2").content

    assert first != second
    assert keeping.get("/articles/").content == first
    assert keeping.get("/articles/?page=2").content == second


def test_compressed_copies_are_the_same_page(committed, keeping):
    address = "/articles/when-the-phone-sits-between-you/"
    plain = keeping.get(address)
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}
    for accepted, coding in {
        "gzip": "gzip",
        "gzip, deflate, br;q=1.0, zstd": "br",
        "br;q=0, gzip;q=0.5": "gzip",
        "br;q=0.0,gzip;q=0": "",
        "identity": "",
        "br;q=what, gzip": "gzip",
    }.items():
        for _time in range(2):
            response = keeping.get(address, headers={"accept-encoding": accepted})
            assert response.get("Content-Encoding", "") == coding, accepted
            body = unpack[coding](response.content) if coding else response.content
            assert body == plain.content
            assert response["Content-Length"] == str(len(response.content))
            assert response["Vary"] == "Accept-Encoding"
            assert response["ETag"] == plain["ETag"]


def test_who_has_the_page_gets_no_second_copy(committed, keeping):
    made = keeping.get("/about/")
    for _kept in range(2):
        response = keeping.get("/about/", headers={"if-none-match": f'"x", {made["ETag"]}'})
        assert (response.status_code, response.content) == (304, b"")
        assert response["ETag"] == made["ETag"]
        assert response["X-Accel-Expires"].startswith("@")
    # Also where nothing has been kept yet.
    fresh = Client().get("/about/", headers={"if-none-match": made["ETag"]})
    assert fresh.status_code == 304
    assert keeping.get("/about/", headers={"if-none-match": '"x"'}).status_code == 200


def test_conditional_requests_of_other_pages_are_answered_too(committed, keeping):
    response = keeping.get("/search/?q=phone")
    assert response.status_code == 200

    again = keeping.get("/search/?q=phone", headers={"if-none-match": response["ETag"]})

    assert again.status_code == 304


def test_head_is_answered_from_the_same_page(committed, keeping):
    page = keeping.get("/about/")
    head = keeping.head("/about/")

    assert hasattr(head.wsgi_request, "kept_route")
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(page.content))


def test_hosts_and_schemes_have_pages_of_their_own(committed, keeping, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    keeping.get("/about/")

    other = keeping.get("/about/", headers={"host": "other.example"})
    assert not hasattr(other.wsgi_request, "kept_route")
    assert keeping.get("/about/", headers={"host": "bad.example"}).status_code == 400
    assert keeping.get("/about/", headers={"host": "bad.example"}).status_code == 400
    secure = keeping.get("/about/", secure=True)
    assert not hasattr(secure.wsgi_request, "kept_route")


def test_what_is_one_persons_or_wrong_is_never_kept(committed, keeping, django_user_model):
    _checkup, token = Checkup.start(Edition.objects.current())
    for address in (
        f"/checkup/{token}/attention/",
        f"/snapshot/{token}/",
        f"/snapshot/{token}/data.json",
        "/help/us/report/thanks/",
        "/exercises/request/",
        "/search/?q=phone",
        "/no-such-page/",
        "/articles/no-such-article/",
        "/exercises/the-repair-script/week.ics",
        "/healthz",
        "/readyz",
        "/admin/login/",
        "/favicon.ico",
    ):
        assert not is_kept(keeping, address), address
        assert "X-Accel-Expires" not in keeping.get(address)
    # Nor a public page as somebody sees it who has signed in.
    keeping.force_login(django_user_model.objects.create_superuser("editor"))
    assert not is_kept(keeping, "/about/")


def test_no_page_that_a_limit_counts_is_kept():
    counted = {route for route, limit in LIMITS.items() if "GET" in limit.methods}
    assert counted
    assert counted & set(KEPT) == set()


def test_a_kept_page_costs_no_query_and_is_logged_by_its_route(
    committed, keeping, django_assert_num_queries, caplog, monkeypatch
):
    # However long the first request takes on a busy machine.
    monkeypatch.setattr(page_cache, "Reading", lambda: content_version.Reading(trusted=60))
    caplog.set_level("INFO", "stalelove.requests")
    keeping.get("/articles/")
    with django_assert_num_queries(0):
        response = keeping.get("/articles/", headers={"x-request-id": "from-the-proxy-1"})

    assert response["X-Request-ID"] == "from-the-proxy-1"
    made, kept = caplog.records
    assert (made.route, made.queries, made.kept) == ("article_list", 2, None)
    assert (kept.route, kept.queries, kept.kept) == ("article_list", 0, True)


def test_what_is_not_committed_yet_is_not_kept(committed, keeping):
    """So an editor's save asks for the pages that a text links to, before it is done."""
    with transaction.atomic():
        assert not is_kept(keeping, "/articles/")
        transaction.set_rollback(True)

    assert is_kept(keeping, "/articles/")


def test_an_edit_is_seen_within_a_second(committed, keeping):
    other = Client()
    article = make_article(title="Zebra one")
    address = article.get_absolute_url()
    assert b"Zebra one" in keeping.get(address).content
    assert b"Zebra one" in other.get(address).content

    article.title = "Zebra two"
    article.save()
    time.sleep(AGAIN)

    for client in (keeping, other):
        assert b"Zebra two" in client.get(address).content
        assert b"Zebra two" in client.get("/articles/").content
    Article.objects.filter(pk=article.pk).delete()
    time.sleep(AGAIN)
    for client in (keeping, other):
        assert client.get(address).status_code == 404
        assert b"Zebra two" not in client.get("/articles/").content


def test_with_the_database_down_the_last_copy_is_given(committed, keeping, monkeypatch):
    known = keeping.get("/about/").content
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    connection.close()
    time.sleep(AGAIN)

    response = keeping.get("/about/")

    assert (response.status_code, response.content) == (200, known)
    assert hasattr(response.wsgi_request, "kept_route")
    monkeypatch.undo()


def test_a_shared_cache_carries_pages_from_one_process_to_another(
    committed, settings, django_assert_num_queries
):
    settings.PAGE_CACHE_MB = 8
    settings.PAGE_CACHE_IS_SHARED = True
    made = Client().get("/articles/")

    with django_assert_num_queries(1):  # the stamp
        found = Client().get("/articles/")
    assert found.content == made.content
    assert hasattr(found.wsgi_request, "kept_route")

    make_article(title="A new one")
    assert b"A new one" in Client().get("/articles/").content


def test_a_shared_cache_that_fails_is_done_without(committed, settings, caplog):
    settings.PAGE_CACHE_MB = 8
    settings.PAGE_CACHE_IS_SHARED = True
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "no_such_table",
        }
    }
    client = Client()

    assert client.get("/about/").status_code == 200
    assert is_kept(client, "/about/")
    assert "The cache that CACHE_URL names fails: ProgrammingError" in caplog.text


def test_the_promise_is_two_seconds_of_which_nginx_may_take_one():
    assert content_version.TRUSTED_SECONDS <= 1
