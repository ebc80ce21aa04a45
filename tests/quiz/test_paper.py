"""The checkup on paper: the grid says what the site would say."""

import re
from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from quiz.models import Edition
from quiz.paper import Sums, grid
from quiz.scoring import LEVELS, category_score, level_of
from tests.quiz.builders import make_definition
from tests.quiz.rows import make_edition

DEFINITION = make_definition()


def test_the_grid_of_the_edition_that_ships():
    found = grid(DEFINITION)

    assert [(row.answered, row.bands) for row in found.rows] == [
        (6, (Sums(0, 8), Sums(9, 15), Sums(16, 24))),
        (5, (Sums(0, 7), Sums(8, 12), Sums(13, 20))),
        (4, (Sums(0, 5), Sums(6, 10), Sums(11, 16))),
    ]
    assert [group.labels for group in found.labels] == [
        ("mostly missing lately", "comes and goes", "mostly there")
    ]


@given(st.lists(st.integers(0, 4), min_size=4, max_size=6))
def test_paper_and_site_agree_on_every_set_of_answers(answers):
    row = next(row for row in grid(DEFINITION).rows if row.answered == len(answers))
    on_paper = [
        level
        for level, sums in zip(LEVELS, row.bands, strict=True)
        if sums and sums.first <= sum(answers) <= sums.last
    ]

    score = category_score(answers, 4)
    assert on_paper == [level_of(score, DEFINITION.thresholds)]


def test_a_band_that_no_sum_reaches_stays_empty():
    narrow = replace(
        DEFINITION.thresholds, low_below=Fraction(51), high_above=Fraction(52), edge=Fraction(0)
    )
    row = grid(replace(DEFINITION, thresholds=narrow)).rows[0]

    assert row.bands == (Sums(0, 12), None, Sums(13, 24))


def test_the_page_holds_the_current_edition_and_no_form(client, db):
    make_edition()
    html = client.get("/checkup/paper/").content.decode()

    for item in Edition.objects.current().definition().items:
        assert item.text.replace("'", "&#x27;") in html
    assert len(re.findall(r'<td class="paper-answer">\d</td>', html)) == 24 * 5
    assert len(re.findall(r'<td class="paper-answer">\s*–\s*</td>', html)) == 6
    assert "<form" not in html[html.index("<main") : html.index("</main>")]


def test_without_an_edition_there_is_no_paper_either(client, db):
    assert client.get("/checkup/paper/").headers["Location"] == "/checkup/"
