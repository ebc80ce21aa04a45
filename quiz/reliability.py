"""How well a category measures: the formulas, over sums that the database has already made. Pure.

Nothing here sees an answer: quiz.measurement counts in SQL and hands over whole-number sums, from which
every coefficient follows. Each function names the source of its formula.

Two kinds of cases are used, and each result says how many:
- alpha, item-total correlations and the items' floor and ceiling rest on *complete cases*: all six
  questions of the category answered (listwise within the category, so that every coefficient of a
  category speaks of the same readers);
- floor and ceiling of the score, the retest and all that follows from it rest on every *score*, that is
  on at least the edition's minimum of answers, and a pair needs both scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Any, Literal

from stalelove.categories import Category

CONFIDENCE = 0.95
# A change that an unchanged reader would show by chance in at most 32 and 10 of 100 cases: what the
# edition's two lines stand for (instrument.md 2.4: five steps are roughly the 90 % line).
SAME_SHARE = 0.68
UNUSUAL_SHARE = 0.90
# Half an answer step on one of six questions: a smaller difference of a line says nothing to a reader.
NOTICEABLE_POINTS = Fraction(25, 12)
# More than 15 % at either end of a scale is called a floor or ceiling effect: Terwee et al. (2007),
# J Clin Epidemiol 60(1), 34-42.
CROWDED_END = 0.15

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Interval:
    """A confidence interval of CONFIDENCE, both ends included."""

    low: float
    high: float


@dataclass(frozen=True)
class ItemSums:
    """What the database counts of one category's complete cases; answers are 0 to 4.

    `sums[i]` is the sum of the answers to item i, `products[i][j]` the sum of the products of the
    answers to items i and j (squares on the diagonal), `lowest[i]` and `highest[i]` how many gave
    item i the first and the last label.
    """

    n: int
    sums: tuple[int, ...]
    products: tuple[tuple[int, ...], ...]
    lowest: tuple[int, ...]
    highest: tuple[int, ...]


@dataclass(frozen=True)
class ScoreSums:
    """Of all scores of one category (0 to 100): how many, how many are 0, how many are 100."""

    n: int
    at_floor: int
    at_ceiling: int


@dataclass(frozen=True)
class PairSums:
    """Of all pairs of an earlier and a later score: how many, and their sums of squares about the means.

    `first` and `second` are the sums of squared deviations, `both` that of the products; the means are
    in points.
    """

    n: int
    first: float
    second: float
    both: float
    first_mean: float
    second_mean: float


@dataclass(frozen=True)
class ItemFigures:
    """One question: its corrected item-total correlation, and the shares (0 to 1) at either end."""

    item_total: float | None
    floor: float
    ceiling: float


@dataclass(frozen=True)
class Retest:
    """Two scores of the same readers: how well they agree, and the wobble in points that follows.

    `wobble_68` and `wobble_90` are the changes that 68 and 90 of 100 readers stay below although
    nothing has changed; `wobble_90_interval` follows from the interval of r. `mean_change` is in
    points, later minus earlier.
    """

    pairs: int
    r: float
    r_interval: Interval | None
    sem: float
    wobble_68: float
    wobble_90: float
    wobble_68_interval: Interval | None
    wobble_90_interval: Interval | None
    mean_change: float


@dataclass(frozen=True)
class CategoryFigures:
    """All that is known of how well one category measures. None: too few readers, or no spread."""

    category: Category
    complete: int
    alpha: float | None
    alpha_interval: Interval | None
    items: tuple[ItemFigures, ...]
    scores: int
    floor: float | None
    ceiling: float | None
    retest: Retest | None


def covariances(sums: ItemSums) -> list[list[Fraction]]:
    """The sample covariance matrix of the items, exact: (Σxy - ΣxΣy/n) / (n - 1). Needs n >= 2."""
    n, s = sums.n, sums.sums
    k = range(len(s))
    return [[Fraction(n * sums.products[i][j] - s[i] * s[j], n * (n - 1)) for j in k] for i in k]


def cronbach_alpha(covariance: Sequence[Sequence[Fraction]]) -> float | None:
    """k/(k-1) · (1 - Σ item variances / variance of the sum); None when nobody differs.

    Cronbach (1951), Psychometrika 16(3), 297-334.
    """
    k = len(covariance)
    total = sum(value for row in covariance for value in row)
    if k < 2 or total == 0:
        return None
    own = sum(covariance[i][i] for i in range(k))
    return float(Fraction(k, k - 1) * (1 - own / total))


def alpha_interval(alpha: float, *, n: int, items: int) -> Interval | None:
    """1 - exp(ln(1 - alpha) ± z · sqrt(2k / ((k-1)(n-2)))); None below three readers.

    Bonett (2002), J Educ Behav Stat 27(4), 335-340. It assumes parallel items and normal answers; its
    coverage for our five labels was simulated (docs/decisions.md). Feldt's (1965) interval, which needs
    F quantiles, agrees with it from about 50 readers on.
    """
    if n < 3 or alpha >= 1:
        return None
    reach = _two_sided(CONFIDENCE) * math.sqrt(2 * items / ((items - 1) * (n - 2)))
    middle = math.log(1 - alpha)
    return Interval(1 - math.exp(middle + reach), 1 - math.exp(middle - reach))


def item_total(covariance: Sequence[Sequence[Fraction]], item: int) -> float | None:
    """The correlation of one item with the sum of the others; None when either has no spread.

    The “corrected” item-total correlation: Nunnally & Bernstein (1994), Psychometric Theory, 3rd
    edition, chapter 8.
    """
    total = sum(value for row in covariance for value in row)
    own = covariance[item][item]
    with_total = sum(covariance[item])
    rest = total - 2 * with_total + own
    if own <= 0 or rest <= 0:
        return None
    return float(with_total - own) / math.sqrt(own * rest)


def correlation_interval(r: float, *, n: int) -> Interval | None:
    """tanh(atanh(r) ± z / sqrt(n - 3)); None below four pairs. Fisher (1921), Metron 1, 3-32."""
    if n < 4 or abs(r) >= 1:
        return None
    reach = _two_sided(CONFIDENCE) / math.sqrt(n - 3)
    return Interval(math.tanh(math.atanh(r) - reach), math.tanh(math.atanh(r) + reach))


def standard_error_of_measurement(sd: float, r: float) -> float:
    """SD · sqrt(1 - r), in the points of SD.

    Harvill (1991), Educ Meas Issues Pract 10(2), 33-41.
    """
    return sd * math.sqrt(max(0.0, 1 - r))


def wobble(sem: float, share: float) -> float:
    """The change that `share` (0 to 1) of unchanged readers stay below: z · sqrt(2) · SEM.

    The error of a difference of Jacobson & Truax (1991), J Consult Clin Psychol 59(1), 12-19.
    """
    return _two_sided(share) * math.sqrt(2) * sem


def chance_of_more(points: float, sem: float) -> float:
    """The share (0 to 1) of unchanged readers whose two scores differ by more than `points`."""
    if sem == 0:
        return 0.0
    return 2 * (1 - _NORMAL.cdf(points / (math.sqrt(2) * sem)))


def retest(pairs: PairSums) -> Retest | None:
    """What pairs of scores tell; None with fewer than two pairs or no spread.

    r is Pearson's. SD is that of both occasions together (the root of the mean of their variances).
    Whatever really changed in between lowers r, so the wobble found is at most this large.
    """
    if pairs.n < 2 or pairs.first <= 0 or pairs.second <= 0:
        return None
    r = max(-1.0, min(1.0, pairs.both / math.sqrt(pairs.first * pairs.second)))
    sd = math.sqrt((pairs.first + pairs.second) / (2 * (pairs.n - 1)))
    sem = standard_error_of_measurement(sd, r)
    interval = correlation_interval(r, n=pairs.n)
    return Retest(
        pairs=pairs.n,
        r=r,
        r_interval=interval,
        sem=sem,
        wobble_68=wobble(sem, SAME_SHARE),
        wobble_90=wobble(sem, UNUSUAL_SHARE),
        wobble_68_interval=_wobble_interval(sd, interval, SAME_SHARE),
        wobble_90_interval=_wobble_interval(sd, interval, UNUSUAL_SHARE),
        mean_change=pairs.second_mean - pairs.first_mean,
    )


def _wobble_interval(sd: float, interval: Interval | None, share: float) -> Interval | None:
    if interval is None:
        return None
    low, high = (
        wobble(standard_error_of_measurement(sd, r), share) for r in (interval.high, interval.low)
    )
    return Interval(low, high)


def category_figures(
    category: Category, items: ItemSums, scores: ScoreSums, pairs: PairSums
) -> CategoryFigures:
    """Every coefficient of one category from its sums."""
    count = len(items.sums)
    covariance = covariances(items) if items.n >= 2 else None
    alpha = None if covariance is None else cronbach_alpha(covariance)
    return CategoryFigures(
        category=category,
        complete=items.n,
        alpha=alpha,
        alpha_interval=None if alpha is None else alpha_interval(alpha, n=items.n, items=count),
        items=tuple(
            ItemFigures(
                item_total=None if covariance is None else item_total(covariance, place),
                floor=items.lowest[place] / items.n,
                ceiling=items.highest[place] / items.n,
            )
            for place in range(count)
        )
        if items.n
        else (),
        scores=scores.n,
        floor=scores.at_floor / scores.n if scores.n else None,
        ceiling=scores.at_ceiling / scores.n if scores.n else None,
        retest=retest(pairs),
    )


Line = Literal["same_below", "unusual_above"]


@dataclass(frozen=True)
class LineCheck:
    """One of the edition's two lines beside what retest data say, both in points.

    `differs` only when they lie apart by a noticeable amount and the interval does not hold the line.
    `chance` is the share (0 to 1) of unchanged readers that would be above the edition's line.
    """

    category: Category
    name: Line
    edition: float
    measured: float
    interval: Interval | None
    chance: float
    differs: bool


def check_lines(
    figures: CategoryFigures, *, same_below: Fraction, unusual_above: Fraction
) -> tuple[LineCheck, ...]:
    """Whether the wobble that was measured is the one that the edition's lines assume."""
    found = figures.retest
    if found is None:
        return ()
    return (
        _line(figures.category, "same_below", same_below, found, found.wobble_68),
        _line(figures.category, "unusual_above", unusual_above, found, found.wobble_90),
    )


