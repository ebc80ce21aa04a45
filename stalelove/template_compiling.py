"""Django's templates as Python functions: one for each template, with all that it includes and extends.

The function says to the letter what Django's nodes say (tests/stalelove/test_template_loading.py compares
whole pages). It is quick because of what is settled when it is written:

- what hangs on the language alone (text, `{% translate "…" %}`, `{% url %}` and `{% static %}` without
  variables) is rendered once, neighbours as one piece;
- inheritance and includes of a constant name are resolved: a page is one function;
- a name that a `{% for %}` or an `{% include … with %}` gives is a variable of Python's.

What the functions call while they render is in stalelove.template_rendering.

What it rests on: the language does not change within one rendering (no template has `{% language %}`),
and the site stands at the root of its address. Whatever is unusual about a value (a method that needs an
argument, a key that is missing, a lookup by place) is left to Django's own lookup; a template with a tag
that is not known here is left to Django whole. Figures: docs/performance.md.
"""

from __future__ import annotations

import itertools
import keyword
import linecache
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from crispy_forms.templatetags.crispy_forms_tags import CrispyFormNode
from django.template import Engine, Node, NodeList, Template, TemplateDoesNotExist
from django.template.base import (
    FilterExpression,
    TextNode,
    TokenType,
    Variable,
    VariableNode,
)
from django.template.context import Context
from django.template.defaultfilters import date
from django.template.defaulttags import (
    CommentNode,
    CsrfTokenNode,
    FirstOfNode,
    ForNode,
    IfNode,
    LoadNode,
    NowNode,
    RegroupNode,
    TemplateLiteral,
    URLNode,
    WithNode,
)
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.templatetags.i18n import (
    BlockTranslateNode,
    GetCurrentLanguageBidiNode,
    GetCurrentLanguageNode,
    TranslateNode,
)
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from articles.templatetags.words import moment, translated, weekday_and_day
from stalelove.template_rendering import CALLED, Constants, Kept, still_safe
from stalelove.templatetags.fill_blank import FillBlankNode
from stalelove.templatetags.steady import SteadyNode

Function = Callable[[Context], SafeString]
Blocks = dict[str, list[NodeList]]  # by name, of who extends first


class LeftToDjango(Exception):  # noqa: N818 - no error: the page is rendered all the same
    """This template is left to Django: it has something that is not known here."""


# Filters of moments and of words, whose results hang on the language and the site's time zone alone.
_STEADY = {date, weekday_and_day, moment, translated}


class _Frame:
    """The names that one of Django's dicts would hold, and in which of Python's variables they are.

    Those in `unsure` are MISSING until a tag has set them."""

    def __init__(self, names: dict[str, str] | None = None) -> None:
        self.names = names or {}
        self.unsure: set[str] = set()


class _Scope:
    """Where names are looked for: in the frames from the last to the first, and then in the context,
    but where an `{% include … only %}` stands alone."""

    def __init__(self, frames: tuple[_Frame, ...] = (), is_alone: bool = False) -> None:
        self.frames = frames
        self.is_alone = is_alone

    def within(self, frame: _Frame) -> _Scope:
        return _Scope((*self.frames, frame), self.is_alone)

    def names(self) -> str:
        """The code of a dict with all of them."""
        found = {name: each for frame in self.frames for name, each in frame.names.items()}
        if not found:
            return "None"
        return "{" + ", ".join(f"{name!r}: {each}" for name, each in found.items()) + "}"


_RAISE = "MISSING"  # instead of a value for what is missing


