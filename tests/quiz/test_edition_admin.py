"""Copy → edit → publish, as an editor does it."""

import pytest

from quiz.models import Edition
from tests.quiz.rows import make_checkup, make_edition


@pytest.fixture
def editor(client, db, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("editor"))
    return client


def page(edition, action="change"):
    return f"/admin/quiz/edition/{edition.pk}/{action}/"


def test_an_editor_copies_edits_and_publishes(editor):
    old = make_edition()

    assert "copy it, edit the copy" in editor.get(page(old)).content.decode()
    assert "a draft with the next number" in editor.get(page(old, "copy")).content.decode()
    editor.post(page(old, "copy"))
    draft = Edition.objects.get(number=2)
    draft.items.filter(position=1).update(text="I looked up.")
    assert "cannot be changed" not in editor.get(page(draft)).content.decode()
    assert "Publish it for good" in editor.get(page(draft, "publish")).content.decode()
    response = editor.post(page(draft, "publish"), follow=True)

    assert "Edition 2 is published, and frozen." in response.content.decode()
    assert Edition.objects.current() == draft
    assert old.items.get(position=1).text == "I looked up when my partner spoke to me."


def test_an_unfinished_edition_is_refused_with_every_sentence(editor):
    draft = make_edition(published_on=None)
    draft.items.get(position=1).delete()
    draft.bands.filter(category="repair", level="low").delete()
    sentences = [
        "Attention needs six questions in the order two about me, two about my partner, two about us; "
        "it has 1, 2 and 2.",
        "Repair has no words for its low band.",
    ]

    for html in (
        editor.get(page(draft)).content.decode(),
        editor.get(page(draft, "publish")).content.decode(),
        editor.post(page(draft, "publish"), follow=True).content.decode(),
    ):
        for sentence in sentences:
            assert sentence in html
    draft.refresh_from_db()
    assert not draft.is_published


def test_a_published_edition_can_be_looked_at_and_nothing_else(editor):
    edition = make_edition()
    before = Edition.objects.get(pk=edition.pk).definition()

    html = editor.get(page(edition)).content.decode()
    assert 'name="_save"' not in html
    assert editor.post(page(edition), {"title": "Another"}).status_code == 403
    assert editor.post(page(edition, "delete"), {"post": "yes"}).status_code == 403
    response = editor.post(page(edition, "publish"), follow=True)
    assert "Edition 1 is published already." in response.content.decode()
    assert Edition.objects.get(pk=edition.pk).definition() == before


def test_copying_and_publishing_are_for_those_who_may(client, db, django_user_model):
    edition = make_edition(published_on=None)
    client.force_login(django_user_model.objects.create_user("writer", is_staff=True))

    assert client.post(page(edition, "copy")).status_code == 403
    assert client.post(page(edition, "publish")).status_code == 403


def test_the_admin_knows_nothing_of_what_readers_answered(editor):
    checkup, _ = make_checkup(answers=3)

    assert editor.get("/admin/quiz/checkup/").status_code == 404
    html = editor.get(page(checkup.edition)).content.decode()
    assert checkup.token_hash.hex() not in html
