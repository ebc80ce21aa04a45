"""Pages of a list whose length nobody counts: to count ten thousand rows costs more than to show twenty.

Pure: the rows come from a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

# So that nobody makes the database walk over millions of rows by asking for the last of them.
MOST_PAGES = 2000


@dataclass(frozen=True)
class Page:
    """One page, for `_pagination.html`; how many there are is not known."""

    object_list: list[Any]
    number: int
    has_next: bool

    @property
    def lead(self) -> Any | None:
        """The very first row of all, where this page has it."""
        return self.object_list[0] if self.number == 1 and self.object_list else None

    @property
    def others(self) -> list[Any]:
        return self.object_list[1:] if self.number == 1 else self.object_list

    def __iter__(self) -> Iterator[Any]:
        return iter(self.object_list)

    def address(self, first: str) -> str:
        """Its one address, whatever it was asked by; `first` is that of the first page."""
        return f"{first}?page={self.number}" if self.number > 1 else first

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_previous or self.has_next

    @property
    def previous_page_number(self) -> int:
        return self.number - 1

    @property
    def next_page_number(self) -> int:
        return self.number + 1


def page_of(rows: Callable[[int], Sequence[Any]], asked: str | None, size: int) -> Page | None:
    """The page that was asked for; what is no number is the first. None where that page has no rows.

    `rows(n)` gives `size + 1` rows, as far as there are so many after the first n.
    """
    number = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    number = max(number, 1)
    if number > MOST_PAGES:
        return None
    found = list(rows((number - 1) * size))
    if not found and number > 1:
        return None
    return Page(found[:size], number, has_next=len(found) > size)
