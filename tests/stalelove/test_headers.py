"""The headers of every answer, by the rules of the MDN HTTP Observatory (its scoring of 2024-25).

Each rule here is one of its tests; what it can only see from outside (the redirect from port 80, the
preload list) is the proxy's part.
"""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from articles.models import Article
from stalelove import headers
from stalelove.rates import LIMITS, Limit
from tests.articles.test_pictures import add


@pytest.fixture
def served(settings, tmp_path):
    """As in production, where HTTPS is told by the proxy."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.MEDIA_ROOT = tmp_path


def policy(response) -> dict[str, list[str]]:
    directives = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in filter(None, directives)}


def faults(response) -> list[str]:
    """Every rule of the Observatory that would cost marks."""
    found = []
    csp = policy(response)
    sources = {source for values in csp.values() for source in values}
    if csp.get("default-src") != ["'none'"]:
        found.append("csp: default-src is not 'none'")
    if sources - {"'none'", "'self'", "'script'"}:
        found.append("csp: " + " ".join(sorted(sources)))
    for name in ("base-uri", "frame-ancestors", "form-action", "object-src"):
        if not csp.get(name):
            found.append(f"csp: no {name}")
    seconds = response["Strict-Transport-Security"].partition(";")[0].partition("=")[2]
    if int(seconds) < 15768000:  # six months
        found.append("hsts: too short")
    if response["X-Content-Type-Options"] != "nosniff":
        found.append("nosniff")
    if response["X-Frame-Options"] != "DENY":
        found.append("frames")
    if response["Referrer-Policy"] not in ("same-origin", "no-referrer"):
        found.append("referrer")
    if response["Cross-Origin-Resource-Policy"] != "same-origin":
        found.append("corp")
    if response.has_header("Access-Control-Allow-Origin"):
        found.append("cors")
    for name, cookie in response.cookies.items():
        if not (cookie["secure"] and cookie["httponly"] and cookie["samesite"]):
            found.append(f"cookie {name}")
    return found


def finished(response):
    """A file is read to its end, as a server does it."""
    if response.streaming:
        b"".join(response.streaming_content)
    return response


def beside_the_observatory(response) -> list[str]:
    """What it does not ask for."""
    wanted = {"Cross-Origin-Opener-Policy": "same-origin"} | headers.HEADERS
    if response.get("Content-Type", "").startswith(("text/css", "image/webp")):
        wanted["Permissions-Policy"] = None  # a part of a page asks for nothing
    found = [name for name, value in wanted.items() if response.get(name) != value]
    found += [name for name in ("Server", "X-Powered-By") if response.has_header(name)]
    if not re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"]):
        found.append("X-Request-ID")
    return found


def not_changed(client: Client, address: str):
    """The answer to a browser that has this page already."""
    tag = client.get(address, secure=True)["ETag"]
    return client.get(address, secure=True, headers={"if-none-match": tag})


def former_address(client: Client):
    article = Article.objects.published().first()
    slug = article.slug
    article.slug = "another"
    article.save()
    return client.get(f"/articles/{slug}/", secure=True)


def too_often(client: Client):
    LIMITS["search"] = Limit("search", 0, 60, frozenset({"GET"}))
    return client.get("/search/?q=love", secure=True)


def broken(client: Client):
    return Client(raise_request_exception=False).get("/checkup/", secure=True)


STRANGE = {"host": "evil.example"}
CROSS_SITE = {"sec-fetch-site": "cross-site"}
GONE = f"/snapshot/{'x' * 32}/"
# What each kind of answer is, and how to get one.
KINDS = {
    "page": (200, lambda client: client.get("/", secure=True)),
    "page with a query": (200, lambda client: client.get("/search/?q=love", secure=True)),
    "head": (200, lambda client: client.head("/articles/", secure=True)),
    "feed": (200, lambda client: client.get("/feed.atom", secure=True)),
    "sitemap": (200, lambda client: client.get("/sitemap.xml", secure=True)),
    "robots": (200, lambda client: client.get("/robots.txt", secure=True)),
    "json": (200, lambda client: client.get("/help.json", secure=True)),
    "calendar": (
        200,
        lambda client: client.get("/exercises/the-repair-script/week.ics", secure=True),
    ),
    "health": (200, lambda client: client.get("/healthz", secure=True)),
    "static": (200, lambda client: client.get("/static/css/site.css", secure=True)),
    "static svg": (200, lambda client: client.get("/static/img/favicon.svg", secure=True)),
    "sign-in": (200, lambda client: client.get("/admin/login/", secure=True)),
    "without the last slash": (301, lambda client: client.get("/articles", secure=True)),
    "former address": (301, former_address),
    "begun": (302, lambda client: client.post("/checkup/start/", secure=True)),
    "icon": (302, lambda client: client.get("/favicon.ico", secure=True)),
    "admin without a session": (302, lambda client: client.get("/admin/", secure=True)),
    "unchanged page": (304, lambda client: not_changed(client, "/articles/")),
    "unchanged feed": (304, lambda client: not_changed(client, "/feed.atom")),
    "strange host": (400, lambda client: client.get("/", secure=True, headers=STRANGE)),
    "form from elsewhere": (
        403,
        lambda client: client.post("/checkup/start/", secure=True, headers=CROSS_SITE),
    ),
    "editors' form without its token": (
        403,
        lambda _client: Client(enforce_csrf_checks=True).post("/admin/login/", secure=True),
    ),
    "nothing there": (404, lambda client: client.get("/no-such-page/", secure=True)),
    "no such static file": (404, lambda client: client.get("/static/no.css", secure=True)),
    "no such picture": (
        404,
        lambda client: client.get(f"/media/images/{'0' * 32}-400.webp", secure=True),
    ),
    "gone": (404, lambda client: client.get(GONE, secure=True)),
    "another method": (405, lambda client: client.put("/articles/", secure=True)),
    "not filled in": (422, lambda client: client.post("/help/us/report/", secure=True)),
    "too often": (429, too_often),
    "broken": (500, broken),
}


@pytest.fixture
def own_limits(monkeypatch):
    """What a test does to the limits ends with it."""
    monkeypatch.setitem(LIMITS, "search", LIMITS["search"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("starter", "served", "own_limits")
def test_every_kind_of_answer_keeps_the_observatory_s_rules(client, monkeypatch, kind):
    if kind == "broken":
        quiz_views = import_module("quiz.views")
        monkeypatch.setattr(quiz_views.Edition, "objects", None)
    status, ask = KINDS[kind]

    response = finished(ask(client))

    assert response.status_code == status
    # Other sites may read /help.json (docs/help-json.md), and nothing else.
    assert faults(response) == (["cors"] if kind == "json" else [])
    assert beside_the_observatory(response) == []


def test_a_picture_keeps_them_too(client, db, served):
    image = add()

    response = finished(client.get(default_storage.url(image.paths[0]), secure=True))

    assert response.status_code == 200
    assert faults(response) + beside_the_observatory(response) == []


def test_an_editor_s_cookies_and_pages_keep_them_too(client, starter, served):
    client.force_login(User.objects.create_superuser("rosa"))

    for address in ("/admin/", "/admin/articles/article/add/", "/admin/second-step/"):
        response = client.get(address, secure=True)
        assert (response.status_code, faults(response)) == (200, [])


def test_plain_http_is_redirected_but_for_the_load_balancer(client, db, served):
    response = client.get("/articles/")

    assert (response.status_code, response["Location"]) == (301, "https://testserver/articles/")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("secure", [True, False])
def test_a_host_that_is_not_ours_is_refused_with_the_headers_of_all(client, db, served, secure):
    response = client.get("/", secure=secure, headers=STRANGE)

    assert response.status_code == 400
    assert beside_the_observatory(response) == []
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert policy(response)["default-src"] == ["'none'"]


def test_a_private_page_has_no_tag_by_which_it_could_be_known_again(client, starter, served):
    link = client.post("/checkup/start/", secure=True)["Location"]

    response = client.get(link, secure=True)

    assert (response.status_code, response.has_header("ETag")) == (200, False)


def test_the_admin_s_own_scripts_may_make_markup_and_nothing_else_may(client, starter, served):
    client.force_login(User.objects.create_superuser("rosa"))

    assert "trusted-types" not in policy(client.get("/admin/", secure=True))
    for address in ("/", "/no-such-page/", "/admin/login/"):
        found = policy(client.get(address, secure=True))
        assert found["require-trusted-types-for"] == ["'script'"]
        assert found["trusted-types"] == ["'none'"]


@pytest.mark.parametrize("address", ["/", "/articles", "/no-such-page/", "/static/css/site.css"])
def test_the_server_is_given_every_header_of_the_answer_once(rf, starter, served, address):
    given = []
    environ = rf.get(address, secure=True).environ

    response = WSGIHandler()(environ, lambda status, headers: given.extend(headers))

    assert sorted(given) == sorted((name, response[name]) for name in response.headers)
    assert {"X-Request-ID", "Content-Security-Policy", "X-Frame-Options"} <= dict(given).keys()
    assert all(type(text) is str for header in given for text in header)
    response.close()
