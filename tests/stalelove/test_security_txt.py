from __future__ import annotations

import datetime as dt

from django.utils import timezone


def test_whom_to_tell_of_a_weakness(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@stalelove.example"

    response = client.get("/.well-known/security.txt")

    contact, expires, languages, canonical = response.content.decode().splitlines()
    assert (contact, languages, canonical) == (
        "Contact: mailto:security@stalelove.example",
        "Preferred-Languages: en",
        "Canonical: https://testserver/.well-known/security.txt",
    )
    good_for = dt.datetime.fromisoformat(expires.removeprefix("Expires: ")) - timezone.now()
    assert good_for.days in (179, 180)
    assert response["Content-Type"] == "text/plain; charset=utf-8"


def test_without_anyone_to_tell_there_is_no_such_page(client, db):
    assert client.get("/.well-known/security.txt").status_code == 404
