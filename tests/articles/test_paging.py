"""Pages of a list that nobody counts."""

from __future__ import annotations

import pytest

from articles.paging import MOST_PAGES, Page, page_of
from tests.builders import another_article


@pytest.mark.parametrize(
    ("length", "asked", "page"),
    [
        (0, None, Page([], 1, has_next=False)),
        (3, None, Page([0, 1, 2], 1, has_next=False)),
        (4, None, Page([0, 1, 2], 1, has_next=True)),
        (4, "2", Page([3], 2, has_next=False)),
        (6, "2", Page([3, 4, 5], 2, has_next=False)),
        (7, "2", Page([3, 4, 5], 2, has_next=True)),
        (4, "0", Page([0, 1, 2], 1, has_next=True)),
        (4, "nonsense", Page([0, 1, 2], 1, has_next=True)),
        (4, "٢", Page([0, 1, 2], 1, has_next=True)),
        (4, "-1", Page([0, 1, 2], 1, has_next=True)),
        (4, "9" * 5000, Page([0, 1, 2], 1, has_next=True)),
        (4, "3", None),
        (10_000, str(MOST_PAGES + 1), None),
    ],
)
def test_the_page_that_was_asked_for(length, asked, page):
    assert page_of(lambda skip: range(length)[skip : skip + 4], asked, 3) == page


def test_a_topic_with_many_articles_has_pages(client, db, django_assert_num_queries):
    for number in range(21):
        another_article(title=f"Number {number:02}", categories=["repair"])
    another_article(title="Elsewhere", categories=["warmth"])

    with django_assert_num_queries(3):
        first = client.get("/topics/repair/").content.decode()
    second = client.get("/topics/repair/?page=2").content.decode()

    assert first.count("Number ") == 20
    assert 'href="?page=2"' in first
    assert "Page 1" in first
    assert second.count("Number ") == 1
    assert 'href="?page=1"' in second
    assert 'rel="canonical" href="https://testserver/topics/repair/?page=2"' in second
    assert "Elsewhere" not in first + second
    assert client.get("/topics/repair/?page=3").status_code == 404
