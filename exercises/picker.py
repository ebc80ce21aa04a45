"""Choosing a practice by what a day allows: which ones fit, and how many would fit otherwise.

One table says what can be chosen, what each choice is called, and what it asks of the database; the
form, the list and the counts are all made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from exercises.models import Exercise, ExerciseQuerySet
from stalelove.categories import Category

ANY = ""
Picked = Mapping[str, str]
Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Option:
    """One choice: the word in the address, the words on the page, and the rows it keeps."""

    value: str
    label: str
    condition: Q


@dataclass(frozen=True)
class Constraint:
    """One thing a reader can choose. `grows` means that each option keeps all that the one before
    it keeps, and more."""

    name: str
    label: str
    options: tuple[Option, ...]
    grows: bool = False

    def option(self, value: str) -> Option:
        return next(option for option in self.options if option.value == value)


def _needs(*kinds: Exercise.Needs) -> Q:
    return Q(needs__in=[*kinds, Exercise.Needs.EITHER])


CONSTRAINTS = (
    Constraint(
        "minutes",
        _("How long"),
        (
            Option("2", _("A minute or two"), Q(minutes__lte=2)),
            Option("10", _("Ten minutes at most"), Q(minutes__lte=10)),
            Option("20", _("Twenty minutes at most"), Q(minutes__lte=20)),
            Option(ANY, _("Any length"), Q()),
        ),
        grows=True,
    ),
    Constraint(
        "who",
        _("Who"),
        (
            Option("alone", _("I do it alone"), _needs(Exercise.Needs.ALONE)),
            Option("both", _("We do it together"), _needs(Exercise.Needs.BOTH)),
            Option(ANY, _("Either"), Q()),
        ),
    ),
    Constraint(
        "distance",
        _("Where"),
        (
            Option("apart", _("By phone or video"), Q(works_at_distance=True)),
            Option(ANY, _("Anywhere"), Q()),
        ),
    ),
    Constraint(
        "touch",
        _("Touch"),
        (
            Option("without", _("Without touch"), Q(involves_touch=False)),
            Option("with", _("Touch you both welcome"), Q(involves_touch=True)),
            Option(ANY, _("Either"), Q()),
        ),
    ),
    Constraint(
        "category",
        _("What for"),
        (
            *(Option(name.value, _(name.label), Q(category=name.value)) for name in Category),
            Option(ANY, _("Any of the four"), Q()),
        ),
    ),
)


def _condition(picked: Picked) -> Q:
    condition = Q()
    for constraint in CONSTRAINTS:
        condition &= constraint.option(picked.get(constraint.name, ANY)).condition
    return condition


def fitting(exercises: ExerciseQuerySet, picked: Picked) -> ExerciseQuerySet:
    """Those that keep to every choice. `picked` is by constraint; one that is missing is open."""
    return exercises.filter(_condition(picked))


def counts(exercises: ExerciseQuerySet, picked: Picked) -> dict[tuple[str, str], int]:
    """By (constraint, option): how many would fit with that option and all the other choices as
    they are. One query."""
    keys = [
        (constraint.name, option.value)
        for constraint in CONSTRAINTS
        for option in constraint.options
    ]
    numbers = exercises.aggregate(
        **{
            f"count_{number}": Count("pk", filter=_condition({**picked, name: value}))
            for number, (name, value) in enumerate(keys)
        }
    )
    return dict(zip(keys, numbers.values(), strict=True))


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
