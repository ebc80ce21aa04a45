from __future__ import annotations

import re
from fractions import Fraction

from django.template.loader import render_to_string

from quiz import scoring
from quiz.picture import WIDTH, bars
from tests.quiz.builders import make_definition, read_answers


def picture_of(answers: str):
    return bars(scoring.score(make_definition(), read_answers(answers)))


def test_a_bar_ends_softly_one_answer_to_either_side():
    picture = picture_of("222222 444444 000000 444---")

    # 600 units for 100 points; one answer is 25/6 points, 25 units.
    assert [(bar.length, bar.soft_length, bar.has_score) for bar in picture.bars] == [
        (275, 325, True),  # 50 points: 300 ± 25
        (575, 600, True),  # 100 points: no further than the end
        (0, 25, True),  # 0 points: there is a bar, however short
        (0, 0, False),  # too few answers: no bar at all
    ]
    assert picture.ticks == (150, 300, 450)


def test_the_text_twin_says_what_the_bars_say():
    result = scoring.score(make_definition(), read_answers("222222 332222 000000 444---"))
    html = render_to_string(
        "quiz/_picture.html", {"picture": bars(result), "categories": result.categories}
    )

    assert re.search("<desc.*?>(.*?)</desc>", html)[1].strip() == (
        "Attention: comes and goes. "
        "Curiosity: comes and goes, on the edge of mostly there. "
        "Repair: mostly missing lately. "
        "Warmth: not enough answers to say."
    )


def test_no_bar_leaves_the_picture_or_touches_another():
    picture = picture_of("444444 444444 444444 444444")

    assert max(bar.soft_length for bar in picture.bars) == WIDTH
    tops = [bar.bar_y for bar in picture.bars]
    assert tops == sorted(tops)
    assert all(
        after.label_y > before.bar_y + picture.bar_height
        for before, after in zip(picture.bars, picture.bars[1:], strict=False)
    )
    assert picture.bars[-1].bar_y + picture.bar_height <= picture.height
    assert Fraction(picture.width, picture.height) > 1
