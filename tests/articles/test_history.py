"""Revisions in the admin: compared, gone back to, brought back."""

import datetime as dt

import pytest
import reversion
from django.core.management import call_command
from reversion.models import Version

from articles.models import Article, Page
from exercises.models import Evidence
from tests.builders import make_article, make_exercise, make_person
from tests.forms import filled
from tests.markup import parse, words_of

ADMIN = "/admin/articles/article"


@pytest.fixture
def editor(client, db):
    person = make_person("Anna")
    client.force_login(person)
    return person


def change(article, **fields):
    with reversion.create_revision():
        for name, value in fields.items():
            setattr(article, name, value)
        article.save()


def versions(row):
    return list(Version.objects.get_for_object(row).order_by("pk"))


def test_a_revision_holds_what_was_written_and_nothing_computed(db):
    article = make_article(body="One **two**.")

    (version,) = versions(article)

    assert version.field_dict["body"] == "One **two**."
    assert {"body_html", "contents", "words"} & version.field_dict.keys() == set()


def test_what_a_file_brings_is_a_revision(db, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("A title\nA standfirst.\nFirst words.\n")
    call_command("import_article", str(path), verbosity=0)
    path.write_text("A title\nA standfirst.\nSecond words.\n")
    call_command("import_article", str(path), verbosity=0)

    article = Article.objects.get()

    assert [v.field_dict["body"] for v in versions(article)] == ["First words.", "Second words."]
    assert versions(article)[0].revision.get_comment() == "Read from a file."


def test_the_history_says_who_and_when_and_marks_the_present_one(client, editor):
    article = make_article()
    with reversion.create_revision():
        article.save()
        reversion.set_user(editor)
        reversion.set_comment("Mended a comma.")

    response = client.get(f"{ADMIN}/{article.pk}/history/")

    rows = parse(response.content.decode()).findall(".//*[@id='content-main']//tbody/tr")
    assert words_of(rows[0]).endswith("as it is now Anna Mended a comma. What changed")
    assert "a command, not a person" in words_of(rows[1])
    assert "Go back to this" in words_of(rows[1])


def test_two_revisions_are_compared_word_by_word_with_markup_shown_as_text(client, editor):
    article = make_article(body="You look tired <b>tonight</b>.", featured=False)
    change(article, body="You look rested <b>tonight</b>.", featured=True)
    older, newer = (version.pk for version in versions(article))

    response = client.get(
        f"{ADMIN}/{article.pk}/history/compare/", {"older": newer, "newer": older}
    )

    html = response.content.decode()
    assert "You look <del>tired</del><ins>rested</ins> &lt;b&gt;tonight&lt;/b&gt;." in html
    assert "<del>no</del><ins>yes</ins>" in html
    assert html.index("<h3>Body</h3>") < html.index("<h3>Featured</h3>")
    assert "<h3>Title</h3>" not in html


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?older=1",
        "?older=x&newer=y",
        "?older=1&newer=9999999999999999999999",
        "?older=999999&newer=-1",
    ],
)
def test_a_comparison_of_what_is_not_there_leads_back_to_the_history(client, editor, query):
    article = make_article()

    response = client.get(f"{ADMIN}/{article.pk}/history/compare/{query}", follow=True)

    assert response.redirect_chain == [(f"{ADMIN}/{article.pk}/history/", 302)]
    assert "Choose two revisions of this page to compare." in response.content.decode()


def test_a_revision_of_another_article_cannot_be_compared_or_restored(client, editor):
    article, other = make_article(body="Mine."), make_article(body="Not mine.")
    own, foreign = versions(article)[0].pk, versions(other)[0].pk

    compared = client.get(
        f"{ADMIN}/{article.pk}/history/compare/", {"older": own, "newer": foreign}
    )
    opened = client.get(f"{ADMIN}/{article.pk}/change/", {"restore": foreign})

    assert compared.status_code == 302
    assert opened.context["adminform"].form["body"].value() == "Mine."


def test_going_back_changes_nothing_until_it_is_saved(client, editor):
    article = make_article(title="First", body="Old words.")
    change(article, title="Second", body="New words.")
    old = versions(article)[0]
    address = f"{ADMIN}/{article.pk}/change/?restore={old.pk}"

    page = client.get(address)
    assert page.context["adminform"].form["body"].value() == "Old words."
    assert Article.objects.get().body == "New words."

    client.post(address, filled(page))
    article = Article.objects.get()
    assert (article.title, article.body, article.body_html) == (
        "First",
        "Old words.",
        "<p>Old words.</p>",
    )
    assert len(versions(article)) == 3
    assert versions(article)[2].revision.comment.startswith("Went back to the words of")
    assert versions(article)[2].revision.user == editor


def test_going_back_on_a_page_of_the_site_works_alike(client, editor):
    with reversion.create_revision():
        page = Page.objects.create(slug="about", title="About", body="Old.")
    change(page, body="New.")
    address = f"/admin/articles/page/{page.pk}/change/?restore={versions(page)[0].pk}"

    client.post(address, filled(client.get(address)))

    assert Page.objects.get().body_html == "<p>Old.</p>"


def test_an_exercise_goes_back_with_its_evidence(client, editor):
    with reversion.create_revision():
        exercise = make_exercise()
        evidence = Evidence.objects.create(
            exercise=exercise,
            grade="D",
            finding="Old finding.",
            unknowns="Much.",
            checked_on=dt.date(2026, 1, 1),
        )
    with reversion.create_revision():
        evidence.finding = "New finding."
        evidence.save()
        exercise.save()
    older, newer = versions(exercise)

    compared = client.get(
        f"/admin/exercises/exercise/{exercise.pk}/history/compare/",
        {"older": older.pk, "newer": newer.pk},
    ).content.decode()
    page = client.get(f"/admin/exercises/exercise/{exercise.pk}/history/{older.pk}/")

    assert "<del>Old</del><ins>New</ins> finding." in compared
    formset = page.context["inline_admin_formsets"][0].formset
    assert [form["finding"].value() for form in formset.initial_forms] == ["Old finding."]
    assert Evidence.objects.get().finding == "New finding."


def test_a_deleted_article_is_listed_with_who_deleted_it_and_comes_back_as_a_draft(client, editor):
    article = make_article(title="Gone", slug="gone", body="Words.", featured=True)
    client.post(f"{ADMIN}/{article.pk}/delete/", {"post": "yes"})
    assert not Article.objects.exists()

    listed = client.get(f"{ADMIN}/recover/")
    row = parse(listed.content.decode()).find(".//*[@id='content-main']//tbody/tr")
    assert words_of(row).startswith("Gone ")
    assert words_of(row).endswith(", Anna")

    address = row.find(".//a").get("href")
    client.post(address, filled(client.get(address)))
    back = Article.objects.get()
    assert (back.pk, back.title, back.body_html) == (article.pk, "Gone", "<p>Words.</p>")
    assert (back.state, back.publish_at, back.featured) == ("draft", None, False)


def test_what_is_deleted_is_not_brought_back_over_its_successor(client, editor):
    article = make_article(title="Gone", slug="gone")
    client.post(f"{ADMIN}/{article.pk}/delete/", {"post": "yes"})
    make_article(slug="gone")
    version = Version.objects.get_deleted(Article).get()

    response = client.get(f"{ADMIN}/recover/{version.pk}/", follow=True)

    assert response.redirect_chain == [(f"{ADMIN}/recover/", 302)]
    assert (
        "“Gone” cannot be brought back while another one has its slug “gone”. Change it there first."
        in response.content.decode()
    )
