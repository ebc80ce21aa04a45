"""`load_starter`: what ships gets in once, follows its files, and never overwrites an editor."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest
import yaml
from django.core.management import CommandError, call_command

import articles.documents
import exercises.documents
from articles.models import Article, Book, Page
from exercises.models import Exercise, Question
from quiz.models import Edition
from stalelove.content import KINDS, Loaded, load_starter, starter_items
from stalelove.models import Country, HelpResource, LoadedStarter

ARTICLE = "say-thank-you-so-it-lands"


def load() -> dict[str, list[Loaded]]:
    """What became of every item, by outcome."""
    items = list(load_starter())
    outcomes = {item.outcome for item in items}
    return {outcome: [item for item in items if item.outcome == outcome] for outcome in outcomes}


def names(items: list[Loaded]) -> list[str]:
    return [f"{item.kind}/{item.key}" for item in items]


@pytest.fixture
def own_starter(tmp_path, monkeypatch):
    """The shipped articles and exercises in a folder of the test's own, to be changed."""
    for source in (articles.documents, exercises.documents):
        folder = tmp_path / source.__name__
        shutil.copytree(source.STARTER, folder)
        monkeypatch.setattr(source, "STARTER", folder)
    return tmp_path


def test_every_shipped_item_loads_and_readers_see_it(db):
    shipped = Counter(kind.name for kind, _key, _record in starter_items())

    first = load()

    assert set(first) == {"added"}
    assert Counter(item.kind for item in first["added"]) == shipped
    assert shipped["articles"] == Article.objects.published().count() >= 12
    assert shipped["exercises"] == Exercise.objects.published().count() >= 16
    assert shipped["questions"] == Question.objects.published().count() >= 60
    assert shipped["pages"] == Page.objects.published().count() == 3
    assert shipped["books"] == Book.objects.published().count()
    assert shipped["help"] == Country.objects.count()
    assert Edition.objects.filter(published_on__isnull=False).count() == 1


def test_every_category_has_enough_to_begin_with(starter):
    for category in ("attention", "curiosity", "repair", "warmth"):
        assert Article.objects.published().under(category).count() >= 3
        assert Exercise.objects.published().under(category).count() >= 4
        assert Question.objects.published().under(category).count() >= 15
        assert Book.objects.published().under(category).exists()


def test_the_home_page_features_the_first_article(starter):
    assert [article.slug for article in Article.objects.filter(featured=True)] == [
        "finding-your-way-back-to-each-other"
    ]


def test_a_second_run_changes_nothing(starter):
    before = {kind.name: kind.stored() for kind in KINDS}
    changed_at = list(Article.objects.values_list("updated_at", flat=True))

    again = load()

    assert set(again) == {"unchanged"}
    assert len(again["unchanged"]) == LoadedStarter.objects.count()
    assert {kind.name: kind.stored() for kind in KINDS} == before
    assert list(Article.objects.values_list("updated_at", flat=True)) == changed_at


def test_an_item_costs_the_queries_of_its_writing_and_a_second_run_next_to_none(
    db, django_assert_max_num_queries
):
    items = len(list(starter_items()))

    with django_assert_max_num_queries(10 * items):
        load()
    with django_assert_max_num_queries(7 * len(KINDS)):
        load()


def test_a_kind_is_loaded_whole_or_not_at_all(own_starter, db):
    folder = own_starter / "articles.documents" / "articles"
    (folder / "zz.md").write_text("---\ntitle: Z\nstate: gone\n---\nBody", "utf-8")

    with pytest.raises(CommandError, match="articles/zz: `state`: Value 'gone'"):
        call_command("load_starter")

    assert not Article.objects.exists()
    assert not LoadedStarter.objects.filter(kind="articles").exists()


def test_an_editors_change_is_kept(starter):
    for model, slug in (
        (Article, ARTICLE),
        (Page, "about"),
        (Book, "hold-me-tight"),
        (Exercise, "one-real-question"),
    ):
        model.objects.filter(slug=slug).update(title="An editor's title")
    Question.objects.filter(slug="attention-03").update(text="An editor's question?")

    again = load()

    assert names(again["kept"]) == [
        f"articles/{ARTICLE}",
        "pages/about",
        "books/hold-me-tight",
        "exercises/one-real-question",
        "questions/attention-03",
    ]
    assert Article.objects.get(slug=ARTICLE).title == "An editor's title"
    assert Question.objects.get(slug="attention-03").text == "An editor's question?"


def test_an_editors_change_is_kept_when_the_file_changes_too(own_starter, starter):
    Article.objects.filter(slug=ARTICLE).update(state="archived")
    _edit(own_starter / "articles.documents" / "articles" / f"{ARTICLE}.md")

    again = load()

    article = Article.objects.get(slug=ARTICLE)
    assert names(again["kept"]) == [f"articles/{ARTICLE}"]
    assert article.state == "archived"
    assert "New in this release." not in article.body


def test_a_changed_help_line_or_evidence_counts_as_an_editors_change(starter):
    HelpResource.objects.filter(slug="us-988").update(hours="At night")
    exercise = Exercise.objects.get(slug="one-real-question")
    exercise.evidence.first().delete()

    again = load()

    assert names(again["kept"]) == ["exercises/one-real-question", "help/us"]
    assert HelpResource.objects.get(slug="us-988").hours == "At night"


