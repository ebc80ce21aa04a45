"""What a reader gets who asks what is held under their link: every column of it, each explained.

Pure but for the rows it reads: no clock, no request. Nothing of another person is in it.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from quiz.models import Checkup, Participant
from stalelove.categories import Category

FORMAT = 1
FIELDS = {
    "checkup.link_sha256": gettext_lazy(
        "The SHA-256 of the secret part of your link. The link itself is kept nowhere."
    ),
    "checkup.edition": gettext_lazy("The number of the edition of the checkup that you answered."),
    "checkup.started_on": gettext_lazy("The day on which you began. No time of day is kept."),
    "checkup.finished_on": gettext_lazy(
        "The day on which your last page was saved; null while it is unfinished."
    ),
    "checkup.kept_until": gettext_lazy(
        "The last day on which your link opens. It follows from the two days above."
    ),
    "checkup.grew_from_an_earlier_one": gettext_lazy(
        "Whether this is a retake, tied to an earlier checkup of yours "
        "that is still kept. The tie is kept here, and not with the earlier one."
    ),
    "checkup.scores": gettext_lazy(
        "0 to 100 for each part: the mean of your answers to it times 25; null without "
        "enough answers."
    ),
    "checkup.answers": gettext_lazy("Your answers in the order of the questions."),
    "checkup.answers.value": gettext_lazy(
        "0 to 4: the five answers from least to most. -1: skipped. -2: it did not "
        "come up. null: a page that is not saved yet. The words of questions and answers belong to the "
        "edition and are the same for everyone."
    ),
    "together": gettext_lazy(
        "Your side of “Look at it together”; null if there is none. What the other side did is "
        "not in it."
    ),
    "together.own_link_sha256": gettext_lazy(
        "The SHA-256 of the secret part of your own page’s address."
    ),
    "together.you_are": gettext_lazy(
        "Whether you made the invitation (inviter) or used it (invited)."
    ),
    "together.made_at": gettext_lazy(
        "When the invitation was made. The one place where a time of day is kept, because "
        "an invitation is good for 72 hours."
    ),
    "together.shows": gettext_lazy("The parts that you chose to show."),
    "together.has_confirmed": gettext_lazy("Whether you have pressed “Show this”."),
    "together.opened_at": gettext_lazy("When the second of you confirmed; null before that."),
}


def own_data(checkup: Checkup) -> dict[str, Any]:
    """Everything that is kept under a checkup's link, as JSON takes it. Two queries."""
    return {
        "format": FORMAT,
        "about": gettext_lazy(
            "Everything that Stale Love keeps under this link. “fields” says what each entry means."
        ),
        "fields": FIELDS,
        "checkup": {
            "link_sha256": bytes(checkup.token_hash).hex(),
            "edition": checkup.definition().number,
            "started_on": checkup.started_on.isoformat(),
            "finished_on": checkup.finished_on and checkup.finished_on.isoformat(),
            "kept_until": checkup.expires_on.isoformat(),
            "grew_from_an_earlier_one": checkup.earlier_id is not None,
            "scores": {category.value: getattr(checkup, category) for category in Category},
            "answers": _answers(checkup),
        },
        "together": _together(checkup),
    }


def _answers(checkup: Checkup) -> list[dict[str, Any]]:
    definition = checkup.definition()
    return [
        {
            "category": item.category.value,
            "question": item.text,
            "value": answer,
            "words": None if answer is None else definition.answer_label(answer),
        }
        for item, answer in zip(definition.items, checkup.answers, strict=True)
    ]


def _together(checkup: Checkup) -> dict[str, Any] | None:
    side = Participant.objects.select_related("pairing").filter(checkup=checkup).first()
    if side is None:
        return None
    opened_at = side.pairing.opened_at
    return {
        "own_link_sha256": bytes(side.token_hash).hex(),
        "you_are": side.who,
        "made_at": side.pairing.made_at.isoformat(),
        "shows": side.shows,
        "has_confirmed": side.has_confirmed,
        "opened_at": opened_at and opened_at.isoformat(),
    }
