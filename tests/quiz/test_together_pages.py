"""Together, through its pages: by hand once, and then in any order by both people."""

import datetime as dt
import os
import re
from collections import Counter

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from quiz.models import Checkup, Pairing, Participant
from stalelove.categories import Category
from tests.markup import complaints
from tests.quiz.rows import answers_of, days_ago, make_checkup, make_edition

NOON = dt.datetime(2027, 3, 25, 12, tzinfo=dt.UTC)
INVITATION = re.compile(r"<code>\s*http://testserver(/together/[A-Za-z0-9_-]{32}/)\s*</code>")
SEEN = re.compile(r'name="seen"\s+value="([^"]*)"')
# The inviter answers all with the highest, the invited person all with the lowest.
HERS, HIS = "mostly there", "mostly missing lately"


@pytest.fixture
def edition(db):
    return make_edition()


@pytest.fixture
def clock(monkeypatch):
    """The time, to be set: `clock.now = …`."""

    class Clock:
        now = NOON

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


def text(response):
    html = response.content.decode()
    assert complaints(html) == []
    return " ".join(html.split())


def answer_all(client, token, answer):
    """Answer every question of a checkup through its pages; the last page leads to the snapshot."""
    definition = Checkup.objects.with_token(token).get().definition()
    for category in Category:
        page = {item.key: answer for item in definition.items_in(category)}
        response = client.post(f"/checkup/{token}/{category}/", {"edition": "1", **page})
    return response


def invite(client, token):
    """Make an invitation from a snapshot; the address of one's own page."""
    return client.post(f"/snapshot/{token}/together/").headers["Location"]


def invitation_of(client, own):
    return INVITATION.search(client.get(own).content.decode()).group(1)


def take_up(client, invitation):
    """Use an invitation; the token of the checkup that comes of it."""
    return client.post(invitation).headers["Location"].split("/")[2]


def choose(client, own, *categories):
    return client.post(own, {"step": "choose", "shows": categories})


def confirm(client, own):
    seen = SEEN.search(client.get(own).content.decode())
    return client.post(own, {"step": "confirm", "seen": seen.group(1) if seen else "nothing"})


def both_confirmed(client, hers=("attention", "repair"), his=("repair", "warmth")):
    """Two people up to the open view: the tokens of the checkups, and the addresses of the pages."""
    _, snapshot = make_checkup(answers=4)
    own = invite(client, snapshot)
    his_checkup = take_up(client, invitation_of(client, own))
    answer_all(client, his_checkup, "0")
    his_own = invite(client, his_checkup)
    choose(client, own, *hers)
    confirm(client, own)
    choose(client, his_own, *his)
    confirm(client, his_own)
    return snapshot, his_checkup, own, his_own


def test_two_people_go_through_it_from_the_invitation_to_the_view(client, edition):
    _, snapshot = make_checkup(answers=4)
    first = text(client.get(f"/snapshot/{snapshot}/together/"))
    assert "Only if you would be fine with them reading this on a bad day." in first
    assert "Nobody may require it of you." in first
    assert Pairing.objects.count() == 0

    own = invite(client, snapshot)
    assert invite(client, snapshot) == own  # pressed twice
    assert "Choose what you would show" in text(client.get(own))
    invitation = invitation_of(client, own)
    assert "You have been invited" in text(client.get(invitation))
    assert "You have been invited" in text(client.get(invitation))  # a preview uses nothing up
    his_checkup = take_up(client, invitation)
    assert client.post(invitation).status_code == client.get(invitation).status_code == 404

    snapshot_page = answer_all(client, his_checkup, "0").headers["Location"]
    assert snapshot_page == f"/snapshot/{his_checkup}/"
    assert "To your own page of it" in text(client.get(f"{snapshot_page}together/"))
    his_own = invite(client, his_checkup)
    choose(client, his_own, "warmth", "repair")
    look = text(client.get(his_own))
    assert "Exactly what would be shown" in look
    assert look.count('<div class="bar-row ') == 2
    confirm(client, his_own)
    assert "You have said what you would show" in text(client.get(his_own))
    assert HIS not in text(client.get(own))

    choose(client, own, "attention", "repair")
    confirm(client, own)
    for address, mine, theirs in ((own, HERS, HIS), (his_own, HIS, HERS)):
        view = text(client.get(address))
        assert view.count(f'You</p><p class="bar-words">{mine}') == 2
        assert view.count(f'Your partner</p><p class="bar-words">{theirs}') == 2
        assert view.count("You two see this differently.") == 1
        assert view.count("not shown") == 2
        assert "Curiosity" not in view.split("<main")[1].split("</main>")[0]
        assert "days" not in view.split("<main")[1].split("</main>")[0]  # no answer is quoted


