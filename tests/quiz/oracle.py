"""The rules of instrument.md 2.3 once more: slow, obvious, in whole numbers only, and sharing no line
with quiz.scoring. Points are counted in sixtieths, because 4, 5 and 6 answers all divide 60.
"""

from __future__ import annotations

SIXTIETHS_A_STEP = 25 * 60
LOW_LINE = 37 * 60 + 30  # 37.5 points
HIGH_LINE = 62 * 60 + 30  # 62.5
EDGE = 4 * 60 + 12  # 4.2
GAP = 12 * 60 + 30  # 12.5
MINIMUM = 4
NAMES = ("attention", "curiosity", "repair", "warmth")


def sixtieths(six: list[int]) -> int | None:
    """A category's score in sixtieths of a point."""
    total = 0
    count = 0
    for answer in six:
        if answer in (0, 1, 2, 3, 4):
            total += answer
            count += 1
    if count < MINIMUM:
        return None
    return total * (SIXTIETHS_A_STEP // count)


def level(score: int) -> str:
    if score < LOW_LINE:
        return "low"
    if score <= HIGH_LINE:
        return "middle"
    return "high"


def neighbour(score: int) -> str | None:
    """The level on the other side of a line that is at most 4.2 points away."""
    for line, below, above in ((LOW_LINE, "low", "middle"), (HIGH_LINE, "middle", "high")):
        if line - EDGE <= score <= line + EDGE:
            return above if level(score) == below else below
    return None


def lowest(scores: list[int | None]) -> str | None:
    """The one category from which every other scored one is at least 12.5 points away."""
    for name, score in zip(NAMES, scores, strict=True):
        others = [
            other
            for other_name, other in zip(NAMES, scores, strict=True)
            if other is not None and other_name != name
        ]
        if score is not None and others and all(other >= score + GAP for other in others):
            return name
    return None


def quote(six: list[int]) -> tuple[int, int, int] | None:
    """The most frequent answer (of equals the higher), how often, of how many."""
    best = None
    for answer in (4, 3, 2, 1, 0):
        times = sum(1 for given in six if given == answer)
        if times and (best is None or times > best[1]):
            best = (answer, times)
    answered = sum(1 for given in six if given >= 0)
    return None if best is None else (*best, answered)


def strengths(answers: list[int]) -> list[int]:
    """The places of the three highest answers, none of them “not at all”; of equals the earlier."""
    places = []
    for answer in (4, 3, 2, 1):
        places += [place for place, given in enumerate(answers) if given == answer]
    return places[:3]