def _line(
    category: Category, name: Line, line: Fraction, found: Retest, measured: float
) -> LineCheck:
    interval = found.wobble_68_interval if name == "same_below" else found.wobble_90_interval
    outside = interval is not None and not interval.low <= line <= interval.high
    return LineCheck(
        category=category,
        name=name,
        edition=float(line),
        measured=measured,
        interval=interval,
        chance=chance_of_more(float(line), found.sem),
        differs=outside and abs(measured - line) > NOTICEABLE_POINTS,
    )


def _two_sided(share: float) -> float:
    """The z between whose two signs `share` of a normal distribution lies."""
    return _NORMAL.inv_cdf((1 + share) / 2)


# Below these nothing is said to editors: alpha and the shares need readers, r needs pairs.
MINIMUM_COMPLETE = 200
MINIMUM_PAIRS = 50
# Shares are shown to editors in steps of 5 %: of MINIMUM_COMPLETE readers that is ten.
SHARE_STEP = 0.05


def shown(
    categories: Sequence[CategoryFigures],
    lines: Sequence[LineCheck],
    retest_days: tuple[int, int],
) -> dict[str, Any]:
    """A report as editors see it and as it is stored: rounded until it tells of no single reader.

    Coefficients have two decimals, points one, counts of readers are to the nearest ten and shares to
    the nearest 5 %; what rests on fewer than MINIMUM_COMPLETE readers or MINIMUM_PAIRS pairs is None.
    """
    told = {
        figures.category
        for figures in categories
        if figures.retest is not None and figures.retest.pairs >= MINIMUM_PAIRS
    }
    return {
        "retest_days": list(retest_days),
        "categories": [_shown_category(figures) for figures in categories],
        "lines": [
            {
                "category": line.category.value,
                "name": line.name,
                "edition": line.edition,
                "measured": round(line.measured, 1),
                "interval": _shown_interval(line.interval, 1),
                "chance": round(line.chance, 2),
                "differs": line.differs,
            }
            for line in lines
            if line.category in told
        ],
    }


