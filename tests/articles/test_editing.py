"""Preview, and two people at one article."""

import datetime as dt

import pytest
from django.utils import timezone

from articles.models import Article, Page, Presence
from tests.builders import make_article, make_exercise, make_person
from tests.forms import filled
from tests.markup import complaints, parse, words_of

ADMIN = "/admin/articles/article/"


@pytest.fixture
def anna(db):
    return make_person("Anna")


@pytest.fixture
def bea(db):
    return make_person("Bea", group="Editors")


@pytest.fixture
def signed_in(client, anna):
    client.force_login(anna)
    return client


def test_the_live_preview_is_made_by_the_one_renderer(signed_in):
    response = signed_in.post(
        f"{ADMIN}render/",
        {"text": '## Now\n\nStay "in". <b>x</b>', "prefix": "d-"},
    )

    assert response.json() == {
        "html": '<h2 id="d-now">Now</h2><p>Stay “in”. &lt;b&gt;x&lt;/b&gt;</p>',
        "length": "6 words, about 1 minute to read",
    }


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            {"text": "x" * 5_000_000, "prefix": "s-"},
            "This text has 5000000 characters; the most is 400000. Split it.",
        ),
        (
            {"text": "a", "prefix": "z-"},
            "Select a valid choice. z- is not one of the available choices.",
        ),
        ({"text": "a\0", "prefix": "s-"}, "Null characters are not allowed."),
    ],
)
def test_the_live_preview_refuses_with_a_sentence(signed_in, data, sentence):
    response = signed_in.post(f"{ADMIN}render/", data)

    assert (response.status_code, response.json()) == (400, {"error": sentence})


def test_the_live_preview_is_for_those_who_write(client, db):
    person = make_person("Nobody", group="Writers")
    person.groups.clear()
    client.force_login(person)

    assert client.post(f"{ADMIN}render/", {"text": "a", "prefix": "s-"}).status_code == 403
    client.logout()
    assert client.post(f"{ADMIN}render/", {"text": "a", "prefix": "s-"}).status_code == 302


def test_the_whole_page_is_previewed_from_the_form_and_nothing_is_saved(signed_in):
    article = make_article(state="draft", title="Before", body="Before.")
    form = filled(
        signed_in.get(f"{ADMIN}{article.pk}/change/"), title="After", body="## A *new* start"
    )

    response = signed_in.post(f"{ADMIN}preview/{article.pk}/", form)

    html = response.content.decode()
    assert complaints(html) == []
    assert words_of(parse(html).find(".//h1")) == "After"
    assert '<h2 id="s-a-new-start">A <em>new</em> start</h2>' in html
    assert "Nothing has been saved by looking." in html
    assert '<meta name="robots" content="noindex, nofollow">' in html
    assert "no-store" in response["Cache-Control"]
    assert Article.objects.get().title == "Before"


def test_a_new_and_unfinished_article_is_previewed_too(signed_in):
    response = signed_in.post(f"{ADMIN}preview/0/", {"body": "Only words."})

    assert response.status_code == 200
    assert "<p>Only words.</p>" in response.content.decode()
    assert not Article.objects.exists()


def test_the_second_save_is_refused_with_both_versions_and_loses_nothing(client, anna, bea):
    article = make_article(state="draft", title="One", body="They came home late.")
    address = f"{ADMIN}{article.pk}/change/"
    client.force_login(anna)
    annas = filled(client.get(address), body="They came home early.", byline="Anna")
    client.force_login(bea)
    client.post(address, filled(client.get(address), body="They came home at nine."))
    client.force_login(anna)

    refused = client.post(address, annas)

    assert Article.objects.get().body == "They came home at nine."
    html = refused.content.decode()
    conflict = words_of(parse(html).find(".//section[@class='conflict']"))
    assert "Bea" in conflict
    assert "They came home <del>at nine</del><ins>early</ins>." in html
    assert "<ins>Anna</ins>" in html
    form = refused.context["adminform"].form
    assert (form["body"].value(), form["byline"].value()) == ("They came home early.", "Anna")

    client.post(address, filled(refused))
    article = Article.objects.get()
    assert (article.body, article.byline) == ("They came home early.", "Anna")