def test_a_save_in_the_admin_that_changes_nothing_is_no_change(starter):
    """A browser sends the lines of a text area with CRLF."""
    article = Article.objects.get(slug=ARTICLE)
    article.body = article.body.replace("\n", "\r\n")
    article.save()

    assert set(load()) == {"unchanged"}


def test_a_deleted_item_stays_deleted(starter):
    deleted = [
        (Article, ARTICLE),
        (Page, "about"),
        (Book, "hold-me-tight"),
        (Exercise, "the-repair-script"),
        (Question, "attention-03"),
    ]
    for model, slug in deleted:
        model.objects.get(slug=slug).delete()

    again = load()

    assert names(again["deleted"]) == [
        f"articles/{ARTICLE}",
        "pages/about",
        "books/hold-me-tight",
        "exercises/the-repair-script",
        "questions/attention-03",
    ]
    assert not any(model.objects.filter(slug=slug).exists() for model, slug in deleted)


def test_a_renamed_item_is_not_brought_back_under_its_old_name(starter):
    Page.objects.filter(slug="about").update(slug="about-us")

    again = load()

    assert names(again["deleted"]) == ["pages/about"]
    assert not Page.objects.filter(slug="about").exists()


def test_an_editors_own_item_of_the_same_name_is_left_alone(db):
    Page.objects.create(slug="about", title="Ours", body="Ours.")

    first = load()

    assert names(first["kept"]) == ["pages/about"]
    assert Page.objects.get(slug="about").body == "Ours."


def _edit(path) -> None:
    text = path.read_text("utf-8")
    path.write_text(text.replace("\n---\n", "\n---\nNew in this release. ", 1), "utf-8")


def test_a_changed_file_updates_an_untouched_item(own_starter, starter):
    published = Article.objects.get(slug=ARTICLE).publish_at
    _edit(own_starter / "articles.documents" / "articles" / f"{ARTICLE}.md")

    again = load()

    article = Article.objects.get(slug=ARTICLE)
    assert names(again["updated"]) == [f"articles/{ARTICLE}"]
    assert article.body.startswith("New in this release. ")
    assert article.publish_at == published
    assert set(load()) == {"unchanged"}


def test_a_new_exercise_does_without_an_article_that_an_editor_deleted(own_starter, starter):
    folder = own_starter / "exercises.documents" / "exercises"
    record = yaml.safe_load((folder / "one-real-question.yaml").read_text("utf-8"))
    gone, stays = record["articles"]
    (folder / "another.yaml").write_text(yaml.safe_dump({**record, "title": "Another"}), "utf-8")
    Article.objects.get(slug=gone).delete()

    again = load()

    added = Exercise.objects.get(slug="another")
    assert names(again["added"]) == ["exercises/another"]
    assert [article.slug for article in added.articles.all()] == [stays]


def test_a_file_that_cannot_be_read_stops_the_command_with_its_name(own_starter, db):
    path = own_starter / "articles.documents" / "articles" / "bad.md"
    path.write_text("---\ntitle: [a\n---\nBody", "utf-8")

    with pytest.raises(CommandError) as refusal:
        call_command("load_starter")

    assert str(refusal.value).startswith(f"{path}, line 2: the front matter cannot be read: ")
    assert LoadedStarter.objects.filter(kind="articles", key="bad").count() == 0


def test_the_command_says_what_it_did_and_what_it_left_alone(capsys, db):
    call_command("load_starter")
    count = LoadedStarter.objects.count()
    Article.objects.filter(slug=ARTICLE).update(title="Mine")
    Page.objects.get(slug="about").delete()
    first = capsys.readouterr().out.splitlines()

    call_command("load_starter")

    assert first == [f"Starter content: {count} added."]
    assert capsys.readouterr().out.splitlines() == [
        f"left alone: articles/{ARTICLE} (an editor changed it)",
        "left alone: pages/about (an editor deleted it)",
        f"Starter content: 1 deleted, 1 kept, {count - 2} unchanged.",
    ]


def _filled(record):
    return {name: value for name, value in record.items() if value not in ("", None, [])}


@pytest.mark.parametrize("kind", [k for k in KINDS if k.name != "images"], ids=lambda k: k.name)
def test_what_is_stored_comes_back_from_its_files(starter, tmp_path, kind):
    stored = kind.stored()
    for name, text in kind.files(stored).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    read = kind.read(tmp_path)

    assert stored
    assert stored == {key: kind.one(key) for key in stored}
    without_key = {
        key: _filled({name: value for name, value in record.items() if name != kind.key})
        for key, record in read.items()
    }
    assert without_key == {
        key: _filled({name: value for name, value in record.items() if name != kind.key})
        for key, record in stored.items()
    }


@pytest.mark.parametrize("kind", [k for k in KINDS if k.name != "editions"], ids=lambda k: k.name)
def test_what_is_read_from_files_can_be_stored_again(starter, tmp_path, kind):
    stored = kind.stored()
    for name, text in kind.files(stored).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    kind.model.objects.all().delete()

    for key, record in kind.read(tmp_path).items():
        kind.write(key, {name: value for name, value in record.items() if name != kind.key})

    assert kind.stored() == stored