def test_either_withdraws_and_it_is_gone_for_both(client, edition):
    for place in (2, 3):
        tokens = both_confirmed(client)
        client.post(tokens[place], {"step": "leave"})

        assert [client.get(address).status_code for address in tokens[2:]] == [404, 404]
        assert Pairing.objects.count() == Participant.objects.count() == 0
        assert client.get(f"/snapshot/{tokens[0]}/").status_code == 200
        assert client.get(f"/snapshot/{tokens[1]}/").status_code == 200


def test_either_deletes_and_it_is_gone_for_both(client, edition):
    for place in (0, 1):
        tokens = both_confirmed(client)
        client.post(f"/snapshot/{tokens[place]}/delete/")

        assert [client.get(address).status_code for address in tokens[2:]] == [404, 404]
        assert Pairing.objects.count() == 0
        assert client.get(f"/snapshot/{tokens[place]}/together/").status_code == 404
        assert client.get(f"/snapshot/{tokens[1 - place]}/").status_code == 200


def test_the_view_is_gone_after_seven_days(client, edition, clock):
    *_, own, his_own = both_confirmed(client)

    clock.now = NOON + dt.timedelta(days=7, seconds=-1)
    assert "Two views of two weeks" in text(client.get(own))
    clock.now = NOON + dt.timedelta(days=7)
    assert [client.get(address).status_code for address in (own, his_own)] == [404, 404]
    assert list(Pairing.objects.over()) == list(Pairing.objects.all())


def test_an_invitation_is_good_once_and_for_72_hours(client, edition, clock):
    _, snapshot = make_checkup(answers=4)
    invitation = invitation_of(client, invite(client, snapshot))

    clock.now = NOON + dt.timedelta(hours=72)
    assert client.post(invitation).status_code == 404
    assert Checkup.objects.count() == 1
    clock.now = NOON + dt.timedelta(hours=72, seconds=-1)
    assert take_up(client, invitation)
    assert client.post(invitation).status_code == 404
    assert Checkup.objects.count() == 2


def test_an_invitation_of_somebody_who_has_withdrawn_opens_nothing(client, edition):
    _, snapshot = make_checkup(answers=4)
    own = invite(client, snapshot)
    invitation = invitation_of(client, own)

    client.post(own, {"step": "leave"})
    assert client.get(invitation).status_code == client.post(invitation).status_code == 404
    assert Pairing.objects.count() == 0
    # A new one is another one: the old link stays dead.
    again = invite(client, snapshot)
    assert again != own
    assert invitation_of(client, again) != invitation
    assert client.get(invitation).status_code == 404


def test_what_is_confirmed_is_what_was_seen(client, edition):
    """Answers or choices that changed in another tab have to be looked at again."""
    _, snapshot = make_checkup(answers=3)
    own = invite(client, snapshot)
    choose(client, own, "attention")
    seen = SEEN.search(client.get(own).content.decode()).group(1)

    client.post(
        f"/checkup/{snapshot}/attention/",
        {"edition": "1"}
        | {item.key: "0" for item in edition.definition().items_in(Category.ATTENTION)},
    )
    client.post(own, {"step": "confirm", "seen": seen})
    assert "Show this" in text(client.get(own))
    seen = SEEN.search(client.get(own).content.decode()).group(1)
    choose(client, own, "attention", "warmth")
    client.post(own, {"step": "confirm", "seen": seen})
    assert "Show this" in text(client.get(own))
    assert not Participant.objects.get().has_confirmed


def test_answers_are_closed_while_their_reader_has_confirmed(client, edition):
    _, snapshot = make_checkup(answers=3)
    own = invite(client, snapshot)
    choose(client, own, "attention")
    assert client.get(f"/checkup/{snapshot}/attention/").status_code == 200

    confirm(client, own)
    page = {"edition": "1", "attention-looked-up": "0"}
    response = client.post(f"/checkup/{snapshot}/attention/", page)
    assert response.headers["Location"] == f"/snapshot/{snapshot}/"
    assert Checkup.objects.get().answers == [3] * 24
    client.post(own, {"step": "leave"})
    assert client.get(f"/checkup/{snapshot}/attention/").status_code == 200


