"""How hard a text is to read: the Flesch-Kincaid grade (Kincaid, Fishburne, Rogers and Chissom, 1975).

grade = 0.39 × words a sentence + 11.8 × syllables a word - 15.59
"""

import re

_HIATUS = re.compile(
    r"[iy]a|eo(?!u|p)|(?<![gq])u[ae](?!$)|(?<![gq])ue?i|(?<=[aeiou][^aeiou])ea$|i(?=et|en|o(?!n|u))|[aeiouy](?=ing)"
)
_VOWELS = re.compile(r"[aeiouyáéèêëíïóöúü]+")


def syllables(word: str) -> int:
    """By groups of vowels, without a silent e: within one of a dictionary's for nearly every word."""
    letters = re.sub(r"[’']\w*$", "", word.lower())
    silent = letters.endswith("e") and not letters.endswith(("le", "ee", "ye", "oe"))
    silent |= bool(re.search(r"[^aeiouytd]ed$|[^aeiouycgsxzh]es$", letters))
    return max(1, len(_VOWELS.findall(letters)) + len(_HIATUS.findall(letters)) - silent)


def grade(text: str) -> float:
    """The American school year of a text; a line that ends without a stop ends a sentence too."""
    lines = [line for line in text.splitlines() if line.strip()]
    sentences = [s for line in lines for s in re.split(r"(?<=[.!?…])[”’)]*\s+", line) if s.strip()]
    words = re.findall(r"[A-Za-zÀ-ÿ][\w’'-]*", text)
    return (
        0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    )
