"""The formulas beside numpy and scipy, which know nothing of ours."""

import math
import random
from fractions import Fraction

import numpy
import pytest
from scipy import stats

from quiz import reliability
from quiz.reliability import Interval, ItemSums, PairSums, ScoreSums
from stalelove.categories import Category

LINES = {"same_below": Fraction(10), "unusual_above": Fraction(20)}


def answers(*, readers: int, seed: int = 1, items: int = 6) -> list[list[int]]:
    """Answers 0 to 4 with something in common: each reader leans one way."""
    rng = random.Random(seed)
    rows = []
    for _ in range(readers):
        lean = rng.gauss(2, 1)
        rows.append([min(4, max(0, round(rng.gauss(lean, 0.9)))) for _ in range(items)])
    return rows


def item_sums(rows: list[list[int]]) -> ItemSums:
    items = range(len(rows[0]))
    return ItemSums(
        n=len(rows),
        sums=tuple(sum(row[i] for row in rows) for i in items),
        products=tuple(tuple(sum(row[i] * row[j] for row in rows) for j in items) for i in items),
        lowest=tuple(sum(row[i] == 0 for row in rows) for i in items),
        highest=tuple(sum(row[i] == 4 for row in rows) for i in items),
    )


def pair_sums(first: list[float], later: list[float]) -> PairSums:
    a, b = numpy.array(first), numpy.array(later)
    return PairSums(
        n=len(first),
        first=float(((a - a.mean()) ** 2).sum()),
        second=float(((b - b.mean()) ** 2).sum()),
        both=float(((a - a.mean()) * (b - b.mean())).sum()),
        first_mean=float(a.mean()),
        second_mean=float(b.mean()),
    )


def category(items: ItemSums, pairs: PairSums) -> reliability.CategoryFigures:
    return reliability.category_figures(
        Category.WARMTH, items, ScoreSums(n=400, at_floor=8, at_ceiling=100), pairs
    )


