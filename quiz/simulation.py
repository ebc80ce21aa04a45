"""Plausible checkups with a known truth: for the demo, the benchmarks and the tests. Pure and seeded.

The model is a graded response model (Samejima 1969): each reader has one latent standing a category,
normal, correlated between categories by a common part; each item leans on its category's standing with
a loading, and cuts the normal at four places into the five labels. A retake draws every standing anew
with a known correlation to the first. Answers are left out completely at random. So alpha, the retest
correlation and the standard error of measurement of the *scores* can be computed instead of guessed:
`truth` integrates over the standing, and no simulated answer goes into it.

Answers are drawn from, and the truth is integrated over, the same grid of standings 0.05 apart; what
the grid costs is below 0.001 in any correlation.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations, pairwise
from statistics import NormalDist
from typing import NamedTuple

from quiz.scoring import DID_NOT_COME_UP, HIGHEST, SKIPPED, category_score
from stalelove.categories import Category

ITEMS_A_CATEGORY = 6
_NORMAL = NormalDist()
# The grid of standings: 0.05 apart from -4 to 4.
_STEP = 0.05
_REACH = 4.0
_NODES = tuple(-_REACH + _STEP * n for n in range(round(2 * _REACH / _STEP) + 1))


@dataclass(frozen=True)
class Model:
    """What the simulated readers are like. Probabilities and correlations are 0 to 1.

    `loadings`: how much each of a category's six items leans on its standing. `shifts`: how low each
    category stands, in standard deviations of the latent answer. `stability`: the correlation of a
    reader's standing at the first and at the later checkup. `stops`: the chance to stop at each of the
    four pages. `retakes`: the chance that a finished first checkup is followed by another.
    """

    loadings: tuple[float, ...] = (0.62, 0.68, 0.66, 0.72, 0.64, 0.74)
    shifts: tuple[float, ...] = (0.10, 0.45, 0.30, -0.15)
    item_shifts: tuple[float, ...] = (-0.35, 0.15, 0.05, -0.20, 0.40, 0.0)
    cuts: tuple[float, ...] = (-1.15, -0.35, 0.35, 1.20)
    shared: float = 0.5
    stability: float = 0.85
    skips: float = 0.02
    did_not_come_up: float = 0.06
    stops: tuple[float, ...] = (0.12, 0.07, 0.05, 0.04)
    retakes: float = 0.25
    minimum_answered: int = 4
    retake_after: tuple[int, int] = (14, 56)


class Simulated(NamedTuple):
    """One checkup: `earlier` is the place (from 0) of the one it grew from, None for a first one.

    `answers` are 24 codes as scoring knows them, None on pages never saved; `scores` are the four
    categories' (None: unfinished, or too few answers).
    """

    started_on: dt.date
    finished_on: dt.date | None
    answers: tuple[int | None, ...]
    scores: tuple[float | None, ...]
    earlier: int | None


@dataclass(frozen=True)
class Truth:
    """What the model makes true of one category; `sd` and `sem` are in points of 0 to 100."""

    alpha: float
    item_total: tuple[float, ...]
    retest_r: float
    sd: float
    sem: float


def simulate(
    count: int, *, seed: int, first_day: dt.date, last_day: dt.date, model: Model | None = None
) -> Iterator[Simulated]:
    """`count` checkups, retakes included; none starts or ends outside the two days."""
    model = model or Model()
    draw = _Draw(model, random.Random(seed), last_day)  # noqa: S311 - made-up readers, not secrets
    days = (last_day - first_day).days
    made = 0
    while made < count:
        standing = draw.standing()
        started = first_day + dt.timedelta(days=draw.rng.randrange(days + 1))
        place, first = made, draw.checkup(standing, started, None)
        yield first
        made += 1
        if first.finished_on is None or made >= count or draw.rng.random() >= model.retakes:
            continue
        again = first.finished_on + dt.timedelta(days=draw.rng.randint(*model.retake_after))
        if again <= last_day:
            yield draw.checkup(draw.later(standing), again, place)
            made += 1


class _Draw:
    """Everything that is drawn by chance, with what would else be computed for every reader anew."""

    def __init__(self, model: Model, rng: random.Random, last_day: dt.date) -> None:
        self.model, self.rng, self.last_day = model, rng, last_day
        self.tables = [_tables(model, place) for place in range(len(Category))]
        self.missing = [_missing(model, category) for category in Category]
        self.common, self.own = math.sqrt(model.shared), math.sqrt(1 - model.shared)
        self.renewed = math.sqrt(1 - model.stability**2)

    def standing(self) -> list[float]:
        """A reader's standing in each category: normal, with the common part in all of them."""
        shared = self.common * self.rng.gauss(0, 1)
        return [shared + self.own * self.rng.gauss(0, 1) for _ in Category]

    def later(self, standing: list[float]) -> list[float]:
        """The same reader's standing at the retake: as normal, and as correlated, as at first."""
        return [
            self.model.stability * before + self.renewed * new
            for before, new in zip(standing, self.standing(), strict=True)
        ]

    def checkup(self, standing: list[float], started: dt.date, earlier: int | None) -> Simulated:
        model, draw = self.model, self.rng.random
        answers: list[int | None] = []
        scores: list[float | None] = []
        for place in range(len(Category)):
            if draw() < model.stops[place]:
                rest = [None] * (ITEMS_A_CATEGORY * (len(Category) - place))
                nothing = (None,) * len(Category)
                return Simulated(started, None, (*answers, *rest), nothing, earlier)
            total = given = 0
            skipped, absent = self.missing[place]
            for lines in self.tables[place][_node(standing[place])]:
                chance = draw()
                if chance < skipped:
                    answers.append(SKIPPED)
                elif chance < absent:
                    answers.append(DID_NOT_COME_UP)
                else:
                    answer = bisect(lines, draw())
                    answers.append(answer)
                    total += answer
                    given += 1
            scores.append(_points(total, given, model.minimum_answered))
        took = 0 if draw() < 0.93 else int(draw() * 7)
        finished = min(self.last_day, started + dt.timedelta(days=took))
        return Simulated(started, finished, tuple(answers), tuple(scores), earlier)