class _Writer:
    def __init__(self, template: Template) -> None:
        self.engine: Engine = template.engine
        self.constants = Constants()
        self.globals: dict[str, Any] = {**CALLED, "constants": self.constants}
        self.lines: list[str] = []
        self.depth = 1
        self.pieces: list[str] = []
        self.constant: list[Node] = []
        self.free: dict[str, str] = {}
        self.numbers = itertools.count(1)
        self.templates: list[str | None] = []
        self.blocks: list[tuple[str, Blocks]] = []
        self.template(template, _Scope(), _Frame())
        self.flush()

    def source(self) -> str:
        head = [
            "def rendered(context):",
            "    language = language_of(context)",
            "    try:",
            "        k = constants[language]",
            "    except KeyError:",
            "        k = constants.of(language, context)",
            "    out = []",
        ]
        if self.free:
            head.append("    names = flat(context)")
        for name, variable in self.free.items():
            head.append(f"    {variable} = names[{name!r}] if {name!r} in names else MISSING")
        return "\n".join([*head, *self.lines, "    return SafeString(''.join(out))", ""])

    # Lines, pieces, variables

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.line(head)
        self.depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    def put(self, piece: str) -> None:
        self.flush_constant()
        self.pieces.append(piece)

    def flush_constant(self) -> None:
        nodes, self.constant = self.constant, []
        if not nodes:
            return
        if all(type(node) is TextNode for node in nodes):
            if text := "".join(node.s for node in nodes):
                self.pieces.append(repr(text))
            return
        number = len(self.constants.pieces)
        self.constants.pieces.append(nodes)
        if any(isinstance(node, URLNode | StaticNode | SteadyNode) for node in nodes):
            again = f"constants.again({number}, context)"
            self.pieces.append(f"(k[{number}] if k[{number}] is not None else {again})")
        else:
            self.pieces.append(f"k[{number}]")

    def flush(self) -> None:
        """Before the code goes several ways."""
        self.flush_constant()
        if self.pieces:
            self.line(f"out += ({', '.join(self.pieces)},)")
            self.pieces = []

    def variable(self) -> str:
        return f"v{next(self.numbers)}"

    def object(self, value: Any) -> str:
        name = f"o{next(self.numbers)}"
        self.globals[name] = value
        return name

    # Values

    def name(self, name: str, scope: _Scope) -> tuple[str, bool]:
        """The code of what stands under a name, and whether it is there for sure."""
        unsure = []
        for frame in reversed(scope.frames):
            if name not in frame.names:
                continue
            if name not in frame.unsure:
                return self._first_of(unsure, frame.names[name]), True
            unsure.append(frame.names[name])
        if name in ("True", "False", "None"):
            return self._first_of(unsure, name), True
        if scope.is_alone:
            return self._first_of(unsure, "MISSING"), False
        if name not in self.free:
            self.free[name] = f"n{len(self.free)}"
        return self._first_of(unsure, self.free[name]), False

    @staticmethod
    def _first_of(unsure: list[str], last: str) -> str:
        return "".join(f"{each} if {each} is not MISSING else " for each in unsure) + last

    def lookup(self, variable: Variable, scope: _Scope, missing: str) -> str:
        if variable.translate or variable.message_context:
            raise LeftToDjango("a translated variable")
        if variable.lookups is None:
            return self.object(variable.literal)
        first, *others = variable.lookups
        if first == "block":
            raise LeftToDjango("block as a value")
        code, is_sure = self.name(first, scope)
        found, start = self.variable(), self.variable()
        self.line(f"{found} = {start} = {code}")
        by_django = f"{found} = looked_up({self.object(variable)}, context, {start}, {missing})"
        with self._where(found, is_sure, missing, by_django):
            # In the way that Django would go first, for what needs no second.
            with self.block("try:"):
                self.line(f"if type({found}) not in not_callable: {found} = called({found})")
                for name in others:
                    way = f"part({found}, {name!r})"
                    if name.isdecimal():
                        way = f"{found}[{int(name)}] if type({found}) in places else {way}"
                    elif name.isidentifier() and not keyword.iskeyword(name):
                        way = f"{found}.{name} if type({found}) in plain else {way}"
                    by_name = f"{found}[{name!r}]"
                    self.line(f"{found} = {by_name} if type({found}) is dict else {way}")
                    self.line(f"if type({found}) not in not_callable: {found} = called({found})")
            with self.block("except Exception:"):
                self.line(by_django)
        return found

    @contextmanager
    def _where(self, found: str, is_sure: bool, missing: str, by_django: str) -> Iterator[None]:
        if is_sure:
            yield
            return
        with self.block(f"if {found} is MISSING:"):
            self.line(by_django if missing == _RAISE else f"{found} = {missing}")
        with self.block("else:"):
            yield

    def value(self, expression: FilterExpression, scope: _Scope, missing: str) -> str:
        """The code of a value; `missing` is that of what stands for it where there is none."""
        if expression.is_var:
            found = self.lookup(expression.var, scope, missing)
        else:
            found = self.object(expression.var)
        for function, arguments in expression.filters:
            given = [
                self.lookup(each, scope, _RAISE) if is_name else self.object(still_safe(each))
                for is_name, each in arguments
            ]
            before, found = found, self.variable()
            if function in _STEADY and not any(is_name for is_name, _each in arguments):
                kept = self.object(
                    Kept(function, [still_safe(each) for _is_name, each in arguments])
                )
                self.line(f"{found} = {kept}.of({before}, language, context)")
                continue
            if getattr(function, "expects_localtime", False):
                local = self.variable()
                self.line(f"{local} = template_localtime({before}, context.use_tz)")
                before = local
            if getattr(function, "needs_autoescape", False):
                given.append("autoescape=True")
            self.line(f"{found} = {self.object(function)}({', '.join([before, *given])})")
            if getattr(function, "is_safe", False):
                self.line(f"if isinstance({before}, SafeData): {found} = still_safe({found})")
        return found

    def shown(self, value: str) -> str:
        return f"{value} if type({value}) is SafeString else shown({value}, context)"

    # Nodes

    def template(self, template: Template, scope: _Scope, frame: _Frame) -> None:
        """With a frame of its own, as `{% include %}` has one."""
        if template.name in self.templates or len(self.templates) > 20:
            raise LeftToDjango("a template that includes itself")
        self.templates.append(template.name)
        blocks: Blocks = {}
        nodes: NodeList | list[Node] = list.copy(template.nodelist)
        extended = {template.name}
        before: list[Node] = []
        while (extends := _extends(nodes)) is not None:
            before += itertools.takewhile(lambda node: node is not extends, nodes)
            for name, block in extends.blocks.items():
                blocks.setdefault(name, []).append(block.nodelist)
            parent = _constant_name(extends.parent_name)
            if parent is None or parent in extended:
                raise LeftToDjango("another parent each time")
            extended.add(parent)
            nodes = list.copy(self._get(parent).nodelist)
        if extended != {template.name}:
            for block in NodeList(nodes).get_nodes_by_type(BlockNode):
                blocks.setdefault(block.name, []).append(block.nodelist)
        self.framed([*before, *nodes], scope, blocks, frame)
        self.templates.pop()

    def _get(self, name: str) -> Template:
        try:
            return self.engine.get_template(name)
        except TemplateDoesNotExist as error:  # which is told when it is rendered
            raise LeftToDjango("no such template") from error

    def nodes(self, nodes: list[Node], scope: _Scope, blocks: Blocks) -> None:
        for node in nodes:
            if isinstance(node, LoadNode | CommentNode):
                continue
            if _is_constant(node):
                self.constant.append(node)
                continue
            write = _WRITERS.get(type(node))
            if write is None:
                raise LeftToDjango(f"{type(node).__name__} is not known")
            write(self, node, scope, blocks)

    def framed(
        self,
        nodes: list[Node],
        scope: _Scope,
        blocks: Blocks,
        frame: _Frame | None = None,
    ) -> None:
        """Nodes with a dict of their own in Django's context."""
        frame = frame or _Frame()
        self.declare(nodes, frame)
        self.nodes(nodes, scope.within(frame), blocks)

    def declare(self, nodes: list[Node], frame: _Frame) -> None:
        for name in _set_within(nodes):
            if name in frame.names:
                raise LeftToDjango("a name that is given and set")
            variable = self.variable()
            self.line(f"{variable} = MISSING")
            frame.names[name] = variable
            frame.unsure.add(name)

    def set(self, name: str, scope: _Scope, value: str) -> None:
        self.line(f"{scope.frames[-1].names[name]} = {value}")

    def write_variable(self, node: VariableNode, scope: _Scope, blocks: Blocks) -> None:
        expression = node.filter_expression
        if expression.is_var and expression.var.lookups == ("block", "super"):
            if expression.filters or not self.blocks:
                raise LeftToDjango("block.super with a filter")
            name, found = self.blocks[-1]
            self._write_block(name, None, scope, found)
            return
        self.put(self.shown(self.value(expression, scope, "''")))

    def write_block(self, node: BlockNode, scope: _Scope, blocks: Blocks) -> None:
        self._write_block(node.name, node.nodelist, scope, blocks)

    def _write_block(self, name: str, own: NodeList | None, scope: _Scope, blocks: Blocks) -> None:
        stack = blocks.get(name)
        taken = stack.pop(0) if stack else None
        nodes = own if taken is None else taken
        if nodes is not None:
            self.blocks.append((name, blocks))
            self.framed(nodes, scope, blocks)
            self.blocks.pop()
        if taken is not None:
            stack.insert(0, taken)

    def write_if(self, node: IfNode, scope: _Scope, blocks: Blocks) -> None:
        self.flush()
        depth = self.depth
        for condition, nodelist in node.conditions_nodelists:
            if condition is None:
                self.nodes(nodelist, scope, blocks)
                self.flush()
                break
            found = self.match(condition, scope)
            with self.block(f"if {found}:"):
                self.nodes(nodelist, scope, blocks)
                self.flush()
            if (condition, nodelist) != node.conditions_nodelists[-1]:
                self.line("else:")
                self.depth += 1
                self.line("pass")
        self.depth = depth

    def match(self, condition: Any, scope: _Scope) -> str:
        found = self.variable()
        with self.block("try:"):
            self.line(f"{found} = {self.condition(condition, scope)}")
        with self.block("except VariableDoesNotExist:"):
            self.line(f"{found} = None")
        return found

    def condition(self, condition: Any, scope: _Scope) -> str:
        if isinstance(condition, TemplateLiteral):
            return self.value(condition.value, scope, "None")
        found = self.variable()
        with self.block("try:"):
            first = self.condition(condition.first, scope)
            if condition.id in ("and", "or"):
                self.line(f"{found} = {first}")
                with self.block(f"if {'not ' if condition.id == 'or' else ''}{found}:"):
                    self.line(f"{found} = {self.condition(condition.second, scope)}")
            elif condition.id == "not":
                self.line(f"{found} = not {first}")
            else:
                second = self.condition(condition.second, scope)
                self.line(f"{found} = {first} {condition.id} {second}")
        with self.block("except Exception:"):
            self.line(f"{found} = False")
        return found

    def write_for(self, node: ForNode, scope: _Scope, blocks: Blocks) -> None:
        self.flush()
        values, length, item = self.variable(), self.variable(), self.variable()
        self.line(f"{values} = many({self.value(node.sequence, scope, 'None')})")
        self.line(f"{length} = len({values})")
        with self.block(f"if {length} < 1:"):
            self.framed(node.nodelist_empty, scope, blocks)
            self.flush()
        with self.block("else:"):
            frame = _Frame()
            variables = [self.variable() for _ in node.loopvars]
            frame.names = dict(zip(node.loopvars, variables, strict=True))
            loop, number, outer = self.variable(), self.variable(), self.variable()
            self.line(f"{outer} = {self.name('forloop', scope)[0]}")
            self.line(f"{loop} = {{'parentloop': {{}} if {outer} is MISSING else {outer}}}")
            frame.names["forloop"] = loop
            goes = f"reversed({values})" if node.is_reversed else values
            self.declare(node.nodelist_loop, frame)
            with self.block(f"for {number}, {item} in enumerate({goes}):"):
                self.line(f"step({loop}, {number}, {length})")
                if len(variables) == 1:
                    self.line(f"{variables[0]} = {item}")
                else:
                    self.line(f"{', '.join(variables)} = unpacked({item}, {len(variables)})")
                self.nodes(node.nodelist_loop, scope.within(frame), blocks)
                self.flush()

    def write_with(self, node: WithNode, scope: _Scope, blocks: Blocks) -> None:
        self.framed(node.nodelist, scope, blocks, self.given(node.extra_context, scope))

    def given(self, values: dict[str, FilterExpression], scope: _Scope) -> _Frame:
        return _Frame({name: self.value(each, scope, "''") for name, each in values.items()})

    def write_include(self, node: IncludeNode, scope: _Scope, blocks: Blocks) -> None:
        name = _constant_name(node.template)
        if name is None:
            raise LeftToDjango("another include each time")
        try:
            template = self.engine.get_template(name)
        except TemplateDoesNotExist:  # which is told when it is rendered
            self.write_called(node, scope, blocks)
            return
        frame = self.given(node.extra_context, scope)
        inner = _Scope((), is_alone=True) if node.isolated_context else scope
        own, self.blocks = self.blocks, []
        self.template(template, inner, frame)
        self.blocks = own

    def write_steady(self, node: Any, scope: _Scope, blocks: Blocks) -> None:
        values = [self.value(each, scope, "None") for each in node.arguments]
        found = self.variable()
        kept = self.object(node.rendered)
        with self.block("try:"):
            self.line(f"{found} = {kept}[{', '.join(['language', *values])},]")
        with self.block("except KeyError:"):
            self.line(f"{found} = {self._node(node, scope)}")
        self.put(found)

    def write_first_of(self, node: FirstOfNode, scope: _Scope, blocks: Blocks) -> None:
        if node.asvar:
            self.write_called(node, scope, blocks)
            return
        found, depth = self.variable(), self.depth
        self.line(f"{found} = ''")
        for each in node.vars:
            value = self.value(each, scope, "None")
            with self.block(f"if {value}:"):
                self.line(f"{found} = {self.shown(value)}")
            self.line("else:")
            self.depth += 1
        self.line("pass")
        self.depth = depth
        self.put(found)

    def write_url(self, node: URLNode, scope: _Scope, blocks: Blocks) -> None:
        if node.asvar and _is_constant_address(node):
            self.set(node.asvar, scope, f"k[{len(self.constants.pieces)}] or ''")
            self.constants.pieces.append([_Address(node)])
            return
        if not _is_of_a_page(node):
            self.write_called(node, scope, blocks)
            return
        values = [self.value(each, scope, "''") for each in node.args]
        found = self.variable()
        self.line(f"{found} = address({node.view_name.var!r}, [{', '.join(values)}])")
        with self.block(f"if {found} is None:"):
            self.line(f"{found} = {self._node(node, scope)}")
        if node.asvar:
            self.set(node.asvar, scope, found)
        else:
            self.put(found)

    def write_block_translate(
        self, node: BlockTranslateNode, scope: _Scope, blocks: Blocks
    ) -> None:
        if node.message_context or node.asvar:
            self.write_called(node, scope, blocks)
            return
        frame = self.given(node.extra_context, scope)
        message, names = node.render_token_list(node.singular)
        if node.plural:
            count = frame.names[node.countervar] = self.value(node.counter, scope, "''")
            plural, more = node.render_token_list(node.plural)
            names += more
            translated = f"counted({message!r}, {plural!r}, {count})"
        else:
            translated = f"k[{len(self.constants.pieces)}]"
            self.constants.pieces.append([_Message(message)])
        values = []
        for name in dict.fromkeys(names):
            code, is_sure = self.name(name, scope.within(frame))
            value = self.variable()
            self.line(f"{value} = {code}")
            if not is_sure:
                self.line(f"if {value} is MISSING: {value} = ''")
            values.append(f"{name!r}: {self.shown(value)}")
        found = self.variable()
        self.line(f"{found} = filled({translated}, {{{', '.join(values)}}})")
        with self.block(f"if {found} is None:"):
            self.line(f"{found} = {self._node(node, scope)}")
        self.put(found)

    def write_called(self, node: Node, scope: _Scope, blocks: Blocks) -> None:
        """One that Django's node renders."""
        found = self.variable()
        self.line(f"{found} = {self._node(node, scope)}")
        if name := _set_by(node):
            self.set(name, scope, found)
        else:
            self.put(found)

    def _node(self, node: Node, scope: _Scope) -> str:
        """The code of what a node renders, or of what it sets a name to."""
        if name := _set_by(node):
            given = f"{self.object(node)}, context, {scope.names()}, {scope.is_alone}"
            return f"assigned({given}, {name!r})"
        if not scope.is_alone and scope.names() == "None":
            return f"{self.object(node)}.render(context)"
        return f"node({self.object(node)}, context, {scope.names()}, {scope.is_alone})"


