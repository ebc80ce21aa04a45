"""Own data: what is kept, to have, to take along, to delete, and how long."""

import datetime as dt
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from quiz.management.commands.purge_checkups import LOCK
from quiz.models import Checkup, Pairing, Participant
from quiz.own_data import FIELDS
from stalelove.categories import Category
from tests.quiz.rows import answers_of, days_ago, make_checkup


def words(response):
    return " ".join(response.content.decode().split())


def keys(data, prefix=""):
    for name, value in data.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict):
            yield from keys(value, f"{prefix}{name}.")


def test_data_json_is_all_that_is_kept(reader, edition):
    answers = answers_of(attention=[4, 3, 2, 1, 0, -1], repair=[-2, 0, 0, 0, 0, 0], warmth=2)
    earlier, _ = make_checkup(answers=1, finished_on=days_ago(30))
    checkup, token = make_checkup(answers=answers, earlier=earlier)
    reader.post(f"/snapshot/{token}/together/")

    response = reader.get(f"/snapshot/{token}/data.json")
    data = json.loads(response.content)

    assert response.headers["Content-Disposition"] == 'attachment; filename="notes.json"'
    assert [row["value"] for row in data["checkup"]["answers"]] == answers
    assert data["checkup"]["answers"][0] == {
        "category": "attention",
        "question": "I looked up when my partner spoke to me.",
        "value": 4,
        "words": "Nearly every day",
    }
    today = checkup.finished_on
    assert {name: data["checkup"][name] for name in data["checkup"] if name != "answers"} == {
        "link_sha256": checkup.token_hash.hex(),
        "edition": 1,
        "started_on": today.isoformat(),
        "finished_on": today.isoformat(),
        "kept_until": (today + dt.timedelta(days=400)).isoformat(),
        "grew_from_an_earlier_one": True,
        "scores": {"attention": 50, "curiosity": None, "repair": 0, "warmth": 50},
    }
    side = Participant.objects.get()
    assert data["together"] == {
        "own_link_sha256": bytes(side.token_hash).hex(),
        "you_are": "inviter",
        "made_at": side.pairing.made_at.isoformat(),
        "shows": [],
        "has_confirmed": False,
        "opened_at": None,
    }
    assert token not in response.content.decode()


def test_data_json_explains_every_entry_and_leaves_out_no_column(reader, edition):
    _, token = make_checkup(answers=2)
    reader.post(f"/snapshot/{token}/together/")
    data = json.loads(reader.get(f"/snapshot/{token}/data.json").content)

    explained = {name.removesuffix(".value") for name in FIELDS} | {"together", "checkup"}
    told = set(keys({"checkup": data["checkup"], "together": data["together"]}))
    assert told - {f"checkup.scores.{category}" for category in Category} == explained
    # Whoever adds a column has to say it here, and to the reader.
    assert {field.name for field in Checkup._meta.concrete_fields} == {
        *("id", "token_hash", "edition", "answers", *Category),
        *("started_on", "finished_on", "earlier"),
    }
    assert {field.name for field in Participant._meta.concrete_fields} == {
        *("id", "pairing", "who", "checkup", "token_hash", "shows", "has_confirmed"),
    }
    assert {field.name for field in Pairing._meta.concrete_fields} == {
        *("id", "invitation_hash", "made_at", "opened_at"),
    }


def test_data_json_of_an_unfinished_checkup_says_which_pages_are_not_saved(reader, edition):
    _, token = make_checkup()

    data = json.loads(reader.get(f"/snapshot/{token}/data.json").content)
    assert data["checkup"]["finished_on"] is None
    assert [row["value"] for row in data["checkup"]["answers"]] == [None] * 24
    assert data["together"] is None


def test_deleting_leaves_nothing_and_every_link_is_a_404(reader, edition):
    _, token = make_checkup(answers=2)
    own = reader.post(f"/snapshot/{token}/together/").headers["Location"]

    assert "It is gone" in words(reader.post(f"/snapshot/{token}/delete/"))

    assert [model.objects.count() for model in (Checkup, Participant, Pairing)] == [0, 0, 0]
    for address in (
        *(f"/snapshot/{token}/{page}" for page in ("", "change/", "data.json", "sheet/")),
        *(f"/snapshot/{token}/{page}" for page in ("delete/", "together/")),
        *(f"/checkup/{token}/{page}" for page in ("", "repair/")),
        own,
    ):
        assert reader.get(address).status_code == 404, address


