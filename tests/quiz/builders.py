"""What the checkup's tests are made of. Answers are written as a reader gives them: four words of six
signs, `0` to `4`, `-` for a skipped question and `n` for “It did not come up”.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

from django.test import Client
from django.utils import timezone

from articles.rendering import typographic
from quiz import scoring
from quiz.documents import STARTER, Editions
from quiz.models import Edition
from stalelove.categories import Category

SIGNS = {"-": scoring.SKIPPED, "n": scoring.DID_NOT_COME_UP, **{str(n): n for n in range(5)}}
CHOICES = {"-": "skip", "n": "none", **{str(n): str(n) for n in range(5)}}
ALL_SOME_DAYS = "222222 222222 222222 222222"


def shipped_record() -> dict[str, Any]:
    """The edition that ships, as its file says it."""
    return Editions().read(STARTER)["1"]


def make_definition(**changes: Any) -> scoring.Definition:
    """The shipped edition as plain data, without a database."""
    record = shipped_record()
    thresholds = {
        name: Fraction(str(value)) if isinstance(value, float) else value
        for name, value in record["thresholds"].items()
    }
    definition = scoring.Definition(
        number=record["number"],
        title=record["title"],
        window=record["window"],
        labels=tuple(record["labels"]),
        did_not_come_up=record["did_not_come_up"],
        items=tuple(
            scoring.Item(
                item["key"],
                Category(item["category"]),
                item["about"],
                typographic(item["text"]),
                typographic(item["short"]),
            )
            for item in record["items"]
        ),
        bands={
            (Category(band["category"]), band["band"]): scoring.BandWords(
                band["label"], band["words"]
            )
            for band in record["bands"]
        },
        thresholds=scoring.Thresholds(**thresholds),
    )
    return dataclasses.replace(definition, **changes)


def make_edition(*, published: bool = True, **changes: Any) -> Edition:
    record = {**shipped_record(), **changes}
    if published:
        record["published_on"] = timezone.localdate()
    edition = Editions().write(str(record["number"]), record)
    assert isinstance(edition, Edition)
    return edition


def read_answers(signs: str) -> list[int]:
    """The 24 answers that the four words stand for."""
    return [SIGNS[sign] for sign in signs.replace(" ", "")]


def page_of(edition: Edition, category: Category, signs: str) -> dict[str, str]:
    """What a browser sends for one page; `.` stands for a question left open."""
    items = edition.definition().items_in(category)
    chosen = {
        item.key: CHOICES[sign] for item, sign in zip(items, signs, strict=True) if sign != "."
    }
    return {"edition": str(edition.number), **chosen}


def start(client: Client) -> str:
    """Start a checkup and return its token."""
    response = client.post("/checkup/start/")
    assert response.status_code == 302, response.status_code
    return response["Location"].split("/")[2]


def take_checkup(client: Client, edition: Edition, answers: str = ALL_SOME_DAYS) -> str:
    """Start a checkup, answer its four pages in order, and return its token."""
    token = start(client)
    for category, signs in zip(Category, answers.split(), strict=True):
        client.post(f"/checkup/{token}/{category}/", page_of(edition, category, signs))
    return token
