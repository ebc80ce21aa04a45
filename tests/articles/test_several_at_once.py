"""Several articles moved on at once from the list, and a copy to begin with."""

import pytest
from django.utils import timezone
from reversion.models import Version

from articles import workflow
from articles.models import Article, Presence
from tests.builders import another_article, another_exercise, make_person
from tests.forms import filled
from tests.markup import complaints, parse, words_of

LIST = "/admin/articles/article/"


def choose(client, action, *articles, **more):
    chosen = [article.pk for article in articles]
    return client.post(LIST, {"action": action, "_selected_action": chosen, **more}, follow=True)


def listed(response):
    tree = parse(response.content.decode())
    return [[words_of(row) for row in ul] for ul in tree.findall(".//ul[@class='chosen']")]


def states(*articles):
    return [Article.objects.get(pk=article.pk).state for article in articles]


def test_what_will_be_done_is_named_first_and_nothing_is_done(client, editor):
    draft = another_article(title="A", state="draft", publish_at=None, research="r", byline="b")
    out = another_article(title="B")

    response = choose(client, "publish_chosen", draft, out, index=0)

    assert listed(response) == [
        ["A Draft; no standfirst, no search description, not reviewed, no exercise"],
        [
            f"B “Publish now” is not possible: this article is “{workflow.stage_words(out)}” by now."
        ],
    ]
    assert complaints(response.content.decode()) == []
    assert states(draft, out) == ["draft", "published"]


def test_then_each_is_done_as_a_revision_of_its_own(client, editor):
    articles = [another_article(state="in_review", publish_at=None) for _ in range(2)]
    out = another_article()
    published_at = out.publish_at

    response = choose(client, "publish_chosen", *articles, out, confirmed="yes")

    assert [str(message) for message in response.context["messages"]] == ["2 articles. Published."]
    assert states(*articles, out) == ["published"] * 3
    assert Article.objects.published().count() == 3
    assert Article.objects.get(pk=out.pk).publish_at == published_at
    for article in articles:
        revision = Version.objects.get_for_object(article).first().revision
        assert (revision.user, revision.comment) == (editor, "Published.")


@pytest.mark.parametrize(
    ("action", "state", "after"),
    [
        ("submit_chosen", "draft", "in_review"),
        ("unpublish_chosen", "published", "draft"),
        ("archive_chosen", "published", "archived"),
    ],
)
def test_every_step_that_makes_sense_for_several(client, editor, action, state, after):
    article = another_article(state=state, publish_at=timezone.now(), body="Some *words*.")
    html = article.body_html

    choose(client, action, article, confirmed="yes")

    article.refresh_from_db()
    assert (article.state, article.body_html) == (after, html)


@pytest.mark.parametrize("action", ["publish_chosen", "unpublish_chosen", "archive_chosen"])
def test_a_writer_cannot_take_an_editors_step_with_several(client, writer, action):
    draft, out = another_article(state="draft", publish_at=None), another_article()
    choices = [
        choice for choice, _ in client.get(LIST).context["action_form"].fields["action"].choices
    ]

    choose(client, action, draft, out, confirmed="yes")

    assert choices == ["", "submit_chosen"]
    assert states(draft, out) == ["draft", "published"]


def test_a_writer_submits_several(client, writer):
    drafts = [another_article(state="draft", publish_at=None) for _ in range(2)]

    choose(client, "submit_chosen", *drafts, confirmed="yes")

    assert states(*drafts) == ["in_review", "in_review"]


def test_the_list_leads_to_what_readers_see_or_will_see(client, editor):
    out = another_article(title="Out")
    another_article(title="Draft", state="draft", publish_at=None)

    tree = parse(client.get(LIST).content.decode())

    links = {words_of(a): a.get("href") for a in tree.findall(".//td[@class='field-look']/a")}
    assert links["See it Out"] == out.get_absolute_url()
    assert client.get(links["Preview Draft"]).status_code == 200


