"""The words of a text, for holding what a reader sees beside what its writer wrote."""

import re

_TYPEWRITER = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})


def words_of(text: str) -> list[str]:
    """The text cut at white space alone, so that every sign counts; curly quotes count as straight."""
    return text.translate(_TYPEWRITER).split()


def letters_of(text: str) -> str:
    """Nothing but letters and digits, in order."""
    return re.sub(r"[\W_]", "", text)
