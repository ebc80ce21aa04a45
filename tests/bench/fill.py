"""Fills the database that DATABASE_URL names.

`python -m tests.bench.fill` puts the starter content in, with a hundred checkups begun and a hundred
finished, whose links it prints as JSON; with `--articles 1000` or `--checkups 100000` it adds so many.
Articles are shuffled paragraphs of the starter articles, some 1,000 words each.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random

import django

LINKS = 100
SLUG = "bench-article-{}"


def begin() -> dict[str, list[str]]:
    """The starter content and the links, in an empty database."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_starter", verbosity=0)
    return make_links()


def grow(articles: int, checkups: int) -> None:
    """More of both, in a copy of such a database."""
    from django.core.management import call_command
    from django.db import connection

    if articles:
        write_articles(articles)
    if checkups:
        call_command("simulate_checkups", str(checkups), verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


COLUMNS = (
    *("slug", "title", "standfirst", "body", "body_html", "contents", "words", "search_text"),
    *("categories", "state", "publish_at", "created_at", "updated_at", "images"),
    *("extended", "research", "extended_html", "research_html", "extended_words", "byline"),
    *("reviewed_by", "featured", "description", "share_image_alt"),
)


def write_articles(count: int) -> None:
    """By COPY: to render ten thousand articles would take minutes, and each line needs it once."""
    from django.db import connection, transaction
    from django.utils import timezone

    from articles.rendering import render
    from stalelove.categories import Category
    from tests.bench.search import paragraphs

    lines = paragraphs()
    html = {line: render(line).html for line in lines}
    now = timezone.now()
    rest = ("published", now, now, [], "", "", "", "", 0, "", "", False, "", "")
    with transaction.atomic(), connection.cursor() as cursor:
        # All of their words are known from the starter articles.
        cursor.execute(
            "ALTER TABLE articles_article DISABLE TRIGGER articles_article_gather_words"
        )
        with cursor.copy(f"COPY articles_article ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for number in range(count):
                chosen = random.Random(number).sample(lines, 18)
                words = " ".join(chosen).split()
                state, *others = rest
                copy.write_row(
                    (
                        *(SLUG.format(number), " ".join(words[:5]), " ".join(words[5:25])),
                        *("\n\n".join(chosen), "".join(html[line] for line in chosen), "[]"),
                        *(len(words), "\n".join(chosen), [list(Category)[number % 4].value]),
                        *(state, now - dt.timedelta(hours=number + 1), *others),
                    )
                )
        cursor.execute("ALTER TABLE articles_article ENABLE TRIGGER articles_article_gather_words")
        cursor.execute(
            "INSERT INTO exercises_exercise_articles (exercise_id, article_id)"
            " SELECT 1 + id % 16, id FROM articles_article WHERE id % 25 = 0"
            " AND EXISTS (SELECT FROM exercises_exercise e WHERE e.id = 1 + articles_article.id % 16)"
            " ON CONFLICT DO NOTHING"
        )


def make_links() -> dict[str, list[str]]:
    from quiz.models import Checkup, Edition
    from stalelove.categories import Category

    edition = Edition.objects.current()
    definition = edition.definition()
    links: dict[str, list[str]] = {"unfinished": [], "finished": []}
    for number in range(LINKS):
        _checkup, token = Checkup.start(edition)
        links["unfinished"].append(token)
        checkup, token = Checkup.start(edition)
        for category in Category:
            answers = {
                item.key: (number + place) % 5
                for place, item in enumerate(definition.items_in(category))
            }
            checkup.save_page(category, answers)
        links["finished"].append(token)
    links["form"] = [
        "&".join(f"{item.key}=2" for item in definition.items_in(Category.ATTENTION))
        + f"&edition={definition.number}"
    ]
    return links


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=0)
    parser.add_argument("--checkups", type=int, default=0)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "stalelove.settings"
    os.environ["MODE"] = "demo"  # production refuses to make readers up
    django.setup()
    if options.articles or options.checkups:
        grow(options.articles, options.checkups)
    else:
        print(json.dumps(begin()))
