"""A reader's form is read as Django reads it."""

from __future__ import annotations

import pytest
from django.core.exceptions import BadRequest, TooManyFieldsSent
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from exercises.guards import fields_sent

PLAIN = "application/x-www-form-urlencoded"


def sent(rf, body: bytes, content_type: str = PLAIN):
    return rf.post("/", body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"a=1&b=2",
        b"a=1&a=2&b=",
        b"a&=x&&b",
        b"a=x+y%20z%2Bplus&%C3%A4=%E2%80%9Cq%E2%80%9D",
        b"a=%FF%zz&b=1;c=2",
        "ä=“q”".encode(),
        b"\xff=\xfe",
        b"a=" + b"x" * 9000,
    ],
)
def test_a_form_has_the_fields_that_django_finds(rf, body):
    assert dict(fields_sent(sent(rf, body)).items()) == dict(sent(rf, body).POST.items())


@given(body=st.binary(max_size=60) | st.text("ab=&%+;41é", max_size=40).map(str.encode))
def test_whatever_is_sent_is_read_as_django_reads_it(body):
    rf = RequestFactory()
    assert dict(fields_sent(sent(rf, body)).items()) == dict(sent(rf, body).POST.items())


def test_what_django_refuses_is_refused(rf):
    with pytest.raises(TooManyFieldsSent):
        fields_sent(sent(rf, b"a=1&" * 2001))
    with pytest.raises(BadRequest):
        fields_sent(sent(rf, b"a=1", f"{PLAIN}; charset=latin-1"))


def test_other_sorts_of_a_form_are_left_to_django(rf):
    request = rf.post("/", {"a": ["1", "2"], "b": "3"})  # multipart
    assert dict(fields_sent(request).items()) == {"a": "2", "b": "3"}
    assert dict(fields_sent(sent(rf, b'{"a": 1}', "application/json")).items()) == {}


def test_the_form_can_still_be_read_by_django_afterwards(rf):
    request = sent(rf, b"a=1&a=2")
    assert fields_sent(request) == {"a": "2"}
    assert request.POST.getlist("a") == ["1", "2"]
