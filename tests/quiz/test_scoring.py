from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz import scoring
from quiz.scoring import DID_NOT_COME_UP, SKIPPED, Quote, ScoringError, Thresholds
from stalelove.categories import Category
from tests.quiz import oracle
from tests.quiz.builders import make_definition, read_answers

DEFINITION = make_definition()
LOW, MIDDLE, HIGH = "mostly missing lately", "comes and goes", "mostly there"
SOME = "222222"  # 50 points: the middle of the middle band


def attention(six: str) -> scoring.CategoryResult:
    """The result of these six answers in a checkup that is otherwise all “some days”."""
    return scoring.score(DEFINITION, read_answers(f"{six} {SOME} {SOME} {SOME}")).categories[0]


# A category's score is the sum of its answers, over their number, times 25.
@pytest.mark.parametrize(
    ("six", "score", "band", "edge_of"),
    [
        ("000000", Fraction(0), LOW, None),  # 0/6 x 25
        ("111111", Fraction(25), LOW, None),  # 6/6 x 25
        ("211112", Fraction(100, 3), LOW, MIDDLE),  # 8/6 x 25 = 33.33, 4.17 below 37.5
        ("111112", Fraction(175, 6), LOW, None),  # 7/6 x 25 = 29.17, 8.33 below
        ("121212", Fraction(75, 2), MIDDLE, LOW),  # 9/6 x 25 = 37.5: on the line is the middle
        ("221221", Fraction(125, 3), MIDDLE, LOW),  # 10/6 x 25 = 41.67, 4.17 above 37.5
        ("221222", Fraction(275, 6), MIDDLE, None),  # 11/6 x 25 = 45.83, 8.33 above
        ("222222", Fraction(50), MIDDLE, None),  # 12/6 x 25
        ("322222", Fraction(325, 6), MIDDLE, None),  # 13/6 x 25 = 54.17, 8.33 below 62.5
        ("332222", Fraction(175, 3), MIDDLE, HIGH),  # 14/6 x 25 = 58.33, 4.17 below 62.5
        ("323232", Fraction(125, 2), MIDDLE, HIGH),  # 15/6 x 25 = 62.5: on the line is the middle
        ("332323", Fraction(200, 3), HIGH, MIDDLE),  # 16/6 x 25 = 66.67, 4.17 above 62.5
        ("333332", Fraction(425, 6), HIGH, None),  # 17/6 x 25 = 70.83, 8.33 above
        ("333333", Fraction(75), HIGH, None),  # 18/6 x 25
        ("444444", Fraction(100), HIGH, None),  # 24/6 x 25
        ("12121-", Fraction(35), LOW, MIDDLE),  # 7/5 x 25 = 35, 2.5 below
        ("22121-", Fraction(40), MIDDLE, LOW),  # 8/5 x 25 = 40, 2.5 above
        ("11111-", Fraction(25), LOW, None),  # 5/5 x 25
        ("33222-", Fraction(60), MIDDLE, HIGH),  # 12/5 x 25 = 60, 2.5 below 62.5
        ("33322-", Fraction(65), HIGH, MIDDLE),  # 13/5 x 25 = 65, 2.5 above
        ("1212--", Fraction(75, 2), MIDDLE, LOW),  # 6/4 x 25 = 37.5
        ("1112--", Fraction(125, 4), LOW, None),  # 5/4 x 25 = 31.25, 6.25 below
        ("44----", None, None, None),  # two answers are too few
        ("444---", None, None, None),  # three answers are too few
        ("4444--", Fraction(100), HIGH, None),  # 16/4 x 25: four are enough
        ("0000--", Fraction(0), LOW, None),  # 0/4 x 25
        ("------", None, None, None),
    ],
)
def test_a_category_is_scored_as_worked_by_hand(six, score, band, edge_of):
    result = attention(six)

    assert (result.score, result.band and result.band.label, result.edge_of) == (
        score,
        band,
        edge_of,
    )


def test_a_checkup_is_scored_as_worked_by_hand():
    # Attention 19/6 x 25 = 79.17; curiosity 6/5 x 25 = 30; repair 8/4 x 25 = 50;
    # warmth 10/6 x 25 = 41.67. Curiosity lies 11.67 below warmth: not the 12.5 that it takes.
    result = scoring.score(DEFINITION, read_answers("443332 11211- 2n2-22 222112"))

    assert [row.score for row in result.categories] == [
        Fraction(475, 6),
        Fraction(30),
        Fraction(50),
        Fraction(125, 3),
    ]
    assert [row.points for row in result.categories] == [79, 30, 50, 42]
    assert [row.level for row in result.categories] == ["high", "low", "middle", "middle"]
    assert [row.edge_of for row in result.categories] == [None, None, None, LOW]
    assert [(row.answered, row.asked) for row in result.categories] == [
        (6, 6),
        (5, 6),
        (4, 6),
        (6, 6),
    ]
    assert [row.quote for row in result.categories] == [
        Quote("Most days", 3, 6),
        Quote("Once or twice", 4, 5),
        Quote("Some days", 4, 4),
        Quote("Some days", 4, 6),
    ]
    assert [row.item.key for row in result.strengths] == [
        "attention-looked-up",
        "attention-screen-away",
        "attention-full-attention",
    ]
    assert [row.label for row in result.strengths] == [
        "Nearly every day",
        "Nearly every day",
        "Most days",
    ]
    assert result.lowest is None
    assert result.strongest == (Category.ATTENTION,)
    assert result.all_the_same is False


