"""What changed between two texts, word by word. Pure: texts in, pieces out.

Lines that stand in both are matched first, then the words within the lines that differ, so that a
long article with one changed sentence shows that sentence. Two texts of 400,000 characters with
nothing in common take no longer than the limits below allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "removed", "added", "gap"]

_TOKENS = re.compile(r"\s+|[^\W_]+(?:['’-][^\W_]+)*|[\W_]")
# Above this many comparisons, a stretch is shown as removed and added whole.
_MOST_COMPARISONS = 1_000_000


@dataclass(frozen=True)
class Piece:
    """A stretch of text. A `gap` stands for unchanged text; its text says how many words it had."""

    kind: Kind
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """The pieces in reading order: `same` and `removed` make up `old`, `same` and `added` `new`."""
    pieces: list[Piece] = []
    for kind, before, after in _matched(
        old.splitlines(keepends=True), new.splitlines(keepends=True)
    ):
        if kind == "same":
            pieces.append(Piece("same", "".join(before)))
        else:
            pieces += _words("".join(before), "".join(after))
    return _joined(pieces)


def abridged(pieces: list[Piece], *, around: int = 200) -> list[Piece]:
    """The pieces with long unchanged stretches cut to about `around` characters beside a change."""
    short: list[Piece] = []
    for position, piece in enumerate(pieces):
        first, last = position == 0, position == len(pieces) - 1
        if piece.kind != "same" or len(piece.text) <= around * 3:
            short.append(piece)
            continue
        start = "" if first else piece.text[:around].rsplit(" ", 1)[0]
        end = "" if last else piece.text[-around:].split(" ", 1)[-1]
        left_out = len(piece.text[len(start) : len(piece.text) - len(end)].split())
        short += [
            piece
            for piece in (Piece("same", start), Piece("gap", str(left_out)), Piece("same", end))
            if piece.text
        ]
    return short


def _words(old: str, new: str) -> Iterator[Piece]:
    for kind, before, after in _matched(_TOKENS.findall(old), _TOKENS.findall(new)):
        if kind == "same":
            yield Piece("same", "".join(before))
        else:
            yield Piece("removed", "".join(before))
            yield Piece("added", "".join(after))


def _matched(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[Literal["same", "changed"], Sequence[str], Sequence[str]]]:
    """Stretches of two sequences, alike or not; what they begin and end with alike comes cheap."""
    limit = min(len(old), len(new))
    start = next((n for n in range(limit) if old[n] != new[n]), limit)
    end = next((n for n in range(limit - start) if old[-1 - n] != new[-1 - n]), limit - start)
    if start:
        yield "same", old[:start], new[:start]
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if len(before) * len(after) > _MOST_COMPARISONS:
        yield "changed", before, after
    else:
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for tag, a, b, c, d in matcher.get_opcodes():
            yield "same" if tag == "equal" else "changed", before[a:b], after[c:d]
    if end:
        yield "same", old[len(old) - end :], new[len(new) - end :]


def _joined(pieces: list[Piece]) -> list[Piece]:
    """One removal and one addition for neighboring changes, instead of one for every word."""
    joined: list[Piece] = []
    removed = added = ""
    for position, piece in enumerate(pieces):
        following = pieces[position + 1] if position + 1 < len(pieces) else None
        between = following is not None and following.kind != "same" and bool(removed or added)
        if piece.kind == "same" and not (between and piece.text == " "):
            joined += _changes(removed, added)
            removed = added = ""
            if joined and joined[-1].kind == "same":
                joined[-1] = Piece("same", joined[-1].text + piece.text)
            else:
                joined.append(piece)
        else:
            removed += piece.text if piece.kind != "added" else ""
            added += piece.text if piece.kind != "removed" else ""
    return joined + _changes(removed, added)


def _changes(removed: str, added: str) -> list[Piece]:
    return [piece for piece in (Piece("removed", removed), Piece("added", added)) if piece.text]