def _shown_category(figures: CategoryFigures) -> dict[str, Any]:
    enough = figures.complete >= MINIMUM_COMPLETE
    retest = figures.retest
    return {
        "category": figures.category.value,
        "complete": _tens(figures.complete) if enough else None,
        "scores": _tens(figures.scores) if enough else None,
        "alpha": _shown(figures.alpha, 2) if enough else None,
        "alpha_interval": _shown_interval(figures.alpha_interval, 2) if enough else None,
        "floor": _shown_share(figures.floor) if enough else None,
        "ceiling": _shown_share(figures.ceiling) if enough else None,
        "items": [
            {
                "item_total": _shown(item.item_total, 2),
                "floor": _shown_share(item.floor),
                "ceiling": _shown_share(item.ceiling),
            }
            for item in figures.items
        ]
        if enough
        else [],
        "retest": {
            "pairs": _tens(retest.pairs),
            "r": _shown(retest.r, 2),
            "r_interval": _shown_interval(retest.r_interval, 2),
            "sem": round(retest.sem, 1),
            "wobble_68": round(retest.wobble_68, 1),
            "wobble_90": round(retest.wobble_90, 1),
            "mean_change": round(retest.mean_change, 1),
        }
        if retest is not None and retest.pairs >= MINIMUM_PAIRS
        else None,
    }


def _tens(count: int) -> int:
    return round(count / 10) * 10


def _shown(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _shown_share(share: float | None) -> float | None:
    return None if share is None else round(round(share / SHARE_STEP) * SHARE_STEP, 2)


def _shown_interval(interval: Interval | None, digits: int) -> list[float] | None:
    return (
        None if interval is None else [round(interval.low, digits), round(interval.high, digits)]
    )
