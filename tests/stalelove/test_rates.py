from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stalelove.rates import LIMITS, Limit


@pytest.mark.parametrize(
    ("now", "window", "wait"),
    [(0, 0, 600), (599.9, 0, 1), (600, 1, 600), (601.5, 1, 599)],
)
def test_windows_follow_one_another(now, window, wait):
    limit = Limit("any", 1, 600)

    assert (limit.window(now), limit.wait(now)) == (window, wait)


@given(now=st.floats(0, 4e9), seconds=st.integers(1, 86400))
def test_after_the_wait_it_is_the_next_window(now, seconds):
    limit = Limit("any", 1, seconds)

    assert 1 <= limit.wait(now) <= seconds
    assert limit.window(int(now) + limit.wait(now)) == limit.window(now) + 1


def test_nobody_is_ever_kept_from_reading_or_from_help():
    open_to_all = {"home", "help", "help_country", "help_json", "article", "checkup", "snapshot"}

    assert open_to_all & LIMITS.keys() == set()
