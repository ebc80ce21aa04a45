from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError

from articles.documents import ContentError
from quiz.models import Band, Edition, Item
from stalelove.categories import Category
from tests.quiz.builders import make_definition, make_edition, shipped_record


def test_the_file_becomes_the_same_definition_through_the_database(db):
    edition = make_edition(published=False)

    assert edition.definition() == make_definition()


def test_the_quotation_marks_of_a_frozen_edition_are_set_when_it_is_read(db):
    record = shipped_record()
    record["items"][0] |= {"text": "I heard my partner's day.", "short": 'Heard "the day"'}
    record["bands"][0] |= {"words": 'That\'s near to "once or twice".'}
    edition = make_edition(items=record["items"], bands=record["bands"])

    definition = edition.definition()

    assert edition.items.get(position=1).text == "I heard my partner's day."
    assert (definition.items[0].text, definition.items[0].short) == (
        "I heard my partner’s day.",
        "Heard “the day”",
    )
    band = definition.bands[Category.ATTENTION, record["bands"][0]["band"]]
    assert band.words == "That’s near to “once or twice”."


def test_publishing_freezes_the_edition_and_makes_it_the_current_one(db):
    edition = make_edition(published=False)
    assert Edition.objects.current() is None

    edition.publish(on=dt.date(2027, 3, 25))

    assert Edition.objects.current() == edition
    assert Edition.objects.get().published_on == dt.date(2027, 3, 25)
    with pytest.raises(ContentError) as error:
        make_edition(title="Another title")
    assert str(error.value) == (
        "editions/1: a published edition cannot be changed; give the file a new number"
    )


def test_an_edition_with_problems_is_not_published_and_says_all_of_them(db):
    edition = make_edition(published=False)
    edition.items.last().delete()
    edition.bands.filter(category="repair", level="low").delete()

    with pytest.raises(ValidationError) as error:
        edition.publish()

    assert error.value.messages == [
        "Repair has no words for its low band.",
        "Warmth needs six questions in the order two about me, two about my partner, "
        "two about us; it has 2, 2 and 1.",
        "The questions must stand in the order of the categories, six each: "
        "positions 1-6 Attention, 7-12 Curiosity, 13-18 Repair, 19-24 Warmth.",
    ]
    assert Edition.objects.get().published_on is None


def test_the_highest_published_number_is_current(db):
    first = make_edition()
    second = make_edition(number=2, title="Second edition")
    make_edition(number=3, title="A draft", published=False)

    assert Edition.objects.current() == second
    assert list(Edition.objects.published()) == [second, first]


def test_a_published_edition_costs_no_query_after_its_first_reading(db, django_assert_num_queries):
    make_edition()
    Edition.objects.get().definition()

    edition = Edition.objects.get()
    with django_assert_num_queries(0):
        edition.definition()


def test_a_draft_is_read_anew_each_time(db):
    edition = make_edition(published=False)
    edition.definition()

    Item.objects.filter(position=1).update(text="I looked up.")

    assert Edition.objects.get().definition().items[0].text == "I looked up."


@pytest.fixture
def editor(client, db, django_user_model):
    """Signs in somebody with exactly these rights over editions, their questions and bands."""

    def sign_in(*rights: str):
        user = django_user_model.objects.create_user("editor", password="x", is_staff=True)
        codenames = [f"{right}_{name}" for right in rights for name in ("edition", "item", "band")]
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return client

    return sign_in


def publish(client, edition):
    return client.post(f"/admin/quiz/edition/{edition.pk}/publish/", follow=True)


def test_an_editor_publishes_in_the_admin(editor):
    edition = make_edition(published=False)

    page = publish(editor("view", "change"), edition).content.decode()

    assert "Edition 1 is published, and frozen." in page
    assert Edition.objects.current() == edition


def test_who_may_only_look_cannot_publish(editor):
    edition = make_edition(published=False)

    publish(editor("view"), edition)

    assert Edition.objects.current() is None


def test_the_admin_says_why_an_edition_was_not_published(editor):
    edition = make_edition(published=False)
    edition.bands.filter(category="repair", level="low").delete()

    page = publish(editor("view", "change"), edition).content.decode()

    assert "Edition 1 was not published. Repair has no words for its low band." in page


def test_a_published_edition_cannot_be_changed_or_deleted_in_the_admin(editor):
    edition = make_edition()
    client = editor("view", "add", "change", "delete")

    responses = [
        client.post(f"/admin/quiz/edition/{edition.pk}/change/", {"title": "Another"}),
        client.post(f"/admin/quiz/edition/{edition.pk}/delete/", {"post": "yes"}),
        client.post(
            "/admin/quiz/edition/",
            {"action": "delete_selected", "_selected_action": [edition.pk], "post": "yes"},
        ),
    ]

    assert [response.status_code for response in responses] == [403, 403, 403]
    assert Edition.objects.get().title == shipped_record()["title"]
    assert (Item.objects.count(), Band.objects.count()) == (24, 12)