# Named only when it lies 12.5 points or more under the next one.
@pytest.mark.parametrize(
    ("answers", "lowest"),
    [
        # 8/6, 11/6 x 25 = 33.33, 45.83: exactly 12.5 apart
        ("222222 221222 112112 222222", Category.REPAIR),
        # 9/6, 11/6 x 25 = 37.5, 45.83: 8.33 apart
        ("222222 221222 121212 222222", None),
        # 10/5 x 25 = 50 against 9/6 x 25 = 37.5: exactly 12.5
        ("22222- 22222- 22222- 121212", Category.WARMTH),
        # 6/4 x 25 = 37.5 against 8/4 x 25 = 50 (12/5 x 25 = 60 is further): exactly 12.5
        ("1212-- 33222- 2222-- 222222", Category.ATTENTION),
        # 5/4 x 25 = 31.25 against 7/4 x 25 = 43.75: exactly 12.5
        ("1112-- 2221-- 2222-- 222222", Category.ATTENTION),
        # 6/5 x 25 = 30 against 10/6 x 25 = 41.67: 11.67 apart, the nearest that two scores come
        ("11211- 222112 222222 222222", None),
        # two share the lowest place
        ("000000 000000 444444 444444", None),
        ("222222 222222 222222 222222", None),
        # a category without enough answers is not the lowest, however little it holds
        ("000--- 333333 333333 222222", Category.WARMTH),
        ("222222 ------ ------ ------", None),
        ("------ ------ ------ ------", None),
    ],
)
def test_the_lowest_category_is_named_from_12_and_a_half_points_on(answers, lowest):
    result = scoring.score(DEFINITION, read_answers(answers))

    assert result.lowest == lowest


def test_what_did_not_come_up_is_missing_and_never_zero():
    with_none = scoring.score(DEFINITION, read_answers(f"{SOME} {SOME} 44nn44 {SOME}"))
    with_zero = scoring.score(DEFINITION, read_answers(f"{SOME} {SOME} 440044 {SOME}"))

    assert with_none.of(Category.REPAIR).score == Fraction(100)  # 16/4 x 25
    assert with_zero.of(Category.REPAIR).score == Fraction(200, 3)  # 16/6 x 25
    assert with_none.of(Category.REPAIR).answered == 4
    assert [row.label for row in with_none.of(Category.REPAIR).answers] == [
        "Nearly every day",
        "Nearly every day",
        "It did not come up",
        "It did not come up",
        "Nearly every day",
        "Nearly every day",
    ]


def test_three_that_came_up_are_too_few_to_say():
    result = scoring.score(DEFINITION, read_answers(f"{SOME} {SOME} 444nnn {SOME}"))

    repair = result.of(Category.REPAIR)
    assert (repair.score, repair.points, repair.has_score) == (None, None, False)
    assert (repair.answered, repair.quote) == (3, Quote("Nearly every day", 3, 3))


def test_a_checkup_with_everything_skipped_says_nothing():
    result = scoring.score(DEFINITION, [SKIPPED] * 24)

    assert [(row.score, row.level, row.band, row.quote) for row in result.categories] == [
        (None, None, None, None)
    ] * 4
    assert (result.lowest, result.strengths, result.strongest) == (None, (), ())
    assert result.all_the_same is False


def test_strengths_are_the_three_highest_answers_and_never_a_not_at_all():
    assert scoring.score(DEFINITION, read_answers("000000 000000 000000 000000")).strengths == ()
    found = scoring.score(DEFINITION, read_answers("100000 030000 000000 000002")).strengths
    assert [(row.item.key, row.answer) for row in found] == [
        ("curiosity-one-more", 3),
        ("warmth-laughed", 2),
        ("attention-looked-up", 1),
    ]


@pytest.mark.parametrize(
    ("answers", "same"),
    [
        ("333333 333333 333333 333333", True),
        ("000000 000000 000000 000000", True),
        ("333333 333333 333333 333332", False),
        ("333333 333333 333333 33333-", False),
        ("------ ------ ------ ------", False),
    ],
)
def test_the_same_answer_everywhere_is_noticed(answers, same):
    assert scoring.score(DEFINITION, read_answers(answers)).all_the_same is same


def test_of_equally_frequent_answers_the_kinder_one_is_quoted():
    assert attention("111333").quote == Quote("Most days", 3, 6)


