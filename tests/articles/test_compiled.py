"""Queries whose SQL is built once answer as the queryset does, whenever they are asked."""

import datetime as dt

from django.utils import timezone

from articles.compiled import Compiled, CompiledUpdate
from articles.models import Article
from tests.builders import make_article

at_slug = Compiled(lambda slug: Article.objects.published().filter(slug=slug))
beside = Compiled(
    lambda pk, categories: (
        Article.objects.published()
        .for_lists()
        .exclude(pk=pk)
        .filter(categories__overlap=categories)
        .newest_first()
    )
)

renamed = CompiledUpdate(
    lambda pk, title, categories: (
        Article.objects.filter(pk=pk).exclude(title=title),
        {"title": title, "categories": categories},
    )
)


def test_each_call_has_its_own_values(db, django_assert_num_queries):
    make_article(slug="one")
    make_article(slug="two")

    assert [article.slug for article in at_slug(slug="one")] == ["one"]
    with django_assert_num_queries(1):
        article = at_slug.first(slug="two")
    assert article == Article.objects.get(slug="two")
    # Converted as Django does it: JSON and arrays are no strings.
    assert (article.contents, article.categories) == (
        Article.objects.get(slug="two").contents,
        ["attention"],
    )
    assert at_slug.first(slug="three") is None


def test_what_is_published_is_asked_anew_each_time(db):
    article = make_article(slug="one")
    assert at_slug.first(slug="one") == article

    Article.objects.filter(slug="one").update(publish_at=timezone.now() + dt.timedelta(hours=1))
    assert at_slug.first(slug="one") is None


def test_lists_and_keys_are_values_too_and_deferred_columns_stay_away(db):
    first = make_article(slug="one", categories=["repair"])
    make_article(slug="two", categories=["warmth"])
    third = make_article(slug="three", categories=["repair", "warmth"])

    found = beside(pk=first.pk, categories=["repair"])

    assert found == [third]
    assert "body_html" in found[0].get_deferred_fields()


def test_an_update_says_how_many_rows_it_changed(db, django_assert_num_queries):
    first = make_article(slug="one", title="One")
    second = make_article(slug="two", title="Two")

    assert renamed(pk=first.pk, title="Uno", categories=["repair"]) == 1
    with django_assert_num_queries(1):
        assert renamed(pk=second.pk, title="Due", categories=["warmth", "repair"]) == 1
    assert renamed(pk=second.pk, title="Due", categories=["attention"]) == 0

    assert list(Article.objects.order_by("pk").values_list("title", "categories")) == [
        ("Uno", ["repair"]),
        ("Due", ["warmth", "repair"]),
    ]
