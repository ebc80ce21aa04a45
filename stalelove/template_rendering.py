"""What the functions of stalelove.template_compiling call while they render a template.

Each goes straight to the usual case, and leaves every unusual one to what Django would do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from django.template import Node
from django.template.base import Variable, VariableDoesNotExist, render_value_in_context
from django.template.context import Context
from django.urls import NoReverseMatch
from django.utils.safestring import SafeData, SafeString
from django.utils.timezone import template_localtime
from django.utils.translation import ngettext

from articles.addresses import page_address
from stalelove.templatetags.steady import language_of


class _Missing:
    """Where Django would find no such name."""

    def __bool__(self) -> bool:
        raise AssertionError("a name that is missing was used")


MISSING = _Missing()

# What is known of types: which have no names within, so that a name can only be an attribute, and which
# cannot be called. Few: more would mean that types are made while the site runs.
_MOST_TYPES = 500
_plain: set[type] = set()
_not_callable: set[type] = {SafeString, str, int, bool, type(None), list, tuple, dict}
_BY_PLACE = (str.__getitem__, tuple.__getitem__, list.__getitem__)
_SLUG = re.compile("[A-Za-z0-9_-]+")  # nothing of it is escaped, in addresses or in HTML


def _part(value: Any, name: str) -> Any:
    """`value.name`, of a type that is met for the first time or that has names within."""
    kind = type(value)
    found = getattr(kind, "__getitem__", None)
    if found is None or found in _BY_PLACE:
        if len(_plain) < _MOST_TYPES:
            _plain.add(kind)
        return getattr(value, name)
    try:
        return value[name]
    except (TypeError, AttributeError, KeyError, ValueError, IndexError):
        return getattr(value, name)


def _called(value: Any) -> Any:
    """The value, or what it returns, of a type that may be callable.

    Raises TypeError where Django's own rules are needed."""
    if not callable(value):
        if len(_not_callable) < _MOST_TYPES:
            _not_callable.add(type(value))
        return value
    if getattr(value, "do_not_call_in_templates", False):
        return value
    if getattr(value, "alters_data", False):
        raise TypeError
    return value()


def _looked_up(variable: Variable, context: Context, first: Any, missing: Any) -> Any:
    """By Django, of the first name's value on."""
    if first is MISSING:
        raise VariableDoesNotExist("Failed lookup for key [%s]", (variable.lookups[0],))
    with _put(context, {variable.lookups[0]: first}, is_alone=False):
        try:
            return variable.resolve(context)
        except VariableDoesNotExist:
            if missing is MISSING:
                raise
            return missing


@contextmanager
def _put(
    context: Context, names: dict[str, Any] | None, is_alone: bool
) -> Iterator[dict[str, Any]]:
    before = context.dicts
    present = {name: each for name, each in (names or {}).items() if each is not MISSING}
    context.dicts = [before[0], present] if is_alone else [*before, present]
    try:
        yield present
    finally:
        context.dicts = before


def _node(node: Node, context: Context, names: dict[str, Any] | None, is_alone: bool) -> str:
    with _put(context, names, is_alone):
        return node.render(context)


def _assigned(
    node: Node, context: Context, names: dict[str, Any] | None, is_alone: bool, name: str
) -> Any:
    """What a node puts into the context under this name."""
    with _put(context, names, is_alone) as present:
        node.render(context)
        return present.get(name, MISSING)


def _shown(value: Any, context: Context) -> str:
    """As `{{ value }}` is."""
    kind = type(value)
    if kind is str:  # as html.escape does it
        return (
            value.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace('"', "&quot;")
            .replace("'", "&#x27;")
        )
    if kind is SafeString:
        return value
    if kind is int and 0 <= value < 1000:
        return str(value)  # without separators in any language
    return render_value_in_context(value, context)


def still_safe(value: Any) -> Any:
    """What a filter that keeps HTML safe makes of safe HTML; and what a template says literally."""
    return value if hasattr(value, "__html__") else SafeString(value)


def _many(values: Any) -> Any:
    """What `{% for %}` goes through."""
    if values is None:
        return ()
    return values if hasattr(values, "__len__") else list(values)


def _unpacked(item: Any, number: int) -> Any:
    try:
        found = len(item)
    except TypeError:
        found = 1
    if found != number:
        raise ValueError(f"Need {number} values to unpack in for loop; got {found}. ")
    return item


def _step(loop: dict[str, Any], number: int, length: int) -> None:
    loop["counter0"] = number
    loop["counter"] = number + 1
    loop["revcounter"] = length - number
    loop["revcounter0"] = length - number - 1
    loop["first"] = number == 0
    loop["last"] = number == length - 1


def _counted(singular: str, plural: str, count: Any) -> str | None:
    return ngettext(singular, plural, count) if isinstance(count, int) else None


def _filled(message: str | None, values: dict[str, str]) -> str | None:
    """None where there is no message, or a translation does not fit, for which Django has a way."""
    if message is None:
        return None
    try:
        return message % values
    except (KeyError, ValueError):
        return None


def _address(route: str, values: list[Any]) -> str | None:
    """None where Django has to decide: no such route, or a value that is no slug or token."""
    value, *others = values
    if isinstance(value, StrEnum):
        value = value.value
    if type(value) is not str or not _SLUG.fullmatch(value):
        return None
    try:
        return page_address(route, value, *others)
    except NoReverseMatch:
        return None


def _flat(context: Context) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for each in context.dicts:
        names.update(each)
    return names


class Constants(dict[str | None, list[str | None]]):
    """For each language what hangs on it alone. A piece that cannot be rendered is None, until it is
    asked for by itself and fails there."""

    def __init__(self) -> None:
        self.pieces: list[list[Node]] = []

    def of(self, language: str | None, context: Context) -> list[str | None]:
        rendered: list[str | None] = []
        for nodes in self.pieces:
            try:
                rendered.append("".join([node.render(context) for node in nodes]))
            except Exception:
                rendered.append(None)
        self[language] = rendered
        return rendered

    def again(self, number: int, context: Context) -> str:
        return "".join([node.render(context) for node in self.pieces[number]])


# By the names that the functions call them.
CALLED: dict[str, Any] = {
    "MISSING": MISSING,
    "SafeData": SafeData,
    "SafeString": SafeString,
    "VariableDoesNotExist": VariableDoesNotExist,
    "address": _address,
    "assigned": _assigned,
    "called": _called,
    "counted": _counted,
    "filled": _filled,
    "flat": _flat,
    "language_of": language_of,
    "looked_up": _looked_up,
    "many": _many,
    "still_safe": still_safe,
    "not_callable": _not_callable,
    "node": _node,
    "part": _part,
    "places": {list, tuple},
    "plain": _plain,
    "shown": _shown,
    "step": _step,
    "template_localtime": template_localtime,
    "unpacked": _unpacked,
}


class Kept(dict[tuple[str | None, Any], Any]):
    """What a filter makes of a value, in a language."""

    MOST = 1000

    def __init__(self, function: Callable[..., Any], arguments: list[Any]) -> None:
        super().__init__()
        self.function = function
        self.arguments = arguments

    def of(self, value: Any, language: str | None, context: Context) -> Any:
        try:
            return self[language, value]
        except KeyError:
            if len(self) >= self.MOST:
                self.clear()
            self[language, value] = made = self._made(value, context)
            return made
        except TypeError:  # a value that cannot be a key
            return self._made(value, context)

    def _made(self, value: Any, context: Context) -> Any:
        if getattr(self.function, "expects_localtime", False):
            value = template_localtime(value, context.use_tz)
        return self.function(value, *self.arguments)
