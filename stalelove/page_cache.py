"""The middleware that keeps public pages whole, and answers conditional requests.

A page is kept with the stamp of the content it was made of (stalelove.content_version) and given out
for as long as that is the present one: so an edit, a deletion or a scheduled article's minute is seen
in every process within a second, without a message between them. While the database does not answer,
the last copy of a page is better than none.

Which pages these are is said in stalelove.kept_pages alone.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import logging
import time
from collections.abc import Callable

import brotli
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import parse_http_date_safe

from stalelove.content_version import Reading, Stamp
from stalelove.kept_pages import NEVER_OLD, Kept, Key, Shelves, known_query
from stalelove.readers import has_session
from stalelove.release import release

logger = logging.getLogger("stalelove.page_cache")

# The best first. A page of 20 KB takes half a millisecond in either, once.
_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": functools.partial(brotli.compress, quality=6),
    "gzip": functools.partial(gzip.compress, compresslevel=7, mtime=0),
}
_SMALLEST_COMPRESSED = 600
# An eighth smaller, for 25 milliseconds. So it is for pages that are asked for again and again: their
# addresses end with the content, while those with a query can be made up. And gzip has nothing like it.
_THOROUGHLY = {"br": functools.partial(brotli.compress, quality=11)}
_LARGEST_THOROUGH = 64 * 1024
_NEVER = ("no-store", "private")
_UNAVAILABLE = 503
# By what a request says that its answer hangs on a condition (RFC 9110, 13.1).
_CONDITIONS = frozenset(
    f"HTTP_IF_{name}" for name in ("MATCH", "NONE_MATCH", "MODIFIED_SINCE", "UNMODIFIED_SINCE")
)
# For how long a shared cache that has failed is not asked again.
_RETREAT_SECONDS = 5


def keep_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware, outside of all that sets headers, so that they are kept with the page."""
    pages = Pages(settings.PAGE_CACHE_MB * 1024 * 1024, is_shared=settings.PAGE_CACHE_IS_SHARED)
    reading = Reading()
    # Of what is not kept here, Django answers conditional requests.
    conditional = ConditionalGetMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        key = pages.key_of(request)
        if key is None:
            return _unchanged(request, get_response(request))
        stamp = reading.stamp()
        page = pages.get(key, stamp) if stamp else pages.last(key)
        if page is not None:
            request.kept_route = page.route
            return answer(request, page, key, pages)
        if stamp:
            request.content_place = stamp.place  # for stalelove.replica
        response = get_response(request)
        if stamp and may_be_kept(request, response, key):
            page = pages.put(key, stamp, request.resolver_match.view_name, response)
            return answer(request, page, key, pages)
        if response.status_code == _UNAVAILABLE and (page := pages.last(key)):
            # The database went away within the second for which the stamp is trusted.
            return answer(request, page, key, pages)
        return _unchanged(request, response)

    def _unchanged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not _CONDITIONS.isdisjoint(request.META):
            return with_headers_of(response, conditional.process_response(request, response))
        # Who sets no condition is given the tag to come back with, and nothing is compared.
        takes_one = request.method == "GET" and not response.has_header("ETag")
        if takes_one and conditional.needs_etag(response):
            set_response_etag(response)
        return response

    return middleware


def with_headers_of(whole: HttpResponse, response: HttpResponse) -> HttpResponse:
    """Django's 304 keeps but a few headers of the page that it stands for; ours keeps those of
    security and privacy as well. Whatever tells of a body stays away."""
    if response is not whole:
        for name, value in whole.headers.items():
            if not name.startswith("Content-") or name.startswith("Content-Security"):
                response.headers.setdefault(name, value)
    return response


def may_be_kept(request: HttpRequest, response: HttpResponse, key: Key) -> bool:
    """Whether this answer is a public page, the same for everybody: named as one, and in order."""
    match = request.resolver_match
    return (
        request.method == "GET"
        # A request of our own (stalelove.links) from within an editor's transaction sees what may never
        # be committed.
        and not connection.in_atomic_block
        and response.status_code == 200
        and match is not None
        and key.is_read_by(match.view_name)
        and not response.streaming
        and not response.cookies
        and response.headers.get("Vary", "Accept-Encoding").lower() == "accept-encoding"
        and not any(word in response.headers.get("Cache-Control", "") for word in _NEVER)
    )