class _Message(Node):
    """A message before anything is put into it."""

    def __init__(self, message: str) -> None:
        self.message = message

    def render(self, context: Context) -> str:
        return gettext(self.message)


class _Address(Node):
    """What `{% url … as name %}` sets the name to."""

    def __init__(self, node: URLNode) -> None:
        self.node = URLNode(node.view_name, node.args, node.kwargs, None)

    def render(self, context: Context) -> str:
        return self.node.render(context)


def _is_constant_address(node: URLNode) -> bool:
    return (
        not (node.kwargs or node.view_name.is_var)
        and not any(argument.is_var or argument.filters for argument in node.args)
        and ":" not in node.view_name.var  # such a one may hang on the present request
    )


def _extends(nodes: list[Node]) -> ExtendsNode | None:
    return next((node for node in nodes if isinstance(node, ExtendsNode)), None)


def _constant_name(name: FilterExpression) -> str | None:
    return name.var if isinstance(name.var, str) and not name.filters else None


def _is_literal(value: object) -> bool:
    return not isinstance(value, Variable) or value.lookups is None


def _is_of_a_page(node: URLNode) -> bool:
    """`{% url 'name' token %}`: of a constant name, whose one variable is a page's slug or token."""
    first, *others = node.args or [None]
    return (
        first is not None
        and first.is_var
        and not any(each.is_var for each in others)
        and not (node.kwargs or node.view_name.is_var or ":" in node.view_name.var)
    )


