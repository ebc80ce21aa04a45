"""How well the checkup measures: PostgreSQL beside numpy and scipy on the same rows, and the truth."""

import datetime as dt

import numpy
import pytest
from django.core.management import CommandError, call_command
from scipy import stats

from quiz.measurement import Report, measure
from quiz.models import Checkup, Measurement
from quiz.simulation import Model, truth
from stalelove.categories import Category
from tests.quiz.builders import make_edition
from tests.quiz.readers import make_checkup

MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def edition(db):
    return make_edition()


def report(edition, before: dt.date | None = None) -> Report:
    *_, last = measure(edition, before=before)
    return last


def test_postgresql_agrees_with_the_library_and_with_the_truth(edition):
    call_command("simulate_checkups", "9000", "--seed", "11", verbosity=0)

    found = report(edition)

    rows = list(Checkup.objects.filter(finished_on__isnull=False, earlier=None))
    pairs = list(
        Checkup.objects.filter(finished_on__isnull=False, earlier__isnull=False).select_related(
            "earlier"
        )
    )
    for place, category in enumerate(Category):
        figures = found.categories[place]
        own = [row.answers[6 * place : 6 * place + 6] for row in rows]
        data = numpy.array([answers for answers in own if min(answers) >= 0])
        total = data.sum(axis=1)
        variances = data.var(axis=0, ddof=1).sum()
        scores = [s for row in rows if (s := getattr(row, category)) is not None]
        both = [
            (getattr(pair.earlier, category), getattr(pair, category))
            for pair in pairs
            if 14 <= (pair.finished_on - pair.earlier.finished_on).days <= 60
        ]
        first, later = zip(*[pair for pair in both if None not in pair], strict=True)
        r = stats.pearsonr(first, later)
        sd = ((numpy.var(first, ddof=1) + numpy.var(later, ddof=1)) / 2) ** 0.5

        assert figures.complete == len(data) > 3000
        assert figures.alpha == pytest.approx(6 / 5 * (1 - variances / total.var(ddof=1)))
        assert [item.item_total for item in figures.items] == pytest.approx(
            [stats.pearsonr(data[:, i], total - data[:, i]).statistic for i in range(6)]
        )
        assert [item.floor for item in figures.items] == pytest.approx((data == 0).mean(axis=0))
        assert [item.ceiling for item in figures.items] == pytest.approx((data == 4).mean(axis=0))
        assert (figures.scores, figures.floor, figures.ceiling) == (
            len(scores),
            scores.count(0) / len(scores),
            scores.count(100) / len(scores),
        )
        assert figures.retest.pairs == len(first) > 500
        assert figures.retest.r == pytest.approx(r.statistic)
        assert figures.retest.sem == pytest.approx(sd * (1 - r.statistic) ** 0.5)

        known = truth(Model(), category)
        assert figures.alpha == pytest.approx(known.alpha, abs=0.015)
        assert figures.retest.r == pytest.approx(known.retest_r, abs=0.08)
        assert figures.retest.sem == pytest.approx(known.sem, abs=1.5)


def test_only_first_finished_checkups_of_the_edition_and_the_time_count(edition):
    other = make_edition(number=2)
    for answers in ([1] * 24, [2] * 24, [3] * 24):
        first = make_checkup(edition, started_on=MARCH, answers=answers)
    make_checkup(edition, started_on=MARCH, answers=[-1, *[1] * 23])
    make_checkup(edition, started_on=MARCH, answers=[1] * 6 + [None] * 18)
    make_checkup(edition, started_on=MARCH, earlier=first)
    make_checkup(edition, started_on=dt.date(2026, 4, 1))
    make_checkup(other, started_on=MARCH)

    found = report(edition, before=dt.date(2026, 4, 1))

    counted = {
        figures.category.value: (figures.complete, figures.scores) for figures in found.categories
    }
    assert counted == {
        "attention": (3, 4),
        "curiosity": (4, 4),
        "repair": (4, 4),
        "warmth": (4, 4),
    }
    assert found.categories[0].alpha == 1.0


def test_a_pair_is_a_first_checkup_and_its_first_retake_in_the_window(edition):
    other = make_edition(number=2)

    def again(first, days, *, of=edition, answers=(2,) * 24):
        return make_checkup(
            of,
            started_on=first.finished_on + dt.timedelta(days=days),
            earlier=first,
            answers=answers,
        )

    low, high, third, fourth, fifth = (
        make_checkup(edition, started_on=MARCH, answers=[n % 5] * 24) for n in range(5)
    )
    counted = again(low, 14, answers=[1] * 24)
    again(low, 20, answers=[4] * 24)  # a second retake of the same one
    again(counted, 20)  # a retake of a retake
    again(high, 60, answers=[3] * 24)
    again(third, 13)  # the windows overlap
    again(fourth, 61)  # too long ago
    again(fifth, 20, of=other)

    found = report(edition).categories[0].retest

    assert found.pairs == 2
    assert found.r == pytest.approx(1.0)
    assert found.mean_change == pytest.approx((25 + 50) / 2)


def test_the_command_prints_and_keeps_a_report_once_a_month(edition, capsys):
    call_command("simulate_checkups", "3000", verbosity=0)
    capsys.readouterr()

    call_command("measure_checkup")
    first = capsys.readouterr().out.splitlines()
    call_command("measure_checkup", "--edition", "1")
    second = capsys.readouterr().out.splitlines()

    assert first[0].startswith("Retest: first and second checkup, 14 to 60 days apart.")
    assert [line for line in first if not line.startswith(" ")][1:5] == [
        category.label for category in Category
    ]
    assert first[-1].endswith("the report is kept for the editors' page.")
    assert second[:-1] == first[:-1]
    assert second[-1].endswith("nothing was kept.")
    kept = Measurement.objects.get()
    assert [each["category"] for each in kept.figures["categories"]] == list(Category)


def test_a_measurement_of_this_moment_is_not_kept(edition):
    make_checkup(edition, started_on=dt.date.today())

    call_command("measure_checkup", "--now")

    assert not Measurement.objects.exists()
    with pytest.raises(CommandError, match="no finished checkups of a complete month yet") as said:
        call_command("measure_checkup")
    # The monthly timer of a young site does not call that a failure (deploy/systemd).
    assert said.value.returncode == 75


def test_what_cannot_be_measured_is_said_in_a_sentence(db):
    with pytest.raises(CommandError, match="no edition is published yet"):
        call_command("measure_checkup")
    with pytest.raises(CommandError, match="there is no published edition 7"):
        call_command("measure_checkup", "--edition", "7")
