"""What the pages that nothing keeps cost, with instruments that a busy machine cannot blur.

    python -m tests.bench.cold              # the table
    python -m tests.bench.cold --profile article
    python -m tests.bench.cold --tree article          # who calls whom, and how many calls lie below

The whole WSGI handler in one process, production settings, no page cache, an own PostgreSQL with the
starter content and a thousand articles. For each page: the least CPU time of a request (this process
only; the database is another), and how many functions, Python's and C's, it calls. The floor's views
are asked in the same way, so the server's own share (gunicorn: some 0.3 to 0.5 ms) is in neither.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib
import io
import json
import os
import pstats
import sys
import time
import types
from collections.abc import Callable
from urllib.parse import urlsplit

PAGES = {
    "article": "/articles/bench-article-3/",
    "starter article": "/articles/when-the-phone-sits-between-you/",
    "index": "/articles/",
    "topic": "/topics/repair/",
    "exercises": "/exercises/",
    "home": "/",
    "search": "/search/?q=phone",
}
FLOOR = {"in-memory view": "/page", "one ORM query": "/one", "an ORM list of ten": "/ten"}
ROUNDS = 300


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cold", description=__doc__)
    parser.add_argument("--profile", metavar="PAGE", help="print the calls of one page instead")
    parser.add_argument("--tree", metavar="PAGE", help="print the tree of its calls instead")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--again", action="store_true", help="with the database of the last run")
    parser.add_argument("--port", type=int, default=8350, help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        measure(json.loads(options.child), options.profile, options.tree)
        return
    from tests.bench.__main__ import _MAKE_FLOOR, FOLDER
    from tests.bench.ground import Ground

    ground = Ground(FOLDER, options.port)
    try:
        page, kept = FOLDER / "floor-cold.html", FOLDER / "cold-links.json"
        page.write_bytes(b"<!DOCTYPE html>" + b"x" * 20_000)
        floor = {
            "FLOOR_PAGE": str(page),
            "FLOOR_DATABASE": ground.cluster.url("bench_cold_floor"),
        }
        site = ground.cluster.url("bench_cold")
        if not options.again:
            ground.new_database("bench_cold_floor")
            ground.python("-c", _MAKE_FLOOR, **floor)
            ground.new_database("bench_cold")
            kept.write_text(ground.python("-m", "tests.bench.fill", DATABASE_URL=site))
            more = ("--articles", str(options.articles))
            ground.python("-m", "tests.bench.fill", *more, DATABASE_URL=site)
        links = json.loads(kept.read_text())
        steps = [f"/checkup/{token}/attention/" for token in links["unfinished"]]
        ours = {
            "module": "stalelove.wsgi",
            "gets": PAGES | {"snapshot": f"/snapshot/{links['finished'][0]}/"},
            "posts": {"checkup step": [steps, links["form"][0]]},
        }
        theirs = {
            "module": "tests.bench.floor",
            "gets": FLOOR,
            "posts": {"one row through the ORM": [["/insert"], "title=A+row"]},
        }
        environment = {"DATABASE_URL": site, "PAGE_CACHE_MB": "0", "PYTHONHASHSEED": "0"}
        run = (
            "-m",
            "tests.bench.cold",
            *(("--profile", options.profile) if options.profile else ()),
            *(("--tree", options.tree) if options.tree else ()),
        )
        if options.profile or options.tree:
            print(ground.python(*run, "--child", json.dumps(ours), **environment))
            return
        found = {
            name: json.loads(
                ground.python(*run, "--child", json.dumps(what), **environment, **floor)
            )
            for name, what in (("floor", theirs), ("site", ours))
        }
    finally:
        ground.stop()
    print("| page | CPU ms | of the floor | calls | bytes |\n|---|---|---|---|---|")
    for pages in found.values():
        for name, (milliseconds, calls, size) in pages.items():
            is_post = name in ("checkup step", "one row through the ORM")
            beside = "one row through the ORM" if is_post else "in-memory view"
            ratio = found["floor"][beside][0] / milliseconds
            print(f"| {name} | {milliseconds:.2f} | {ratio:.2f} | {calls:,} | {size:,} |")


def measure(what: dict, profiled: str | None, grown: str | None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stalelove.settings")
    sys.stderr = io.StringIO()  # the log lines are written, and read by nobody
    application = importlib.import_module(what["module"]).application
    found = {}
    todo: dict[str, tuple[list[str], str | None]] = {
        **{name: ([path], None) for name, path in what["gets"].items()},
        **{name: (paths, body) for name, (paths, body) in what["posts"].items()},
    }
    for name, (paths, body) in todo.items():
        if (profiled or grown) and name not in (profiled, grown):
            continue
        asked = [lambda path=path, body=body: ask(application, path, body) for path in paths]
        for number in range(10):
            size = asked[number % len(asked)]()
        if profiled:
            profile(asked)
            return
        if grown:
            Tree().of(asked[5 % len(asked)])
            return
        found[name] = least(asked), calls(asked[0]), size
    print(json.dumps(found))


def least(asked: list[Callable[[], int]]) -> float:
    """Milliseconds of CPU, the tenth fastest of a hundred: the very fastest is a matter of luck."""
    times = []
    for number in range(ROUNDS):
        one = asked[number % len(asked)]
        begin = time.process_time_ns()
        one()
        times.append(time.process_time_ns() - begin)
    return sorted(times)[ROUNDS // 10] / 1e6


def calls(one: Callable[[], int]) -> int:
    count = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    one()
    sys.setprofile(None)
    return count


class Tree:
    """The functions of one request below those that call them: how many calls lie in and below each.

    The same each time, on whatever machine; those with fewer than `LEAST` are left out.
    """

    LEAST = 40

    def __init__(self) -> None:
        self.calls, self.times, self.below = 0, 0, {}

    def of(self, one: Callable[[], int]) -> None:
        path = [self]

        def seen(frame: types.FrameType, event: str, argument: object) -> None:
            if event == "call":
                code = frame.f_code
                place = code.co_filename.split("site-packages/")[-1]
                node = path[-1].below.setdefault((code.co_qualname, place), Tree())
                node.times += 1
                path.append(node)
            elif event == "return" and len(path) > 1:
                path.pop()
            if event in ("call", "c_call"):
                for node in path:
                    node.calls += 1

        sys.setprofile(seen)
        one()
        sys.setprofile(None)
        self._print(0)

    def _print(self, depth: int) -> None:
        for (name, place), node in sorted(self.below.items(), key=lambda each: -each[1].calls):
            if node.calls >= self.LEAST:
                print(f"{node.calls:6,} x{node.times:<3} {' ' * depth}{name} ({place})")
                node._print(depth + 1)


def profile(asked: list[Callable[[], int]]) -> None:
    profiler = cProfile.Profile()
    profiler.enable()
    for number in range(200):
        asked[number % len(asked)]()
    profiler.disable()
    stats = pstats.Stats(profiler)
    for order in ("cumulative", "tottime"):
        stats.sort_stats(order).print_stats(70)


def ask(application: Callable, address: str, body: str | None) -> int:
    """One request as nginx hands it on; returns the length of the answer's body."""
    url = urlsplit(address)
    environ = {
        "REQUEST_METHOD": "GET" if body is None else "POST",
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "stalelove.example",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "192.0.2.7",
        "HTTP_ACCEPT_ENCODING": "gzip, br",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO((body or "").encode()),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }
    if body is not None:
        environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["HTTP_SEC_FETCH_SITE"] = "same-origin"
    status = ""

    def start_response(given: str, headers: list, exc_info: object = None) -> None:
        nonlocal status
        status = given

    answer = application(environ, start_response)
    size = sum(map(len, answer))
    answer.close()
    expected = "200" if body is None else "302"
    if not status.startswith(expected):
        sys.stderr = sys.__stderr__
        sys.exit(f"{address} answered {status}: {answer.content.decode()[:300]}")
    return size


if __name__ == "__main__":
    main()