@lru_cache(maxsize=256)
def _points(total: int, given: int, minimum_answered: int) -> float | None:
    """The score of `given` answers that sum to `total`, by the instrument's own function."""
    spread = [total // given + (n < total % given) for n in range(given)] if given else []
    value = category_score(spread, minimum_answered)
    return None if value is None else float(value)


def _missing(model: Model, category: Category) -> tuple[float, float]:
    """Where on 0 to 1 the skipped and then the “did not come up” answers end."""
    absent = model.did_not_come_up if category is Category.REPAIR else 0.0
    return model.skips, model.skips + absent


def _node(standing: float) -> int:
    return min(len(_NODES) - 1, max(0, round((standing + _REACH) / _STEP)))


def _labels(model: Model, category: int, item: int, standing: float) -> tuple[float, ...]:
    """The chances of the five labels of one item at one standing."""
    loading = model.loadings[item]
    spread = math.sqrt(1 - loading**2)
    shift = model.shifts[category] + model.item_shifts[item]
    below = [_NORMAL.cdf((cut + shift - loading * standing) / spread) for cut in model.cuts]
    edges = (0.0, *below, 1.0)
    return tuple(high - low for low, high in pairwise(edges))


def _tables(model: Model, category: int) -> tuple[tuple[tuple[float, ...], ...], ...]:
    """By standing and item: the four lines on 0 to 1 that part the labels."""
    return tuple(
        tuple(
            tuple(accumulate(_labels(model, category, item, standing)))[:HIGHEST]
            for item in range(ITEMS_A_CATEGORY)
        )
        for standing in _NODES
    )


def truth(model: Model, category: Category) -> Truth:
    """Alpha, item-total and retest correlations, SD and SEM that the model makes true, exactly."""
    place = list(Category).index(category)
    weights = _weights()
    means = [
        [
            sum(label * chance for label, chance in enumerate(_labels(model, place, item, node)))
            for item in range(ITEMS_A_CATEGORY)
        ]
        for node in _NODES
    ]
    squares = [
        [
            sum(label**2 * chance for label, chance in enumerate(_labels(model, place, i, node)))
            for i in range(ITEMS_A_CATEGORY)
        ]
        for node in _NODES
    ]
    covariance = _covariance(weights, means, squares)
    total = sum(map(sum, covariance))
    own = [covariance[i][i] for i in range(ITEMS_A_CATEGORY)]
    k = ITEMS_A_CATEGORY
    rests = [total - 2 * sum(row) + row[i] for i, row in enumerate(covariance)]
    expected, variance = _scores(model, category, weights, means, squares)
    r = _between(model, weights, expected) / variance
    sd = math.sqrt(variance)
    return Truth(
        alpha=k / (k - 1) * (1 - sum(own) / total),
        item_total=tuple(
            (sum(row) - row[i]) / math.sqrt(row[i] * rests[i]) for i, row in enumerate(covariance)
        ),
        retest_r=r,
        sd=sd,
        sem=sd * math.sqrt(1 - r),
    )


def _weights() -> list[float]:
    """How likely each standing of the grid is: the normal's mass that is rounded to it."""
    edges = [-math.inf, *(node + _STEP / 2 for node in _NODES[:-1]), math.inf]
    return [_NORMAL.cdf(high) - _NORMAL.cdf(low) for low, high in pairwise(edges)]


def _mean(weights: list[float], values: list[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def _covariance(
    weights: list[float], means: list[list[float]], squares: list[list[float]]
) -> list[list[float]]:
    """Of the items' answers. Given the standing they are independent, so it is that of their means."""
    items = range(ITEMS_A_CATEGORY)
    average = [_mean(weights, [row[i] for row in means]) for i in items]
    return [
        [
            (
                _mean(weights, [row[i] for row in squares])
                if i == j
                else _mean(weights, [row[i] * row[j] for row in means])
            )
            - average[i] * average[j]
            for j in items
        ]
        for i in items
    ]


def _scores(
    model: Model,
    category: Category,
    weights: list[float],
    means: list[list[float]],
    squares: list[list[float]],
) -> tuple[list[float], float]:
    """The expected score (0 to 100) at each standing, and the variance of scores over everybody.

    It averages over every set of answered items that is large enough for a score.
    """
    answered = 1 - _missing(model, category)[1]
    sets = [
        (items, answered**size * (1 - answered) ** (ITEMS_A_CATEGORY - size))
        for size in range(model.minimum_answered, ITEMS_A_CATEGORY + 1)
        for items in combinations(range(ITEMS_A_CATEGORY), size)
    ]
    likely = sum(chance for _, chance in sets)
    scale = 100 / HIGHEST
    expected, second = [], []
    for mean, square in zip(means, squares, strict=True):
        first_moment = second_moment = 0.0
        for items, chance in sets:
            size = len(items)
            centre = sum(mean[i] for i in items) / size
            noise = sum(square[i] - mean[i] ** 2 for i in items) / size**2
            first_moment += chance / likely * centre
            second_moment += chance / likely * (centre**2 + noise)
        expected.append(first_moment * scale)
        second.append(second_moment * scale**2)
    return expected, _mean(weights, second) - _mean(weights, expected) ** 2


def _between(model: Model, weights: list[float], expected: list[float]) -> float:
    """The covariance of the scores of two occasions: of their expected scores at the two standings."""
    spread = math.sqrt(1 - model.stability**2)
    average = _mean(weights, expected)
    later = []
    for node in _NODES:
        edges = [-math.inf, *(other + _STEP / 2 for other in _NODES[:-1]), math.inf]
        below = [_NORMAL.cdf((edge - model.stability * node) / spread) for edge in edges]
        later.append(
            sum(
                (high - low) * value
                for low, high, value in zip(below, below[1:], expected, strict=False)
            )
        )
    return (
        _mean(weights, [now * then for now, then in zip(expected, later, strict=True)])
        - average**2
    )
