from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as some

from quiz.forms import StepForm, answers_sent
from quiz.scoring import DID_NOT_COME_UP, SKIPPED
from stalelove.categories import Category
from tests.quiz.builders import make_definition

DEFINITION = make_definition()
KEYS = [item.key for item in DEFINITION.items_in(Category.REPAIR)]
UNSAVED = dict.fromkeys(KEYS)
ANOTHER_EDITION = (
    "This page belonged to another edition of the checkup. "
    "Look over the answers below and send it again."
)


def repair(data: dict[str, str] | None = None, saved: dict[str, int | None] = UNSAVED) -> StepForm:
    return StepForm(DEFINITION, Category.REPAIR, data, saved=saved)


def sent(data: dict[str, str]) -> dict[str, int] | None:
    """The answers that are taken from this page."""
    return answers_sent(DEFINITION, Category.REPAIR, data)


def shown(form: StepForm) -> list[str | None]:
    """What is checked in each of the six groups."""
    return [form[key].value() or None for key in KEYS]


def test_a_page_offers_the_labels_and_skip_and_under_repair_one_more():
    labels = [
        "Not at all",
        "Once or twice",
        "Some days",
        "Most days",
        "Nearly every day",
    ]
    warmth = StepForm(DEFINITION, Category.WARMTH, saved={})

    assert [label for _, label in repair().fields[KEYS[0]].choices] == [
        *labels,
        "It did not come up",
        "Skip this one",
    ]
    assert [label for _, label in warmth.fields["warmth-laughed"].choices] == [
        *labels,
        "Skip this one",
    ]


def test_a_new_page_shows_what_was_saved():
    saved = dict(zip(KEYS, [0, 4, SKIPPED, DID_NOT_COME_UP, None, 2], strict=True))

    assert shown(repair(saved=saved)) == ["0", "4", "skip", "none", None, "2"]


def test_answers_are_those_that_were_sent():
    data = {"edition": "1", KEYS[0]: "0", KEYS[1]: "4", KEYS[2]: "skip", KEYS[3]: "none"}

    assert sent(data) == {KEYS[0]: 0, KEYS[1]: 4, KEYS[2]: SKIPPED, KEYS[3]: DID_NOT_COME_UP}


def test_an_empty_page_is_valid_and_answers_nothing():
    assert sent({"edition": "1"}) == {}
    assert sent({"edition": "1", KEYS[0]: ""}) == {}


def test_a_question_left_open_is_not_sent_again_from_what_was_saved():
    data = {"edition": "1", KEYS[0]: "1"}
    form = repair(data, saved=dict.fromkeys(KEYS, 3))

    assert sent(data) == {KEYS[0]: 1}
    assert shown(form) == ["1", "3", "3", "3", "3", "3"]


@pytest.mark.parametrize("answer", ["5", "-1", "-2", "2.0", "٣", "two", "\x00", "2\x00", "Skip"])
def test_an_answer_outside_the_scale_is_refused_and_the_others_stay(answer):
    data = {"edition": "1", KEYS[0]: answer, KEYS[1]: "3", KEYS[2]: "none"}
    form = repair(data)

    text = DEFINITION.items_in(Category.REPAIR)[0].text
    assert sent(data) is None
    assert dict(form.errors) == {
        KEYS[0]: [f"Choose one of the answers to “{text.removesuffix('.')}”, or skip it."],
    }
    assert shown(form)[1:] == ["3", "none", None, None, None]


def test_that_it_did_not_come_up_can_be_said_under_repair_only():
    form = StepForm(
        DEFINITION, Category.WARMTH, {"edition": "1", "warmth-laughed": "none"}, saved={}
    )

    assert dict(form.errors) == {
        "warmth-laughed": ["Choose one of the answers to “We laughed together”, or skip it."]
    }


@pytest.mark.parametrize("edition", [{}, {"edition": ""}, {"edition": "2"}, {"edition": "\x00"}])
def test_a_page_of_another_edition_is_shown_again_as_one_of_this(edition):
    form = repair({**edition, KEYS[0]: "1"})

    assert dict(form.errors) == {"__all__": [ANOTHER_EDITION]}
    assert shown(form) == ["1", None, None, None, None, None]
    assert form["edition"].value() == "1"  # so that sending it once more is enough


def test_a_question_of_another_edition_or_page_is_refused():
    form = repair({"edition": "1", KEYS[0]: "1", "warmth-laughed": "2"})

    assert dict(form.errors) == {"__all__": [ANOTHER_EDITION]}


def test_of_two_answers_to_one_question_the_last_counts():
    assert sent(QueryDict(f"edition=1&{KEYS[0]}=1&{KEYS[0]}=3")) == {KEYS[0]: 3}


CHOICES = ["0", "1", "2", "3", "4", "skip", "none"]


@given(
    some.sampled_from(Category),
    some.dictionaries(
        some.sampled_from(["edition", *(item.key for item in DEFINITION.items), "x", ""]),
        some.sampled_from([*CHOICES, *CHOICES, "", "5", "-1", " 2", "2 ", "٣", "\x00", "Skip"]),
        max_size=8,
    ),
    some.sampled_from(["1", "1", "1", "2", "", None]),
)
def test_a_page_is_taken_where_its_form_would_find_nothing_wrong(category, data, edition):
    # A word of a reason is given to whoever is refused, and nobody is refused without one.
    if edition is not None:
        data["edition"] = edition
    answers = answers_sent(DEFINITION, category, data)
    form = StepForm(DEFINITION, category, data, saved={})

    assert form.is_valid() == (answers is not None)
    if answers is not None:
        filled_in = {key: value for key, value in data.items() if value and key != "edition"}
        words = dict(form.fields[DEFINITION.items_in(category)[0].key].choices)
        assert {
            key: DEFINITION.answer_label(answer) or "Skip this one"
            for key, answer in answers.items()
        } == {key: words[choice] for key, choice in filled_in.items()}
