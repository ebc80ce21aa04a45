"""The picker: which practices fit, how many would, and what to change when none does."""

import itertools
import re

import pytest

from exercises import picker
from exercises.models import Exercise
from tests.exercises.builders import make_exercise


def slow_fits(exercise, picked):
    """The same rules, one practice at a time: the oracle of the counts."""
    return (
        ("minutes" not in picked or exercise.minutes <= int(picked["minutes"]))
        and ("who" not in picked or exercise.needs in (picked["who"], "either"))
        and ("distance" not in picked or exercise.works_at_distance)
        and ("touch" not in picked or exercise.involves_touch == (picked["touch"] == "with"))
        and ("category" not in picked or exercise.category == picked["category"])
    )


@pytest.fixture
def some_exercises(db):
    for minutes, needs, apart, touch, category in [
        (1, "alone", True, False, "attention"),
        (2, "both", False, True, "warmth"),
        (10, "either", True, False, "curiosity"),
        (20, "both", True, False, "repair"),
        (60, "both", False, False, "curiosity"),
        (7, "alone", True, False, "repair"),
    ]:
        make_exercise(
            minutes=minutes,
            needs=needs,
            works_at_distance=apart,
            involves_touch=touch,
            category=category,
        )
    make_exercise(minutes=1, needs="alone", is_published=False)
    return list(Exercise.objects.published())


def test_counts_and_lists_agree_with_a_slow_reading_of_the_rules(some_exercises):
    published = Exercise.objects.published()
    for values in itertools.product(
        ["", "2", "10"], ["", "alone", "both"], ["", "apart"], ["", "with"], ["", "repair"]
    ):
        names = [constraint.name for constraint in picker.CONSTRAINTS]
        picked = {name: value for name, value in zip(names, values, strict=True) if value}

        found = set(picker.fitting(published, picked))
        assert found == {e for e in some_exercises if slow_fits(e, picked)}, picked
        counted = picker.counts(published, picked)
        for (name, value), count in counted.items():
            other = {n: v for n, v in {**picked, name: value}.items() if v}
            assert count == sum(slow_fits(e, other) for e in some_exercises), (picked, name, value)


def test_the_list_and_all_counts_take_one_query(client, some_exercises, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/exercises/?minutes=10&who=alone")


def test_the_smallest_change_that_finds_something_is_offered(some_exercises):
    picked = {"minutes": "2", "who": "both", "touch": "without"}
    counted = picker.counts(Exercise.objects.published(), picked)

    assert [
        (found.constraint.name, found.option.value, found.count, found.query)
        for found in picker.loosenings(picked, counted)
    ] == [
        ("minutes", "10", 1, "minutes=10&who=both&touch=without"),
        ("who", "", 1, "minutes=2&touch=without"),
        ("touch", "", 1, "minutes=2&who=both"),
    ]


def test_the_change_that_finds_most_comes_first(some_exercises):
    picked = {"minutes": "2", "category": "repair"}
    counted = picker.counts(Exercise.objects.published(), picked)

    found = picker.loosenings(picked, counted)
    assert [(f.constraint.name, f.count) for f in found] == [("category", 2), ("minutes", 1)]


def test_where_no_single_change_is_enough_none_is_offered(some_exercises):
    picked = {"minutes": "2", "who": "alone", "touch": "with", "category": "repair"}
    counted = picker.counts(Exercise.objects.published(), picked)

    assert picker.loosenings(picked, counted) == []


def test_what_is_kept_of_the_picker_is_never_that_of_other_choices_or_counts(
    client, some_exercises
):
    def page(query):
        return " ".join(client.get(f"/exercises/{query}").content.decode().split())

    assert "I do it alone (3)" in page("")
    picked = page("?touch=with")
    assert "I do it alone (0)" in picked
    chosen = [tag for tag in re.findall(r"<input[^>]*>", picked) if "checked" in tag]
    assert any('name="touch"' in tag and 'value="with"' in tag for tag in chosen)
    Exercise.objects.filter(minutes=7).update(is_published=False)
    # The same choices at an address that no whole page was kept for.
    assert "I do it alone (2)" in page("?distance=")
