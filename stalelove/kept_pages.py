"""Which pages may be kept whole, and where they are kept within a process. Pure: no Django, no clock.

Only what is named here is ever kept: pages that are the same for every reader, at an address that
holds nobody's token, and that cost no limit. Everything else passes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

# By the name of the route (urls.py): the names in the query that the page reads.
KEPT: dict[str | None, frozenset[str]] = {
    "home": frozenset(),
    "topic": frozenset({"page"}),
    "article_list": frozenset({"page"}),
    "article": frozenset(),
    "page": frozenset(),
    "reading_list": frozenset(),
    "exercise_list": frozenset({"minutes", "who", "distance", "touch", "category"}),
    "exercise": frozenset(),
    "exercise_print": frozenset(),
    "exercise_hold": frozenset(),
    "question_list": frozenset({"category", "depth"}),
    "question_cards": frozenset({"category", "depth"}),
    "question_tonight": frozenset({"date"}),
    "evidence": frozenset(),
    "checkup": frozenset(),
    "checkup_paper": frozenset(),
    "help": frozenset(),
    "help_country": frozenset(),
    "help_json": frozenset(),
    "feed": frozenset(),
    "sitemap": frozenset(),
    "robots": frozenset(),
    "security_txt": frozenset(),
}
# These know better than an old page what to say while the database does not answer (help_lines.py).
NEVER_OLD = frozenset({"help", "help_country", "help_json"})
_NAMES = frozenset().union(*KEPT.values())
# Longer values are nothing that a page reads.
_LONGEST_VALUE = 20


@dataclass(frozen=True)
class Key:
    """What of a request decides about a page: the same key is the same page.

    `query` holds only names that some page reads, in one order, so that what others put into a shared
    link (`?fbclid=…`) does not make another page of it.
    """

    scheme: str
    host: str
    path: str
    query: str

    def is_read_by(self, route: str | None) -> bool:
        """Whether the page of this route reads every name that is left in the query."""
        return route in KEPT and {n for n, _ in parse_qsl(self.query, True)} <= KEPT[route]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}?{self.query}"


def known_query(query: str) -> str | None:
    """The part of a query string that pages read; None where it is none that a page would be kept for."""
    if not query:
        return ""
    try:
        pairs = [pair for pair in parse_qsl(query, True, max_num_fields=12) if pair[0] in _NAMES]
    except ValueError:
        return None
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)) or any(len(value) > _LONGEST_VALUE for _, value in pairs):
        return None
    return urlencode(sorted(pairs))


@dataclass
class Kept:
    """One page as it was sent. `bodies` by content coding; "" is the page as it is."""

    stamp: object
    route: str
    etag: str
    headers: tuple[tuple[str, str], ...]
    bodies: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return 1500 + sum(map(len, self.bodies.values()))


class Shelf:
    """Pages by key, at most so many bytes of them: what has not been asked for longest goes first."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._pages: OrderedDict[Key, tuple[Kept, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Kept | None:
        with self._lock:
            found = self._pages.get(key)
            if found is None:
                return None
            self._pages.move_to_end(key)
            return found[0]

    def put(self, key: Key, page: Kept) -> None:
        """Also when a page that is here has grown by another body."""
        with self._lock:
            if before := self._pages.pop(key, None):
                self.bytes -= before[1]
            size = page.size
            if size > self.most_bytes:
                return
            self._pages[key] = page, size
            self.bytes += size
            while self.bytes > self.most_bytes:
                self.bytes -= self._pages.popitem(last=False)[1][1]

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self.bytes = 0


class Shelves:
    """Two of them: addresses with a query can be made up without end, and must push out no others."""

    def __init__(self, most_bytes: int) -> None:
        self._plain = Shelf(most_bytes * 3 // 4)
        self._asked = Shelf(most_bytes // 4)

    def of(self, key: Key) -> Shelf:
        return self._asked if key.query else self._plain
