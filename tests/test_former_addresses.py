"""The changed address of an exercise or of a page redirects from the old one, as an article's does
(tests/articles/test_former_addresses.py)."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from articles.models import Page
from exercises.models import FormerAddress
from tests.builders import another_exercise, another_page

KINDS = [("/exercises/{}/", another_exercise), ("/{}/", another_page)]
both = pytest.mark.parametrize(("address", "make"), KINDS, ids=["exercise", "page"])


def rename(row, *slugs):
    for slug in slugs:
        row.slug = slug
        row.save()


def where_it_leads(client, address):
    response = client.get(address)
    return response.status_code, response.get("Location", "")


@both
def test_a_chain_of_changes_is_one_redirect(client, db, address, make):
    row = make(slug="a")

    rename(row, "b", "c", "d")

    for old in ("a", "b", "c"):
        assert where_it_leads(client, address.format(old)) == (301, address.format("d"))
    assert where_it_leads(client, address.format("d")) == (200, "")


@both
def test_going_back_and_forth_makes_no_loop(client, db, address, make):
    row = make(slug="a")

    rename(row, "b", "a", "b", "a")

    assert where_it_leads(client, address.format("a")) == (200, "")
    assert where_it_leads(client, address.format("b")) == (301, address.format("a"))
    assert list(type(row).objects.get().former_addresses.values_list("slug", flat=True)) == ["b"]


@both
def test_what_stands_at_an_old_address_comes_first(client, db, address, make):
    rename(make(slug="a"), "b")
    make(slug="a")

    assert where_it_leads(client, address.format("a")) == (200, "")


@both
def test_what_readers_saw_last_at_an_address_keeps_it(client, db, address, make):
    rename(make(slug="a"), "b")
    rename(make(slug="a", is_published=False), "hidden")
    assert where_it_leads(client, address.format("a")) == (301, address.format("b"))

    rename(make(slug="a"), "c")

    assert where_it_leads(client, address.format("a")) == (301, address.format("c"))


@both
def test_nothing_leads_to_what_readers_may_not_see(client, db, address, make):
    rename(make(slug="a", is_published=False), "b")

    assert where_it_leads(client, address.format("a")) == (404, "")


@both
def test_a_slug_changed_in_sql_redirects_too(client, db, address, make):
    row = make(slug="a")

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET slug = slug || '-new'")

    assert where_it_leads(client, address.format("a")) == (301, address.format("a-new"))


@both
def test_what_is_recovered_has_its_old_addresses_again(client, db, address, make):
    row = make(slug="a")
    rename(row, "b")
    key = row.pk

    row.delete()
    assert where_it_leads(client, address.format("a")) == (404, "")
    make(pk=key, slug="b")

    assert where_it_leads(client, address.format("a")) == (301, address.format("b"))


def test_every_page_of_an_exercise_leads_to_the_same_page_with_its_question(client, db):
    rename(another_exercise(slug="a"), "b")

    for page in ("", "print/", "hold/", "week.ics"):
        assert where_it_leads(client, f"/exercises/a/{page}?start=x&y=%C3%A9") == (
            301,
            f"/exercises/b/{page}?start=x&y=%C3%A9",
        )
    assert FormerAddress.objects.count() == 1


def test_the_links_at_the_foot_hold_when_an_editor_renames_a_page(client, starter):
    rename(Page.objects.get(slug="about"), "who-we-are")

    assert 'href="/about/"' in client.get("/").content.decode()
    assert where_it_leads(client, "/about/") == (301, "/who-we-are/")


@pytest.mark.parametrize("slug", ["articles", "search", "admin", "Loud", "under_score"])
def test_a_page_takes_no_address_at_which_nobody_could_see_it(db, slug):
    page = another_page()
    page.slug = slug

    with pytest.raises(ValidationError, match=f"A page cannot have the address /{slug}/"):
        page.full_clean()
