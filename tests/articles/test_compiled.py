"""Queries whose SQL is built once answer as the queryset does, whenever they are asked."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import models
from django.db.models import signals
from django.utils import timezone

from articles.compiled import Compiled, CompiledUpdate, _maker, as_row, instance_of
from articles.models import Article
from exercises.models import Exercise, Question
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


def test_what_is_the_same_at_each_call_is_written_into_the_sql(db):
    """A percent sign and a quotation mark stay what they are."""
    odd = Compiled(
        lambda slug: Article.objects.filter(title="100 % 'sure' %s", slug__gte=slug, words=0)
    )
    article = make_article(slug="one")
    make_article(slug="two")
    Article.objects.filter(pk=article.pk).update(title="100 % 'sure' %s", words=0)

    assert odd(slug="a") == [article]
    assert odd(slug="z") == []
    [statement] = odd._statements.values()
    assert statement.given == ["slug"]


def test_a_list_begins_after_those_that_are_skipped(db, django_assert_num_queries):
    made = [make_article(slug=f"number-{number}") for number in range(5)]
    pairs = Compiled(lambda: Article.objects.order_by("slug")[:2])

    with django_assert_num_queries(1):
        assert pairs(skip=3) == made[3:]
    assert pairs() == made[:2]
    assert pairs(skip=9) == []


def test_a_row_of_another_table_comes_along(db, django_assert_num_queries):
    older = make_article(slug="older", publish_at=timezone.now() - dt.timedelta(days=9))
    newer = make_article(slug="newer")
    with_newest = Compiled(
        lambda slug: Article.objects.filter(slug=slug).annotate(
            newest=as_row(
                Article.objects.exclude(pk=models.OuterRef("pk"))
                .only("slug", "publish_at", "categories")
                .order_by("-publish_at")[:1]
            )
        )
    )

    with django_assert_num_queries(2):
        found = [
            instance_of(Article, with_newest.first(slug=s).newest) for s in ("older", "newer")
        ]
        assert found == [newer, older]
        # As the column itself would have come, not as JSON has it.
        assert found[1].publish_at == older.publish_at
        assert found[1].categories == ["attention"]
    assert instance_of(Article, None) is None
    with pytest.raises(ValueError, match="only"):
        as_row(Article.objects.all())


@pytest.mark.usefixtures("starter")
@pytest.mark.parametrize(
    "model", ["Article", "Exercise", "Question", "Book", "Evidence", "Edition"]
)
def test_an_instance_is_what_the_orm_makes_of_the_row(model):
    [model] = [each for each in apps.get_models() if each.__name__ == model]
    rows = model.objects.order_by("pk")
    some = [field.name for field in model._meta.concrete_fields][::2]
    for queryset in (rows, rows.only(*some), rows.annotate(twice=models.F("pk") * 2)):
        of_django, ours = list(queryset), Compiled(queryset.all)()

        assert len(ours) == len(of_django) > 0
        for own, other in zip(ours, of_django, strict=True):
            assert own.get_deferred_fields() == other.get_deferred_fields()
            assert vars(own) | {"_state": None} == vars(other) | {"_state": None}
            assert (own._state.adding, own._state.db) == (other._state.adding, other._state.db)


def test_a_deferred_column_is_fetched_and_a_change_saved_as_usual(starter):
    [question] = Compiled(lambda: Question.objects.only("text").order_by("pk")[:1])()

    assert question.depth == Question.objects.get(pk=question.pk).depth
    question.text = "Another?"
    question.save()
    assert Question.objects.filter(text="Another?").count() == 1
    assert question._state.db == "default"


def test_whoever_listens_hears_of_each_instance(db):
    """And a model or a field with ways of its own is made in these."""
    heard = []

    def listen(instance, **kwargs) -> None:
        heard.append(instance)

    make_article(slug="one")
    signals.post_init.connect(listen, sender=Article)
    try:
        made = Compiled(lambda: Article.objects.only("title", "slug"))()
    finally:
        signals.post_init.disconnect(listen, sender=Article)
    assert heard == made

    class OfItsOwn(Exercise):
        class Meta:
            proxy = True
            app_label = "exercises"

        def __init__(self, *values) -> None:
            super().__init__(*values)
            self.made_by = "itself"

    del apps.all_models["exercises"]["ofitsown"]
    made = _maker(OfItsOwn, ["slug", "id"])("default", ["a-slug", 7])
    assert (made.slug, made.pk, made.made_by) == ("a-slug", 7, "itself")