def test_a_copy_fills_the_form_and_is_no_article_until_it_is_saved(client, writer):
    exercise = another_exercise()
    article = another_article(
        title="One evening", body="Words.", reviewed_by="Dr A", featured=True
    )
    exercise.articles.add(article)
    page = client.get(f"{LIST}{article.pk}/change/")
    link = parse(page.content.decode()).find(f".//a[@href='{LIST}add/?copy={article.pk}']")
    assert words_of(link) == "Copy to a new draft"

    form = client.get(link.get("href"))
    assert Article.objects.count() == 1
    client.post(f"{LIST}add/", filled(form))

    copy = Article.objects.exclude(pk=article.pk).get()
    assert (copy.title, copy.slug, copy.body) == (
        "Copy of One evening",
        "copy-of-one-evening",
        "Words.",
    )
    assert (copy.state, copy.reviewed_by, copy.featured) == ("draft", "", False)
    assert list(copy.exercises.all()) == [exercise]
    assert copy.uid != article.uid


@pytest.mark.parametrize("key", ["0", "x", "9" * 30, "-1", "1&body=x"])
def test_a_copy_of_nothing_is_an_empty_form(client, writer, key):
    response = client.get(f"{LIST}add/?copy={key}")

    assert response.status_code == 200
    assert response.context["adminform"].form["title"].value() in (None, "")


def test_a_deletion_names_the_article_and_not_the_rows_behind_it(client, editor):
    article = another_article(title="One evening")
    another_exercise().articles.add(article)
    for name in ("Anna", "Bea"):
        Presence.record(article, make_person(name))

    page = client.get(f"{LIST}{article.pk}/delete/").content.decode()

    assert "Articles: 1" in page
    assert "One evening" in page
    assert "It can be brought back" in page
    assert "relationship" not in page
    assert "Presence" not in page
    client.post(f"{LIST}{article.pk}/delete/", {"post": "yes"})
    assert not Article.objects.exists()


def test_a_writer_deletes_nothing(client, writer):
    article = another_article(state="draft", publish_at=None)

    assert client.post(f"{LIST}{article.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Article.objects.exists()


def test_links_that_lead_nowhere_are_named_when_it_is_published(client, editor):
    article = another_article(
        state="draft", publish_at=None, body="[a](/nope/) [b](/articles/) [c](#s-none)"
    )
    address = f"{LIST}{article.pk}/change/"

    response = client.post(address, filled(client.get(address), _step="publish"), follow=True)

    told = [str(message) for message in response.context["messages"]]
    assert told[0].endswith(" These links lead nowhere: /nope/, #s-none.")


def test_what_is_missing_is_said_before_it_is_published(client, writer):
    article = another_article(state="draft", publish_at=None)

    page = client.get(f"{LIST}{article.pk}/change/").content.decode()

    told = parse(page).find(".//p[@class='still-missing']")
    assert words_of(told).startswith("As it was last saved: no standfirst, no research note")


def test_there_is_a_page_to_link_to_for_every_kind(client, writer):
    article = another_article(title="One quiet evening", slug="evening")
    another_article(title="Another quiet draft", slug="draft", state="draft", publish_at=None)
    another_exercise(title="A quiet walk", slug="walk")

    def found(words):
        answer = client.get("/admin/links/choose/", {"q": words}).json()
        return [(t["kind"], t["title"], t["address"]) for t in answer["targets"]]

    assert found("QUIET") == [
        ("Article, not published yet", "Another quiet draft", "/articles/draft/"),
        ("Article", "One quiet evening", article.get_absolute_url()),
        ("Exercise", "A quiet walk", "/exercises/walk/"),
    ]
    assert ("Page", "Reading list", "/reading-list/") in found("reading")
    assert ("Page", "Repair", "/topics/repair/") in found("repa")
    assert len(found("")) > 8
    assert found("no such words") == []

    tea = another_article(title="Your partner’s tea", slug="tea")
    told = [("Article", tea.title, tea.get_absolute_url())]
    assert found("partner's") == found("partner’s") == told


def test_the_link_chooser_is_for_those_who_write(client, db):
    client.force_login(make_person("Nobody", group="Writers"))
    assert client.get("/admin/links/choose/").status_code == 200
    client.logout()
    assert client.get("/admin/links/choose/").status_code == 302
