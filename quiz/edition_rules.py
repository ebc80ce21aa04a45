"""What an edition must be before it may be published. Pure: a definition in, problems out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from quiz.scoring import HIGHEST, LEVELS, Definition
from stalelove.categories import Category, gettext_noop

# Two about me, two about what I notice from my partner, two about us: so that no category becomes
# a form for grading the partner (instrument.md 2.3).
MAKE_UP = ("me", "me", "partner", "partner", "us", "us")

_NO_WORDS = {
    "low": gettext_noop("%(category)s has no words for its low band."),
    "middle": gettext_noop("%(category)s has no words for its middle band."),
    "high": gettext_noop("%(category)s has no words for its high band."),
}


@dataclass(frozen=True)
class Problem:
    """One reason: a sentence with `%(name)s` where its values go, so that it can be translated."""

    sentence: str
    values: Mapping[str, Category | str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        """In English."""
        return self.sentence % {
            name: value.label if isinstance(value, Category) else value
            for name, value in self.values.items()
        }


def problems(definition: Definition) -> list[Problem]:
    """Every reason why this edition may not be published yet; empty when it may."""
    found: list[Problem] = []
    for category in Category:
        items = definition.items_in(category)
        if tuple(item.about for item in items) != MAKE_UP:
            counts = Counter(item.about for item in items)
            found.append(
                Problem(
                    gettext_noop(
                        "%(category)s needs six questions in the order two about me, two about my "
                        "partner, two about us; it has %(me)s, %(partner)s and %(us)s."
                    ),
                    {
                        "category": category,
                        "me": counts["me"],
                        "partner": counts["partner"],
                        "us": counts["us"],
                    },
                )
            )
        found += [
            Problem(_NO_WORDS[level], {"category": category})
            for level in LEVELS
            if (category, level) not in definition.bands
        ]
    expected = [category for category in Category for _ in MAKE_UP]
    if [item.category for item in definition.items] != expected:
        found.append(
            Problem(
                gettext_noop(
                    "The questions must stand in the order of the categories, six each: positions "
                    "1-6 %(first)s, 7-12 %(second)s, 13-18 %(third)s, 19-24 %(fourth)s."
                ),
                dict(zip(("first", "second", "third", "fourth"), Category, strict=True)),
            )
        )
    for sentence, words in (
        (
            gettext_noop("The question “%(words)s” stands there twice."),
            [item.text for item in definition.items],
        ),
        (
            gettext_noop("The key “%(words)s” stands there twice."),
            [item.key for item in definition.items],
        ),
    ):
        twice = [word for word, count in Counter(words).items() if count > 1]
        found += [Problem(sentence, {"words": word}) for word in twice]
    labels = [label.strip() for label in definition.labels]
    if len(labels) != HIGHEST + 1 or len(set(labels)) != len(labels) or "" in labels:
        found.append(
            Problem(gettext_noop("There must be five labels, all different, from least to most."))
        )
    return found + _threshold_problems(definition)


def _threshold_problems(definition: Definition) -> list[Problem]:
    thresholds = definition.thresholds
    found: list[str] = []
    if not 0 < thresholds.low_below < thresholds.high_above < 100:
        found.append(
            gettext_noop("The lines of the bands must lie in the order 0, low, high, 100.")
        )
    if not 0 <= thresholds.edge * 2 < thresholds.high_above - thresholds.low_below:
        found.append(gettext_noop("The edge must be less than half of the middle band."))
    if not 1 <= thresholds.minimum_answered <= len(MAKE_UP):
        found.append(gettext_noop("The minimum of answers in a category must be 1 to 6."))
    if not 0 < thresholds.same_below <= thresholds.unusual_above:
        found.append(
            gettext_noop("“About the same” must end before “more than the usual wobble” begins.")
        )
    return [Problem(sentence) for sentence in found]
