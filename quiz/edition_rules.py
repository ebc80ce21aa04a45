"""What an edition must be before it may be published. Pure: a definition in, sentences out."""

from __future__ import annotations

from collections import Counter

from quiz.scoring import HIGHEST, LEVELS, Definition
from stalelove.categories import Category

# Two about me, two about what I notice from my partner, two about us: so that no category becomes
# a form for grading the partner (instrument.md 2.3).
MAKE_UP = ("me", "me", "partner", "partner", "us", "us")


def problems(definition: Definition) -> list[str]:
    """Every reason why this edition may not be published yet; empty when it may."""
    found: list[str] = []
    for category in Category:
        items = definition.items_in(category)
        if tuple(item.about for item in items) != MAKE_UP:
            counts = Counter(item.about for item in items)
            found.append(
                f"{category.label} needs six questions in the order two about me, two about my partner, "
                f"two about us; it has {counts['me']}, {counts['partner']} and {counts['us']}."
            )
        found += [
            f"{category.label} has no words for its {level} band."
            for level in LEVELS
            if (category, level) not in definition.bands
        ]
    expected = [category for category in Category for _ in MAKE_UP]
    if [item.category for item in definition.items] != expected:
        found.append(
            "The questions must stand in the order of the categories, six each: "
            "positions 1-6 Attention, 7-12 Curiosity, 13-18 Repair, 19-24 Warmth."
        )
    for what, words in (
        ("question", [item.text for item in definition.items]),
        ("key", [item.key for item in definition.items]),
    ):
        twice = [word for word, count in Counter(words).items() if count > 1]
        found += [f"The {what} “{word}” stands there twice." for word in twice]
    labels = [label.strip() for label in definition.labels]
    if len(labels) != HIGHEST + 1 or len(set(labels)) != len(labels) or "" in labels:
        found.append("There must be five labels, all different, from least to most.")
    return found + _threshold_problems(definition)


def _threshold_problems(definition: Definition) -> list[str]:
    thresholds = definition.thresholds
    found: list[str] = []
    if not 0 < thresholds.low_below < thresholds.high_above < 100:
        found.append("The lines of the bands must lie in the order 0, low, high, 100.")
    if not 0 <= thresholds.edge * 2 < thresholds.high_above - thresholds.low_below:
        found.append("The edge must be less than half of the middle band.")
    if not 1 <= thresholds.minimum_answered <= len(MAKE_UP):
        found.append("The minimum of answers in a category must be 1 to 6.")
    if not 0 < thresholds.same_below <= thresholds.unusual_above:
        found.append("“About the same” must end before “more than the usual wobble” begins.")
    return found