def test_a_save_without_a_version_is_refused_like_an_old_one(signed_in):
    article = make_article(state="draft", body="Kept.")
    address = f"{ADMIN}{article.pk}/change/"

    for version in ("", "x", "2020-01-01T00:00:00+00:00"):
        form = filled(signed_in.get(address), version=version, body="Mine.")
        assert signed_in.post(address, form).status_code == 200
    assert Article.objects.get().body == "Kept."


def test_a_page_of_the_site_is_guarded_alike(signed_in):
    page = Page.objects.create(slug="about", title="About", body="One.")
    address = f"/admin/articles/page/{page.pk}/change/"
    mine = filled(signed_in.get(address), body="Mine.")
    page.body = "Theirs."
    page.save()

    refused = signed_in.post(address, mine)

    assert "<del>Theirs</del><ins>Mine</ins>." in refused.content.decode()
    assert Page.objects.get().body == "Theirs."


def test_somebody_else_at_the_same_article_is_named(client, anna, bea):
    article = make_article(state="draft")
    present = f"{ADMIN}{article.pk}/present/"
    client.force_login(bea)
    assert client.post(present).json() == {"others": []}
    client.force_login(anna)

    assert client.post(present).json() == {"others": ["Bea"]}
    page = client.get(f"{ADMIN}{article.pk}/change/").content.decode()
    assert "Bea has this open as well." in page

    Presence.objects.filter(person=bea).update(seen_at=timezone.now() - dt.timedelta(seconds=80))
    assert client.post(present).json() == {"others": []}


def test_presence_is_forgotten_after_a_day(client, anna):
    article = make_article(state="draft")
    Presence.record(article, anna)
    Presence.objects.update(seen_at=timezone.now() - dt.timedelta(hours=25))

    Presence.record(make_article(state="draft"), anna)

    assert Presence.objects.count() == 1


def test_looking_at_an_article_writes_nothing(signed_in):
    article = make_article(state="draft")

    signed_in.get(f"{ADMIN}{article.pk}/change/")

    assert not Presence.objects.exists()


def test_related_exercises_are_chosen_on_the_article(signed_in):
    exercise = make_exercise(title="Ask once more", slug="ask-once-more")
    article = make_article()
    address = f"{ADMIN}{article.pk}/change/"

    signed_in.post(address, filled(signed_in.get(address), exercises=[exercise.pk]))

    assert list(article.exercises.all()) == [exercise]
    assert (
        'href="/exercises/ask-once-more/"'
        in signed_in.get(article.get_absolute_url()).content.decode()
    )
    form = signed_in.get(address).context["adminform"].form
    assert list(form["exercises"].value()) == [exercise.pk]


def test_quotation_marks_are_set_in_what_readers_see_as_it_stands_and_nowhere_else(signed_in):
    article = make_article(state="draft")
    address = f"{ADMIN}{article.pk}/change/"

    form = filled(signed_in.get(address), title='It\'s "now"', body="It's typed.")
    signed_in.post(address, form)

    stored = Article.objects.get()
    assert (stored.title, stored.body) == ("It’s “now”", "It's typed.")


@pytest.mark.parametrize(
    ("fields", "typed"), [({"title": "It’s late"}, "it's"), ({"body": "It's late"}, "it’s")]
)
def test_either_apostrophe_finds_the_other_in_the_list(signed_in, fields, typed):
    make_article(slug="late", state="draft", **fields)
    make_article(slug="other", state="draft", title="Its own")

    response = signed_in.get(ADMIN, {"q": typed})

    assert [row.slug for row in response.context["cl"].result_list] == ["late"]
