"""Fills the database that DATABASE_URL names: `python -m tests.bench.fill --articles 1000 --checkups 0`.

Articles are shuffled paragraphs of the starter articles, some 1,000 words each, rendered once; a
hundred links that open something, unfinished and finished, are printed as JSON.
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


def fill(articles: int, checkups: int) -> dict[str, list[str]]:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("load_starter", verbosity=0)
    write_articles(articles)
    if checkups:
        call_command("simulate_checkups", str(checkups), verbosity=0)
    links = make_links()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return links


def write_articles(count: int) -> None:
    from django.db import transaction
    from django.utils import timezone

    from articles.models import Article
    from exercises.models import Exercise
    from stalelove.categories import Category
    from tests.bench.search import paragraphs

    lines = paragraphs()
    now = timezone.now()
    exercises = list(Exercise.objects.all())
    with transaction.atomic():
        for first in range(0, count, 500):
            rows = []
            for number in range(first, min(first + 500, count)):
                chance = random.Random(number)
                text = "\n\n".join(
                    f"## Part {place + 1}\n\n{line}" if place % 4 == 0 else line
                    for place, line in enumerate(chance.sample(lines, 18))
                )
                words = text.replace("#", "").split()
                rows.append(
                    Article(
                        slug=SLUG.format(number),
                        title=" ".join(words[2:7]),
                        standfirst=" ".join(words[7:30]),
                        body=text,
                        categories=[list(Category)[number % 4]],
                        state=Article.State.PUBLISHED,
                        publish_at=now - dt.timedelta(hours=number + 1),
                    )
                )
            made = Article.objects.bulk_create(rows)
            for place, article in enumerate(made):
                if place % 25 == 0:
                    article.exercises.add(exercises[place % len(exercises)])


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
            Checkup.save_page(checkup.pk, category, answers)
        links["finished"].append(token)
    links["form"] = [
        "&".join(f"{item.key}=2" for item in definition.items_in(Category.ATTENTION))
        + f"&edition={definition.number}"
    ]
    return links


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, required=True)
    parser.add_argument("--checkups", type=int, required=True)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "stalelove.settings"
    django.setup()
    print(json.dumps(fill(options.articles, options.checkups)))