class Pages:
    """The pages of one process, and those that several share where CACHE_URL names a place."""

    def __init__(self, most_bytes: int, *, is_shared: bool) -> None:
        self.most_bytes = most_bytes
        self._shelves = Shelves(most_bytes)
        self._shared = caches["default"] if is_shared else None
        self._away_until = 0.0

    def key_of(self, request: HttpRequest) -> Key | None:
        """None for a request whose answer is none of these, or may be one person's."""
        if not self.most_bytes or request.method not in ("GET", "HEAD"):
            return None
        meta = request.META
        if "HTTP_AUTHORIZATION" in meta:
            return None
        if has_session(request):
            return None
        query = known_query(meta.get("QUERY_STRING", ""))
        if query is None:
            return None
        scheme = request.scheme or "http"
        return Key(scheme, meta.get("HTTP_HOST", ""), request.path_info, query)

    def get(self, key: Key, stamp: Stamp) -> Kept | None:
        page = self._shelves.of(key).get(key)
        if page is not None and page.stamp == stamp:
            return page
        page = self._ask_shared(key, stamp)
        if page is not None:
            self._shelves.of(key).put(key, page)
        return page

    def last(self, key: Key) -> Kept | None:
        """The copy that was made last, of whatever content, where an old one is better than none."""
        page = self._shelves.of(key).get(key)
        return None if page is None or page.route in NEVER_OLD else page

    def put(self, key: Key, stamp: Stamp, route: str, response: HttpResponse) -> Kept:
        body = response.content
        # Weak, because the compressed copies have it too.
        etag = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        before = self._shelves.of(key).get(key)
        page = Kept(
            stamp=stamp,
            route=route,
            etag=etag,
            headers=tuple(
                (name, value)
                for name, value in response.headers.items()
                if name.lower() not in ("etag", "content-length", "vary")
            ),
            # An edit elsewhere leaves most pages as they were, and what was compressed is right.
            bodies=dict(before.bodies) if before and before.etag == etag else {"": body},
        )
        self._shelves.of(key).put(key, page)
        self._tell_shared(key, page)
        return page

    def body(self, key: Key, page: Kept, coding: str) -> bytes:
        """Compressed once, when somebody first asks for it so."""
        if coding not in page.bodies:
            body = page.bodies[""]
            compress = _CODINGS[coding]
            if not key.query and len(body) <= _LARGEST_THOROUGH:
                compress = _THOROUGHLY.get(coding, compress)
            page.bodies[coding] = compress(body)
            self._shelves.of(key).put(key, page)
            self._tell_shared(key, page)
        return page.bodies[coding]

    def _ask_shared(self, key: Key, stamp: Stamp) -> Kept | None:
        if self._shared is None or time.monotonic() < self._away_until:
            return None
        try:
            return self._shared.get(_shared_name(key, stamp))
        except Exception as error:  # each kind of cache has its own exceptions
            self._retreat(error)
            return None

    def _tell_shared(self, key: Key, page: Kept) -> None:
        if self._shared is None or time.monotonic() < self._away_until:
            return
        try:
            self._shared.set(_shared_name(key, page.stamp), page, timeout=24 * 3600)
        except Exception as error:
            self._retreat(error)

    def _retreat(self, error: Exception) -> None:
        """Do without: a page is made in milliseconds, and nobody should wait for a cache."""
        self._away_until = time.monotonic() + _RETREAT_SECONDS
        logger.warning("The cache that CACHE_URL names fails: %s", type(error).__name__)


def _shared_name(key: Key, stamp: object) -> str:
    """Also of the release and the language, since pages of another one look otherwise."""
    return (
        "page-"
        + hashlib.sha256(
            f"{release()}|{settings.LANGUAGE_CODE}|{stamp}|{key}".encode()
        ).hexdigest()
    )


def answer(request: HttpRequest, page: Kept, key: Key, pages: Pages) -> HttpResponse:
    """The page as this client can read it, or 304 where it has it already."""
    body = page.bodies[""]
    coding = _coding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    if coding and len(body) >= _SMALLEST_COMPRESSED:
        body = pages.body(key, page, coding)
    else:
        coding = ""
    response = HttpResponse(b"" if request.method == "HEAD" else body)
    # What stands in `_store` has been a response's headers before: checking each once more would take
    # a third of the time of the whole answer.
    headers = response.headers._store
    for name, value in page.headers:
        headers[name.lower()] = name, value
    headers["etag"] = "ETag", page.etag
    headers["vary"] = "Vary", "Accept-Encoding"
    headers["content-length"] = "Content-Length", str(len(body))
    if coding:
        headers["content-encoding"] = "Content-Encoding", coding
    meta = request.META
    if "HTTP_IF_NONE_MATCH" in meta or "HTTP_IF_MODIFIED_SINCE" in meta:
        modified = response.headers.get("Last-Modified")
        whole = response
        response = with_headers_of(
            whole,
            get_conditional_response(
                request, page.etag, modified and parse_http_date_safe(modified), whole
            ),
        )
    if meta.get("QUERY_STRING", "") == key.query:
        # nginx may keep it to the end of the present second (deploy/nginx); it tells nobody else.
        response.headers["X-Accel-Expires"] = f"@{int(time.time())}"
    return response


@functools.lru_cache(maxsize=512)
def _coding(accepted: str) -> str:
    """The best coding that this Accept-Encoding takes; "" where it takes none of ours."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";q=")
        try:
            weights[name.strip()] = float(weight or 1)
        except ValueError:
            continue
    return next((coding for coding in _CODINGS if weights.get(coding)), "")
