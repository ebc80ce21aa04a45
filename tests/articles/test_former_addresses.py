"""A changed slug redirects from the old one for ever; chains collapse, loops cannot be."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from articles.models import Article, FormerAddress
from tests.builders import another_article


def rename(article, slug):
    article.slug = slug
    article.save()


def where_it_leads(client, slug):
    response = client.get(f"/articles/{slug}/")
    return response.status_code, response.get("Location", "")


def test_a_changed_slug_redirects_for_good(client, db):
    article = another_article(slug="a")

    rename(article, "b")

    assert where_it_leads(client, "a") == (301, "/articles/b/")
    assert where_it_leads(client, "b") == (200, "")


def test_a_chain_of_changes_is_one_redirect(client, db):
    article = another_article(slug="a")

    for slug in ("b", "c", "d"):
        rename(article, slug)

    assert where_it_leads(client, "a") == (301, "/articles/d/")
    assert where_it_leads(client, "b") == (301, "/articles/d/")
    assert where_it_leads(client, "c") == (301, "/articles/d/")


def test_going_back_to_an_old_slug_makes_no_loop(client, db):
    article = another_article(slug="a")

    for slug in ("b", "a", "b", "a"):
        rename(article, slug)

    assert where_it_leads(client, "a") == (200, "")
    assert where_it_leads(client, "b") == (301, "/articles/a/")
    assert list(FormerAddress.objects.values_list("slug", flat=True)) == ["b"]


def test_two_articles_may_trade_their_slugs(client, db):
    one, two = another_article(slug="a", title="One"), another_article(slug="b", title="Two")

    rename(one, "c")
    rename(two, "a")
    rename(one, "b")

    assert "Two" in client.get("/articles/a/").content.decode()
    assert "One" in client.get("/articles/b/").content.decode()
    assert where_it_leads(client, "c") == (301, "/articles/b/")


def test_an_article_that_stands_at_an_old_address_comes_first(client, db):
    moved = another_article(slug="a")
    rename(moved, "b")
    another_article(slug="a", title="The new one")

    assert where_it_leads(client, "a") == (200, "")


def test_a_draft_at_an_old_address_does_not_hide_the_redirect_nor_take_it_over(client, db):
    moved = another_article(slug="a")
    rename(moved, "b")
    draft = another_article(slug="a", state=Article.State.DRAFT, publish_at=None)

    assert where_it_leads(client, "a") == (301, "/articles/b/")
    rename(draft, "c")
    assert where_it_leads(client, "a") == (301, "/articles/b/")


def test_the_article_that_readers_saw_last_at_an_address_keeps_it(client, db):
    first = another_article(slug="a")
    rename(first, "b")
    second = another_article(slug="a")
    rename(second, "c")

    assert where_it_leads(client, "a") == (301, "/articles/c/")


@pytest.mark.parametrize(
    "fields",
    [
        {"state": Article.State.DRAFT},
        {"state": Article.State.IN_REVIEW},
        {"state": Article.State.ARCHIVED},
        {"publish_at": timezone.now() + dt.timedelta(days=1)},
    ],
)
def test_nothing_leads_to_an_article_that_readers_may_not_see(client, db, fields):
    article = another_article(slug="a", **fields)

    rename(article, "b")

    assert where_it_leads(client, "a") == (404, "")


def test_a_slug_changed_in_sql_or_in_bulk_redirects_too(client, db):
    another_article(slug="a")
    another_article(slug="b")

    with connection.cursor() as cursor:
        cursor.execute("UPDATE articles_article SET slug = slug || '-new'")

    assert where_it_leads(client, "a") == (301, "/articles/a-new/")
    assert where_it_leads(client, "b") == (301, "/articles/b-new/")


def test_an_article_recovered_after_a_deletion_has_its_old_addresses_again(client, db):
    article = another_article(slug="a")
    rename(article, "b")
    key = article.pk

    article.delete()
    assert where_it_leads(client, "a") == (404, "")
    another_article(pk=key, slug="b")

    assert where_it_leads(client, "a") == (301, "/articles/b/")
