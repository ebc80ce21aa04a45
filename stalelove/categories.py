"""The four categories under which everything is filed, in the order in which they always stand.

Pure: it knows no Django and no database, so that every app and every pure module may use it.
"""

from enum import StrEnum


def gettext_noop(words: str) -> str:
    """Marks words for translators (`make messages`) in the modules that know no Django.

    They stay English here. Whoever shows them translates them: `gettext(…)`, or `|translated` in a
    template.
    """
    return words


class Category(StrEnum):
    """One of the four; the value is the word in addresses, files and the database."""

    ATTENTION = "attention"
    CURIOSITY = "curiosity"
    REPAIR = "repair"
    WARMTH = "warmth"

    @property
    def label(self) -> str:
        """The name as readers see it, in English."""
        return _LABELS[self]

    @property
    def promise(self) -> str:
        """One line that says what the category is about, in English."""
        return _PROMISES[self]

    @property
    def position(self) -> int:
        """0 to 3: its place in the fixed order."""
        return list(Category).index(self)


_LABELS = {
    Category.ATTENTION: gettext_noop("Attention"),
    Category.CURIOSITY: gettext_noop("Curiosity"),
    Category.REPAIR: gettext_noop("Repair"),
    Category.WARMTH: gettext_noop("Warmth"),
}
_PROMISES = {
    Category.ATTENTION: gettext_noop(
        "Looking up, listening, and being in the same room on purpose."
    ),
    Category.CURIOSITY: gettext_noop("Asking real questions, and waiting for the answer."),
    Category.REPAIR: gettext_noop("Coming back to each other after a sharp moment."),
    Category.WARMTH: gettext_noop("Saying the kind thing, and touch you both welcome."),
}

# The value of each with its place, for ordering rows in the database.
CATEGORY_ORDER = {category.value: category.position for category in Category}


def in_order(names: "list[str] | set[str] | tuple[str, ...]") -> list[str]:
    """The given category names, each once, in the fixed order.

    Raises ValueError, naming it, for a word that is none of the four.
    """
    unknown = sorted(set(names) - {category.value for category in Category})
    if unknown:
        known = ", ".join(category.value for category in Category)
        raise ValueError(f'"{unknown[0]}" is not a category; the four are {known}')
    return [category.value for category in Category if category.value in names]
