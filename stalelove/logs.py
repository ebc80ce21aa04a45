"""What may stand in a log line. Pure: it knows no view and no address but their shape."""

import logging
import re

# Whatever stands where a token stands: one that was cut short or written with % is nearly as good.
_PRIVATE = re.compile(
    r"(/(?:checkup|snapshot|together|articles/preview)/)"
    r"(?!(?:start|paper)[/\s]|(?:start|paper)$)[^/\s?#\"'<>]+"
)
# What somebody looks up says more of them than which page they read.
_ASKED = re.compile(r"(/search/\?)[^\s\"'<>]+")


def without_tokens(text: str) -> str:
    """The text with every token in an address replaced, and what was searched for:
    `/snapshot/[token]/`, `/search/?[words]`."""
    return _ASKED.sub(r"\1[words]", _PRIVATE.sub(r"\1[token]", text))


# PostgreSQL's errors quote the row or the statement they are about, answers included.
_QUOTED = re.compile(r"^(DETAIL|LINE \d+): .*$", re.MULTILINE)


def without_rows(text: str) -> str:
    """The text without what PostgreSQL quotes of a row or a statement."""
    return _QUOTED.sub(r"\1: [left out]", text)


class PrivateLine(logging.Formatter):
    """Takes tokens and rows out of the finished line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return without_rows(without_tokens(super().format(record)))
