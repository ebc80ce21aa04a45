"""The paper edition's self-scoring grid: from a sum on paper to a band, with the edition's numbers.

Pure. On paper nobody divides, so for each number of answers the grid says which sums belong to which
band. The lines are those of quiz.scoring; nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

from quiz.scoring import HIGHEST, LEVELS, Definition, category_score, level_of
from stalelove.categories import Category


@dataclass(frozen=True)
class Sums:
    """The sums of one band, first to last; None where no sum belongs to it."""

    first: int
    last: int


@dataclass(frozen=True)
class GridRow:
    """For one number of answers: the sums of the three bands, from low to high."""

    answered: int
    bands: tuple[Sums | None, ...]


@dataclass(frozen=True)
class Labels:
    """The three bands' words, and the categories that have them."""

    categories: tuple[Category, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    rows: tuple[GridRow, ...]
    labels: tuple[Labels, ...]


def grid(definition: Definition) -> Grid:
    """The whole grid, from all answers of a category down to the fewest that say something."""
    asked = max(len(definition.items_in(category)) for category in Category)
    fewest = max(1, definition.thresholds.minimum_answered)
    rows = tuple(_row(definition, answered) for answered in range(asked, fewest - 1, -1))
    return Grid(rows, _labels(definition))


def _row(definition: Definition, answered: int) -> GridRow:
    sums: dict[str, list[int]] = {level: [] for level in LEVELS}
    for total in range(HIGHEST * answered + 1):
        # Any answers with this sum have the same mean.
        high, rest = divmod(total, answered)
        answers = [high + 1] * rest + [high] * (answered - rest)
        score = category_score(answers, answered)
        if score is not None:
            sums[level_of(score, definition.thresholds)].append(total)
    return GridRow(
        answered,
        tuple(Sums(found[0], found[-1]) if found else None for found in sums.values()),
    )


def _labels(definition: Definition) -> tuple[Labels, ...]:
    groups: dict[tuple[str, ...], list[Category]] = {}
    for category in Category:
        words = tuple(definition.bands[category, level].label for level in LEVELS)
        groups.setdefault(words, []).append(category)
    return tuple(Labels(tuple(categories), words) for words, categories in groups.items())
