"""What may stand in a log line. Pure: it knows no view and no address but their shape."""

import logging
import re

# Whatever stands where a token stands: one that was cut short or written with % is nearly as good.
_PRIVATE = re.compile(
    r"(/(?:checkup|snapshot|together|articles/preview)/)"
    r"(?!(?:start|paper)[/\s]|(?:start|paper)$)[^/\s?#\"'<>]+"
)


def without_tokens(text: str) -> str:
    """The text with every token in an address replaced: `/snapshot/[token]/`."""
    return _PRIVATE.sub(r"\1[token]", text)


class PrivateLine(logging.Formatter):
    """Takes the tokens out of the finished line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return without_tokens(super().format(record))
