"""Which practice a snapshot begins with."""

from dataclasses import dataclass

import pytest

from quiz.beginning import Beginning, beginning


@dataclass(frozen=True)
class Row:
    needs: str
    minutes: int


FIRST = Row("both", 15)
LONG = Row("alone", 60)
SHORT = Row("alone", 5)
EITHER = Row("either", 10)
ALL = [FIRST, LONG, SHORT, EITHER]


@pytest.mark.parametrize(
    ("rows", "who", "minutes", "found"),
    [
        (ALL, "", None, Beginning(FIRST)),
        (ALL, "alone", None, Beginning(LONG)),
        (ALL, "both", None, Beginning(FIRST)),
        (ALL, "both", 10, Beginning(EITHER)),
        (ALL, "alone", 5, Beginning(SHORT)),
        (ALL, "", 15, Beginning(FIRST)),
        (ALL, "", 14, Beginning(SHORT)),
        ([FIRST, LONG], "alone", 5, Beginning(LONG, is_longer=True)),
        ([FIRST, EITHER], "both", 5, Beginning(EITHER, is_longer=True)),
        ([FIRST], "alone", None, Beginning(None)),
        ([FIRST], "alone", 60, Beginning(None)),
        ([], "", None, Beginning(None)),
    ],
)
def test_the_first_that_fits_is_the_beginning(rows, who, minutes, found):
    assert beginning(rows, who=who, minutes=minutes) == found
