"""What may stand in a log line. Pure: it knows no view and no address but their shape."""

from __future__ import annotations

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

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


# Of the request that this thread is answering; the middleware of stalelove.request_log sets it.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# What a line in JSON may say beyond its message: numbers and names of ours, never a path or a query.
FIELDS = (
    *("method", "route", "status", "ms", "queries", "kept"),
    *("editor", "object", "action", "chosen"),
)


# From the first quotation mark to the last: what somebody typed can hold more of them.
_VALUE = re.compile("['\"“‘].*['\"”’]")


def without_values(message: str) -> str:
    """The first line of an exception's message without what it quotes: Python and PostgreSQL quote the
    value that they stumble over, which can be what a reader wrote or looked up. (PostgreSQL tells the
    values of the row in the lines that follow.)"""
    return _VALUE.sub("[value]", message.partition("\n")[0])


def first_line(error: BaseException) -> str:
    """An exception in one line, without values."""
    kind = type(error)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    said = without_values(str(error))
    return f"{name}: {said}" if said else name


def trace(error: BaseException) -> str:
    """The traceback of an exception and of those it came from, each told in one line."""
    parts = []
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        frames = "".join(traceback.format_tb(following.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{first_line(following)}")
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)
    return "\n\nwhich came after:\n\n".join(reversed(parts))


class PrivateLine(logging.Formatter):
    """Takes tokens and rows out of the finished line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        # What another handler has made of the traceback is not ours to print.
        record.exc_text = None
        return without_rows(without_tokens(super().format(record)))

    def formatException(self, ei) -> str:  # noqa: N802 (logging's name)
        return trace(ei[1]) if ei[1] else ""


# Made once, where json.dumps would make one for each line.
_in_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


class PrivateJson(PrivateLine):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_rows(without_tokens(record.getMessage())),
            "request": request_id.get(),
        }
        given = vars(record)
        line |= {name: given[name] for name in FIELDS if name in given and given[name] is not None}
        if record.exc_info and record.exc_info[1]:
            line["trace"] = without_rows(without_tokens(trace(record.exc_info[1])))
        return _in_json(line)


class NotUnavailable(logging.Filter):
    """Drops what Django says of each single 503: an outage is one thing, and told as one."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != 503
