"""What decides about a page, and the shelves that it stands on."""

from __future__ import annotations

import pytest

from stalelove.kept_pages import Kept, Key, Shelf, Shelves, known_query


@pytest.mark.parametrize(
    ("query", "known"),
    [
        ("", ""),
        ("page=2", "page=2"),
        ("fbclid=abc&page=2&utm_source=x", "page=2"),
        ("utm_source=x", ""),
        ("who=alone&minutes=10", "minutes=10&who=alone"),
        ("date=", "date="),
        ("page=%C3%A9", "page=%C3%A9"),
        ("page=1&page=2", None),
        ("page=" + "9" * 30, None),
        ("&".join(f"a{n}=1" for n in range(13)), None),
    ],
)
def test_of_a_query_only_what_a_page_reads_is_kept(query, known):
    assert known_query(query) == known


def test_a_page_is_kept_only_under_what_it_reads_itself():
    key = Key("https", "a", "/", "page=2")

    assert key.is_read_by("article_list")
    assert not key.is_read_by("home")
    assert not key.is_read_by("search")
    assert Key("https", "a", "/", "").is_read_by("home")


def page(size: int) -> Kept:
    return Kept("stamp", "home", "W/1", (), {"": b"x" * (size - 1500)})


def key(path: str, query: str = "") -> Key:
    return Key("https", "a", path, query)


def test_a_full_shelf_lets_go_of_what_was_not_asked_for_longest():
    shelf = Shelf(10_000)
    for path in ("/a", "/b", "/c"):
        shelf.put(key(path), page(3_000))
    assert shelf.get(key("/a")) is not None

    shelf.put(key("/d"), page(3_000))

    assert [shelf.get(key(path)) is not None for path in ("/a", "/b", "/c", "/d")] == [
        *(True, False, True, True)
    ]
    assert shelf.bytes == 9_000


def test_a_page_that_grows_is_counted_anew_and_one_that_is_too_large_is_not_kept():
    shelf = Shelf(10_000)
    grown = page(3_000)
    shelf.put(key("/a"), grown)
    grown.bodies["br"] = b"x" * 500
    shelf.put(key("/a"), grown)
    assert shelf.bytes == 3_500

    shelf.put(key("/b"), page(20_000))

    assert shelf.get(key("/b")) is None
    assert shelf.bytes == 3_500
    assert shelf.get(key("/a")) is grown


def test_invented_queries_push_out_no_page_without_one():
    shelves = Shelves(40_000)
    home = page(3_000)
    shelves.of(key("/")).put(key("/"), home)
    for number in range(100):
        asked = key("/articles/", f"page={number}")
        shelves.of(asked).put(asked, page(3_000))

    assert shelves.of(key("/")).get(key("/")) is home