def test_a_deleted_token_and_one_that_never_was_are_answered_alike(reader, edition):
    """To the byte, the header and the query, at every address that takes a token."""
    _, deleted = make_checkup(answers=2)
    own = reader.post(f"/snapshot/{deleted}/together/").headers["Location"].split("/")[2]
    reader.post(f"/snapshot/{deleted}/delete/")

    def answered(token):
        pages = ("", "change/", "data.json", "sheet/", "together/", "delete/")
        addresses = [*(f"/snapshot/{token}/{page}" for page in pages), f"/together/{token}/"]
        found = []
        for address in addresses:
            for ask in (reader.get, reader.post):
                with CaptureQueriesContext(connection) as queries:
                    response = ask(address)
                shape = [re.sub(r"'.*?'|[\d.]+", "…", query["sql"]) for query in queries]
                # The request's own number says nothing of the token: it is new for every request.
                headers = sorted(
                    item for item in response.headers.items() if item[0] != "X-Request-ID"
                )
                found.append((response.status_code, headers, response.content, shape))
        return found

    never = answered("A" * 32)
    # A page that takes no form refuses one before it looks at the token.
    assert {row[0] for row in never} == {404, 403}
    assert answered(deleted) == answered(own) == never


# The sheet


def test_the_sheet_shows_what_was_chosen_and_nothing_else(reader, edition):
    _, token = make_checkup(answers=answers_of(attention=4, repair=[-2, 0, 0, 0, 0, 0], warmth=1))
    before = Checkup.objects.values().get()

    sheet = words(
        reader.post(
            f"/snapshot/{token}/sheet/",
            {
                "attention": ["*", "attention-looked-up"],
                "repair": ["repair-reached-out"],
                "notes": "Since the <spring>.\nIt is quiet.",
            },
        )
    )

    assert "Taken together: mostly there, based on 6 of 6 answers." in sheet
    assert "I looked up when my partner spoke to me." in sheet
    assert "It did not come up" in sheet
    assert "Since the &lt;spring&gt;.<br>It is quiet." in sheet
    assert "I put my screen away while we talked." not in sheet
    assert "Warmth" not in sheet.split("<main")[1].split("</main>")[0]
    assert Checkup.objects.values().get() == before


def test_the_sheet_writes_nothing(reader, edition, django_assert_num_queries):
    _, token = make_checkup(answers=2)
    edition.definition()

    with django_assert_num_queries(1) as captured:
        reader.post(f"/snapshot/{token}/sheet/", {"notes": "A note"})
    assert captured.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Choose at least one line, or write a note."),
        ({"notes": "  "}, "Choose at least one line, or write a note."),
        ({"attention": ["x"]}, "Choose from the answers that stand here."),
        ({"notes": "a" * 2001}, "This has 2001 characters; the most is 2000."),
        ({"notes": "\x00 \x1b"}, "Choose at least one line, or write a note."),
    ],
)
def test_a_sheet_that_cannot_be_made_is_answered_with_a_sentence(reader, edition, data, sentence):
    _, token = make_checkup(answers=2)

    response = reader.post(f"/snapshot/{token}/sheet/", data)
    assert response.status_code == 422
    assert sentence in words(response)


def test_nothing_is_chosen_beforehand_and_skipped_questions_are_not_offered(reader, edition):
    _, token = make_checkup(answers=answers_of(warmth=[3, 3, -1, -1, -1, -1]))

    page = words(reader.get(f"/snapshot/{token}/sheet/"))

    assert page.count('type="checkbox"') == 2
    assert "checked" not in page


def test_a_sheet_too_large_is_not_read(reader, edition):
    _, token = make_checkup(answers=2)

    response = reader.post(f"/snapshot/{token}/sheet/", {"notes": "a" * 40_000})
    assert response.status_code == 413
    assert "Please shorten your note." in words(response)


# Expiry


