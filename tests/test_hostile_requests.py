"""Every address of the site, asked by somebody who means harm: hostile paths, queries, headers, methods
and bodies, as a reader and as an editor who is signed in.

Whatever comes, nothing fails (no 5xx), nothing comes back as markup, no answer leads elsewhere, and each
keeps its headers. `FUZZ=200 pytest tests/test_hostile_requests.py` tries each address more often.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote_from_bytes, urlsplit

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.test.client import FakePayload
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from articles.models import Article
from articles.preview import preview_address
from quiz.models import Checkup, Edition, Pairing
from stalelove.categories import Category
from stalelove.rates import LIMITS
from tests.builders import the_group

EXAMPLES = int(os.environ.get("FUZZ", "3"))

# What must never come back as it is: an element, an attribute that a quote has let in, an address that
# is a script.
MARKUP = "\"'><fuzz onfuzz=1>"
BACK = ("<fuzz", 'x"onfuzz=', "x'onfuzz=", 'href="javascript:fuzz', 'action="javascript:fuzz')
HOSTILE = [
    *("", " ", "\0", "a\0b", "\r\nX-Fuzz: 1\r\n\r\n", "\n", "\x1b[2J", "\x7f", "\u2028", "\u202e"),
    *(MARKUP, f"<!--{MARKUP}", f"--></script>{MARKUP}", 'x"onfuzz="1', "x'onfuzz='1"),
    *("javascript:fuzz()", "data:text/html,<fuzz>", "//evil.example", "https://evil.example/a"),
    *("\\\\evil.example", "/\\evil.example", "http:evil.example", "../../../etc/passwd"),
    *("' OR 1=1--", "'; SELECT pg_sleep(9)--", "\\", "%", "%00", "%ff", "%2e%2e%2f", "{{7*7}}"),
    *("${7*7}", "{% debug %}", "-1", "0", "1", "01", "+1", "1_0", "٣", "²", "1e400", "NaN", "inf"),
    *("9" * 19, "9" * 400, "2027-02-30", "0001-01-01", "9999-12-31", "99:99", "23:59:60.9999999"),
    *("true", "None", "[]", "__class__", "a" * 300, "a" * 6000, "é" * 200, "💔", "́" * 300),
    *('"' * 50, '"-a -b" or', "(((", "*", "-", "a & !b | <-> c:*", "-- -a", "\ufffe", "ﷺ" * 90),
]
NAMES = [
    *("q", "page", "minutes", "who", "distance", "touch", "category", "depth", "date", "number"),
    *("complaint", "see", "small", "by", "reason", "start", "time", "title", "also", "begin"),
    *("edition", "attention-looked-up", "repair-owned-part", "notes", "warmth", "step", "seen"),
    *("shows", "line", "problem", "details", "website", "next", "username", "password", "action"),
    *("otp_token", "code", "_selected_action", "select_across", "index", "post", "_popup", "e"),
    *("_to_field", "o", "p", "all", "state__exact", "state__regex", "id__in", "categories"),
    *(
        "_changelist_filters",
        "is_superuser",
        "groups",
        "term",
        "app_label",
        "model_name",
        "field_name",
    ),
    *(
        "slug",
        "body",
        "standfirst",
        "publish_at_0",
        "publish_at_1",
        "text",
        "updated_at",
        "period",
    ),
    *("form-TOTAL_FORMS", "form-INITIAL_FORMS", "items-TOTAL_FORMS", "csrfmiddlewaretoken", "alt"),
    *("month", "to", "from", "copies", "file", "username__contains", "user__password__startswith"),
]
# What the admin's lists are narrowed by, each with its list.
FILTERS = [
    (f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", name)
    for model, model_admin in admin.site._registry.items()
    for chosen in model_admin.list_filter
    for name in (
        [chosen.parameter_name]
        if isinstance(chosen, type)
        else [f"{chosen}{lookup}" for lookup in ("__exact", "__id__exact", "__gte")]
    )
]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"]
HEADERS = [
    *("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_RANGE", "HTTP_REFERER"),
    *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"),
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_ORIGIN"),
    *("HTTP_SEC_FETCH_SITE", "HTTP_X_REQUEST_ID", "HTTP_USER_AGENT", "HTTP_X_REQUESTED_WITH"),
    *("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_ORIGINAL_URL", "HTTP_EXPECT", "HTTP_AUTHORIZATION"),
    *("HTTP_CONTENT_ENCODING", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"),
]
TYPES = [
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "text/xml",
        "",
        "text/plain; charset=no",
    ),
    *(
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded; charset=b",
    ),
    "multipart/form-data; boundary=" + "b" * 300,
]

hostile = st.sampled_from(HOSTILE) | st.text(max_size=12)
raw = hostile.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=12)
names = st.sampled_from(NAMES) | st.sampled_from([name for _, name in FILTERS]) | hostile
pairs = st.lists(st.tuples(names, raw), max_size=9)


@dataclass(frozen=True)
class Ask:
    """One request as a server hands it to WSGI: text of bytes (Latin-1), and the body."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    kind: str
    body: bytes