def test_a_part_without_enough_answers_cannot_be_shown(client, edition):
    _, snapshot = make_checkup(answers=answers_of(attention=3, repair=[3, 3, 3, -1, -1, -1]))
    own = invite(client, snapshot)

    assert 'value="repair"' not in text(client.get(own))
    response = choose(client, own, "attention", "repair")
    assert response.status_code == 422
    assert "Choose from the parts that are named here." in text(response)
    assert Participant.objects.get().shows == []


def test_choosing_nothing_is_answered_with_a_sentence(client, edition):
    _, snapshot = make_checkup(answers=3)

    response = choose(client, invite(client, snapshot))
    assert response.status_code == 422
    assert "Choose at least one, or leave this page" in text(response)


def test_a_snapshot_with_too_few_answers_makes_no_invitation(client, edition):
    _, snapshot = make_checkup(answers=-1)

    assert "has enough answers to show" in text(client.get(f"/snapshot/{snapshot}/together/"))
    assert "has enough answers to show" in text(client.post(f"/snapshot/{snapshot}/together/"))
    assert Pairing.objects.count() == 0


def test_an_unfinished_checkup_makes_no_invitation(client, edition):
    _, token = make_checkup()

    response = client.post(f"/snapshot/{token}/together/")
    assert response.headers["Location"] == f"/checkup/{token}/"


def test_people_of_two_editions_are_shown_side_by_side_and_not_compared(client, edition):
    _, snapshot = make_checkup(answers=4)
    own = invite(client, snapshot)
    make_edition(number=2)
    his_checkup = take_up(client, invitation_of(client, own))
    definition = Checkup.objects.with_token(his_checkup).get().definition()
    assert definition.number == 2
    for category in Category:
        page = {item.key: "0" for item in definition.items_in(category)}
        client.post(f"/checkup/{his_checkup}/{category}/", {"edition": "2", **page})
    his_own = invite(client, his_checkup)
    for address in (own, his_own):
        choose(client, address, "warmth")
        confirm(client, address)

    view = text(client.get(own))
    assert "answered different editions" in view
    assert "You two see this differently" not in view


def test_a_checkup_whose_time_has_run_out_is_shown_to_nobody(client, edition, settings):
    snapshot, _, own, his_own = both_confirmed(client)
    Checkup.objects.with_token(snapshot).update(finished_on=days_ago(401))

    assert [client.get(address).status_code for address in (own, his_own)] == [404, 404]


def test_a_step_that_is_none_changes_nothing(client, edition):
    _, snapshot = make_checkup(answers=3)
    own = invite(client, snapshot)
    before = client.get(own).content

    for page in ({}, {"step": "open"}, {"step": "confirm"}, {"step": "confirm", "seen": "\x00"}):
        assert client.post(own, page).status_code == 302
    assert client.get(own).content == before


def test_other_sites_cannot_take_a_step(client, edition):
    _, snapshot = make_checkup(answers=3)
    own = invite(client, snapshot)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}

    for address in (own, f"/snapshot/{snapshot}/together/", invitation_of(client, own)):
        assert client.post(address, {"step": "leave"}, headers=elsewhere).status_code == 403
    assert client.get(own).status_code == 200


