"""What may stand in a log line. Pure: it knows no view and no address but their shape."""

import logging
import re

_PRIVATE = re.compile(r"(/(?:checkup|snapshot|together)/)[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])")


def without_tokens(text: str) -> str:
    """The text with every token in an address replaced: `/snapshot/[token]/`."""
    return _PRIVATE.sub(r"\1[token]", text)


class PrivatePaths(logging.Filter):
    """Takes the tokens out of a record before any handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_tokens(record.getMessage()), None
        if record.exc_info:
            text = logging.Formatter().formatException(record.exc_info)
            record.exc_text = without_tokens(text)
        return True