def encoded(given: list[tuple[str, bytes]]) -> str:
    return "&".join(
        f"{quote_from_bytes(name.encode('utf-8', 'surrogatepass'))}={quote_from_bytes(value)}"
        for name, value in given
    )


def multipart(given: list[tuple[str, bytes]]) -> bytes:
    """Fields, and every second one as a file of a hostile name."""
    parts = []
    for number, (name, value) in enumerate(given):
        quoted = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        file = f'; filename="{quoted}"' if number % 2 else ""
        head = f'--b\r\nContent-Disposition: form-data; name="{quoted}"{file}\r\n\r\n'
        parts.append(head.encode("utf-8", "surrogatepass") + value + b"\r\n")
    return b"".join(parts) + b"--b--\r\n"


bodies = st.one_of(
    pairs.map(lambda given: encoded(given).encode()),
    pairs.map(multipart),
    st.binary(max_size=60),
    st.just(b"a=1&" * 2500),
    st.just(b"&".join(b"f%d=" % number for number in range(2100))),
    st.just(b'{"a": ' * 500),
    st.just(b"details=" + b"x" * 40_000),
)


def as_header(value: bytes) -> str:
    """What a server lets through in a header: anything but the ends of lines and NUL."""
    return re.sub(r"[\r\n\0]", "", value.decode("latin-1"))


def as_path(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


@st.composite
def asks(draw, pattern: str, known: dict[str, list[str]], base: dict[str, str]) -> Ask:
    """A request for one address of the URLconf, in which any part may be hostile or right."""

    def segment(match: re.Match[str]) -> str:
        right = known.get(match[2]) or known.get(match[1]) or known["slug"]
        return draw(st.sampled_from(right) | st.sampled_from(right) | hostile)

    path = "/" + re.sub(r"<(?:(\w+):)?(\w+)>", segment, pattern)
    path += draw(st.sampled_from(["", "", "", "", "/", "\0", MARKUP, "%", "//evil.example"]))
    headers = draw(st.dictionaries(st.sampled_from(HEADERS), raw.map(as_header), max_size=4))
    if draw(st.integers(0, 19)) == 7:
        headers["HTTP_HOST"] = as_header(draw(raw))
    if not base.get("HTTP_COOKIE"):
        headers |= draw(st.just({}) | raw.map(lambda value: {"HTTP_COOKIE": as_header(value)}))
    return Ask(
        draw(st.sampled_from(METHODS[:2]) | st.sampled_from(METHODS)),
        as_path(path),
        draw(pairs.map(encoded) | raw.map(lambda value: value.decode("latin-1"))),
        headers,
        draw(st.sampled_from(TYPES[:2]) | st.sampled_from(TYPES)),
        draw(bodies),
    )


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every address of the URLconf, with `<converter:name>` where something varies."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", str(entry.pattern)).strip("^$")
        if isinstance(entry, URLPattern):
            yield before + route
        else:
            yield from patterns(entry, before + route)


def answer(client: Client, ask: Ask, **base: str):
    body = ask.body if ask.method in ("POST", "PUT", "PATCH") else b""
    return client.request(
        **{
            "REQUEST_METHOD": ask.method,
            "PATH_INFO": ask.path,
            "QUERY_STRING": ask.query,
            "CONTENT_TYPE": ask.kind,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": FakePayload(body),
            "wsgi.url_scheme": "https",
            "HTTP_X_FORWARDED_PROTO": "https",
            "HTTP_X_FORWARDED_FOR": "203.0.113.9",
            **base,
            **ask.headers,
        }
    )


KEPT = (
    *("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"),
    *("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Request-ID"),
    "Permissions-Policy",
)


def wrongs(response) -> list[str]:
    """Whatever is wrong with an answer."""
    found = []
    if response.status_code >= 500:
        found.append(f"status {response.status_code}")
    # A script is no page that could ask a browser for anything (stalelove.headers).
    is_a_part = response.get("Content-Type", "").startswith("text/javascript")
    needed = KEPT[:-1] if is_a_part else KEPT
    found += [f"no {name}" for name in needed if not response.get(name)]
    found += [f"header {name}" for name in response.headers if "fuzz" in name.lower()]
    host = urlsplit(response.get("Location", "")).netloc
    if host not in ("", "testserver"):
        found.append(f"leads to {host}")
    body = b"".join(response) if response.streaming else response.content
    text = body.decode("utf-8", "replace").lower()
    if response.get("Content-Type", "").startswith("text/plain"):
        return found  # nosniff: no browser reads it as markup
    return found + [f"{mark} comes back" for mark in BACK if mark in text]


