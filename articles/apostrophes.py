"""Looking things up in the admin: a straight apostrophe, which keyboards have, finds the curved one
that titles have, and the other way round (Markdown keeps what was typed). Readers' search needs no
such help: PostgreSQL takes both for the end of a word.
"""

from __future__ import annotations

import re

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

_WITHIN_A_WORD = re.compile(r"(?<=\w)['’](?=\w)|(?<=s)['’](?=\s|$)")


def spellings(words: str) -> tuple[str, ...]:
    """The words with straight and with curved apostrophes; once where they have none."""
    return tuple(dict.fromkeys(_WITHIN_A_WORD.sub(sign, words) for sign in "'’"))


class EitherApostrophe(admin.ModelAdmin):
    """A model admin whose search minds no apostrophe's shape."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        for words in spellings(search_term):
            if words != search_term:
                more, more_may_repeat = super().get_search_results(request, queryset, words)
                found, may_repeat = found | more, may_repeat or more_may_repeat
        return found, may_repeat
