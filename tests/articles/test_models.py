"""Who may see an article and when, and what the database refuses."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, Book
from exercises.models import Evidence, Exercise
from tests.builders import make_article, make_exercise

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "due_in", "visible"),
    [
        ("published", -HOUR, True),
        ("published", HOUR, False),
        ("draft", -HOUR, False),
        ("in_review", -HOUR, False),
        ("archived", -HOUR, False),
        ("draft", None, False),
    ],
)
def test_readers_see_what_is_published_and_due(client, db, state, due_in, visible):
    publish_at = timezone.now() + due_in if due_in else None
    article = make_article(state=state, publish_at=publish_at)

    status = client.get("/articles/a-quiet-evening/").status_code

    assert list(Article.objects.published()) == ([article] if visible else [])
    assert status == (200 if visible else 404)
    assert ("A quiet evening" in client.get("/articles/").content.decode()) == visible


def test_a_scheduled_article_appears_at_its_minute(client, transactional_db):
    make_article(publish_at=timezone.now() + dt.timedelta(seconds=0.5))

    before = client.get("/articles/a-quiet-evening/").status_code
    _wait_until(lambda: Article.objects.published().exists())

    assert before == 404
    assert client.get("/articles/a-quiet-evening/").status_code == 200


def _wait_until(condition) -> None:
    deadline = timezone.now() + dt.timedelta(seconds=10)
    while not condition():
        assert timezone.now() < deadline


def test_the_newest_stands_first(db):
    times = [timezone.now() - HOUR * n for n in (3, 1, 2)]
    for number, publish_at in enumerate(times):
        make_article(slug=f"a-{number}", publish_at=publish_at)

    assert [article.slug for article in Article.objects.newest_first()] == ["a-1", "a-2", "a-0"]


def test_what_is_derived_follows_the_text_on_every_save(db):
    article = make_article(
        body="## One\n\nTwo words.", extended="## One\n\nMore.", research="*So*."
    )

    Article.objects.bulk_create([Article(**{**_fields(article), "slug": "copy"})])
    article.body = "Three more words."
    article.save()

    copy = Article.objects.get(slug="copy")
    assert copy.body_html == '<h2 id="s-one">One</h2><p>Two words.</p>'
    assert copy.contents == [
        {"level": 2, "anchor": "s-one", "words": "One"},
        {"level": 2, "anchor": "d-one", "words": "One"},
    ]
    assert (copy.words, copy.extended_words) == (3, 2)
    assert copy.research_html == "<p><em>So</em>.</p>"
    article.refresh_from_db()
    assert (article.body_html, article.words) == ("<p>Three more words.</p>", 3)


def _fields(article: Article) -> dict[str, object]:
    names = ("title", "categories", "body", "extended", "research", "state", "publish_at")
    return {name: getattr(article, name) for name in names}


def refusals(row) -> tuple[list[str], list[str]]:
    """What an editor reads, and what the constraints alone say: a field that is wrong in itself hides
    its constraint."""
    with pytest.raises(ValidationError) as whole:
        row.full_clean()
    with pytest.raises(ValidationError) as constraints:
        row.validate_constraints()
    return whole.value.messages, constraints.value.messages


def refused_by_database(row, constraint: str) -> bool:
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        row.save()
    return True


def test_a_published_article_has_a_time(db):
    article = make_article()
    article.publish_at = None

    sentence = "A published article needs the time at which it is published."
    assert refusals(article) == ([sentence], [sentence])
    assert refused_by_database(article, "articles_published_has_a_time")


CHOOSE = "Choose at least one of the four categories."


@pytest.mark.parametrize(
    ("categories", "sentence"),
    [
        ([], "This field cannot be blank."),
        (
            ["attention", "romance"],
            "Item 2 in the array did not validate: Value 'romance' is not a valid choice.",
        ),
    ],
)
def test_an_article_is_filed_under_the_four_only(db, categories, sentence):
    article = make_article()
    article.categories = categories

    assert refusals(article) == ([sentence], [CHOOSE])
    assert refused_by_database(article, "articles_article_has_categories")


def test_two_articles_with_one_slug_are_refused_by_form_and_by_database(db):
    make_article()
    second = Article(title="B", slug="a-quiet-evening", body="B", categories=["repair"])

    with pytest.raises(ValidationError) as refusal:
        second.full_clean()
    assert refusal.value.message_dict == {
        "slug": ["Another article has this address. Choose another one."]
    }
    with pytest.raises(IntegrityError, match="slug"), transaction.atomic():
        second.save()


def test_an_empty_body_is_refused(db):
    article = make_article()
    article.body = ""

    with pytest.raises(ValidationError) as refusal:
        article.full_clean()
    assert refusal.value.message_dict == {"body": ["This field cannot be blank."]}


def test_five_megabytes_are_refused(db):
    article = make_article()
    article.extended = "word " * 1_000_000

    with pytest.raises(ValidationError) as refusal:
        article.full_clean()
    assert refusal.value.message_dict == {
        "extended": ["This text has 5000000 characters; the most is 400000. Split it."]
    }


def make_book(**fields) -> Book:
    values = {
        "title": "A book",
        "slug": "a-book",
        "authors": "A. Author",
        "categories": ["repair"],
        "about": "About.",
        "best_for": "Some.",
        "not_for": "Others.",
        "reading_order": 1,
    }
    return Book(**{**values, **fields})


@pytest.mark.parametrize("isbn", ["978031611300", "9770316113007", "0316113007", "978-031611300"])
def test_an_isbn_is_thirteen_digits(db, isbn):
    book = make_book(isbn=isbn)

    sentence = "An ISBN-13 is thirteen digits and starts with 978 or 979."
    assert refusals(book) == ([sentence], [sentence])
    assert refused_by_database(book, "articles_book_isbn_is_13_digits")


def test_a_book_is_filed_under_the_four_only(db):
    book = make_book(categories=[])

    assert refusals(book) == (["This field cannot be blank."], [CHOOSE])
    assert refused_by_database(book, "articles_book_has_categories")


def test_an_exercise_is_filed_under_one_of_the_four(db):
    exercise = make_exercise()
    exercise.category = "romance"

    assert refusals(exercise) == (
        ["Value 'romance' is not a valid choice."],
        ["Choose one of the four categories."],
    )
    assert refused_by_database(exercise, "exercises_exercise_category")


def test_a_doi_has_no_address_around_it(db):
    evidence = Evidence(
        exercise=make_exercise(),
        grade="A",
        finding="F",
        unknowns="U",
        doi="https://doi.org/10.1/x",
        checked_on=dt.date(2026, 1, 1),
    )

    sentence = "A DOI starts with 10. — leave out “https://doi.org/”."
    assert refusals(evidence) == ([sentence], [sentence])
    assert refused_by_database(evidence, "exercises_evidence_doi_starts_with_10")


def test_the_builders_make_rows_that_pass_every_rule(db):
    make_article().full_clean()
    make_exercise().full_clean()

    assert Article.objects.published().count() == 1
    assert Exercise.objects.published().count() == 1
