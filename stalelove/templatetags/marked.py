"""`{{ result.excerpt|marked }}`: plain text in which a search has marked what it found."""

from __future__ import annotations

import html
import re

from django import template
from django.utils.safestring import SafeString

from stalelove.search import START, STOP

register = template.Library()
_MATCH = re.compile(f"{START}([^{START}{STOP}]+){STOP}")


@register.filter
def marked(text: str) -> SafeString:
    """Escaped whole, before any of our own elements is put in: a text brings no markup with it, and a
    mark that stands alone, because somebody wrote it, becomes nothing."""
    escaped = html.escape(text)
    if START in escaped:
        # By splitting and not by `sub`, which works a replacement with groups out anew at each match.
        parts = _MATCH.split(escaped)
        parts[1::2] = [f'<mark class="match">{match}</mark>' for match in parts[1::2]]
        escaped = "".join(parts).replace(START, "")
    return SafeString(escaped.replace(STOP, ""))
