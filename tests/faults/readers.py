"""Readers who take real checkups through nginx and remember every answer that the site acknowledged."""

from __future__ import annotations

import hashlib
import http.client
import random
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

import yaml

from tests.faults.site import Site
from tests.serving import HOST, ROOT

CATEGORIES = ("attention", "curiosity", "repair", "warmth")
HEADERS = {"Host": HOST, "X-Forwarded-Proto": "https", "Sec-Fetch-Site": "same-origin"}
HELP_LINE = "1-800-799-7233"
# How long a reader waits for an answer: longer than nginx does.
PATIENCE = 40


def _keys() -> dict[str, list[str]]:
    """The questions of each category by their lasting names, in the order in which answers are kept."""
    edition = yaml.safe_load((ROOT / "quiz" / "starter" / "editions" / "1.yaml").read_text())
    return {
        category: [item["key"] for item in edition["items"] if item["category"] == category]
        for category in CATEGORIES
    }


KEYS = _keys()


@dataclass(frozen=True)
class Answer:
    """What came back for one request: `status` 0 where the connection broke."""

    path: str
    began: float
    ended: float
    status: int
    is_friendly: bool  # help lines, Retry-After, and not to be kept
    location: str = ""

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass
class Load:
    """`readers` at once, each with a pause between two pages, until it is stopped."""

    site: Site
    readers: int = 8
    pause: float = 0.05
    sent: list[Answer] = field(default_factory=list)
    help: list[Answer] = field(default_factory=list)
    # By token: the answers of each page that was acknowledged.
    acknowledged: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def __enter__(self) -> Load:
        self._is_over = threading.Event()
        self._threads = [
            *(threading.Thread(target=self._read, args=(n,)) for n in range(self.readers)),
            threading.Thread(target=self._look_for_help),
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    @property
    def acknowledgements(self) -> int:
        return sum(1 + len(pages) for pages in self.acknowledged.values())

    def ask(self, path: str, form: dict[str, str] | None = None, port: int = 0) -> Answer:
        began = time.monotonic()
        connection = http.client.HTTPConnection(
            "127.0.0.1", port or self.site.port, timeout=PATIENCE
        )
        status, is_friendly, location = 0, False, ""
        try:
            headers = dict(HEADERS)
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(
                "GET" if form is None else "POST",
                path,
                None if form is None else urlencode(form),
                headers,
            )
            response = connection.getresponse()
            body = response.read().decode()
            status, location = response.status, response.headers.get("Location", "")
            is_friendly = (
                HELP_LINE in body
                and "no-store" in response.headers.get("Cache-Control", "")
                and "Retry-After" in response.headers
            )
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        return Answer(path, began, time.monotonic(), status, is_friendly, location)

    def until_acknowledged(self, path: str, form: dict[str, str]) -> Answer | None:
        """As a reader does: the same again until it is taken. None when the load is over first."""
        while True:
            answer = self.ask(path, form)
            self.sent.append(answer)
            if answer.status == 302:
                return answer
            if self._is_over.wait(0.2):
                return None

    def _read(self, number: int) -> None:
        chance = random.Random(number)
        while not self._is_over.is_set():
            started = self.until_acknowledged("/checkup/start/", {})
            if started is None:
                return
            token = started.location.split("/")[2]
            pages = self.acknowledged.setdefault(token, {})
            for category in CATEGORIES:
                answers = [chance.randint(0, 4) for _key in KEYS[category]]
                form = {k: str(a) for k, a in zip(KEYS[category], answers, strict=True)}
                form["edition"] = "1"
                if self.until_acknowledged(f"/checkup/{token}/{category}/", form) is None:
                    return
                pages[category] = answers
                if self._is_over.wait(self.pause):
                    return

    def _look_for_help(self) -> None:
        """Past nginx's own copy, and through it, in turns."""
        number = 0
        while not self._is_over.wait(0.1):
            number += 1
            path = ("/help/?now=1", "/help/us/?now=1", "/help.json?now=1", "/help/us/")[number % 4]
            self.help.append(self.ask(path))

    def lost(self) -> list[str]:
        """Every acknowledged answer that the database does not hold, as a sentence."""
        with self.site.database.connect() as connection:
            rows = dict(
                connection.execute("SELECT token_hash, answers FROM quiz_checkup").fetchall()
            )
        missing = []
        for number, (token, pages) in enumerate(self.acknowledged.items()):
            found = rows.get(hashlib.sha256(token.encode()).digest())
            if found is None:
                missing.append(f"checkup {number} is gone")
                continue
            for category, answers in pages.items():
                first = 6 * CATEGORIES.index(category)
                if found[first : first + 6] != answers:
                    missing.append(f"checkup {number}: {category} is {found[first : first + 6]}")
        return missing