def test_a_page_that_was_never_saved_counts_as_skipped():
    unsaved = [None] * 6 + read_answers(f"{SOME} {SOME} {SOME}")

    assert scoring.score(DEFINITION, unsaved) == scoring.score(
        DEFINITION, read_answers(f"------ {SOME} {SOME} {SOME}")
    )


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([2] * 23, "23 answers for 24 questions"),
        ([2] * 25, "25 answers for 24 questions"),
        ([5] + [2] * 23, "5 is no answer to attention-looked-up"),
        ([-3] + [2] * 23, "-3 is no answer to attention-looked-up"),
        ([DID_NOT_COME_UP] + [2] * 23, "-2 is no answer to attention-looked-up"),
        ([2] * 23 + [DID_NOT_COME_UP], "-2 is no answer to warmth-laughed"),
    ],
)
def test_answers_that_do_not_belong_are_refused(answers, sentence):
    with pytest.raises(ScoringError) as error:
        scoring.score(DEFINITION, answers)

    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("points", "level", "neighbor"),
    [
        ("33.29", "low", None),  # 4.21 below the line
        ("33.3", "low", "middle"),  # 4.2 below
        ("37.49", "low", "middle"),
        ("37.5", "middle", "low"),
        ("41.7", "middle", "low"),  # 4.2 above
        ("41.71", "middle", None),
        ("58.29", "middle", None),
        ("58.3", "middle", "high"),  # 4.2 below
        ("62.5", "middle", "high"),
        ("62.51", "high", "middle"),
        ("66.7", "high", "middle"),  # 4.2 above
        ("66.71", "high", None),
    ],
)
def test_bands_and_edges_turn_exactly_on_their_lines(points, level, neighbor):
    score = Fraction(points)

    assert scoring.level_of(score, Thresholds()) == level
    assert scoring.edge_level(score, Thresholds()) == neighbor


def test_the_shipped_thresholds_are_those_of_the_instrument():
    assert DEFINITION.thresholds == Thresholds()


@st.composite
def checkups(draw) -> list[int]:
    """Any 24 answers that a reader could give."""
    answers = []
    for item in DEFINITION.items:
        extra = [DID_NOT_COME_UP] if item.category is Category.REPAIR else []
        answers.append(draw(st.sampled_from([0, 1, 2, 3, 4, SKIPPED, *extra])))
    return answers


@settings(deadline=None, max_examples=300)
@given(checkups())
def test_any_checkup_is_scored_as_the_oracle_scores_it(answers):
    result = scoring.score(DEFINITION, answers)

    sixes = [answers[start : start + 6] for start in range(0, 24, 6)]
    scores = [oracle.sixtieths(six) for six in sixes]
    assert [row.score for row in result.categories] == [
        None if score is None else Fraction(score, 60) for score in scores
    ]
    assert [row.level for row in result.categories] == [
        None if score is None else oracle.level(score) for score in scores
    ]
    neighbors = [None if score is None else oracle.neighbour(score) for score in scores]
    assert [row.edge_of for row in result.categories] == [
        None if level is None else DEFINITION.bands[category, level].label
        for category, level in zip(Category, neighbors, strict=True)
    ]
    assert result.lowest == oracle.lowest(scores)
    quotes = [row.quote for row in result.categories]
    assert [
        quote and (DEFINITION.labels.index(quote.label), quote.count, quote.of) for quote in quotes
    ] == [oracle.quote(six) for six in sixes]
    assert list(result.strengths) == [
        scoring.Answered(
            DEFINITION.items[place], answers[place], DEFINITION.labels[answers[place]]
        )
        for place in oracle.strengths(answers)
    ]


@settings(deadline=None)
@given(checkups(), st.randoms(use_true_random=False))
def test_the_order_of_answers_within_a_category_changes_no_score(answers, random):
    shuffled = []
    for start in range(0, 24, 6):
        six = answers[start : start + 6]
        random.shuffle(six)
        shuffled += six

    before, after = (scoring.score(DEFINITION, given) for given in (answers, shuffled))
    assert [row.score for row in before.categories] == [row.score for row in after.categories]
    assert before.lowest == after.lowest


@settings(deadline=None)
@given(checkups(), st.integers(0, 23))
def test_one_step_more_on_one_question_moves_its_own_category_up_and_no_other(answers, place):
    if not 0 <= answers[place] < scoring.HIGHEST:
        answers[place] = 1
    raised = [*answers]
    raised[place] += 1

    before, after = (scoring.score(DEFINITION, given) for given in (answers, raised))
    for own, (old, new) in enumerate(zip(before.categories, after.categories, strict=True)):
        if own != place // 6:
            assert new == old
        elif old.score is None:
            assert new.score is None
        else:
            assert new.score - old.score == Fraction(25, old.answered)


@settings(deadline=None)
@given(checkups())
def test_a_score_is_no_less_than_the_lowest_answer_and_no_more_than_the_highest(answers):
    for row in scoring.score(DEFINITION, answers).categories:
        given = [answer.answer for answer in row.answers if answer.answer >= 0]
        if row.score is not None:
            assert 25 * min(given) <= row.score <= 25 * max(given)
            assert row.answered == len(given)
