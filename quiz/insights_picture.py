"""What editors see, as geometry and words for a template: bars of groups. Pure, and without any style.

Sizes are in the units of the SVG's viewBox.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quiz.periods import NO_SCORE, Figures, Group, Part
from quiz.scoring import DID_NOT_COME_UP, HIGHEST, SKIPPED, Definition
from stalelove.categories import Category

WIDTH = 400
GAP = 2
# The shade of a group that holds no label at all.
NOTHING = "none"


@dataclass(frozen=True)
class Segment:
    """One group of a bar: where it lies, which shade it has, whose it is; `share` in whole percent."""

    x: float
    width: float
    shade: str
    words: str
    readers: int
    share: int


@dataclass(frozen=True)
class Row:
    """One bar: what it is about, its segments from left to right, and of how many readers."""

    title: str
    segments: tuple[Segment, ...]
    of: int


@dataclass(frozen=True)
class Section:
    """One category: its band's bar (None where bands are not shown) and its questions'."""

    category: Category
    bands: Row | None
    questions: tuple[Row, ...]


def bar(
    title: str, groups: Sequence[Group], words: Mapping[Part, str], shades: Mapping[Part, str]
) -> Row:
    """Lay the groups out side by side over the whole width, with a gap between neighbors."""
    of = sum(group.readers for group in groups)
    room = WIDTH - GAP * (len(groups) - 1)
    x = 0.0
    segments = []
    for group in groups:
        width = room * group.readers / of
        own = [shades[part] for part in group.parts if shades[part] != NOTHING] or [NOTHING]
        segments.append(
            Segment(
                x=round(x, 1),
                width=round(width, 1),
                shade=own[len(own) // 2],
                words=" / ".join(words[part] for part in group.parts),
                readers=group.readers,
                share=round(100 * group.readers / of),
            )
        )
        x += width + GAP
    return Row(title, tuple(segments), of)


def sections(
    figures: Figures,
    definition: Definition,
    *,
    names: Mapping[Category, str],
    no_answer: str,
    no_score: str,
) -> Iterator[Section]:
    """The four categories in the fixed order; their names, and the two words for what is missing,
    come from outside."""
    words: dict[Part, str] = dict(enumerate(definition.labels))
    words |= {SKIPPED: no_answer, DID_NOT_COME_UP: definition.did_not_come_up}
    shades: dict[Part, str] = {label: str(label) for label in range(HIGHEST + 1)}
    shades |= {SKIPPED: NOTHING, DID_NOT_COME_UP: NOTHING}
    band_shades: dict[Part, str] = {NO_SCORE: NOTHING, "low": "0", "middle": "2", "high": "4"}
    for category in Category:
        band_words: dict[Part, str] = {NO_SCORE: no_score}
        band_words |= {
            level: band.label for (own, level), band in definition.bands.items() if own is category
        }
        groups = figures.bands[category]
        yield Section(
            category=category,
            bands=bar(names[category], groups, band_words, band_shades) if groups else None,
            questions=tuple(
                bar(definition.items[place].text, figures.questions[place], words, shades)
                for place in definition.positions_in(category)
            ),
        )


def people(
    figures: Figures, *, names: Mapping[Category, str], finished: str, stopped_on: str
) -> Row | None:
    """The bar of all who started; None where it is not shown how many stopped.

    `stopped_on` is a sentence with `{page}` in it.
    """
    if figures.started is None:
        return None
    words: dict[Part, str] = {
        category.value: stopped_on.format(page=names[category]) for category in Category
    }
    shades: dict[Part, str] = {category.value: str(category.position) for category in Category}
    return bar(
        finished,
        (*figures.stopped, Group((finished,), figures.finished)),
        words | {finished: finished},
        shades | {finished: "4"},
    )
