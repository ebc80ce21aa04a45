"""`make bench`: how fast the site is, as ratios to a floor that is measured in the same run.

    make bench ARGS="--articles 10,10000 --checkups 0,1000000"

It starts PostgreSQL, the site as it is deployed (production settings, two workers, and the same behind
the shipped nginx) and the floor: a Django view without middleware that returns the same bytes from
memory, on the same server. wrk asks each in turn, at 1, 16 and 64 connections, three rounds, of which
the best counts. On a shared machine trust the CPU time of a request first.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.driving import CONNECTIONS, Measured, Work
from tests.bench.ground import SERVERS, WORKERS, Ground, Process, get, program, pss_megabytes
from tests.serving import ROOT

FOLDER = ROOT / ".demo" / "bench"
COLD = {"PAGE_CACHE_MB": "0"}
PAGES = {
    "index": ("/articles/", 0.2),
    "topic": ("/topics/repair/", 0.2),
    "exercises": ("/exercises/", 0.2),
    "home": ("/", None),
    "search": ("/search/?q=phone", 0.15),
}


def main() -> None:
    options = read_options()
    for name, package in (("wrk", "wrk"), ("nginx", "nginx"), ("openssl", "openssl")):
        program(name, package)
    shutil.rmtree(FOLDER / "results", ignore_errors=True)
    ground = Ground(FOLDER, options.port)
    began = time.monotonic()
    try:
        bench = Bench(ground, options)
        bench.prepare()
        bench.run()
        bench.report()
    finally:
        ground.stop()
    print(f"\nTook {time.monotonic() - began:.0f} s. JSON: {bench.json_path.relative_to(ROOT)}")


def read_options() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return sorted(int(part) for part in text.split(","))

    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.split("\n")[0])
    parser.add_argument("--articles", type=numbers, default=[10, 10_000], metavar="N,M")
    parser.add_argument("--checkups", type=numbers, default=[0, 100_000], metavar="N,M")
    parser.add_argument("--server", choices=SERVERS, default="gthread", help="for the cold pages")
    parser.add_argument("--seconds", type=int, default=2, help="of each round, 1 to 30 (2)")
    parser.add_argument("--rounds", type=int, default=3, help="1 to 9 (3)")
    parser.add_argument("--connections", type=numbers, default=list(CONNECTIONS))
    parser.add_argument("--port", type=int, default=8350, help="the first of twenty (8350)")
    options = parser.parse_args()
    if not (1 <= options.seconds <= 30 and 1 <= options.rounds <= 9):
        parser.error("--seconds are 1 to 30, and --rounds 1 to 9")
    if max(options.connections) > 256 or max(options.articles) > 100_000:
        parser.error("more than 256 connections or 100,000 articles tell of the machine only")
    return options


def say(text: str) -> None:
    print(f"{dt.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, ground: Ground, options: argparse.Namespace) -> None:
        self.ground = ground
        self.options = options
        self.work: list[Work] = []
        self.growth: dict[str, list[tuple[str, Work]]] = {}
        self.facts: dict[str, object] = {}
        self.json_path = FOLDER / "result.json"

    # Made ready

    def prepare(self) -> None:
        options, ground = self.options, self.ground
        say("filling a database with the starter content")
        start = ground.new_database("bench_start")
        links = json.loads(ground.python("-m", "tests.bench.fill", DATABASE_URL=start))
        urls = {}
        sizes = [(number, options.checkups[0]) for number in options.articles]
        sizes += [(options.articles[0], number) for number in options.checkups[1:]]
        for articles, checkups in sizes:
            say(f"adding {articles:,} articles and {checkups:,} checkups to a copy")
            url = ground.new_database(f"bench_{articles}_{checkups}", copied_from="bench_start")
            ground.python(
                *("-m", "tests.bench.fill"),
                *("--articles", str(articles), "--checkups", str(checkups)),
                DATABASE_URL=url,
            )
            urls[articles, checkups] = url
        largest = (options.articles[-1], options.checkups[0])
        address = "/articles/bench-article-3/"

        server = options.server
        self.measure_memory(server, urls[largest])
        say("starting the servers")
        cold = ground.start(server, "stalelove.wsgi", "cold", DATABASE_URL=urls[largest], **COLD)
        page = get(cold.port, address)
        self.facts["article, bytes"] = len(page)
        floor_url = ground.new_database("bench_floor")
        from_memory = FOLDER / "floor-page.html"
        from_memory.write_bytes(page)
        floor = {"FLOOR_PAGE": str(from_memory), "FLOOR_DATABASE": floor_url}
        warm: dict[str, Process] = {}
        for kind in SERVERS:
            bare = ground.start(kind, "tests.bench.floor", f"floor-{kind}", **floor)
            warm[kind] = ground.start(
                kind, "stalelove.wsgi", f"warm-{kind}", DATABASE_URL=urls[largest]
            )
            self.add(f"floor: in-memory view, {kind}", bare, "/page")
            self.add(
                *(f"article, warm, {kind}", warm[kind], address),
                floor=f"floor: in-memory view, {kind}",
                target=0.8,
                log=warm[kind].log,
            )
            if kind == server:
                bare_server = bare
        nginx = ground.start_nginx([warm[server]], page)
        self.add("floor: nginx sends a file", nginx, "/floor.html", tls=True)
        self.add(
            *("article, warm, behind nginx", nginx, address),
            floor="floor: nginx sends a file",
            target=0.8,
            also=[warm[server]],
            tls=True,
        )
        ground.python("-c", _MAKE_FLOOR, **floor)
        in_memory = f"floor: in-memory view, {server}"
        self.add("for comparison: one ORM query", bare_server, "/one", floor=in_memory)
        self.add("for comparison: an ORM list of ten", bare_server, "/ten", floor=in_memory)
        self.add("article, cold", cold, address, floor=in_memory, target=0.4, log=cold.log)
        for name, (path, target) in PAGES.items():
            self.add(f"{name}, cold", cold, path, floor=in_memory, target=target, log=cold.log)
        snapshot = f"/snapshot/{links['finished'][0]}/"
        self.add("snapshot", cold, snapshot, floor=in_memory, target=0.25, log=cold.log)
        row = self.links("row", "title=A+row", ["/insert"])
        self.add("floor: one row through the ORM", bare_server, "/insert", links=row)
        self.add(
            *("checkup step, POST", cold, "/"),
            floor="floor: one row through the ORM",
            target=0.6,
            log=cold.log,
            links=self.step(links, "step"),
        )
        self.prepare_growth(urls, links, address)

    def measure_memory(self, server: str, url: str) -> None:
        """Of the site alone, before any other server runs and holds connections."""
        say("measuring start-up and memory")
        begin = time.monotonic()
        alone = self.ground.start(server, "stalelove.wsgi", "alone", DATABASE_URL=url)
        get(alone.port, "/articles/")
        self.facts["start-up to first page, s"] = round(time.monotonic() - begin, 2)
        for number in range(40):
            for path, _target in PAGES.values():
                get(alone.port, path)
            get(alone.port, f"/articles/bench-article-{number % 10}/")
        site, database = (
            pss_megabytes(pids) for pids in (alone.pids(), self.ground.database_pids())
        )
        self.facts["memory of 2 workers and PostgreSQL, PSS in MB"] = round(site + database)
        self.facts["of which the workers"] = round(site)
        alone.stop()
        self.ground.processes.remove(alone)

    def prepare_growth(self, urls: dict, links: dict, address: str) -> None:
        """The same pages of the smallest and the largest site, of which only one thing grows."""
        options, ground = self.options, self.ground
        few, many = options.articles[0], options.articles[-1]
        none, most = options.checkups[0], options.checkups[-1]
        cold: dict[tuple[int, int], Process] = {}
        for size in {(few, none), (many, none), (few, most)}:
            cold[size] = ground.start(
                options.server,
                "stalelove.wsgi",
                f"grown-{size[0]}-{size[1]}",
                DATABASE_URL=urls[size],
                **COLD,
            )
        if few != many:
            for name, path in {
                "article": address,
                **{name: path for name, (path, _target) in PAGES.items()},
                "feed": "/feed.atom",
            }.items():
                self.growth[f"{name}, {few:,} to {many:,} articles"] = [
                    (f"{size}", Work(name, cold[size, none], path)) for size in (few, many)
                ]
        if none != most:
            self.growth[f"checkup step, {none:,} to {most:,} checkups"] = [
                (
                    f"{size}",
                    Work(
                        "step",
                        cold[few, size],
                        "/",
                        links=self.step(links, f"step-{size}"),
                    ),
                )
                for size in (none, most)
            ]

    def add(self, name: str, server: Process, path: str, **more: object) -> None:
        self.work.append(Work(name, server, path, **more))

    def links(self, name: str, body: str, paths: list[str]) -> Path:
        file = FOLDER / f"{name}.txt"
        file.write_text("\n".join([body, *paths]) + "\n")
        return file

    def step(self, links: dict[str, list[str]], name: str) -> Path:
        paths = [f"/checkup/{token}/attention/" for token in links["unfinished"]]
        return self.links(name, links["form"][0], paths)

    # Driven

    def run(self) -> None:
        grown = [each for pair in self.growth.values() for _size, each in pair]
        for each in (*self.work, *grown):
            each.warm_up()
        for connections in self.options.connections:
            for number in range(self.options.rounds):
                say(f"{connections} connections, round {number + 1} of {self.options.rounds}")
                for each in self.work:
                    each.drive(connections, self.options.seconds, self.ground.database_pids())
        for number in range(self.options.rounds):
            say(f"growth, round {number + 1} of {self.options.rounds}")
            for pair in self.growth.values():
                for _size, each in pair:
                    each.drive(1, self.options.seconds, self.ground.database_pids())

    # Told

    def report(self) -> None:
        at = self.options.connections
        by_name = {each.name: each for each in self.work}
        head = [f"{n} conn.: per second (of floor), p50, p99 in ms" for n in at]
        lines = [
            f"| work | {' | '.join(head)} | CPU ms, site + database (of floor) | queries | target |",
            f"|---|{'---|' * len(at)}---|---|---|",
        ]
        for each in self.work:
            floor = by_name[each.floor].results if each.floor else each.results
            cells = [_cell(each.results[n], floor[n], bool(each.floor)) for n in at]
            cpu = min(each.results[n].cpu for n in at)
            floor_cpu = min(floor[n].cpu for n in at)
            ratio = f" ({floor_cpu / cpu:.2f})" if each.floor and cpu else ""
            database = min(each.results[n].database_cpu for n in at)
            queries = "" if each.queries is None else f"{each.queries:.1f}"
            met = each.target and max(each.results[n].per_second / floor[n].per_second for n in at)
            target = f"{each.target} {'met' if met >= each.target else 'MISSED'}" if met else ""
            lines.append(
                f"| {each.name} | {' | '.join(cells)} | {cpu:.2f} + {database:.2f}{ratio}"
                f" | {queries} | {target} |"
            )
        lines += ["", "| grows | ms at first | ms at last | ratio of p50 | of CPU | target |"]
        lines += ["|---|---|---|---|---|---|"]
        for name, pair in self.growth.items():
            first, last = (each.results[1] for _size, each in pair)
            cost = [r.cpu + r.database_cpu for r in (first, last)]
            lines.append(
                f"| {name} | {first.p50:.2f} | {last.p50:.2f} | {last.p50 / first.p50:.2f}"
                f" | {cost[1] / cost[0]:.2f} | 1.15 |"
            )
        lines += ["", *(f"{name}: {value}" for name, value in self.facts.items())]
        lines += [
            f"{WORKERS} workers; best of {self.options.rounds} rounds of "
            f"{self.options.seconds:g} s; {_machine()}"
        ]
        print("\n".join(lines))
        self.json_path.write_text(json.dumps(self.as_json(), indent=1))
        self.json_path.with_suffix(".md").write_text("\n".join(lines) + "\n")

    def as_json(self) -> dict[str, object]:
        def told(each: Work) -> dict[str, object]:
            return {
                "floor": each.floor,
                "target": each.target,
                "queries": each.queries,
                "results": {str(n): vars(result) for n, result in each.results.items()},
            }

        return {
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "options": vars(self.options),
            "machine": _machine(),
            "facts": self.facts,
            "work": {each.name: told(each) for each in self.work},
            "growth": {
                name: {size: told(each)["results"] for size, each in pair}
                for name, pair in self.growth.items()
            },
        }


def _cell(result: Measured, floor: Measured, is_compared: bool) -> str:
    ratio = f" ({result.per_second / floor.per_second:.2f})" if is_compared else ""
    return f"{result.per_second:,.0f}{ratio}, {result.p50:.1f}, {result.p99:.1f}"


def _machine() -> str:
    load = Path("/proc/loadavg").read_text().split()[0]
    cores = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{cores} cores, load {load} at the end"


_MAKE_FLOOR = (
    "from tests.bench import floor; from django.db import connection;"
    "connection.cursor().execute(floor.TABLE)"
)

if __name__ == "__main__":
    main()
