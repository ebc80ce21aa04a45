"""Every link in what editors wrote: within the site followed as a reader would, the others listed."""

from __future__ import annotations

import logging
import re
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import Any, Literal
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings

from articles.documents import Kind, Record
from articles.rendering import render
from stalelove.content import KINDS
from stalelove.models import LinkCheck

# Of an article each part has anchors of its own (articles.models).
PREFIXES = {"extended": "d-", "research": "r-"}
SECONDS = 15
AT_ONCE = 8
AGENT = "Mozilla/5.0 (compatible; link check of a site's own editors)"

Verdict = Literal["broken", "moved", "waiting", "unsure"]


class LinkCheckError(Exception):
    """The links cannot be followed at all; str() says what to do."""


@dataclass(frozen=True)
class Link:
    """One link: `place` says in whose text it stands, `target` is what the text says, and `model` and
    `key` which row it is that holds the text."""

    place: str
    target: str
    page: str
    is_public: bool
    model: str = ""
    key: int = 0


@dataclass(frozen=True)
class Finding:
    """A link that is not simply right, and why. Only a broken one is a fault."""

    link: Link
    verdict: Verdict
    why: str


class _Page(HTMLParser):
    """The links and the anchors of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        target = named.get("href") if tag == "a" else named.get("src") if tag == "img" else None
        if target is not None:
            self.targets.append(target)
        if anchor := named.get("id"):
            self.anchors.add(anchor)


def links() -> Iterator[Link]:
    """Every link of every item, published or not, in the order of the kinds."""
    for kind in KINDS:
        manager = kind.model._default_manager
        has_states = hasattr(manager, "published")
        public = set(manager.published().values_list("pk", flat=True)) if has_states else set()
        for row in kind.all():
            yield from links_of(kind, row, is_public=not has_states or row.pk in public)


def links_of(kind: Kind, row: Any, *, is_public: bool) -> Iterator[Link]:
    """Every link in the texts of one row."""
    place, model = f"{kind.name}/{getattr(row, kind.key)}", row._meta.label_lower
    for field, text in _texts(kind.record(row)):
        for target in _targets(field, text):
            if not target.startswith(("mailto:", "tel:")):
                yield Link(f"{place}, {field}", target, _page_of(row), is_public, model, row.pk)


def _page_of(row: Any) -> str:
    return row.get_absolute_url().partition("#")[0] if hasattr(row, "get_absolute_url") else "/"


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a record with the name of its field, however deep it lies."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, field)


def _targets(field: str, text: str) -> list[str]:
    if field == "doi":
        return [f"https://doi.org/{text}"] if text else []
    if re.fullmatch(r"https?://\S+", text):
        return [text]
    # Most texts are names and sentences; only these signs can make a link or a picture.
    return (
        _Page(render(text, prefix=PREFIXES.get(field, "s-")).html).targets
        if "[" in text or "<" in text
        else []
    )


def is_external(link: Link) -> bool:
    return urlsplit(_absolute(link)).netloc != urlsplit(settings.SITE_URL).netloc


def _absolute(link: Link) -> str:
    return urljoin(settings.SITE_URL + link.page, link.target)


def address_of(link: Link) -> str:
    """Where the link leads, without the place on that page."""
    return urlsplit(_absolute(link))._replace(fragment="").geturl()


def check_internal(found: Iterable[Link]) -> Iterator[Finding]:
    """Follow each link within the site; one request of our own a page, none over the network.

    Raises LinkCheckError.
    """
    found = list(found)
    if not found:
        return
    own_pages = _own_pages()
    read = cache(_read)
    anchors_of = cache(lambda page: set().union(*map(_anchors, own_pages[page])))
    if read("/")[0] == 400:
        raise LinkCheckError("the host of SITE_URL is not among ALLOWED_HOSTS; add it there")
    for link in found:
        parts = urlsplit(_absolute(link))
        if link.target.startswith("#") and parts.fragment in anchors_of(link.page):
            continue
        status, address, anchors = read(parts.path + (f"?{parts.query}" if parts.query else ""))
        if status == 404 and not link.is_public and parts.path in own_pages:
            yield Finding(link, "waiting", "neither of the two is published yet")
        elif status == 404 and parts.path in own_pages:
            yield Finding(link, "broken", "that page is not published")
        elif status != 200:
            why = "there is no such page" if status == 404 else f"the answer is {status}"
            yield Finding(link, "broken", why)
        elif parts.fragment and unquote(parts.fragment) not in anchors:
            yield Finding(link, "broken", f"the page has no #{unquote(parts.fragment)}")
        elif address != parts.path:
            yield Finding(link, "moved", f"the page is at {address} now")


def check_site() -> LinkCheck:
    """Follow every link within the site and write down what is broken. Raises LinkCheckError."""
    within = [link for link in links() if not is_external(link)]
    return written_down(within, list(check_internal(within)))


def written_down(within: list[Link], findings: Iterable[Finding]) -> LinkCheck:
    """The result of a check, kept for the editors' first page."""
    broken = [
        {
            **{name: getattr(finding.link, name) for name in ("place", "target", "model", "key")},
            "why": finding.why,
        }
        for finding in findings
        if finding.verdict == "broken"
    ]
    return LinkCheck.keep(links=len(within), broken=broken)