NO_PAIRS = PairSums(0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("readers", [2, 3, 12, 500])
def test_alpha_and_item_total_are_those_of_numpy(readers):
    rows = answers(readers=readers)

    found = category(item_sums(rows), NO_PAIRS)

    data = numpy.array(rows)
    variances = data.var(axis=0, ddof=1).sum()
    assert found.alpha == pytest.approx(6 / 5 * (1 - variances / data.sum(axis=1).var(ddof=1)))
    for place, item in enumerate(found.items):
        rest = numpy.delete(data, place, axis=1).sum(axis=1)
        if data[:, place].std() == 0 or rest.std() == 0:
            assert item.item_total is None
        else:
            expected = stats.pearsonr(data[:, place], rest).statistic
            assert item.item_total == pytest.approx(expected)
        assert item.floor == (data[:, place] == 0).mean()
        assert item.ceiling == (data[:, place] == 4).mean()


@pytest.mark.parametrize(("alpha", "n", "items"), [(0.85, 89, 7), (0.6, 200, 6), (0.9, 60, 4)])
def test_the_interval_of_alpha_is_near_to_feldts(alpha, n, items):
    found = reliability.alpha_interval(alpha, n=n, items=items)

    ends = [
        1 - (1 - alpha) * stats.f.ppf(share, n - 1, (n - 1) * (items - 1))
        for share in (0.975, 0.025)
    ]
    assert [found.low, found.high] == pytest.approx(ends, abs=0.012)


def test_feldts_published_example_is_met_within_a_hundredth():
    # statpsych's documentation of ci.cronbach(.05, .85, 7, 89).
    found = reliability.alpha_interval(0.85, n=89, items=7)

    assert [found.low, found.high] == pytest.approx([0.7971, 0.8931], abs=0.006)


def test_the_retest_is_that_of_scipy():
    rng = random.Random(3)
    first = [rng.gauss(50, 18) for _ in range(150)]
    later = [0.7 * value + rng.gauss(18, 12) for value in first]

    found = category(item_sums(answers(readers=9)), pair_sums(first, later)).retest

    expected = stats.pearsonr(first, later)
    interval = expected.confidence_interval(0.95)
    sd = math.sqrt((numpy.var(first, ddof=1) + numpy.var(later, ddof=1)) / 2)
    sem = sd * math.sqrt(1 - expected.statistic)
    assert found.pairs == 150
    assert found.r == pytest.approx(expected.statistic)
    assert [found.r_interval.low, found.r_interval.high] == pytest.approx(
        [interval.low, interval.high]
    )
    assert found.sem == pytest.approx(sem)
    assert found.wobble_90 == pytest.approx(stats.norm.ppf(0.95) * math.sqrt(2) * sem)
    assert found.mean_change == pytest.approx(numpy.mean(later) - numpy.mean(first))


@pytest.mark.parametrize(
    ("r", "at_95", "at_68"),
    [(0.80, (22, 25), (11, 13)), (0.75, (25, 28), (13, 14)), (0.65, (30, 33), (15, 17))],
)
def test_the_wobble_is_the_instruments_own_table(r, at_95, at_68):
    for sd, end in ((18, 0), (20, 1)):
        sem = reliability.standard_error_of_measurement(sd, r)
        assert reliability.wobble(sem, 0.95) == pytest.approx(at_95[end], abs=0.55)
        assert reliability.wobble(sem, 0.68) == pytest.approx(at_68[end], abs=0.55)


def test_where_nobody_differs_nothing_is_claimed():
    same = item_sums([[2] * 6] * 40)

    found = category(same, pair_sums([50.0] * 9, [50.0] * 9))

    assert (found.alpha, found.alpha_interval, found.retest) == (None, None, None)
    assert {item.item_total for item in found.items} == {None}


@pytest.mark.parametrize("readers", [0, 1])
def test_one_reader_or_none_is_no_error(readers):
    rows = answers(readers=readers) if readers else []
    items = item_sums(rows) if rows else ItemSums(0, (0,) * 6, ((0,) * 6,) * 6, (0,) * 6, (0,) * 6)

    found = category(items, NO_PAIRS)

    assert (found.complete, found.alpha, found.alpha_interval) == (readers, None, None)


def figures_with(*, sem: float, spread: float = 1.0) -> reliability.CategoryFigures:
    wobble = {share: reliability.wobble(sem, share) for share in (0.68, 0.90)}
    found = reliability.Retest(
        pairs=500,
        r=0.8,
        r_interval=None,
        sem=sem,
        wobble_68=wobble[0.68],
        wobble_90=wobble[0.90],
        wobble_68_interval=Interval(wobble[0.68] - spread, wobble[0.68] + spread),
        wobble_90_interval=Interval(wobble[0.90] - spread, wobble[0.90] + spread),
        mean_change=0.0,
    )
    return reliability.CategoryFigures(
        Category.WARMTH, 500, 0.8, None, (), 500, 0.0, 0.0, retest=found
    )


def lines(sem: float, spread: float = 1.0) -> dict[str, bool]:
    checks = reliability.check_lines(figures_with(sem=sem, spread=spread), **LINES)
    return {check.name: check.differs for check in checks}


def test_a_wobble_as_assumed_is_no_news():
    # z(90 %) · sqrt(2) · 8 = 18.6 and z(68 %) · sqrt(2) · 8 = 11.3: within half a step of 20 and 10.
    assert lines(8.0) == {"same_below": False, "unusual_above": False}


def test_a_greater_wobble_is_told():
    assert lines(12.0) == {"same_below": True, "unusual_above": True}
    assert lines(4.0) == {"same_below": True, "unusual_above": True}


def test_a_wobble_that_is_not_known_well_enough_is_not_told():
    assert lines(12.0, spread=9.0) == {"same_below": False, "unusual_above": False}


def test_the_chance_of_a_call_above_the_line_is_said():
    check = reliability.check_lines(figures_with(sem=12.0), **LINES)[1]

    assert check.chance == pytest.approx(2 * stats.norm.sf(20 / (12 * math.sqrt(2))))


def test_editors_see_nothing_of_a_few_readers():
    rows = answers(readers=199)
    few_pairs = pair_sums([float(n) for n in range(49)], [float(n % 7) for n in range(49)])

    found = category(item_sums(rows), few_pairs)
    told = reliability.shown([found], reliability.check_lines(found, **LINES), (14, 60))

    assert told == {
        "retest_days": [14, 60],
        "lines": [],
        "categories": [
            {
                "category": "warmth",
                "complete": None,
                "scores": None,
                "alpha": None,
                "alpha_interval": None,
                "floor": None,
                "ceiling": None,
                "items": [],
                "retest": None,
            }
        ],
    }


def test_editors_see_rounded_figures():
    found = category(item_sums(answers(readers=203)), NO_PAIRS)

    told = reliability.shown([found], (), (14, 60))["categories"][0]

    assert (told["complete"], told["scores"]) == (200, 400)
    assert told["alpha"] == round(found.alpha, 2)
    assert (told["floor"], told["ceiling"]) == (0.0, 0.25)
    assert {item["floor"] * 100 % 5 for item in told["items"]} == {0.0}
