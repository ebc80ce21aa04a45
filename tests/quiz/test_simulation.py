"""The simulator's truth, computed a second way, and its readers beside it."""

import datetime as dt
import statistics
from itertools import product

import numpy
import pytest
from scipy import stats

from quiz.scoring import score
from quiz.simulation import Model, simulate, truth
from stalelove.categories import Category
from tests.quiz.builders import make_edition

YEAR = {"first_day": dt.date(2026, 1, 1), "last_day": dt.date(2026, 12, 31)}


def test_the_same_seed_makes_the_same_readers():
    first, again, other = (list(simulate(300, seed=seed, **YEAR)) for seed in (5, 5, 6))

    assert first == again
    assert first != other
    assert len(first) == 300


@pytest.mark.parametrize("category", Category)
def test_the_truth_of_alpha_is_that_of_the_bivariate_normal(category):
    """Every pair of items from scipy's bivariate normal distribution, without the latent standing."""
    model = Model()
    place = list(Category).index(category)
    cuts = [
        [cut + model.shifts[place] + model.item_shifts[item] for cut in model.cuts]
        for item in range(6)
    ]
    mean = [sum(stats.norm.sf(cut) for cut in own) for own in cuts]
    covariance = numpy.empty((6, 6))
    for i, j in product(range(6), repeat=2):
        if i == j:
            square = sum((2 * n + 1) * stats.norm.sf(cut) for n, cut in enumerate(cuts[i]))
        else:
            shared = model.loadings[i] * model.loadings[j]
            normal = stats.multivariate_normal(cov=[[1, shared], [shared, 1]])
            square = sum(normal.cdf([-a, -b]) for a, b in product(cuts[i], cuts[j]))
        covariance[i][j] = square - mean[i] * mean[j]

    expected = 6 / 5 * (1 - covariance.trace() / covariance.sum())

    assert truth(model, category).alpha == pytest.approx(expected, abs=5e-4)


def test_a_stable_reader_differs_from_herself_only_by_the_error_of_the_answers():
    model = Model(stability=1 - 1e-9, skips=0, did_not_come_up=0)

    found = truth(model, Category.WARMTH)

    # Unequal loadings put alpha a little below the reliability of the score.
    assert found.alpha < found.retest_r < found.alpha + 0.01


def test_what_is_simulated_is_near_to_the_truth():
    model = Model(retakes=1.0)
    made = list(simulate(12_000, seed=2, **YEAR, model=model))

    for place, category in enumerate(Category):
        expected = truth(model, category)
        pairs = [
            (made[later.earlier].scores[place], later.scores[place])
            for later in made
            if later.earlier is not None
            and later.finished_on
            and None not in (made[later.earlier].scores[place], later.scores[place])
        ]
        first, again = zip(*pairs, strict=True)
        assert len(pairs) > 3000
        # Four standard errors: (1 - r²) / sqrt(n), and sd / sqrt(2n).
        reach = 4 / len(pairs) ** 0.5
        assert statistics.correlation(first, again) == pytest.approx(
            expected.retest_r, abs=reach * (1 - expected.retest_r**2)
        )
        assert statistics.stdev(first) == pytest.approx(
            expected.sd, abs=reach * expected.sd / 2**0.5
        )


def test_the_scores_are_the_instruments_own(db):
    definition = make_edition().definition()

    for checkup in simulate(200, seed=4, **YEAR, model=Model(skips=0.3)):
        if checkup.finished_on:
            result = score(definition, checkup.answers)
            own = tuple(None if c.score is None else float(c.score) for c in result.categories)
            assert checkup.scores == own
        else:
            assert checkup.scores == (None,) * 4
            assert checkup.answers.count(None) in (6, 12, 18, 24)


def test_people_stop_and_skip_as_often_as_told():
    model = Model(stops=(0.5, 0, 0, 0), skips=0.1, did_not_come_up=0.2, retakes=0)

    made = list(simulate(4000, seed=9, **YEAR, model=model))

    finished = [checkup for checkup in made if checkup.finished_on]
    repair = [answer for checkup in finished for answer in checkup.answers[12:18]]
    assert len(finished) / 4000 == pytest.approx(0.5, abs=0.04)
    assert repair.count(-1) / len(repair) == pytest.approx(0.1, abs=0.02)
    assert repair.count(-2) / len(repair) == pytest.approx(0.2, abs=0.02)
    assert {-2} & {a for c in finished for a in (*c.answers[:12], *c.answers[18:])} == set()


def test_no_day_lies_outside_the_window():
    made = list(simulate(500, seed=3, **YEAR))

    days = [day for c in made for day in (c.started_on, c.finished_on) if day]
    assert min(days) >= dt.date(2026, 1, 1)
    assert max(days) <= dt.date(2026, 12, 31)
