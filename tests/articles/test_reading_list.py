"""The reading list: by category, in reading order, and nothing that is not verified."""

import pytest

from articles.models import Book
from tests.markup import complaints, parse, words_of


def make_book(**fields):
    values = {
        "about": "What it is.",
        "best_for": "Those who like to read.",
        "not_for": "Those who do not.",
        "authors": "Somebody",
        **fields,
    }
    return Book.objects.create(**values)


@pytest.fixture
def books(db):
    make_book(slug="third", title="Third", categories=["warmth", "attention"], reading_order=3)
    make_book(slug="first", title="First", categories=["attention"], reading_order=1)
    make_book(
        slug="second",
        title="Second",
        categories=["warmth"],
        reading_order=2,
        publisher="Press",
        year=2008,
        isbn="9780316113007",
        safety_note="Not if you are afraid.",
    )
    make_book(slug="out", title="Out", categories=["repair"], reading_order=4, is_published=False)


def test_books_stand_once_under_their_first_category_in_reading_order(client, books):
    html = client.get("/reading-list/").content.decode()

    assert complaints(html) == []
    main = parse(html).find(".//main")
    assert [words_of(e) for e in main.iter() if str(e.tag) in ("h2", "h3")] == [
        "In this order",
        "Attention",
        "First",
        "Third",
        "Warmth",
        "Second",
        "Also about Warmth",
    ]
    path = main.find(".//ol")
    assert [words_of(link) for link in path.iter("a")] == ["First", "Second", "Third"]
    also = [a.get("href") for a in main.iter("a") if words_of(a) == "Third"]
    assert also == ["#third", "#third"]


def test_a_book_says_for_whom_and_prints_only_what_is_known(client, books):
    html = client.get("/reading-list/").content.decode()
    found = {e.get("id"): words_of(e) for e in parse(html).iter("article")}

    assert found["second"] == (
        "Number 2 Second Somebody Press, 2008 ISBN 9780316113007 What it is. For whom Those who "
        "like to read. Not for whom Those who do not. Not if you are afraid."
    )
    assert found["first"] == (
        "Number 1 First Somebody What it is. For whom Those who like to read. Not for whom Those "
        "who do not."
    )
    assert "Ask your library" in html
    main = html[html.index("<main") : html.index("</main>")]
    assert "https://" not in main  # no shop, no link to another site


def test_the_list_takes_one_query(client, books, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/reading-list/")
