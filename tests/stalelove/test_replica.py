"""Where public pages are read from. tests/deploy/test_cluster.py does it with real servers."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, OperationalError, connections
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import resolve

from articles.models import Article
from stalelove import content_version
from stalelove.content_version import Stamp, read_anywhere
from stalelove.places import Router, place
from stalelove.replica import PublicPages

OLD, NEW = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.mark.parametrize(
    ("primary", "replica", "expected"),
    [
        (NEW, NEW, (NEW, "replica")),
        (NEW, OLD, (NEW, "default")),  # it lags
        (NEW, None, (NEW, "default")),
        (None, OLD, (OLD, "replica")),  # the best that is known
        (None, None, None),
    ],
)
def test_the_replica_is_read_while_it_has_the_present_content(
    monkeypatch, primary, replica, expected
):
    versions = {"default": primary, "replica": replica}

    def read(place: str = "default") -> Stamp:
        if versions[place] is None:
            raise DatabaseError
        return Stamp(versions[place], None, dt.date(2026, 11, 20), place)

    monkeypatch.setattr(content_version, "read", read)
    monkeypatch.setitem(connections.settings, "replica", connections.settings["default"])

    stamp = read_anywhere()

    assert (stamp and (stamp.version, stamp.place)) == expected


def test_without_a_replica_only_the_primary_is_asked(monkeypatch):
    asked = []
    monkeypatch.setattr(content_version, "read", asked.append)

    read_anywhere()

    assert asked == ["default"]


def test_where_a_stamp_was_read_makes_no_other_page_of_it():
    here, there = (Stamp(NEW, None, dt.date(2026, 11, 20), at) for at in ("default", "replica"))

    assert (here, str(here)) == (there, str(there))


def ask(path: str, *, content_place: str | None, view=None, method: str = "get") -> list[str]:
    """Where the view was told to read, each time it was called."""
    places: list[str] = []

    def looks(request, *_args, **_kwargs):
        places.append(Router().db_for_read(Article))
        return view(places) if view else HttpResponse()

    request = getattr(RequestFactory(), method)(path)
    request.resolver_match = resolve(path)
    request.resolver_match.func = looks
    if content_place:
        request.content_place = content_place

    def get_response(request):
        middleware.process_view(request, looks, (), {})
        try:
            return looks(request)
        except OperationalError as error:
            answer = middleware.process_exception(request, error)
            if answer is None:
                raise
            return answer

    settings = {"default": {}, "replica": {}}
    with override_settings(DATABASES=settings):
        middleware = PublicPages(get_response)
    try:
        middleware(request)
    finally:
        assert place.get() == "default"
    return places


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(
    ("path", "content_place", "expected"),
    [
        ("/articles/", "replica", "replica"),
        ("/articles/", "default", "default"),
        ("/articles/", None, "default"),
        ("/checkup/start/", "replica", "default"),
        ("/search/", "replica", "default"),
        (f"/snapshot/{'x' * 32}/", "replica", "default"),
    ],
)
def test_only_the_view_of_a_public_page_reads_the_replica(path, content_place, expected):
    assert ask(path, content_place=content_place) == [expected]


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_replica_that_goes_away_in_the_middle_of_a_page_is_made_up_for():
    def fails_once(places: list[str]) -> HttpResponse:
        if places == ["replica"]:
            raise OperationalError("the connection was lost")
        return HttpResponse()

    assert ask("/articles/", content_place="replica", view=fails_once) == ["replica", "default"]


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_where_neither_answers_the_outage_is_told():
    def fails(places: list[str]) -> HttpResponse:
        raise OperationalError("the connection was lost")

    with pytest.raises(OperationalError):
        ask("/articles/", content_place="replica", view=fails)


def test_nothing_is_written_or_migrated_on_the_replica():
    token = place.set("replica")
    try:
        router = Router()
        assert router.db_for_write(Article) == "default"
        assert (
            router.allow_migrate("replica", "articles"),
            router.allow_migrate("default", "articles"),
        ) == (False, True)
    finally:
        place.reset(token)