def _own_pages() -> dict[str, list[Record]]:
    """The page of every item, published or not, and what its texts are."""
    pages: dict[str, list[Record]] = defaultdict(list)
    for kind in KINDS:
        for row in kind.all():
            pages[_page_of(row)].append(kind.record(row))
    return pages


def _anchors(record: Record) -> set[str]:
    anchors: set[str] = set()
    for field, text in _texts(record):
        if "#" in text or "[^" in text:
            anchors |= _Page(render(text, prefix=PREFIXES.get(field, "s-")).html).anchors
    return anchors


def _read(path: str) -> tuple[int, str, set[str]]:
    """The status of a page of ours, the path where it was found in the end, and its anchors."""
    # Here, because it brings Django's test runner along, which no reader's page needs.
    from django.test import Client  # noqa: PLC0415

    client = Client(raise_request_exception=False, HTTP_HOST=urlsplit(settings.SITE_URL).netloc)
    with _quietly():
        response = client.get(path, follow=True, secure=True)
    end = urlsplit(response.redirect_chain[-1][0]).path if response.redirect_chain else None
    is_page = response.get("Content-Type", "").startswith("text/html")
    anchors = _Page(response.content.decode()).anchors if is_page else set()
    return response.status_code, end or urlsplit(path).path, anchors


@contextmanager
def _quietly() -> Iterator[None]:
    """Our own requests for pages that are not there need no line in the log; those of readers, which
    other threads answer meanwhile, keep theirs."""
    logger, thread = logging.getLogger("django.request"), threading.get_ident()

    def of_others(record: logging.LogRecord) -> bool:
        return record.thread != thread

    logger.addFilter(of_others)
    try:
        yield
    finally:
        logger.removeFilter(of_others)


def check_external(found: Iterable[Link]) -> Iterator[tuple[Link, Finding | None]]:
    """Ask for each address once, eight at a time; None where it answered well."""
    first: dict[str, Link] = {}
    for link in found:
        first.setdefault(address_of(link), link)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for link, finding in zip(first.values(), pool.map(_ask, first), strict=True):
            yield link, Finding(link, *finding) if finding else None


def _ask(address: str) -> tuple[Verdict, str] | None:
    for method in ("HEAD", "GET"):  # some know no HEAD
        request = urllib.request.Request(address, method=method, headers={"User-Agent": AGENT})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
                return None
        except urllib.error.HTTPError as error:
            if error.code in (404, 410) and method == "GET":
                return "broken", f"the answer is {error.code}"
            if method == "GET":
                # Publishers turn programs away: that says nothing of the page.
                return "unsure", f"the answer is {error.code}; look yourself"
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                return "unsure", f"no answer within {SECONDS} seconds; look yourself"
            return "broken", f"it cannot be reached ({reason})"
    return None
