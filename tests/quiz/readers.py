"""Readers for what is counted over many: checkups stored as they would be, without their pages."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from quiz.models import Checkup, Edition
from quiz.scoring import score


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
