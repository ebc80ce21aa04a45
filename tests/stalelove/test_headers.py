"""The headers of every answer, by the rules of the MDN HTTP Observatory (its scoring of 2024-25).

Each rule here is one of its tests; what it can only see from outside (the redirect from port 80, the
preload list) is the proxy's part.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

ADDRESSES = [
    "/",
    "/articles/",
    "/checkup/",
    "/help/",
    "/healthz",
    "/no-such-page/",
    "/snapshot/" + "x" * 32 + "/",
    "/admin/login/",
    "/admin/",
]


@pytest.fixture
def served(settings):
    """As in production, where HTTPS is told by the proxy."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


def policy(response) -> dict[str, list[str]]:
    directives = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in filter(None, directives)}


def faults(response) -> list[str]:
    """Every rule of the Observatory that would cost marks."""
    found = []
    csp = policy(response)
    sources = {source for values in csp.values() for source in values}
    if csp.get("default-src") != ["'none'"]:
        found.append("csp: default-src is not 'none'")
    if sources - {"'none'", "'self'"}:
        found.append("csp: " + " ".join(sorted(sources)))
    for name in ("base-uri", "frame-ancestors", "form-action"):
        if not csp.get(name):
            found.append(f"csp: no {name}")
    seconds = response["Strict-Transport-Security"].partition(";")[0].partition("=")[2]
    if int(seconds) < 15768000:  # six months
        found.append("hsts: too short")
    if response["X-Content-Type-Options"] != "nosniff":
        found.append("nosniff")
    if response["X-Frame-Options"] != "DENY":
        found.append("frames")
    if response["Referrer-Policy"] not in ("same-origin", "no-referrer"):
        found.append("referrer")
    if response["Cross-Origin-Resource-Policy"] != "same-origin":
        found.append("corp")
    if response.has_header("Access-Control-Allow-Origin"):
        found.append("cors")
    for name, cookie in response.cookies.items():
        if not (cookie["secure"] and cookie["httponly"] and cookie["samesite"]):
            found.append(f"cookie {name}")
    return found


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_keeps_the_observatory_s_rules(client, starter, served, address):
    response = client.get(address, secure=True)

    assert faults(response) == []
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in response["Permissions-Policy"]
    assert not response.has_header("Server")
    assert not response.has_header("X-Powered-By")


def test_an_editor_s_cookies_and_pages_keep_them_too(client, starter, served):
    client.force_login(User.objects.create_superuser("rosa"))

    for address in ("/admin/", "/admin/articles/article/add/", "/admin/second-step/"):
        response = client.get(address, secure=True)
        assert (response.status_code, faults(response)) == (200, [])


def test_plain_http_is_redirected_but_for_the_load_balancer(client, db, served):
    response = client.get("/articles/")

    assert (response.status_code, response["Location"]) == (301, "https://testserver/articles/")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_a_host_that_is_not_ours_is_refused(client, db, served):
    assert client.get("/", secure=True, headers={"host": "evil.example"}).status_code == 400
