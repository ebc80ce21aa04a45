"""One kind of work, driven by wrk: how much of it was done, how long each took, what it cost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.ground import Process, cpu_seconds, program
from tests.serving import HOST

CONNECTIONS = (1, 16, 64)
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}

# Takes one link after the other from a file, so that no two requests in a row are of one reader.
POST = """
local paths, body = {}, ""
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  body = table.remove(paths, 1)
  wrk.method, wrk.body = "POST", body
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end
local n = 0
function request()
  n = n % #paths + 1
  return wrk.format(nil, paths[n])
end
"""


@dataclass
class Measured:
    """The best of the rounds, each figure by itself."""

    per_second: float = 0.0
    p50: float = float("inf")
    p99: float = float("inf")
    cpu: float = float("inf")  # milliseconds of the server's processes for one request
    database_cpu: float = float("inf")

    def take(self, other: Measured) -> None:
        self.per_second = max(self.per_second, other.per_second)
        for name in ("p50", "p99", "cpu", "database_cpu"):
            setattr(self, name, min(getattr(self, name), getattr(other, name)))


@dataclass
class Work:
    """A row of the table: what to ask of which server, and which row it is compared with."""

    name: str
    server: Process
    path: str
    floor: str | None = None
    target: float | None = None
    also: list[Process] = field(default_factory=list)  # whose CPU counts too
    links: Path | None = None  # for a POST: its body and then its paths, one a line
    tls: bool = False
    log: Path | None = None
    results: dict[int, Measured] = field(default_factory=dict)
    queries: float | None = None
    encoding: str = ""

    def warm_up(self) -> None:
        """Until it answers: a worker reads all of the site's code with its first request."""
        for _time in range(30):
            if re.search(r"[1-9]\d* requests in", self._wrk(4, 1)):
                return

    def drive(self, connections: int, seconds: float, database: list[int]) -> None:
        """One round. Ends the benchmark where the server answers anything but 2xx and 3xx."""
        at = self.log.stat().st_size if self.log else 0
        for longer in (1, 2, 4):  # on a machine that is very busy with other things
            pids = self._pids()
            before, database_before = cpu_seconds(pids), cpu_seconds(database)
            text = self._wrk(connections, seconds * longer)
            spent = cpu_seconds(pids) - before
            database_spent = cpu_seconds(database) - database_before
            wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
            done = int(re.search(r"(\d+) requests in", text)[1])
            # A worker that was renewed meanwhile has taken its time with it.
            is_whole = pids == self._pids()
            if done:
                break
        if wrong or not done:
            sys.exit(f"{self.name} was answered wrongly:\n{text}\nSee {self.server.log}")
        self._count_queries(at)
        measured = Measured(
            float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            _milliseconds(text, "50%"),
            _milliseconds(text, "99%"),
            spent / done * 1000 if is_whole else float("inf"),
            database_spent / done * 1000 if is_whole else float("inf"),
        )
        self.results.setdefault(connections, Measured()).take(measured)

    def _pids(self) -> list[int]:
        return [pid for process in (self.server, *self.also) for pid in process.pids()]

    def _wrk(self, connections: int, seconds: float) -> str:
        scheme = "https" if self.tls else "http"
        command = [
            *(program("wrk", "wrk"), "-t1", f"-c{connections}", f"-d{seconds:g}s"),
            *("--latency", "--timeout", "20s", "-H", f"Host: {HOST}"),
            *("-H", "X-Forwarded-Proto: https"),
        ]
        if self.encoding:
            command += ["-H", f"Accept-Encoding: {self.encoding}"]
        if self.links:
            script = self.links.with_suffix(".lua")
            script.write_text(POST)
            command += ["-s", str(script)]
        command.append(f"{scheme}://127.0.0.1:{self.server.port}{self.path}")
        if self.links:
            command += ["--", str(self.links)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def _count_queries(self, at: int) -> None:
        """From the site's own log lines."""
        if self.log is None:
            return
        with self.log.open("rb") as file:
            file.seek(at)
            lines = [line for line in file.read().splitlines() if b'"queries"' in line]
        counts = [json.loads(line)["queries"] for line in lines[:2000]]
        if counts:
            self.queries = sum(counts) / len(counts)


def _milliseconds(text: str, name: str) -> float:
    value, unit = re.search(rf"{name}\s+([\d.]+)(us|ms|s|m)\b", text).groups()
    return float(value) * _UNITS[unit]
