"""A complaint made into a request: how it reads on the card, and what to look at again. Pure."""

from __future__ import annotations

import re
from enum import Enum

_OPENING = re.compile(r"^(would|could|can|will) you( please)?\b[ ,…]*", re.IGNORECASE)
_I = re.compile(r"I\b")


class SecondLook(Enum):
    """Why a request may be hard to say yes to; the value finds the words that give it away."""

    FOR_EVER = re.compile(r"\b(always|never|every|ever again|from now on)\b", re.IGNORECASE)
    HARD_TO_SEE = re.compile(
        r"\b(more|less|better|nicer|kinder|properly|care about|respect|appreciate)\b",
        re.IGNORECASE,
    )
    WHAT_NOT_TO_DO = re.compile(r"\b(stop|quit|not|don[’']t|no longer)\b", re.IGNORECASE)


def asked(words: str) -> str:
    """The words as they go on after “Would you”: no opening of their own, no end mark, no capital.

    >>> asked("Would you Walk with me?")
    'walk with me'
    """
    words = _OPENING.sub("", " ".join(words.split()), count=1).rstrip(" .?!…")
    if _I.match(words) or words[:2].isupper():
        return words
    return words[:1].lower() + words[1:]


def second_looks(words: str) -> list[SecondLook]:
    """What might make this hard to say yes to, in a fixed order; empty for a plain request."""
    return [look for look in SecondLook if look.value.search(words)]