class TwoPeople(RuleBasedStateMachine):
    """Both people, a stranger and the clock in any order, against what must hold.

    What happened is kept here by the plainest means: who has confirmed what, who has left, when.
    """

    sequences = Counter()

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.client = Client()
        self.clock.now = NOON
        _, self.hers = make_checkup(answers=4)
        self.his = None
        self.own = {}
        self.agreed = {"her": None, "him": None}
        self.opened_at = None
        self.pages = {}
        type(self).sequences["sequences"] += 1

    def teardown(self):
        transaction.savepoint_rollback(self.savepoint)

    def may_see(self):
        return self.opened_at is not None and self.clock.now < self.opened_at + dt.timedelta(7)

    def page(self, who):
        """Everything that a person's own address answers with."""
        if who not in self.own:
            return None
        response = self.client.get(self.own[who])
        # The request's own number is new for every request.
        headers = sorted(pair for pair in response.headers.items() if pair[0] != "X-Request-ID")
        return response.status_code, headers, response.content

    def after(self, actor):
        """The other's page is byte for byte what it was, unless the shared view has come or gone."""
        type(self).sequences["events"] += 1
        watcher = "him" if actor == "her" else "her"
        now = self.page(watcher)
        before, saw = self.pages.get(watcher, (None, False))
        if before is not None and not saw and not self.may_see():
            assert now == before, f"{actor} changed what {watcher} sees"

    def remember(self):
        self.pages = {who: (self.page(who), self.may_see()) for who in self.own}

    @initialize(stage=st.integers(0, 5))
    def some_way_into_it(self, stage):
        """From each stage on the way to the view, since chance alone would seldom come so far."""
        self.own["her"] = invite(self.client, self.hers)
        self.invitation = invitation_of(self.client, self.own["her"])
        self.remember()
        way = [
            self.the_invitation_is_used,
            lambda: self.he_answers("0"),
            lambda: [self.choose(who, {Category.WARMTH}) for who in self.own],
            lambda: self.confirm("him"),
            lambda: self.confirm("her"),
        ]
        for step in way[:stage]:
            step()

    @rule()
    def the_invitation_is_looked_at(self):
        self.client.get(self.invitation)
        self.after("him")

    @rule()
    def the_invitation_is_used(self):
        response = self.client.post(self.invitation)
        if response.status_code == 302:
            assert self.his is None, "the invitation worked twice"
            assert self.clock.now < NOON + dt.timedelta(hours=72)
            self.his = response.headers["Location"].split("/")[2]
        self.after("him")
        self.remember()

    @rule(answer=st.sampled_from("0"))
    def he_answers(self, answer):
        if self.his is None or self.client.get(f"/checkup/{self.his}/").status_code == 404:
            return
        answer_all(self.client, self.his, answer)
        if "him" not in self.own and Participant.objects.filter(who="invited").exists():
            self.own["him"] = invite(self.client, self.his)
        self.after("him")
        self.remember()

    @rule(
        who=st.sampled_from(["her", "him"]),
        categories=st.sets(st.sampled_from(list(Category)), max_size=2),
    )
    def choose(self, who, categories):
        if who not in self.own:
            return
        response = choose(self.client, self.own[who], *categories)
        if response.status_code == 302 and self.opened_at is None:
            self.agreed[who] = None
        self.after(who)
        self.remember()

    @rule(who=st.sampled_from(["her", "him"]))
    def confirm(self, who):
        if who not in self.own:
            return
        page = self.client.get(self.own[who]).content.decode()
        response = confirm(self.client, self.own[who])
        if 'value="confirm"' in page and response.status_code == 302:
            self.agreed[who] = True
            if None not in self.agreed.values():
                self.opened_at = self.clock.now
        self.after(who)
        self.remember()

    @rule(who=st.sampled_from(["her", "him"]), seen=st.sampled_from(["", "attention:100"]))
    def confirm_what_was_not_seen(self, who, seen):
        if who in self.own and b'value="confirm"' not in self.client.get(self.own[who]).content:
            self.client.post(self.own[who], {"step": "confirm", "seen": seen})
            self.after(who)
            self.remember()

    @rule(who=st.sampled_from(["her", "him"]))
    def withdraw(self, who):
        if who in self.own:
            self.client.post(self.own[who], {"step": "leave"})
            self.left(who)

    @rule(who=st.sampled_from(["her", "him"]))
    def delete(self, who):
        token = self.hers if who == "her" else self.his
        if token is not None:
            self.client.post(f"/snapshot/{token}/delete/")
            self.left(who)

    def left(self, who):
        if self.pages.get(who, ((404,),))[0][0] == 404 and who in self.own:
            return  # nothing was there to leave
        self.agreed[who] = None
        self.opened_at = None
        self.after(who)
        if who in self.own:
            assert self.client.get(self.own[who]).status_code == 404
        self.remember()

    @rule(hours=st.sampled_from([1, 71, 72, 7 * 24, -30]))
    def time_goes_by(self, hours):
        self.clock.now += dt.timedelta(hours=hours)
        type(self).sequences["events"] += 1
        self.remember()

    @invariant()
    def nothing_is_seen_unless_both_have_confirmed(self):
        pages = {who: page[2].decode() for who, (page, _) in self.pages.items()}
        if "her" in pages:
            assert (HIS in pages["her"]) == self.may_see()
        if "him" in pages:
            assert (HERS in pages["him"]) == self.may_see()
        if self.may_see():
            type(self).sequences["shared views"] += 1


def test_in_any_order_nothing_is_seen_and_nothing_is_told(edition, clock):
    """SEQUENCES=500 runs that many instead of a few."""
    TwoPeople.clock = clock
    run_state_machine_as_test(
        TwoPeople,
        settings=settings(
            max_examples=int(os.environ.get("SEQUENCES", "15")),
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(dict(TwoPeople.sequences))  # noqa: T201 - shown by `pytest -s`
