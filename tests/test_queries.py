"""How many queries each page costs: the same for one row and for three, and never one a row."""

from __future__ import annotations

import pytest
import zeal

from exercises.models import Exercise
from quiz.models import Edition
from tests.builders import another_book, another_page, make_article, make_exercise
from tests.exercises.builders import make_evidence, make_question
from tests.quiz.builders import make_edition
from tests.stalelove.builders import make_country, make_help_line

# The frozen words of an edition are read once by a process, and not counted.
QUERIES = {
    "/": 3,
    "/articles/": 1,
    "/articles/?page=1": 1,
    "/articles/number-0/": 1,
    "/topics/attention/": 3,
    "/topics/attention/?page=1": 3,
    "/exercises/": 1,
    "/exercises/?minutes=10&who=alone": 1,
    "/exercises/number-0/": 4,
    "/exercises/number-0/print/": 2,
    "/exercises/number-0/hold/": 2,
    "/questions/": 1,
    "/questions/print/": 1,
    "/questions/tonight/": 1,
    "/reading-list/": 1,
    "/evidence/": 1,
    "/page-0/": 1,
    "/checkup/": 1,
    "/checkup/paper/": 1,
    "/help/": 2,
    "/help/c0/": 2,
    "/help.json": 2,
    "/feed.atom": 1,
    "/sitemap.xml": 8,
}


def test_asking_for_each_row_by_itself_is_noticed(db):
    for _number in range(3):
        exercise = make_exercise()
        exercise.articles.add(make_article())

    with pytest.raises(zeal.NPlusOneError), zeal.zeal_context():
        for exercise in Exercise.objects.all():
            list(exercise.articles.all())


def fill(count: int) -> None:
    for number in range(count):
        article = make_article(title=f"Number {number}", slug=f"number-{number}", featured=True)
        exercise = make_exercise(title=f"Number {number}", slug=f"number-{number}")
        exercise.articles.add(article)
        make_evidence(exercise=exercise)
        make_question(slug=f"number-{number}", text=f"Number {number}?", category="attention")
        another_book(slug=f"number-{number}", reading_order=number + 1)
        another_page(slug=f"page-{number}")
        country = make_country(code=f"c{number}", name=f"Country {number}")
        make_help_line(slug=f"line-{number}", country=country)


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_as_many_queries_for_one_row_as_for_three(
    client, db, django_assert_num_queries, subtests, count
):
    fill(count)
    make_edition()
    Edition.objects.current().definition()
    for address, queries in QUERIES.items():
        with subtests.test(address), django_assert_num_queries(queries):
            assert client.get(address).status_code == 200
