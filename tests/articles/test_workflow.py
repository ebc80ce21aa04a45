"""Who may move an article on, by which button, and what is refused with which sentence."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from reversion.models import Version

from articles import workflow
from articles.models import Article
from tests.builders import make_article, make_person, the_group
from tests.forms import filled
from tests.markup import parse, words_of

ADMIN = "/admin/articles/article/"


def change_address(article):
    return f"{ADMIN}{article.pk}/change/"


def buttons(response):
    tree = parse(response.content.decode())
    return [words_of(b) for b in tree.findall(".//div[@class='submit-row steps']/button")]


def press(client, article, step, **fields):
    address = change_address(article)
    return client.post(address, filled(client.get(address), _step=step, **fields))


def said(response):
    return [str(message) for message in response.context["messages"]]


def errors(response):
    form = response.context["adminform"].form
    return [error for field in form.errors.values() for error in field]


AT = {
    "draft": {"state": "draft"},
    "in_review": {"state": "in_review"},
    "scheduled": {
        "state": "published",
        "publish_at": dt.datetime(2050, 5, 3, 19, 30, tzinfo=dt.UTC),
    },
    "published": {"state": "published", "publish_at": dt.datetime(2020, 5, 3, tzinfo=dt.UTC)},
    "archived": {"state": "archived"},
}
FOR_EDITORS = {
    "draft": [
        *("Save draft", "Preview", "Submit for review", "Publish now", "Schedule", "Archive"),
    ],
    "in_review": [
        *("Save", "Preview", "Take back to draft", "Publish now", "Schedule", "Archive"),
    ],
    "scheduled": ["Save", "Preview", "Publish now", "Schedule", "Unpublish", "Archive"],
    "published": ["Save: readers see it at once", "Preview", "Unpublish", "Archive"],
    "archived": ["Save", "Preview", "Bring back as a draft"],
}
FOR_WRITERS = {
    "draft": ["Save draft", "Preview", "Submit for review"],
    "in_review": ["Save", "Preview", "Take back to draft"],
    "scheduled": [],
    "published": [],
    "archived": [],
}


@pytest.mark.parametrize("stage", AT)
def test_an_editor_gets_a_button_for_every_step_that_is_possible(client, editor, stage):
    response = client.get(change_address(make_article(**AT[stage])))

    assert buttons(response) == FOR_EDITORS[stage]


@pytest.mark.parametrize("stage", AT)
def test_a_writer_gets_no_button_that_readers_would_notice(client, writer, stage):
    response = client.get(change_address(make_article(**AT[stage])))

    assert response.status_code == 200
    assert buttons(response) == FOR_WRITERS[stage]


@pytest.mark.parametrize("stage", AT)
@pytest.mark.parametrize("step", workflow.STEPS, ids=lambda step: step.name)
def test_a_crafted_post_takes_a_writer_no_further_than_the_buttons(client, writer, stage, step):
    article = make_article(**AT[stage])
    before = (article.state, article.publish_at)
    day = timezone.now() + dt.timedelta(days=3)

    response = client.post(
        change_address(article),
        {
            "title": "Taken over",
            "slug": article.slug,
            "categories": ["repair"],
            "body": "Mine.",
            "version": article.updated_at.isoformat(),
            "state": "published",
            "publish_at_0": f"{day:%Y-%m-%d}",
            "publish_at_1": "12:00",
            "schedule_for_0": f"{day:%Y-%m-%d}",
            "schedule_for_1": "12:00",
            "featured": "on",
            "_step": step.name,
        },
    )

    article.refresh_from_db()
    allowed = {("draft", "submit"): "in_review", ("in_review", "withdraw"): "draft"}
    if (stage, step.name) in allowed:
        assert response.status_code == 302
        assert (article.state, article.publish_at) == (allowed[stage, step.name], None)
    else:
        assert response.status_code == (
            403 if step.editors_only or not FOR_WRITERS[stage] else 200
        )
        assert (article.state, article.publish_at, article.body) == (
            *before,
            "They sat down.",
        )
    assert article.featured is False


def test_a_writer_cannot_change_what_readers_see_by_going_back_to_a_draft(client, writer):
    article = make_article(state="draft", body="An old draft.")
    draft = Version.objects.get_for_object(article).get()
    article.state, article.publish_at, article.body = "published", timezone.now(), "Checked."
    article.save()

    for address in (
        f"{change_address(article)}?restore={draft.pk}",
        f"{ADMIN}{article.pk}/history/{draft.pk}/",
    ):
        client.get(address, follow=True)
        response = client.post(
            address,
            {"title": "x", "slug": article.slug, "body": "Mine.", "categories": ["repair"]},
        )
        assert response.status_code in (302, 403)

    article.refresh_from_db()
    assert (article.state, article.body) == ("published", "Checked.")


def test_an_unknown_step_is_a_bad_request(client, editor):
    article = make_article(state="draft")

    assert press(client, article, "explode").status_code == 400


def test_from_draft_to_review_to_readers_and_back(client, editor):
    article = make_article(state="draft", title="Slowly")
    expected = [
        ("submit", "in_review", "Submitted for review."),
        ("publish", "published", "Published."),
        ("unpublish", "draft", "Unpublished: it is a draft again, and readers no longer see it."),
        ("archive", "archived", "Archived: readers do not see it."),
        ("reopen", "draft", "Brought back as a draft."),
    ]
    for step, state, sentence in expected:
        response = press(client, article, step, body=f"Words at {step}.")
        assert response.status_code == 302
        article.refresh_from_db()
        assert article.state == state
        assert article.body == f"Words at {step}."
        public = client.get(f"/articles/{article.slug}/")
        assert public.status_code == (200 if state == "published" else 404)
        assert said(client.get(response["Location"]))[0].startswith(sentence)
    comments = [v.revision.comment for v in Version.objects.get_for_object(article)]
    assert comments[::-1][1:3] == [
        "Submitted for review. Changed Body.",
        "Published. Changed Body.",
    ]


def test_of_a_step_alone_the_history_says_only_the_step(client, editor):
    article = make_article(state="draft", title="Slowly", body="Words.")
    press(client, article, "submit", body="Other words.")

    press(client, article, "publish", body="Other words.")

    last = Version.objects.get_for_object(article)[0]
    assert last.revision.comment == "Published."


def test_publishing_says_what_is_still_missing(client, editor):
    article = make_article(state="draft", standfirst="", byline="B", description="D")

    response = press(client, article, "publish")

    assert said(client.get(response["Location"])) == [
        "Published. Still missing: no standfirst, no research note, not reviewed, no exercise."
    ]


def test_a_scheduled_article_is_published_by_itself(client, editor):
    article = make_article(state="draft")
    moment = timezone.now().replace(second=0, microsecond=0) + dt.timedelta(days=7)

    response = press(
        client,
        article,
        "schedule",
        schedule_for_0=f"{moment:%Y-%m-%d}",
        schedule_for_1=f"{moment:%H:%M}",
    )

    article.refresh_from_db()
    assert (article.state, article.publish_at) == ("published", moment)
    words = f"Scheduled for {workflow.when(moment)}"
    page = client.get(response["Location"])
    assert said(page)[0].startswith(f"{words}. It is published by itself.")
    assert client.get(f"/articles/{article.slug}/").status_code == 404
    assert words in client.get(ADMIN).content.decode()
    Article.objects.filter(pk=article.pk).update(publish_at=timezone.now())
    assert client.get(f"/articles/{article.slug}/").status_code == 200


@pytest.mark.parametrize(
    ("day", "time", "sentence"),
    [
        ("", "", "Choose the day and the time to schedule it for."),
        (
            "2020-05-03",
            "19:30",
            "May 3, 2020, 19:30 is past. Choose a time to come, or “Publish now”.",
        ),
        ("9999-12-31", "23:59", "The year 9999 is too far ahead. The latest is "),
        ("2027-02-30", "19:30", "Enter a valid date."),
        ("2027-02-20", "", "Enter a valid time."),
        ("0001-01-01", "00:00", "January 1, 0001, 00:00 is past."),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused_with_a_sentence(
    client, editor, day, time, sentence
):
    article = make_article(state="draft")

    response = press(client, article, "schedule", schedule_for_0=day, schedule_for_1=time)

    assert response.status_code == 200
    (error,) = errors(response)
    assert error.startswith(sentence)
    article.refresh_from_db()
    assert (article.state, article.publish_at) == ("draft", None)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("slug", "taken", "Another article has this address. Choose another one."),
        ("title", "", "The title is missing."),
        ("body", "", "The body is empty: write the essentials here."),
        (
            "body",
            "x" * 5_000_000,
            "This text has 5000000 characters; the most is 400000. Split it.",
        ),
        (
            "categories",
            ["patience"],
            "patience is not one of the four categories.",
        ),
        ("title", "a\0b", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_saved_is_refused_with_a_sentence(client, editor, field, value, sentence):
    make_article(slug="taken")
    article = make_article(state="draft", body="Kept.")

    response = press(client, article, "publish", **{field: value})

    assert response.status_code == 200
    assert errors(response) == [sentence]
    article.refresh_from_db()
    assert (article.state, article.body) == ("draft", "Kept.")


def test_two_editors_pressing_publish_at_once_publish_once(client, editor):
    article = make_article(state="in_review")
    opened = filled(client.get(change_address(article)), _step="publish")
    client.post(change_address(article), opened)
    article.refresh_from_db()
    first = article.publish_at

    response = client.post(change_address(article), opened)

    assert response.status_code == 200
    assert response.context["conflict"]["person"] == editor
    article.refresh_from_db()
    assert article.publish_at == first


def test_the_list_says_state_category_date_author_and_what_is_missing(
    client, editor, django_assert_max_num_queries
):
    article = make_article(
        title="Whole", state="in_review", byline="Ada", description="D", research="R"
    )
    make_article(title="Bare", state="draft", standfirst="", byline="")
    with django_assert_max_num_queries(15):
        response = client.get(ADMIN)
    rows = parse(response.content.decode()).findall(".//table[@id='result_list']/tbody/tr")
    cells = {words_of(row[1]): [words_of(cell) for cell in row[2:]] for row in rows}

    expected = ["In review", "not reviewed, no exercise", "Attention", "-", "Ada"]
    assert cells["Whole"][:5] == expected
    assert cells["Bare"][1] == (
        "no standfirst, no research note, no byline, no search description, "
        "not reviewed, no exercise"
    )
    found = client.get(ADMIN, {"missing": "standfirst"}).context["cl"].queryset
    assert [row.title for row in found] == ["Bare"]
    assert article in client.get(ADMIN, {"stage": "in_review"}).context["cl"].queryset


@pytest.mark.parametrize("stage", AT)
def test_the_list_is_filtered_by_every_state(client, editor, stage):
    articles = {name: make_article(**fields) for name, fields in AT.items()}

    found = client.get(ADMIN, {"stage": stage}).context["cl"].queryset

    assert list(found) == [articles[stage]]


def test_the_groups_have_the_rights_of_their_work(db):
    def rights(name):
        return set(the_group(name).permissions.values_list("codename", flat=True))

    make_person("x", group="Writers")
    assert {"add_article", "change_article", "view_exercise"} <= rights("Writers")
    assert {"publish_article", "delete_article", "change_page", "add_edition"} & rights(
        "Writers"
    ) == set()
    assert {
        *("publish_article", "delete_article", "change_page", "change_book", "add_edition"),
        *("change_exercise", "change_evidence", "change_question", "change_helpresource"),
    } <= rights("Editors")


def test_a_writer_opens_every_page_their_menu_offers(client, writer, db):
    make_article()
    response = client.get(reverse("admin:index"))
    models = [model for app in response.context["app_list"] for model in app["models"]]
    assert [model["object_name"] for model in models] == [
        *("Article", "Book", "Page", "Image", "Exercise", "Question"),
    ]
    for model in models:
        assert client.get(model["admin_url"]).status_code == 200
