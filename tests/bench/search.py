"""How long a search takes among 10, 1,000 and 10,000 articles, and by which plan.

    python -m tests.bench.search            the table of docs/performance.md
    python -m tests.bench.search --plans    and the plan of each query at every size

The articles are shuffled paragraphs of the starter articles (some 1,000 words each), so there are
words that all of them have, and words of every rarity. The server is the tests' own; a table of
its own is filled and dropped.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests import database  # names a database of its own in DATABASE_URL, before Django reads it

SIZES = (10, 1_000, 10_000)
ROUNDS = 21
VOCABULARY = 30_000
SEARCHES = {
    "a rarer word": "colleague",
    "a common word": "phone",
    "a word of every article": "partner",
    "two words": "sharp apology",
    "a phrase": '"the first sentence"',
    "a phrase of two common words": '"your partner"',
    "common words in an order that is nowhere": '"phone partner your"',
    "without a word": "kitchen -phone",
    "either word": "dishwasher or colleague",
    "a typo": "dishwahser",
    "three words, one a typo": "sharp apolagy kitchen",
    "nothing like it": "zzzzqqqq",
    "nothing but a minus": "-phone",
    "nothing but stop words": "the of and",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", action="store_true", help="print EXPLAIN ANALYZE too")
    options = parser.parse_args()
    with filled_database() as grow:
        best: dict[str, list[tuple[int, float, float]]] = {name: [] for name in SEARCHES}
        for size in SIZES:
            grow(size)
            for name, text in SEARCHES.items():
                best[name].append(measure(text))
                if options.plans:
                    print_plans(f"{size:,} articles, {name}: {text}", text)
    heads = [f"{size:,} articles" for size in SIZES]
    print(f"| search | {' | '.join(heads)} |\n|---|{'---|' * len(SIZES)}")
    for name, row in best.items():
        cells = [f"{find:.1f} + {then:.1f} ({found} found)" for found, find, then in row]
        print(f"| {name}: `{SEARCHES[name]}` | {' | '.join(cells)} |")


def measure(text: str) -> tuple[int, float, float]:
    """How many were found, and the best times of the first and the second query in milliseconds."""
    from stalelove.search import find, results, suggest

    first, second = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        keys = find(text)
        between = time.perf_counter()
        if keys:
            results(text, keys[:10])
        else:
            suggest(text)
        first.append(between - start)
        second.append(time.perf_counter() - between)
    return len(keys), min(first) * 1000, min(second) * 1000


def print_plans(title: str, text: str) -> None:
    from django.db import connection

    from stalelove.search import find, results, suggest

    def explain(execute: Callable, sql: str, params: tuple, many: bool, context: dict) -> object:
        with connection.connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF) " + sql, params)
            print("\n".join(line for (line,) in cursor.fetchall()), "\n")
        return execute(sql, params, many, context)

    print(f"### {title}\n")
    with connection.execute_wrapper(explain):
        keys = find(text)
        if keys:
            results(text, keys[:10])
        else:
            suggest(text)


@contextmanager
def filled_database() -> Iterator[Callable[[int], None]]:
    import django

    server, name = database.database, f"bench_{time.time_ns()}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "stalelove.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    connection.settings_dict["NAME"] = name
    server._run("createdb", "-h", str(server.socket), "-U", "stalelove", name)
    try:
        call_command("migrate", verbosity=0)
        call_command("load_starter", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM exercises_exercise_articles; DELETE FROM articles_article")
            # As many words as a large site's texts have.
            cursor.execute(
                "INSERT INTO stalelove_searchword SELECT DISTINCT left(translate(md5(n::text),"
                " '0123456789', 'ghijklmnop'), 5 + n %% 8) FROM generate_series(1, %s) n"
                " ON CONFLICT DO NOTHING",
                [VOCABULARY],
            )
        lines = paragraphs()
        yield lambda size: grow_to(size, lines)
    finally:
        connection.close()
        server._run("dropdb", "-h", str(server.socket), "-U", "stalelove", name)


def paragraphs() -> list[str]:
    from articles.documents import STARTER, Articles

    records = Articles().read(STARTER).values()
    texts = [record["body"] + "\n" + record["extended"] for record in records]
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)|[*#>`\\]", r"\1", text) for text in texts]
    return [line.strip() for text in plain for line in text.split("\n") if len(line) > 80]


def grow_to(size: int, lines: list[str]) -> None:
    """Rows with the columns that search needs; rendering ten thousand would take minutes."""
    from django.db import connection

    from articles.models import Article

    rows = []
    for number in range(Article.objects.count(), size):
        chance = random.Random(number)
        text = "\n".join(chance.sample(lines, 18))
        words = text.split()
        rows.append(
            (f"a-{number}", " ".join(words[:5]), " ".join(words[5:25]), text, text, number)
        )
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO articles_article (slug, title, standfirst, body, search_text, publish_at,
                categories, extended, research, byline, reviewed_by, featured, description,
                share_image_alt, state, created_at, updated_at, body_html, extended_html,
                research_html, contents, words, extended_words, images)
            VALUES (%s, %s, %s, %s, %s, now() - %s * interval '1 hour',
                '{attention}', '', '', '', '', false, '',
                '', 'published', now(), now(), '', '', '', '[]', 1000, 0, '{}')
            """,
            rows,
        )
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
