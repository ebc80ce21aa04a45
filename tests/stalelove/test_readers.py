"""Readers go past what only editors need; everybody else, and every check of a form, does not."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from django.utils.module_loading import import_string

from stalelove import readers
from tests.test_site import PUBLIC

# What Django's, django-otp's and django-axes' middleware for editors leave behind at a request.
TRACES = {"session", "user", "_messages"}


def traces(response) -> set[str]:
    return TRACES & set(vars(response.wsgi_request))


@pytest.mark.usefixtures("starter")
def test_no_page_of_a_reader_knows_of_a_session(client):
    for address in [*PUBLIC, "/no-such-page/", "/healthz", "/feed.atom", f"/snapshot/{'x' * 32}/"]:
        assert traces(client.get(address)) == set(), address
        assert traces(client.head(address)) == set(), address

    step = client.post("/checkup/start/")
    assert (step.status_code, traces(step), step.cookies) == (302, set(), {})
    assert traces(client.post(step["Location"], {})) == set()


@pytest.mark.usefixtures("starter")
@pytest.mark.parametrize("address", ["/", "/articles/", "/no-such-page/", "/style/"])
def test_who_brings_a_session_is_looked_at_whether_it_is_one_or_not(client, address):
    client.cookies[settings.SESSION_COOKIE_NAME] = "made-up"

    response = client.get(address)

    assert traces(response) == TRACES
    assert not response.wsgi_request.user.is_verified()


def test_the_admin_has_all_of_it_without_a_session_too(client, db):
    for address in ("/admin/", "/admin/login/", "/admin/no-such-page/"):
        response = client.get(address)
        assert traces(response) == TRACES, address
        assert hasattr(response.wsgi_request.user, "otp_device"), address
    assert settings.CSRF_COOKIE_NAME in client.get("/admin/login/").cookies
    assert traces(client.post("/admin/login/")) == TRACES


@pytest.mark.parametrize("brings_a_session", [False, True])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.usefixtures("starter")
def test_a_form_that_names_no_other_guard_needs_its_token_whoever_sends_it(
    method, brings_a_session
):
    """All forms of readers have another (exercises.guards), so any page stands for one that has none."""
    client = Client(enforce_csrf_checks=True)
    if brings_a_session:
        client.cookies[settings.SESSION_COOKIE_NAME] = "made-up"
    for address in ("/articles/", "/", "/admin/", "/admin/login/"):
        assert getattr(client, method)(address).status_code == 403, address

    # With a token it is let through, and then told that there is nothing to send.
    token = "a" * 32
    client.cookies[settings.CSRF_COOKIE_NAME] = token
    response = getattr(client, method)("/articles/", headers={"x-csrftoken": token})
    assert response.status_code == 405


def test_plain_http_goes_the_whole_way_to_its_redirect(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/articles/").status_code == 301
    assert traces(client.get("/healthz")) == TRACES
    assert traces(client.get("/healthz", secure=True)) == set()


def test_all_that_may_be_passed_by_is():
    """Each of them stands where it is passed by, so that none is quietly asked again."""
    listed = [import_string(path) for path in settings.MIDDLEWARE]
    at = listed.index(readers.straight_to_the_page)
    after = listed[at + 1 : at + 1 + len(readers._PASSED_BY)]

    assert set(after) == set(readers._PASSED_BY)
    assert not set(listed[:at]) & set(readers._PASSED_BY)


def test_the_chain_is_the_servers_own():
    """The test client builds the same as gunicorn and Granian, which call a WSGIHandler."""
    handler = WSGIHandler()
    checks = [each.__self__.__class__ for each in handler._view_middleware]
    assert [each.__name__ for each in checks][:2] == ["CsrfViewMiddleware", "RateLimits"]
