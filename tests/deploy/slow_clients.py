"""500 slow clients against nginx and two nodes on loopback, while ordinary readers keep their times.

`python -m tests.deploy.slow_clients [--clients 500] [--seconds 20]` prints a table. Three kinds: whose
headers come a byte at a time, whose form does, and who read their answer a few bytes at a time.
"""

from __future__ import annotations

import argparse
import itertools
import os
import socket
import ssl
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

from tests.deploy.cluster import temporary_folder
from tests.deploy.test_nginx import Site
from tests.serving import HOST, NGINX

KINDS = ("headers", "form", "answer")
# Of the loopback, so that nginx's limit for one address does not do the whole work.
ADDRESSES = [f"127.0.{number // 40}.{number % 40 + 2}" for number in range(400)]


@dataclass
class SlowClients:
    """They send or read one byte every now and then, in one thread, until they are told to stop."""

    site: Site
    count: int
    open: list[tuple[str, ssl.SSLSocket]] = field(default_factory=list)
    refused: int = 0
    cut_off: int = 0

    def __post_init__(self) -> None:
        self._over = Event()
        self._addresses = itertools.cycle(ADDRESSES)
        self._trust = ssl._create_unverified_context()  # noqa: S323
        self._thread = Thread(target=self._dawdle)

    def __enter__(self) -> SlowClients:
        for number in range(self.count):
            self._connect(KINDS[number % len(KINDS)])
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        for _kind, client in self.open:
            client.close()

    def _connect(self, kind: str) -> None:
        plain = socket.create_connection(
            ("127.0.0.1", self.site.tls), timeout=20, source_address=(next(self._addresses), 0)
        )
        if kind == "answer":
            # A window of its own that is full at once.
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        try:
            client = self._trust.wrap_socket(plain, server_hostname=HOST)
            client.sendall(BEGINNINGS[kind])
        except OSError:
            self.refused += 1
            return
        client.setblocking(False)
        self.open.append((kind, client))

    def _dawdle(self) -> None:
        """A byte from each, about once a second."""
        while not self._over.wait(1):
            for kind, client in list(self.open):
                try:
                    if kind == "answer":
                        if not client.recv(16):
                            raise ConnectionError
                    else:
                        client.send(b"x")
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    continue
                except OSError:
                    self.cut_off += 1
                    self.open.remove((kind, client))
                    client.close()


BEGINNINGS = {
    "headers": f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode(),
    "form": f"POST /checkup/start/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9999\r\n\r\n".encode(),
    "answer": f"GET /questions/?depth=deep HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(),
}


@dataclass(frozen=True)
class Times:
    """Of ordinary requests, in milliseconds."""

    requests: int
    median: float
    slowest_of_twenty: float
    slowest: float
    failed: int


def ordinary(site: Site, seconds: float) -> Times:
    """A reader at a time who opens a page, begins a checkup and opens its first step."""
    took: list[float] = []
    failed = 0

    def timed(ask: Callable[[], tuple], wanted: int) -> tuple:
        nonlocal failed
        began = time.monotonic()
        answer = ask()
        took.append((time.monotonic() - began) * 1000)
        failed += answer[0] != wanted
        return answer

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        timed(lambda: site.get("/articles/"), 200)
        started = timed(lambda: site.get("/checkup/start/", data=b""), 302)
        timed(lambda address=started[1]["Location"]: site.get(address), 200)
    ordered = sorted(took)
    return Times(
        len(took),
        statistics.median(took),
        ordered[int(len(took) * 0.95)],
        ordered[-1],
        failed,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500, help="at most 1000")
    parser.add_argument("--seconds", type=float, default=20, help="for each half; at most 60")
    options = parser.parse_args()
    if not NGINX:
        sys.exit("There is no nginx on this machine: apt-get install nginx")
    site = Site(temporary_folder())
    try:
        seconds = min(options.seconds, 60)
        ordinary(site, 2)
        alone = ordinary(site, seconds)
        with SlowClients(site, min(options.clients, 1000)) as slow:
            held = len(slow.open)
            beside = ordinary(site, seconds)
    finally:
        site.end()
    print("| ordinary requests | number | median ms | 95 % within ms | slowest ms | failed |")
    print("|---|---|---|---|---|---|")
    for words, times in (("alone", alone), (f"beside {held} slow clients", beside)):
        print(
            f"| {words} | {times.requests} | {times.median:.0f} | {times.slowest_of_twenty:.0f}"
            f" | {times.slowest:.0f} | {times.failed} |"
        )
    print(f"{slow.cut_off} of the slow clients were cut off meanwhile, {slow.refused} at once.")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stalelove.settings")
    main()
