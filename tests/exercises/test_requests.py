"""How a request reads on its card."""

import pytest

from exercises.requests import SecondLook, asked, second_looks


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("eat supper with me on Wednesday", "eat supper with me on Wednesday"),
        ("Would you Walk with me?", "walk with me"),
        ("could you please  walk\nwith me ...", "walk with me"),
        ("Would you … text me when you leave.", "text me when you leave"),
        ("TV off during supper", "TV off during supper"),
        ("I would like a walk", "I would like a walk"),
        ("Would you?", ""),
        ("", ""),
    ],
)
def test_a_request_goes_on_after_would_you(written, read):
    assert asked(written) == read


@pytest.mark.parametrize(
    ("words", "looks"),
    [
        ("eat supper with me on Wednesday", []),
        ("always listen to me", [SecondLook.FOR_EVER]),
        ("be more present", [SecondLook.HARD_TO_SEE]),
        ("stop looking at your phone", [SecondLook.WHAT_NOT_TO_DO]),
        (
            "never be less than kinder, don’t you think",
            [SecondLook.FOR_EVER, SecondLook.HARD_TO_SEE, SecondLook.WHAT_NOT_TO_DO],
        ),
    ],
)
def test_what_makes_a_request_hard_is_named(words, looks):
    assert second_looks(words) == looks
