"""From answers to what a snapshot says: the arithmetic of the checkup, exact and pure.

Everything here is a value in and a value out: no Django, no database, no clock. Scores are Fractions,
so that a line such as 37.5 is met or not met, never nearly. The rules are those of the instrument
(shared/facts/instrument.md 2.3); their numbers belong to the edition and come in as Thresholds.

An answer is 0 to 4 (the five labels in order), SKIPPED, or DID_NOT_COME_UP. None stands for a question
whose page has not been saved yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import attrgetter
from typing import Literal, NamedTuple

from stalelove.categories import Category

SKIPPED = -1
DID_NOT_COME_UP = -2
HIGHEST = 4
POINTS_PER_STEP = Fraction(100, HIGHEST)

Level = Literal["low", "middle", "high"]
LEVELS: tuple[Level, ...] = ("low", "middle", "high")
About = Literal["me", "partner", "us"]
Answer = int | None


class ScoringError(ValueError):
    """Answers that do not belong to the edition they are scored with."""


@dataclass(frozen=True)
class Item:
    """One question: `text` as asked, `short` as quoted back, `about` whose doing it is."""

    key: str
    category: Category
    about: About
    text: str
    short: str


@dataclass(frozen=True)
class BandWords:
    """What a category's result says at one level."""

    label: str
    words: str


@dataclass(frozen=True)
class Thresholds:
    """The numbers of an edition, in points of 0 to 100 unless the name says otherwise."""

    minimum_answered: int = 4
    low_below: Fraction = Fraction(75, 2)
    high_above: Fraction = Fraction(125, 2)
    edge: Fraction = Fraction(42, 10)
    lowest_gap: Fraction = Fraction(25, 2)
    same_below: Fraction = Fraction(10)
    unusual_above: Fraction = Fraction(20)
    comparable_after_days: int = 14
    partner_gap: Fraction = Fraction(25)


class Standing(NamedTuple):
    """A score with its level, and the neighboring level if it is near; None below the minimum."""

    score: Fraction | None
    level: Level | None
    edge: Level | None


@dataclass(frozen=True)
class Definition:
    """An edition as plain data: its items in page order, its labels, its words and its numbers."""

    number: int
    title: str
    window: str
    labels: tuple[str, ...]
    did_not_come_up: str
    items: tuple[Item, ...]
    bands: Mapping[tuple[Category, Level], BandWords]
    thresholds: Thresholds

    def items_in(self, category: Category) -> tuple[Item, ...]:
        """The category's items in page order."""
        return tuple(self.items[position] for position in self._positions[category])

    def positions_in(self, category: Category) -> tuple[int, ...]:
        """Where the category's answers stand among all answers, from 0."""
        return self._positions[category]

    @cached_property
    def _positions(self) -> Mapping[Category, tuple[int, ...]]:
        return {
            category: tuple(n for n, item in enumerate(self.items) if item.category is category)
            for category in Category
        }

    def next_category(self, answers: Sequence[Answer]) -> Category | None:
        """The category of the first question whose page has not been saved; None when all are."""
        return self.items[answers.index(None)].category if None in answers else None

    def with_page(
        self, answers: Sequence[Answer], category: Category, page: Mapping[str, int]
    ) -> list[Answer]:
        """All answers after this page (by item key) is saved.

        A question that is not on it keeps the answer it has, or else counts as skipped. Raises
        ScoringError for an answer that the page does not offer.
        """
        after = list(answers)
        for position in self.positions_in(category):
            item = self.items[position]
            answer = page.get(item.key, after[position])
            if answer is None:
                answer = SKIPPED
            if not self.allows(category, answer):
                raise ScoringError(f"{answer} is no answer to {item.key}")
            after[position] = answer
        return after

    def may_not_come_up(self, category: Category) -> bool:
        """Only small ruptures can fail to happen: the extra answer is Repair's alone."""
        return category is Category.REPAIR

    def allows(self, category: Category, answer: int) -> bool:
        """Whether `answer` is one that this category's pages offer."""
        return answer in self.answers_in[category]

    def answer_label(self, answer: int) -> str:
        """The words of an answer; the empty string for a skipped one."""
        if answer == SKIPPED:
            return ""
        return self.did_not_come_up if answer == DID_NOT_COME_UP else self.labels[answer]

    @cached_property
    def answers_in(self) -> Mapping[Category, Mapping[int, str]]:
        """The answers that each category's pages offer, with their words."""
        usual = {
            answer: self.answer_label(answer) for answer in (*range(len(self.labels)), SKIPPED)
        }
        unusual = {DID_NOT_COME_UP: self.answer_label(DID_NOT_COME_UP)}
        return {
            category: usual | unusual if self.may_not_come_up(category) else usual
            for category in Category
        }

    @cached_property
    def possible(self) -> tuple[Mapping[int, Answered], ...]:
        """Of each question, in order, what every answer to it comes to: made once, for everybody's are
        among them."""
        return tuple(
            {
                answer: Answered(item, answer, words)
                for answer, words in self.answers_in[item.category].items()
            }
            for item in self.items
        )

    def standing(self, given: Sequence[int]) -> Standing:
        """Where a category stands with these given answers. Only their sum and their number count, so
        each standing is worked out once."""
        key = sum(given), len(given)
        if key not in self._standings:
            self._standings[key] = _standing(*key, self.thresholds)
        return self._standings[key]

    @cached_property
    def _standings(self) -> dict[tuple[int, int], Standing]:
        return {}


@dataclass(frozen=True)
class Quote:
    """The reader's own most frequent answer: “most days” on four of six."""

    label: str
    count: int
    of: int