def _set_by(node: Node) -> str | None:
    """The name that a tag sets: `{% … as name %}`."""
    attribute = _SETS.get(type(node))
    return getattr(node, attribute) if attribute else None


def _set_within(nodes: list[Node]) -> set[str]:
    """In the same of Django's dicts."""
    found = set()
    for node in nodes:
        if name := _set_by(node):
            found.add(name)
        if isinstance(node, IfNode):
            found |= _set_within(node.nodelist)
    return found


def _is_constant(node: Node) -> bool:
    rule = _CONSTANT.get(type(node))
    return rule is not None and rule(node)


# Which kinds of node hang on the language alone, and when.
_CONSTANT: dict[type[Node], Callable[[Any], bool]] = {
    TextNode: lambda _node: True,
    SteadyNode: lambda node: not node.arguments,
    VariableNode: lambda node: (
        not (node.filter_expression.is_var or node.filter_expression.filters)
    ),
    TranslateNode: lambda node: (
        not (node.asvar or node.message_context or node.filter_expression.filters)
        and _is_literal(node.filter_expression.var)
    ),
    BlockTranslateNode: lambda node: (
        not (node.extra_context or node.plural or node.asvar or node.message_context)
        and all(token.token_type is TokenType.TEXT for token in node.singular)
    ),
    URLNode: lambda node: not node.asvar and _is_constant_address(node),
    StaticNode: lambda node: node.varname is None and _is_literal(node.path.var),
}
_SETS: dict[type[Node], str] = {
    BlockTranslateNode: "asvar",
    FirstOfNode: "asvar",
    GetCurrentLanguageBidiNode: "variable",
    GetCurrentLanguageNode: "variable",
    NowNode: "asvar",
    RegroupNode: "var_name",
    StaticNode: "varname",
    TranslateNode: "asvar",
    URLNode: "asvar",
}
_WRITERS: dict[type[Node], Callable[[_Writer, Any, _Scope, Blocks], None]] = {
    BlockNode: _Writer.write_block,
    BlockTranslateNode: _Writer.write_block_translate,
    CrispyFormNode: _Writer.write_called,
    CsrfTokenNode: _Writer.write_called,
    FillBlankNode: _Writer.write_called,
    FirstOfNode: _Writer.write_first_of,
    ForNode: _Writer.write_for,
    GetCurrentLanguageBidiNode: _Writer.write_called,
    GetCurrentLanguageNode: _Writer.write_called,
    IfNode: _Writer.write_if,
    IncludeNode: _Writer.write_include,
    NowNode: _Writer.write_called,
    RegroupNode: _Writer.write_called,
    StaticNode: _Writer.write_called,
    SteadyNode: _Writer.write_steady,
    TranslateNode: _Writer.write_called,
    URLNode: _Writer.write_url,
    VariableNode: _Writer.write_variable,
    WithNode: _Writer.write_with,
}


def function_of(template: Template) -> Function:
    """Raises LeftToDjango."""
    writer = _Writer(template)
    source = writer.source()
    name = f"<template {template.name}>"
    try:
        code = compile(source, name, "exec")
    except (SyntaxError, RecursionError, MemoryError) as error:  # too deep for Python
        raise LeftToDjango("too deep") from error
    namespace = writer.globals
    exec(code, namespace)  # noqa: S102 - written here, from the project's own templates
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return namespace["rendered"]
