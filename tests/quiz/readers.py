"""Builders of readers: an edition that is out, and checkups stored as they would be."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from quiz.documents import STARTER, Editions
from quiz.models import Checkup, Edition
from quiz.scoring import score


def publish_starter_edition(*, number: int = 1) -> Edition:
    """The edition that ships, published under `number`."""
    kind = Editions()
    record = kind.read(STARTER)["1"]
    kind.write(str(number), {**record, "number": number, "published_on": dt.date(2025, 1, 1)})
    return Edition.objects.get(number=number)


def make_checkup(
    edition: Edition,
    *,
    started_on: dt.date,
    answers: Sequence[int | None] = (2,) * 24,
    finished_on: dt.date | None = None,
    earlier: Checkup | None = None,
) -> Checkup:
    """One stored checkup; without None among its answers it is finished, by default on the same day."""
    finished = None not in answers
    result = score(edition.definition(), answers)
    return Checkup.objects.create(
        token_hash=secrets.token_bytes(32),
        edition=edition,
        answers=list(answers),
        started_on=started_on,
        finished_on=(finished_on or started_on) if finished else None,
        earlier=earlier,
        **{
            category.category.value: float(category.score)
            if finished and category.score is not None
            else None
            for category in result.categories
        },
    )
