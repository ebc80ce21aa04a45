"""Which question is tonight's. Pure: the same for everyone on a date, from nothing but the date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def tonights(questions: Sequence[T], date: dt.date) -> T | None:
    """The question of a date: each once before any comes again; None from an empty deck.

    Neighboring dates take steps of a stride without a common factor with the deck's size, so that
    the categories alternate although the deck is sorted by them.
    """
    count = len(questions)
    if not count:
        return None
    stride = next(
        step for step in range(max(1, round(count * 0.382)), count + 1) if _coprime(step, count)
    )
    return questions[date.toordinal() * stride % count]


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1
