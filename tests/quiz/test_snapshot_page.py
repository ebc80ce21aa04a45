"""The snapshot beyond its bars: where to begin, by what fits."""

import pytest

from quiz.models import Checkup
from tests.quiz.rows import answers_of, days_ago, make_checkup


def words(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("query", "practice", "sentence"),
    [
        ("", "/exercises/the-repair-script/", "20 min"),
        ("?who=alone", "/exercises/seven-minutes-from-outside/", "7 min"),
        ("?who=both&minutes=5", "/exercises/the-repair-script/", "Nothing here is as short"),
        ("?begin=warmth&who=alone&minutes=5", "/exercises/name-one-specific-thing/", "2 min"),
        ("?begin=x&who=%00&minutes=-1&begin=repair", "/exercises/", "Repair came up clearly less"),
    ],
)
def test_the_practice_is_chosen_by_what_fits(reader, starter, query, practice, sentence):
    _, token = make_checkup(answers=answers_of(attention=3, curiosity=3, repair=1, warmth=3))

    page = words(reader.get(f"/snapshot/{token}/{query}"))

    assert practice in page
    assert sentence in page


def test_without_a_clear_lowest_the_reader_is_asked_first(reader, starter):
    _, token = make_checkup(answers=2)

    before = words(reader.get(f"/snapshot/{token}/"))
    assert "There is no clear lowest. Pick the one you care about" in before
    assert "One practice" not in before
    assert "checked" not in before.split('name="begin"')[1].split("</label>")[0]
    after = words(reader.get(f"/snapshot/{token}/?begin=curiosity"))
    assert "You chose Curiosity." in after
    assert "One practice" in after


def test_what_fits_is_not_stored(reader, starter):
    _, token = make_checkup(answers=2)
    before = Checkup.objects.values().get()

    reader.get(f"/snapshot/{token}/?begin=warmth&who=alone&minutes=5")

    assert Checkup.objects.values().get() == before


def test_all_24_skipped_is_a_page_that_says_little(reader, starter):
    _, token = make_checkup(answers=-1)

    page = words(reader.get(f"/snapshot/{token}/"))

    assert "You left most of the questions open, which is fine." in page
    assert "Based on 0 of 6" in page
    assert "There is no clear lowest." in page


def test_the_edge_of_a_band_is_said(reader, starter):
    _, token = make_checkup(answers=answers_of(attention=[2, 1, 1, 2, 2, 1], warmth=3))

    assert "comes and goes, on the edge of “mostly missing lately”" in words(
        reader.get(f"/snapshot/{token}/")
    )


def test_only_a_retake_leads_to_then_and_now(reader, starter):
    first, token = make_checkup(answers=2, finished_on=days_ago(30))
    _, again = make_checkup(answers=3, earlier=first)

    assert "/change/" not in words(reader.get(f"/snapshot/{token}/"))
    assert f"/snapshot/{again}/change/" in words(reader.get(f"/snapshot/{again}/"))


def test_what_is_kept_of_the_form_is_never_that_of_another_reader(reader, starter):
    def chosen(**answers):
        _, token = make_checkup(answers=answers_of(**answers))
        form = words(reader.get(f"/snapshot/{token}/")).split('name="begin"', 1)[1]
        return next(part for part in form.split("<input") if "checked" in part)

    assert 'value="repair"' in chosen(attention=3, curiosity=3, repair=1, warmth=3)
    assert 'value="warmth"' in chosen(attention=3, curiosity=3, repair=3, warmth=1)


def test_what_is_kept_of_the_answers_is_never_that_of_another_reader(reader, starter):
    def own(**answers):
        _, token = make_checkup(answers=answers_of(**answers))
        page = words(reader.get(f"/snapshot/{token}/"))
        return page.split('<ul class="parts">')[1].split('<li class="part hue-curiosity">')[0]

    first = own(attention=[4, 4, 4, 4, 0, -1])
    second = own(attention=[4, 1, 1, 1, 1, 1])
    again = own(attention=[4, 4, 4, 4, 0, -1])

    assert first == again
    assert "“nearly every day” on four of five" in first
    assert "“once or twice” on five of six" in second
    assert "Based on 5 of 6" in first
    assert "Based on 6 of 6" in second
    assert (first.count("Nearly every day"), second.count("Nearly every day")) == (4, 1)
    assert (first.count("skipped"), second.count("skipped")) == (1, 0)


@pytest.mark.parametrize(("retakes", "queries"), [(0, 3), (1, 3), (3, 3)])
def test_a_snapshot_costs_three_queries_on_its_day(
    reader, starter, django_assert_num_queries, retakes, queries
):
    checkup, token = make_checkup(answers=answers_of(attention=3, curiosity=3, repair=1, warmth=3))
    for _ in range(retakes):
        make_checkup(earlier=checkup)

    with django_assert_num_queries(queries):
        page = words(reader.get(f"/snapshot/{token}/"))

    assert ("change an answer" in page) == (retakes == 0)
    assert "One practice" in page
    assert "One article" in page
