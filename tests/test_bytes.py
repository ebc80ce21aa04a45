"""How many bytes a page may weigh on the wire, as `stalelove.page_cache` compresses it.

An article is its words: each of the starter articles, of 1,300 to 1,600 words and all their sources,
has to fit into 6 KB as a browser asks for it.
"""

from __future__ import annotations

import time

import brotli
import pytest
from django.test import Client

from articles.models import Article
from stalelove import page_cache
from tests.builders import another_article, make_article

KB = 1024
AGAIN = 1.1  # seconds; a process trusts what it has read of the content for one
PARAGRAPH = (
    "You put the cup down and say what you saw, and the other says it back before anything is "
    "answered, number {}. It takes a minute, and it is over before the kettle boils."
)


@pytest.fixture
def weighed(transactional_db, settings):
    """`weighed(address, coding)`: the bytes of a page as it is kept."""
    settings.PAGE_CACHE_MB = 8
    client = Client()

    def weigh(address: str, coding: str) -> int:
        response = client.get(address, headers={"accept-encoding": coding})
        assert (response.status_code, response["Content-Encoding"]) == (200, coding)
        return len(response.content)

    return weigh


def test_each_starter_article_fits_into_six_kilobytes(starter, weighed, subtests):
    addresses = [f"/articles/{slug}/" for slug in Article.objects.values_list("slug", flat=True)]
    assert len(addresses) == 13
    for address in addresses:
        with subtests.test(address):
            assert weighed(address, "br") <= 6 * KB
            assert weighed(address, "gzip") <= 7.4 * KB


@pytest.mark.parametrize(
    ("address", "kilobytes"),
    [
        ("/", 3.4),
        ("/articles/", 3.6),
        ("/topics/repair/", 3.9),
        ("/exercises/", 4.7),
        ("/exercises/the-repair-script/", 5.5),
        ("/checkup/", 2.8),
        ("/help/", 2.5),
    ],
)
def test_what_is_opened_most_is_light_for_who_has_no_brotli_too(
    starter, weighed, address, kilobytes
):
    assert weighed(address, "gzip") <= kilobytes * KB


def test_what_stands_around_the_words_of_an_article_is_three_kilobytes(weighed):
    """Paragraphs that are nearly alike weigh next to nothing, so this is all the rest."""
    body = "\n\n".join(PARAGRAPH.format(number) for number in range(18))
    article = make_article(body=body)

    assert weighed(article.get_absolute_url(), "gzip") <= 3 * KB


def test_only_what_has_changed_is_compressed_again(weighed, monkeypatch):
    compressed = []

    def compress(body: bytes) -> bytes:
        compressed.append(body)
        return brotli.compress(body)

    monkeypatch.setattr(page_cache, "_THOROUGHLY", {"br": compress})
    article = make_article(body="These words.")
    address = article.get_absolute_url()
    weighed(address, "br")

    another_article(categories=["repair"])
    time.sleep(AGAIN)
    weighed(address, "br")
    assert len(compressed) == 1

    article.body = "Other words."
    article.save()
    time.sleep(AGAIN)
    weighed(address, "br")
    assert [b"Other words." in body for body in compressed] == [False, True]


def test_addresses_that_can_be_made_up_are_compressed_quickly(starter, weighed, monkeypatch):
    monkeypatch.setattr(page_cache, "_THOROUGHLY", {"br": lambda body: b"thoroughly"})

    assert weighed("/exercises/", "br") == len("thoroughly")
    assert weighed("/exercises/?minutes=5", "br") > 2 * KB
    monkeypatch.setattr(page_cache, "_LARGEST_THOROUGH", 1 * KB)
    assert weighed("/about/", "br") > 2 * KB