@pytest.fixture
def old_and_new(edition):
    """By name: (checkup, token), on both sides of both ends."""
    rows = {
        "unfinished, last day": make_checkup(),
        "unfinished, over": make_checkup(),
        "finished, last day": make_checkup(answers=2, finished_on=days_ago(400)),
        "finished, over": make_checkup(answers=2, finished_on=days_ago(401)),
    }
    for name, days in (("unfinished, last day", 7), ("unfinished, over", 8)):
        Checkup.objects.filter(pk=rows[name][0].pk).update(started_on=days_ago(days))
    return rows


def test_a_link_opens_until_the_last_day_with_or_without_the_purge(reader, old_and_new):
    status = {
        name: reader.get(f"/checkup/{token}/").status_code
        for name, (_, token) in old_and_new.items()
    }

    assert status == {
        "unfinished, last day": 302,
        "unfinished, over": 404,
        "finished, last day": 302,
        "finished, over": 404,
    }


def test_the_purge_deletes_what_is_over_in_batches(old_and_new, capsys):
    for _ in range(4):
        make_checkup(answers=2, finished_on=days_ago(500))

    call_command("purge_checkups", batch=2)

    assert capsys.readouterr().out.splitlines() == [
        "2 checkups deleted …",
        "4 checkups deleted …",
        "6 checkups deleted …",
        "Deleted 6 checkups and 0 pairings.",
    ]
    left = {name for name, (row, _) in old_and_new.items() if Checkup.objects.filter(pk=row.pk)}
    assert left == {"unfinished, last day", "finished, last day"}
    call_command("purge_checkups")
    assert capsys.readouterr().out == "Deleted 0 checkups and 0 pairings.\n"


def test_kept_and_expired_are_all_there_is(old_and_new):
    kept, expired = Checkup.objects.kept(), Checkup.objects.expired()

    assert {row.pk for row in kept} | {row.pk for row in expired} == {
        row.pk for row, _ in old_and_new.values()
    }
    assert {row.is_kept for row in kept} == {True}
    assert {row.is_kept for row in expired} == {False}


def test_the_purge_leaves_retakes_standing_and_ends_pairings(reader, edition, capsys):
    old, token = make_checkup(answers=2)
    reader.post(f"/snapshot/{token}/together/")
    retake, _ = make_checkup(answers=2, earlier=old)
    Checkup.objects.filter(pk=old.pk).update(finished_on=days_ago(401))

    call_command("purge_checkups")

    retake.refresh_from_db()
    assert retake.earlier_id is None
    assert Pairing.objects.count() == 0


def test_the_purge_deletes_pairings_that_are_over(reader, edition, capsys):
    _, token = make_checkup(answers=2)
    reader.post(f"/snapshot/{token}/together/")
    call_command("purge_checkups")
    assert Pairing.objects.count() == 1

    made_at = Pairing.objects.get().made_at
    Pairing.objects.update(made_at=made_at - dt.timedelta(days=10))
    call_command("purge_checkups")

    assert "Deleted 0 checkups and 1 pairings." in capsys.readouterr().out
    assert (Pairing.objects.count(), Participant.objects.count()) == (0, 0)
    assert reader.get(f"/snapshot/{token}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_purges_do_not_run_at_once():
    other = connections.create_connection("default")
    try:
        # As a purge holds it: in a transaction, which keeps its connection behind a pooler as well.
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        with pytest.raises(CommandError, match="another purge is at work"):
            call_command("purge_checkups")
    finally:
        other.close()
    call_command("purge_checkups")


@pytest.mark.django_db(transaction=True)
def test_a_purge_that_was_stopped_keeps_what_it_has_done(edition, monkeypatch, capsys):
    for _ in range(4):
        make_checkup(answers=2, finished_on=days_ago(500))

    class StoppingOutput:
        def write(self, text, *args):
            raise KeyboardInterrupt

        flush = isatty = lambda self: None

    with pytest.raises(KeyboardInterrupt):
        call_command("purge_checkups", batch=2, stdout=StoppingOutput())
    assert Checkup.objects.count() == 2
    call_command("purge_checkups", batch=2)
    assert Checkup.objects.count() == 0


def test_a_batch_of_nothing_is_refused(db):
    with pytest.raises(CommandError, match="--batch is 0; put 1 or more there"):
        call_command("purge_checkups", batch=0)
