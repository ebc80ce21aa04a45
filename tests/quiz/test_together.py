"""The pairing as a state machine: every state that any order of events can reach."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from quiz import together
from quiz.scoring import BandWords
from quiz.together import BOTH, INVITED, INVITER, Pairing, Person, RefusedError, Shown
from stalelove.categories import Category

NOON = dt.datetime(2027, 3, 25, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CHOICES = (frozenset(), frozenset({Category.REPAIR}), frozenset(Category))


def other(who):
    return INVITED if who == INVITER else INVITER


@dataclass(frozen=True)
class World:
    """A pairing, the time, and what really happened: kept by the test, not by the code.

    `agreed` is what each has confirmed and not taken back; `both_at` when the later of them did.
    """

    pairing: Pairing
    now: dt.datetime = NOON
    agreed: tuple = (None, None)
    gone: tuple = (False, False)
    both_at: dt.datetime | None = None

    def may_see(self) -> bool:
        return (
            self.both_at is not None
            and None not in self.agreed
            and not any(self.gone)
            and self.now < self.both_at + 7 * DAY
        )


def put(pair, who, value):
    return (value, pair[1]) if who == INVITER else (pair[0], value)


def events(world):
    """Every event that may come next, by whom, and the world after it; a refused one changes nothing."""

    def attempt(event, **changes):
        try:
            return replace(world, pairing=event(), **changes)
        except RefusedError:
            return world

    pairing, now = world.pairing, world.now
    yield "take up", INVITED, attempt(lambda: together.take_up(pairing, now))
    if pairing.invited is not None:
        finished = replace(pairing.invited, has_finished=True)
        yield "finish", INVITED, replace(world, pairing=replace(pairing, invited=finished))
    for who in BOTH:
        for shows in CHOICES:
            chosen = attempt(
                lambda who=who, shows=shows: together.choose(pairing, who, now, shows)
            )
            if chosen is not world:
                chosen = replace(chosen, agreed=put(world.agreed, who, None))
            yield f"choose {len(shows)}", who, chosen
        person = pairing.side(who)
        for seen in ("what stands there", "an older page"):
            confirmed = attempt(
                lambda who=who, seen=seen: together.confirm(
                    pairing, who, now, seen=seen, would_show="what stands there"
                )
            )
            if confirmed is not world:
                assert seen == "what stands there"
                agreed = put(world.agreed, who, person.shows)
                both_at = None if None in agreed or any(world.gone) else now
                confirmed = replace(confirmed, agreed=agreed, both_at=both_at)
            yield f"confirm {seen}", who, confirmed
        yield (
            "leave",
            who,
            replace(
                world,
                pairing=together.leave(pairing, who),
                gone=put(world.gone, who, True) if person else world.gone,
                agreed=put(world.agreed, who, None),
            ),
        )
    if now < NOON + 18 * DAY:
        yield "a day passes", None, replace(world, now=now + DAY)
    if now > NOON:
        yield "the clock is set back", None, replace(world, now=now - DAY)


START = World(Pairing(NOON, inviter=Person(has_finished=True)))


@pytest.fixture(scope="module")
def reachable():
    """Every world that can be reached, with what can come next: so every order of events is in it."""
    graph, todo = {}, [START]
    while todo:
        world = todo.pop()
        if world in graph:
            continue
        graph[world] = list(events(world))
        todo += [after for _, _, after in graph[world]]
    return graph


def test_nothing_is_seen_unless_both_have_agreed_and_neither_has_left(reachable):
    for world in reachable:
        for who in BOTH:
            page = together.page(world.pairing, who, world.now)
            assert (page == "view") == world.may_see(), world
            if page == "view":
                shown = tuple(world.pairing.side(who).shows for who in BOTH)
                assert shown == world.agreed


def test_nobody_can_tell_what_the_other_has_done_until_both_have_agreed(reachable):
    for world, following in reachable.items():
        for name, actor, after in following:
            if actor is None or world.may_see() or after.may_see():
                continue
            watcher = other(actor)
            before = together.page(world.pairing, watcher, world.now)
            now = together.page(after.pairing, watcher, after.now)
            assert before == now, (name, actor, world)


def test_what_is_over_stays_over_until_the_clock_is_set_back(reachable):
    for world, following in reachable.items():
        for name, actor, after in following:
            if name == "the clock is set back":
                continue
            if together.is_over(world.pairing, world.now):
                assert together.is_over(after.pairing, after.now), (name, actor, world)
            if not together.invitation_is_good(world.pairing, world.now):
                assert not together.invitation_is_good(after.pairing, after.now)


def test_leaving_is_open_at_every_moment_and_for_good(reachable):
    for world in reachable:
        for who in BOTH:
            left = together.leave(world.pairing, who)
            assert together.page(left, who, world.now) == "gone"
            assert together.page(left, other(who), world.now) != "view"


def test_every_page_and_a_great_many_orders_have_been_looked_at(reachable):
    pages = {together.page(w.pairing, who, w.now) for w in reachable for who in BOTH}
    assert pages == {"gone", "answer first", "choose", "look", "waiting", "view"}
    assert len(reachable) > 1000
    # Sequences of twelve events, those included that change nothing.
    ways = Counter({START: 1})
    for _ in range(12):
        step = Counter()
        for world, count in ways.items():
            for _, _, after in reachable[world]:
                step[after] += count
        ways = step
    assert ways.total() > 10**13


@pytest.mark.parametrize(
    ("hours", "is_good"), [(-1, True), (0, True), (71.999, True), (72, False), (1000, False)]
)
def test_an_invitation_is_good_for_72_hours(hours, is_good):
    now = NOON + dt.timedelta(hours=hours)

    assert together.invitation_is_good(START.pairing, now) == is_good


@pytest.mark.parametrize(
    ("opened_after", "days", "page"),
    [(0, 6.999, "view"), (0, 7, "gone"), (9.9, 6.999, "view"), (9.9, 7, "gone")],
)
def test_a_view_is_gone_after_seven_days(opened_after, days, page):
    person = Person(has_finished=True, shows=frozenset(Category), has_confirmed=True)
    opened_at = NOON + opened_after * DAY
    pairing = Pairing(NOON, person, person, True, opened_at)

    assert together.page(pairing, INVITER, opened_at + days * DAY) == page


def shown_of(**points):
    words = BandWords("some", "Words.")
    return [Shown(Category(name), Fraction(value), words, None) for name, value in points.items()]


def test_the_view_names_a_gap_of_25_points_where_both_show_it():
    mine = shown_of(attention=50, curiosity=50, repair=80)
    theirs = shown_of(attention=75, curiosity="74.99", warmth=0)

    rows = together.view(mine, theirs, Fraction(25))

    assert [
        (row.category.value, bool(row.mine), bool(row.theirs), row.differs) for row in rows
    ] == [
        ("attention", True, True, True),
        ("curiosity", True, True, False),
        ("repair", True, False, False),
        ("warmth", False, True, False),
    ]
    assert not any(row.differs for row in together.view(mine, theirs, None))