class Answered(NamedTuple):
    """One question with its answer, and the answer's words (empty for a skipped one)."""

    item: Item
    answer: int
    label: str


@dataclass(frozen=True)
class CategoryResult:
    """One category's result. `score`, `level` and `band` are None below the minimum of answers.

    `edge_of` is the label of the neighboring band when the score lies within the edge of the line.
    """

    category: Category
    asked: int
    answered: int
    score: Fraction | None
    level: Level | None
    band: BandWords | None
    edge_of: str | None
    quote: Quote | None
    answers: tuple[Answered, ...]

    @property
    def has_score(self) -> bool:
        return self.score is not None

    @property
    def points(self) -> int | None:
        """The score as a whole number, halves away from zero: a bar's width, never a verdict."""
        return None if self.score is None else int(self.score + Fraction(1, 2))


@dataclass(frozen=True)
class Result:
    """A whole snapshot: the four results in the fixed order, and what may be said of them together.

    `lowest` is a category only when it lies clearly below the next one. `strengths` are the items
    with the reader's highest answers, at most three, none answered with the lowest label.
    """

    categories: tuple[CategoryResult, ...]
    lowest: Category | None
    strengths: tuple[Answered, ...]
    all_the_same: bool

    def of(self, category: Category) -> CategoryResult:
        return next(result for result in self.categories if result.category is category)

    @cached_property
    def strongest(self) -> tuple[Category, ...]:
        """The category or categories with the highest score, in the fixed order; maybe none."""
        scores = [result.score for result in self.categories if result.score is not None]
        highest = max(scores, default=None)
        if highest is None:
            return ()
        return tuple(each.category for each in self.categories if each.score == highest)


def category_score(answers: Sequence[int], minimum_answered: int) -> Fraction | None:
    """The mean of the answered items times 25: 0 to 100; None below the minimum of answers.

    Skipped and “did not come up” are missing, never zero (instrument.md 2.3).
    """
    given = [answer for answer in answers if answer >= 0]
    return _mean_score(sum(given), len(given), minimum_answered)


def _mean_score(total: int, count: int, minimum_answered: int) -> Fraction | None:
    if count < max(1, minimum_answered):
        return None
    return Fraction(total, count) * POINTS_PER_STEP


def level_of(score: Fraction, thresholds: Thresholds) -> Level:
    """The band of a score; the lines themselves belong to the middle."""
    if score < thresholds.low_below:
        return "low"
    return "high" if score > thresholds.high_above else "middle"


def edge_level(score: Fraction, thresholds: Thresholds) -> Level | None:
    """The neighboring level when the score lies within `edge` of the line between them."""
    level = level_of(score, thresholds)
    if abs(score - thresholds.low_below) <= thresholds.edge:
        return "middle" if level == "low" else "low"
    if abs(score - thresholds.high_above) <= thresholds.edge:
        return "middle" if level == "high" else "high"
    return None


def _standing(total: int, count: int, thresholds: Thresholds) -> Standing:
    value = _mean_score(total, count, thresholds.minimum_answered)
    if value is None:
        return Standing(None, None, None)
    return Standing(value, level_of(value, thresholds), edge_level(value, thresholds))


def score(definition: Definition, answers: Sequence[Answer]) -> Result:
    """Score a checkup: `answers` stand in the order of the edition's items.

    Raises ScoringError for a wrong count or an answer the edition does not offer. A page that is not
    saved yet (None) counts as skipped.
    """
    if len(answers) != len(definition.items):
        raise ScoringError(f"{len(answers)} answers for {len(definition.items)} questions")
    answered: list[Answered] = []
    for item, possible, answer in zip(definition.items, definition.possible, answers, strict=True):
        given = SKIPPED if answer is None else answer
        if given not in possible:
            raise ScoringError(f"{given} is no answer to {item.key}")
        answered.append(possible[given])
    results = tuple(_category_result(definition, category, answered) for category in Category)
    steps = {row.answer for row in answered}
    return Result(
        categories=results,
        lowest=_lowest(results, definition.thresholds.lowest_gap),
        strengths=_strengths(answered),
        all_the_same=len(steps) == 1 and min(steps) >= 0,
    )


def _category_result(
    definition: Definition, category: Category, answered: Sequence[Answered]
) -> CategoryResult:
    own = tuple([answered[position] for position in definition.positions_in(category)])
    given = [row.answer for row in own if row.answer >= 0]
    value, level, edge = definition.standing(given)
    return CategoryResult(
        category=category,
        asked=len(own),
        answered=len(given),
        score=value,
        level=level,
        band=None if level is None else definition.bands[category, level],
        edge_of=None if edge is None else definition.bands[category, edge].label,
        quote=_quote(definition, given),
        answers=own,
    )


def _quote(definition: Definition, given: Sequence[int]) -> Quote | None:
    if not given:
        return None
    # Of equally frequent answers the kinder one is quoted.
    count, best = max([(given.count(answer), answer) for answer in set(given)])
    return Quote(definition.labels[best], count, len(given))


def _lowest(results: Sequence[CategoryResult], gap: Fraction) -> Category | None:
    scored = sorted(
        ((result.score, result.category) for result in results if result.score is not None),
        key=lambda pair: pair[0],
    )
    if len(scored) < 2:
        return None
    return scored[0][1] if scored[1][0] - scored[0][0] >= gap else None


def _strengths(answered: Sequence[Answered]) -> tuple[Answered, ...]:
    present = [row for row in answered if row.answer > 0]
    # In reverse, equal ones keep their order.
    return tuple(sorted(present, key=attrgetter("answer"), reverse=True)[:3])
