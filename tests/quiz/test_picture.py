from __future__ import annotations

from quiz import scoring
from quiz.picture import Bar, rows
from tests.quiz.builders import make_definition, read_answers


def picture_of(answers: str):
    return rows(scoring.score(make_definition(), read_answers(answers)))


def test_a_bar_ends_softly_one_answer_to_either_side():
    picture = picture_of("222222 444444 000000 444---")

    # One answer step on one of six items is 25/6 points.
    assert [row.bar for row in picture] == [
        Bar(sure="45.8%", soft="54.2%"),  # 50 points
        Bar(sure="95.8%", soft="100.0%"),  # 100 points: no further than the end
        Bar(sure="0.0%", soft="4.2%"),  # 0 points: there is a bar, however short
        None,  # too few answers: no bar at all
    ]


def test_every_row_has_its_words_beside_it():
    labels = [
        (row.result.category.label, row.result.band and row.result.band.label, row.result.edge_of)
        for row in picture_of("222222 332222 000000 444---")
    ]

    assert labels == [
        ("Attention", "comes and goes", None),
        ("Curiosity", "comes and goes", "mostly there"),
        ("Repair", "mostly missing lately", None),
        ("Warmth", None, None),
    ]
