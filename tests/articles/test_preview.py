"""Links to unpublished articles, for people without an account."""

import datetime as dt
import re

import pytest
from django.core import signing
from django.utils import timezone

from articles.models import Article
from articles.preview import preview_address
from stalelove.logs import without_tokens
from tests.builders import make_article, make_exercise, make_person
from tests.markup import complaints, parse, words_of


@pytest.fixture
def later(monkeypatch):
    """Move the clock of the signatures on."""

    def move(delta):
        real = signing.time.time()
        monkeypatch.setattr(signing.time, "time", lambda: real + delta.total_seconds())

    return move


@pytest.mark.parametrize("state", ["draft", "in_review", "archived"])
def test_a_preview_link_shows_an_unpublished_article_to_anyone(client, db, state):
    article = make_article(state=state, title="Not yet")

    response = client.get(preview_address(article))

    html = response.content.decode()
    assert response.status_code == 200
    assert complaints(html) == []
    assert words_of(parse(html).find(".//h1")) == "Not yet"
    assert "This is a preview" in html
    assert '<meta name="robots" content="noindex, nofollow">' in html
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert {"no-store", "private"} <= set(re.split(", ?", response["Cache-Control"]))
    assert response.cookies == {}


def test_a_preview_link_of_a_published_article_leads_to_the_article(client, db):
    article = make_article()

    response = client.get(preview_address(article))

    assert (response.status_code, response["Location"]) == (302, f"/articles/{article.slug}/")


def test_a_preview_link_ends_after_seven_days(client, db, later):
    address = preview_address(make_article(state="draft", title="Not yet"))
    later(dt.timedelta(days=6, hours=23))
    assert client.get(address).status_code == 200
    later(dt.timedelta(hours=2))

    response = client.get(address)

    assert response.status_code == 410
    assert "Not yet" not in response.content.decode()
    assert "This preview is over" in response.content.decode()
    assert complaints(response.content.decode()) == []


def test_a_changed_secret_ends_every_preview_link(client, db, settings):
    address = preview_address(make_article(state="draft"))
    settings.SECRET_KEY = "another-secret-" * 5

    assert client.get(address).status_code == 404


def test_a_link_with_another_number_or_no_signature_is_no_link(client, db):
    article, other = make_article(state="draft"), make_article(state="draft")
    key, rest = preview_address(article).removeprefix("/articles/preview/").split(".", 1)
    assert key == str(article.pk)

    for address in (
        f"/articles/preview/{other.pk}.{rest}",
        f"/articles/preview/{key}/",
        f"/articles/preview/{key}.{'a' * 6}.{'b' * 43}/",
        f"/articles/preview/{key}.{'!' * 6}.{'b' * 43}/",
        "/articles/preview/%00/",
    ):
        assert client.get(address).status_code == 404


def test_a_preview_link_of_a_deleted_article_is_gone(client, db):
    article = make_article(state="draft")
    address = preview_address(article)
    Article.objects.all().delete()

    assert client.get(address).status_code == 404


def test_the_admin_offers_the_link_while_the_article_is_unpublished(client, db):
    client.force_login(make_person("Anna"))
    draft, published = make_article(state="draft"), make_article()

    shown = client.get(f"/admin/articles/article/{draft.pk}/change/").content.decode()
    hidden = client.get(f"/admin/articles/article/{published.pk}/change/").content.decode()

    (address,) = set(re.findall(r'href="(/articles/preview/[^"]+)">Open', shown))
    client.logout()
    assert client.get(address).status_code == 200
    assert "/articles/preview/" not in hidden


def test_no_log_line_holds_a_preview_link(db):
    address = preview_address(make_article(state="draft"))

    assert without_tokens(f"GET {address} 200") == "GET /articles/preview/[token]/ 200"


@pytest.mark.parametrize("due_in", [None, 1, -1], ids=["draft", "scheduled", "published"])
def test_the_form_says_whether_it_leads_to_the_site_or_to_a_preview(client, editor, due_in):
    due = due_in and timezone.now() + dt.timedelta(hours=due_in)
    article = make_article(state="published" if due else "draft", publish_at=due, body="As saved.")

    shown = parse(client.get(f"/admin/articles/article/{article.pk}/change/").content.decode())

    (link,) = [a for a in shown.iter("a") if a.get("class") == "viewsitelink"]
    is_public = due_in == -1
    assert words_of(link) == ("See it on the site" if is_public else "Preview as last saved")
    page = client.get(link.get("href")).content.decode()
    assert "As saved." in page
    assert ("This is a preview" in page) is not is_public


@pytest.mark.parametrize("is_published", [True, False])
def test_what_readers_do_not_see_has_no_button_that_leads_nowhere(client, editor, is_published):
    exercise = make_exercise(is_published=is_published)

    shown = client.get(f"/admin/exercises/exercise/{exercise.pk}/change/").content.decode()

    assert ("viewsitelink" in shown) is is_published
