"""Choosing a practice by what a day allows: which ones fit, and how many would fit otherwise.

One table says what can be chosen, what each choice is called, and which practices it keeps; the form,
the list and the counts are all made from it. Pure: there are dozens of practices, and the page that
picks lists them, so nothing is asked of the database a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from exercises.models import Exercise
from stalelove.categories import Category

ANY = ""
Picked = Mapping[str, str]
Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Option:
    """One choice: the word in the address, the words on the page, and whether it keeps a practice."""

    value: str
    label: str
    keeps: Callable[[Exercise], bool]


@dataclass(frozen=True)
class Constraint:
    """One thing a reader can choose. `grows` means that each option keeps all that the one before
    it keeps, and more."""

    name: str
    label: str
    options: tuple[Option, ...]
    grows: bool = False

    def has(self, value: str) -> bool:
        return any(option.value == value for option in self.options)

    def option(self, value: str) -> Option:
        return next(option for option in self.options if option.value == value)


def _any(exercise: Exercise) -> bool:
    return True


def _at_most(minutes: int) -> Callable[[Exercise], bool]:
    return lambda exercise: exercise.minutes <= minutes


def _possible(kind: Exercise.Needs) -> Callable[[Exercise], bool]:
    return lambda exercise: exercise.needs in (kind, Exercise.Needs.EITHER)


def _under(category: Category) -> Callable[[Exercise], bool]:
    return lambda exercise: exercise.category == category


CONSTRAINTS = (
    Constraint(
        "minutes",
        _("How long"),
        (
            Option("2", _("A minute or two"), _at_most(2)),
            Option("10", _("Ten minutes at most"), _at_most(10)),
            Option("20", _("Twenty minutes at most"), _at_most(20)),
            Option(ANY, _("Any length"), _any),
        ),
        grows=True,
    ),
    Constraint(
        "who",
        _("Who"),
        (
            Option("alone", _("I do it alone"), _possible(Exercise.Needs.ALONE)),
            Option("both", _("We do it together"), _possible(Exercise.Needs.BOTH)),
            Option(ANY, _("Either"), _any),
        ),
    ),
    Constraint(
        "distance",
        _("Where"),
        (
            Option("apart", _("By phone or video"), lambda exercise: exercise.works_at_distance),
            Option(ANY, _("Anywhere"), _any),
        ),
    ),
    Constraint(
        "touch",
        _("Touch"),
        (
            Option("without", _("Without touch"), lambda exercise: not exercise.involves_touch),
            Option("with", _("Touch you both welcome"), lambda exercise: exercise.involves_touch),
            Option(ANY, _("Either"), _any),
        ),
    ),
    Constraint(
        "category",
        _("What for"),
        (
            *(Option(name.value, _(name.label), _under(name)) for name in Category),
            Option(ANY, _("Any of the four"), _any),
        ),
    ),
)


def picked_in(data: Mapping[str, str]) -> dict[str, str]:
    """What an address picks, by constraint. It can be written by hand: a word that is no choice picks
    nothing."""
    picked = {}
    for constraint in CONSTRAINTS:
        value = data.get(constraint.name)
        if value and constraint.has(value):
            picked[constraint.name] = value
    return picked


def _chosen(picked: Picked) -> list[tuple[Constraint, Option]]:
    return [(each, each.option(picked[each.name])) for each in CONSTRAINTS if each.name in picked]


def fitting(exercises: Iterable[Exercise], picked: Picked) -> list[Exercise]:
    """Those that keep to every choice. `picked` is by constraint; one that is missing is open."""
    found = list(exercises)
    for _constraint, option in _chosen(picked):
        found = [each for each in found if option.keeps(each)]
    return found


def counts(exercises: Iterable[Exercise], picked: Picked) -> dict[tuple[str, str], int]:
    """By (constraint, option): how many would fit with that option and all the other choices as
    they are."""
    chosen = _chosen(picked)
    # What stands against each practice, of which a single change can let in those with one at most.
    against = [
        (exercise, [constraint for constraint, option in chosen if not option.keeps(exercise)])
        for exercise in exercises
    ]
    counted = {}
    for constraint in CONSTRAINTS:
        near = [exercise for exercise, those in against if those in ([], [constraint])]
        for option in constraint.options:
            counted[constraint.name, option.value] = (
                len(near) if option.value == ANY else sum([option.keeps(each) for each in near])
            )
    return counted


@dataclass(frozen=True)
class Loosening:
    """One choice to give way in: what it would become, and how many would fit then."""

    constraint: Constraint
    option: Option
    picked: dict[str, str]
    count: int

    @property
    def query(self) -> str:
        """The choices as they stand after it, for an address."""
        return urlencode(self.picked)


def loosenings(picked: Picked, counted: Counts) -> list[Loosening]:
    """For choices that nothing fits: the smallest change of each single one that finds something,
    the one that finds most first. Empty when no single change is enough."""
    found = []
    for constraint in CONSTRAINTS:
        chosen = picked.get(constraint.name, ANY)
        if chosen == ANY:
            continue
        options = constraint.options
        wider = options[options.index(constraint.option(chosen)) + 1 :]
        for option in wider if constraint.grows else [constraint.option(ANY)]:
            if count := counted[constraint.name, option.value]:
                rest = {
                    name: value
                    for name, value in {**picked, constraint.name: option.value}.items()
                    if value != ANY
                }
                found.append(Loosening(constraint, option, rest, count))
                break
    return sorted(found, key=lambda loosening: -loosening.count)