@pytest.fixture
def known(starter, settings, monkeypatch) -> dict[str, list[str]]:
    """Right values for what varies in an address, in production's settings and without limits."""
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = 1
    settings.SECURITY_CONTACT = "mailto:security@stalelove.example"
    for name, limit in LIMITS.items():
        monkeypatch.setitem(LIMITS, name, replace(limit, requests=10**9))
    edition = Edition.objects.current()
    finished, token = Checkup.start(edition)
    for category in Category:
        finished.save_page(category, dict.fromkeys(finished.page_answers(category), 3))
    finished.refresh_from_db()
    _begun, other = Checkup.start(edition)
    own = Pairing.invite(finished, token)
    article = Article.objects.first()
    return {
        "token": [token, other, own, "x" * 32],
        "preview": [preview_address(article).split("/")[3]],
        "digest": ["0" * 32],
        "int": ["1", "480", "9" * 30],
        "object_id": [str(article.pk), str(edition.pk), "1", "2", token],
        "code": ["us", "de", "zz"],
        "category": list(Category),
        "slug": ["the-repair-script", "when-the-phone-sits-between-you", "about", "no-such-thing"],
    }


def attack(pattern: str, known: dict[str, list[str]], **base: str) -> None:
    """EXAMPLES requests for one address; each leaves the database as it was."""

    @settings(
        max_examples=EXAMPLES,
        # Not shrunk: a request that breaks a page is short enough to read, and this stays quick.
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(asks(pattern, known, base))
    def each(ask: Ask) -> None:
        with transaction.atomic():
            response = answer(Client(), ask, **base)
            found = wrongs(response)
            if not base:
                found += [f"cookie {name}" for name in response.cookies if name != "csrftoken"]
            transaction.set_rollback(True)
        assert found == []

    each()


READERS = [pattern for pattern in patterns() if not pattern.startswith("admin/")]
EDITORS = [
    pattern for pattern in patterns() if pattern.startswith("admin/") and "logout" not in pattern
]


def test_the_addresses_are_all_there():
    assert "exercises/<slug:slug>/week.ics" in READERS
    assert "<slug>/" in READERS
    assert "admin/articles/article/<path:object_id>/change/" in EDITORS
    assert len(READERS) > 40
    assert len(EDITORS) > 60


def test_nothing_that_a_stranger_sends_breaks_a_page_or_comes_back(known, subtests):
    for pattern in [*READERS, "admin/", "admin/login/", "static/<slug>", "<slug>"]:
        with subtests.test(pattern):
            attack(pattern, known)


def signed_in(*, superuser: bool) -> dict[str, str]:
    user = User.objects.create_user("edith", is_staff=True, is_superuser=superuser)
    user.groups.add(the_group("Editors"))
    client = Client()
    client.force_login(user)
    return {"HTTP_COOKIE": f"sessionid={client.cookies['sessionid'].value}"}


def test_nothing_that_an_editor_sends_breaks_the_admin_or_comes_back(known, subtests):
    cookie = signed_in(superuser=False)
    for pattern in EDITORS:
        with subtests.test(pattern):
            attack(pattern, known, **cookie)


def test_nothing_that_a_superuser_sends_breaks_the_accounts_or_comes_back(known, subtests):
    cookie = signed_in(superuser=True)
    for pattern in EDITORS:
        if pattern.startswith(("admin/auth/", "admin/admin/")):
            with subtests.test(pattern):
                attack(pattern, known, **cookie)


@pytest.mark.parametrize("value", ["\0", MARKUP])
def test_a_list_of_the_admin_can_be_asked_for_anything(client, known, subtests, value):
    client.force_login(User.objects.create_superuser("edith"))

    for name, parameter in FILTERS:
        with subtests.test(f"{name} {parameter}"), transaction.atomic():
            response = client.get(reverse(name), {parameter: value}, secure=True)
            assert wrongs(response) == []


def test_the_attack_would_be_noticed(known):
    """What each check looks for is found where it is."""

    class Answer(dict):
        status_code, streaming, headers = 500, False, {"X-Fuzz": "1"}
        content = f"<p>{MARKUP}</p>".encode()

    found = wrongs(Answer(Location="//evil.example/"))

    assert found == [
        "status 500",
        *(f"no {name}" for name in KEPT),
        "header X-Fuzz",
        "leads to evil.example",
        "<fuzz comes back",
    ]
