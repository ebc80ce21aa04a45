"""Counting readers for the editors, in PostgreSQL."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection

from quiz.insights import count_periods, is_waiting, month_counts
from quiz.models import Checkup, CountedPeriod, StoppedCount
from quiz.periods import Group, MonthCounts, from_json
from stalelove.categories import Category
from tests.quiz.builders import make_edition
from tests.quiz.readers import make_checkup

MARCH = dt.date(2026, 3, 1)
MAY = dt.date(2026, 5, 1)


@pytest.fixture
def edition(db):
    return make_edition()


def pages(saved: int, answer: int = 2) -> list[int | None]:
    return [answer] * 6 * saved + [None] * 6 * (4 - saved)


def test_a_month_is_counted_by_answer_band_and_page(edition):
    make_checkup(edition, started_on=MARCH, answers=[4] * 12 + [-2] * 6 + [0] * 5 + [-1])
    make_checkup(edition, started_on=MARCH.replace(day=31), answers=[1] * 24)
    make_checkup(edition, started_on=MARCH, answers=pages(2))
    make_checkup(edition, started_on=MARCH, answers=pages(0))
    make_checkup(edition, started_on=dt.date(2026, 4, 1), answers=[3] * 24)

    march, april = month_counts(edition, MARCH, MAY)

    assert march == MonthCounts(
        month=MARCH,
        finished=2,
        stopped={Category.ATTENTION: 1, Category.REPAIR: 1},
        answers=[{4: 1, 1: 1}] * 12 + [{-2: 1, 1: 1}] * 6 + [{0: 1, 1: 1}] * 5 + [{-1: 1, 1: 1}],
        bands={
            Category.ATTENTION: {"high": 1, "low": 1},
            Category.CURIOSITY: {"high": 1, "low": 1},
            Category.REPAIR: {"none": 1, "low": 1},
            Category.WARMTH: {"low": 2},
        },
    )
    assert (april.month, april.finished) == (dt.date(2026, 4, 1), 1)


def test_a_score_on_the_line_belongs_to_the_middle(edition):
    # 9 and 15 steps of 24: 37.5 and 62.5 points.
    make_checkup(
        edition, started_on=MARCH, answers=[1, 1, 1, 2, 2, 2] + [2, 2, 2, 3, 3, 3] + [2] * 12
    )

    (march,) = month_counts(edition, MARCH, MAY)

    assert [march.bands[category] for category in Category] == [{"middle": 1}] * 4


def test_retakes_and_other_editions_are_no_new_readers(edition):
    other = make_edition(number=2)
    first = make_checkup(edition, started_on=MARCH)
    make_checkup(edition, started_on=MARCH, earlier=first)
    make_checkup(edition, started_on=MARCH, earlier=first, answers=pages(1))
    make_checkup(other, started_on=MARCH)

    (march,) = month_counts(edition, MARCH, MAY)

    assert (march.finished, march.stopped) == (1, {})


def test_a_period_is_counted_once_it_is_over_and_never_again(edition):
    readers = [make_checkup(edition, started_on=MARCH) for _ in range(11)]

    assert count_periods(edition, today=dt.date(2026, 4, 7)) == []
    (period,) = count_periods(edition, today=dt.date(2026, 4, 8))
    readers[0].delete()
    readers[1].delete()
    make_checkup(edition, started_on=MARCH)

    assert count_periods(edition, today=dt.date(2026, 6, 8)) == []
    assert list(CountedPeriod.objects.all()) == [period]
    assert from_json(CountedPeriod.objects.get().figures).finished == 11


def test_the_purge_writes_down_what_editors_may_see_before_it_deletes(edition, capsys):
    for _ in range(11):
        make_checkup(edition, started_on=dt.date(2024, 3, 1))

    call_command("purge_checkups")

    assert "Deleted 11 checkups" in capsys.readouterr().out
    assert from_json(CountedPeriod.objects.get().figures).finished == 11


def test_months_with_too_few_wait_for_the_next(edition):
    for _ in range(9):
        make_checkup(edition, started_on=MARCH)
    assert count_periods(edition, today=dt.date(2026, 4, 20)) == []
    assert is_waiting(edition, today=dt.date(2026, 4, 20))

    make_checkup(edition, started_on=dt.date(2026, 5, 31))
    (period,) = count_periods(edition, today=dt.date(2026, 6, 20))

    assert (period.first_month, period.last_month) == (MARCH, MAY)
    assert str(period) == "March 2026 to May 2026"
    assert not is_waiting(edition, today=dt.date(2026, 6, 20))


def test_those_who_stopped_are_counted_after_they_are_gone(edition):
    for _ in range(10):
        make_checkup(edition, started_on=MARCH)
    for saved in (0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 3):
        make_checkup(edition, started_on=MARCH, answers=pages(saved))
    # By whatever road: all but one of them are deleted, and one by plain SQL.
    unfinished = Checkup.objects.filter(finished_on=None).order_by("pk")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM quiz_checkup WHERE id = %s", [unfinished[0].pk])
    for checkup in unfinished[1:4]:
        checkup.delete()
    Checkup.objects.filter(pk__in=[checkup.pk for checkup in unfinished[:6]]).delete()

    assert Checkup.objects.filter(finished_on=None).count() == 1
    (period,) = count_periods(edition, today=dt.date(2026, 4, 8))

    figures = from_json(period.figures)
    assert (figures.finished, figures.started) == (10, 21)
    assert figures.stopped == (Group(("attention", "curiosity", "repair", "warmth"), 11),)
    # Nothing is left of them but the period; and who goes later is counted already.
    assert not StoppedCount.objects.exists()
    Checkup.objects.all().delete()
    assert not StoppedCount.objects.exists()


def test_a_finished_checkup_or_a_retake_that_goes_is_not_one_who_stopped(edition):
    first = make_checkup(edition, started_on=MARCH)
    make_checkup(edition, started_on=MARCH, earlier=first, answers=pages(1)).delete()
    first.delete()

    assert not StoppedCount.objects.exists()


def test_made_up_checkups_are_stored_and_counted(edition, capsys):
    call_command("simulate_checkups", "3000", "--seed", "3")

    assert Checkup.objects.count() == 3000
    assert Checkup.objects.filter(earlier__finished_on=None, earlier__isnull=False).count() == 0
    assert Checkup.objects.exclude(earlier=None).count() > 300
    assert CountedPeriod.objects.count() >= 10
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Stored 3,000 made-up checkups of Edition 1 in")
    # The next real reader gets a number of her own.
    Checkup.start(edition)
    assert Checkup.objects.count() == 3001


@pytest.mark.parametrize("arguments", [["0"], ["5", "--days", "0"]])
def test_made_up_checkups_need_sensible_numbers(edition, arguments):
    with pytest.raises(Exception, match="must be 1 or more"):
        call_command("simulate_checkups", *arguments)


def test_made_up_checkups_are_refused_in_production(db, settings):
    settings.PRODUCTION = True

    with pytest.raises(Exception, match="not for MODE=production"):
        call_command("simulate_checkups", "5")


def test_made_up_checkups_need_an_edition(db):
    with pytest.raises(Exception, match="no edition is published yet"):
        call_command("simulate_checkups", "5")
