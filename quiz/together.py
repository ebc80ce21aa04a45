"""Two people, two checkups, and what each may see of the other: the rules of safety.md 2.7(6), pure.

A `Pairing` is a value. Each event is a function from a pairing (and the time) to the next one, or it raises
`RefusedError`. What a person is shown is `page`, and it follows from that person's own steps, the time, and
whether *both* have confirmed: nothing else of the other can reach it, so that “not opened”, “not answered
yet”, “declined” and “deleted” look alike. The diagram stands in docs/decisions.md, "Together".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from quiz.scoring import BandWords, Result
from stalelove.categories import Category

# How long an invitation can be taken up, how long after that the pairing waits for both to confirm,
# and how long the shared view stays. The first and the last are safety.md's.
INVITATION = dt.timedelta(hours=72)
WAITING = INVITATION + dt.timedelta(days=7)
VIEW = dt.timedelta(days=7)

Who = Literal["inviter", "invited"]
INVITER: Who = "inviter"
INVITED: Who = "invited"
BOTH: tuple[Who, ...] = (INVITER, INVITED)
Page = Literal["gone", "answer first", "choose", "look", "waiting", "view"]


class RefusedError(Exception):
    """An event that may not happen now. It says nothing of the other person."""


@dataclass(frozen=True)
class Person:
    """One side: has it finished its checkup, what it would show, and has it said so after seeing it."""

    has_finished: bool
    shows: frozenset[Category] = frozenset()
    has_confirmed: bool = False


@dataclass(frozen=True)
class Pairing:
    """Both sides. None for somebody who has not come yet, or has left; nothing tells which.

    `opened_at` is when the second of the two confirmed. An invitation is spent for good by its use.
    """

    made_at: dt.datetime
    inviter: Person | None
    invited: Person | None = None
    invitation_is_spent: bool = False
    opened_at: dt.datetime | None = None

    def side(self, who: Who) -> Person | None:
        return self.inviter if who == "inviter" else self.invited

    def other(self, who: Who) -> Person | None:
        return self.invited if who == "inviter" else self.inviter

    def with_side(self, who: Who, person: Person | None) -> Pairing:
        if who == "inviter":
            return replace(self, inviter=person)
        return replace(self, invited=person)


def invitation_is_good(pairing: Pairing, now: dt.datetime) -> bool:
    """Whether the invitation can be taken up: once, for 72 hours, while the inviter is there."""
    return (
        not pairing.invitation_is_spent
        and pairing.inviter is not None
        and now < pairing.made_at + INVITATION
    )


def is_over(pairing: Pairing, now: dt.datetime) -> bool:
    """Whether nothing of the pairing can be seen or done any more, by anyone."""
    if pairing.opened_at is not None:
        has_left = pairing.inviter is None or pairing.invited is None
        return has_left or now >= pairing.opened_at + VIEW
    has_nobody = pairing.inviter is None and pairing.invited is None
    return has_nobody or now >= pairing.made_at + WAITING


def page(pairing: Pairing, who: Who, now: dt.datetime) -> Page:
    """What a person's own link shows."""
    person = pairing.side(who)
    if person is None or is_over(pairing, now):
        return "gone"
    if pairing.opened_at is not None:
        return "view"
    if not person.has_finished:
        return "answer first"
    if person.has_confirmed:
        return "waiting"
    return "look" if person.shows else "choose"


def take_up(pairing: Pairing, now: dt.datetime) -> Pairing:
    """The invitation is used: the invited person is there, with nothing answered."""
    if not invitation_is_good(pairing, now):
        raise RefusedError
    return replace(pairing, invitation_is_spent=True, invited=Person(has_finished=False))


def choose(
    pairing: Pairing, who: Who, now: dt.datetime, categories: Iterable[Category]
) -> Pairing:
    """Choose what one would show. Whoever had confirmed something has to look and confirm again."""
    person = _acting(pairing, who, now)
    return pairing.with_side(
        who, replace(person, shows=frozenset(categories), has_confirmed=False)
    )


def confirm(
    pairing: Pairing, who: Who, now: dt.datetime, *, seen: str, would_show: str
) -> Pairing:
    """Agree to show exactly what was seen: `seen` is the fingerprint of the page that was looked at,
    `would_show` that of what stands there now. The second to confirm opens the view for both."""
    person = _acting(pairing, who, now)
    if not person.shows or seen != would_show:
        raise RefusedError
    pairing = pairing.with_side(who, replace(person, has_confirmed=True))
    other = pairing.other(who)
    if other is not None and other.has_confirmed:
        return replace(pairing, opened_at=now)
    return pairing


def leave(pairing: Pairing, who: Who) -> Pairing:
    """Withdraw, decline, or delete one's checkup: all the same, at any time, and for good."""
    return pairing.with_side(who, None)


def _acting(pairing: Pairing, who: Who, now: dt.datetime) -> Person:
    """The person, if choosing and confirming are open to them: answered, and nothing shown yet."""
    person = pairing.side(who)
    if person is None or is_over(pairing, now):
        raise RefusedError
    if pairing.opened_at is not None or not person.has_finished:
        raise RefusedError
    return person


# What is shown


@dataclass(frozen=True)
class Shown:
    """One category of one person, exactly as the other would see it: words and a bar, never answers."""

    category: Category
    score: Fraction
    band: BandWords
    edge_of: str | None


@dataclass(frozen=True)
class Row:
    """One category of the shared view; None where a person does not show it.

    `differs` is set only where both show it and the views lie `partner_gap` apart or more.
    """

    category: Category
    mine: Shown | None
    theirs: Shown | None
    differs: bool


def can_show(result: Result) -> tuple[Category, ...]:
    """The categories with enough answers to be shown at all, in the fixed order."""
    return tuple(each.category for each in result.categories if each.has_score)


def shown(result: Result, categories: Iterable[Category]) -> tuple[Shown, ...]:
    """What would be shown of a result, in the fixed order."""
    wanted = frozenset(categories)
    return tuple(
        Shown(each.category, each.score, each.band, each.edge_of)
        for each in result.categories
        if each.category in wanted and each.score is not None and each.band is not None
    )


def fingerprint(rows: Iterable[Shown]) -> str:
    """A short text that changes with anything that would be shown; part of the confirming form."""
    return ",".join(f"{row.category}:{row.score}" for row in rows)


def view(
    mine: Iterable[Shown], theirs: Iterable[Shown], partner_gap: Fraction | None
) -> tuple[Row, ...]:
    """Both sides by category, in the fixed order and never ranked.

    `partner_gap` is None when the two answered different editions: no gap is named then.
    """
    own = {row.category: row for row in mine}
    others = {row.category: row for row in theirs}
    rows: list[Row] = []
    for category in Category:
        one, two = own.get(category), others.get(category)
        if one is None and two is None:
            continue
        gap = abs(one.score - two.score) if one is not None and two is not None else None
        differs = gap is not None and partner_gap is not None and gap >= partner_gap
        rows.append(Row(category, one, two, differs))
    return tuple(rows)
