"""The template loader: Django's own, which then makes each template cheaper to render.

What a template says is untouched; tests/stalelove/test_template_loading.py compares whole pages with
Django's. Two things are done, once for each template, when it is loaded:

- neighbours that hang on the language alone (text, `{% translate "…" %}`, `{% url %}` and `{% static %}`
  without variables, an `{% include … only %}` of such things) become one piece, rendered once;
- variables, `{% include %}` and `{% extends %}` of a constant name get classes that go straight to what
  they mean, and leave every unusual case to Django's.

What it rests on: the language does not change within one rendering (no template has `{% language %}`),
and the site stands at the root of its address. Figures: docs/performance.md.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.template import Engine, Node, NodeList, Template, TemplateDoesNotExist
from django.template.base import (
    FilterExpression,
    TextNode,
    TokenType,
    Variable,
    VariableNode,
    render_value_in_context,
)
from django.template.context import Context
from django.template.defaulttags import CommentNode, IfNode, LoadNode, URLNode
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext
from django.template.loader_tags import BlockNode as DjangoBlockNode
from django.template.loader_tags import ExtendsNode as DjangoExtendsNode
from django.template.loader_tags import IncludeNode as DjangoIncludeNode
from django.template.loaders import cached
from django.template.loaders.base import Loader as BaseLoader
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from articles.addresses import page_address

_SLUG = re.compile("[A-Za-z0-9_-]+")  # nothing of it is escaped, in addresses or in HTML


class _Quickening(BaseLoader):
    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        quicken(template.nodelist, self.engine)
        return template


class Loader(cached.Loader, _Quickening):
    """For OPTIONS["loaders"], with the loaders that find the files as its argument."""


def language_of(context: Context) -> str | None:
    """The language of this rendering; Django looks it up anew at each word."""
    try:
        return context.rendered_language
    except AttributeError:
        context.rendered_language = language = get_language()
        return language


def quicken(nodes: NodeList, engine: Engine) -> None:
    """In place, before anybody renders them."""
    _join(nodes, engine)
    if not engine.debug:  # where an error is shown with its place in the template
        for node in nodes:
            node.render_annotated = node.render


def _join(nodes: NodeList, engine: Engine) -> None:
    pieces: list[Node] = []
    constant: list[Node] = []
    for node in nodes:
        _quicken_node(node, engine)
        if _is_constant(node, engine):
            constant.append(node)
            continue
        pieces += _joined(constant)
        constant = []
        pieces.append(node)
    nodes[:] = [*pieces, *_joined(constant)]


def _joined(constant: list[Node]) -> list[Node]:
    if all(type(node) is TextNode for node in constant):
        text = "".join(node.s for node in constant)
        return [TextNode(text)] if text else []
    return [Steady(constant)]


class Steady(TextNode):
    """Neighbours that hang on the language alone."""

    def __init__(self, nodes: list[Node]) -> None:
        super().__init__("")
        self.nodes = nodes
        self._rendered: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = language_of(context)
        text = self._rendered.get(language)
        if text is None:
            text = "".join(node.render_annotated(context) for node in self.nodes)
            self._rendered[language] = text
        return text

    render_annotated = render


# Of what has no names within: there a name can only be an attribute.
_BY_PLACE = {None, str.__getitem__, tuple.__getitem__, list.__getitem__}


class Lookup(Variable):
    """`a.b`, where `a` is in the context and each further part in a dict or an attribute."""

    __slots__ = ()

    def resolve(self, context: Any) -> Any:
        first, *others = self.lookups
        for values in reversed(context.dicts):
            if first in values:
                value = values[first]
                break
        else:
            return super().resolve(context)
        try:
            if callable(value):
                value = self._called(value)
            for name in others:
                if isinstance(value, dict):
                    value = value[name]
                elif getattr(type(value), "__getitem__", None) not in _BY_PLACE:
                    raise TypeError
                else:
                    value = getattr(value, name)
                if callable(value):
                    value = self._called(value)
        except (AttributeError, KeyError, TypeError, ObjectDoesNotExist):
            return super().resolve(context)
        return value

    @staticmethod
    def _called(value: Any) -> Any:
        if getattr(value, "do_not_call_in_templates", False):
            return value
        if getattr(value, "alters_data", False):
            raise TypeError
        return value()


class Shown(VariableNode):
    """`{{ a }}`: a string, mostly, which needs neither a time zone nor a number's separators."""

    def render(self, context: Context) -> str:
        value = self.filter_expression.resolve(context)
        if type(value) is SafeString:
            return value
        if type(value) is str:
            return SafeString(html.escape(value)) if context.autoescape else value
        if type(value) is int and 0 <= value < 1000:
            return str(value)  # without separators in any language
        return render_value_in_context(value, context)


class Include(DjangoIncludeNode):
    """Of a constant name, so of one template for good."""

    _found: Template | None = None

    def render(self, context: Context) -> str:
        template = self._found
        if template is None:
            template = self._found = context.template.engine.get_template(self.template.var)
        values = {name: each.resolve(context) for name, each in self.extra_context.items()}
        before = context.dicts
        context.dicts = [before[0], values] if self.isolated_context else [*before, values]
        state = context.render_context
        outer, state.template = state.template, template
        state.dicts.append({})
        try:
            return template._render(context)
        finally:
            state.dicts.pop()
            state.template = outer
            context.dicts = before


class Url(URLNode):
    """`{% url 'name' token %}`: of a constant name, whose one variable is a page's slug or token."""

    def render(self, context: Context) -> str:
        value, *others = [argument.resolve(context) for argument in self.args]
        if type(value) is not str or not _SLUG.fullmatch(value):
            return super().render(context)
        try:
            url = page_address(self.view_name.var, value, *others)
        except NoReverseMatch:  # Django says so, or says nothing where it has an `as`
            return super().render(context)
        if self.asvar:
            context[self.asvar] = url
            return ""
        return url

    @staticmethod
    def suits(node: URLNode) -> bool:
        first, *others = node.args or [None]
        return (
            first is not None
            and first.is_var
            and not any(each.is_var for each in others)
            and not (node.kwargs or node.view_name.is_var or ":" in node.view_name.var)
        )


class Block(DjangoBlockNode):
    """Within a page that extends another."""

    def render(self, context: Context) -> str:
        block_context = context.render_context.get(BLOCK_CONTEXT_KEY)
        if block_context is None:
            return super().render(context)
        found = block_context.pop(self.name)
        # Of its own, because `block.super` asks it for the context.
        block = Block(self.name, (found or self).nodelist)
        block.context = context
        context.dicts.append({"block": block})
        try:
            return block.nodelist.render(context)
        finally:
            context.dicts.pop()
            if found is not None:
                block_context.push(self.name, found)


class Extends(DjangoExtendsNode):
    """Of a constant name: the blocks of a parent that has no parent are the same each time."""

    _parent: Template | None = None
    _blocks: dict[str, DjangoBlockNode] | None = None

    def render(self, context: Context) -> str:
        parent = self._parent
        if parent is None:
            parent = context.template.engine.get_template(self.parent_name.var)
            first = next((n for n in parent.nodelist if not isinstance(n, TextNode)), None)
            if not isinstance(first, DjangoExtendsNode):
                blocks = parent.nodelist.get_nodes_by_type(DjangoBlockNode)
                self._blocks = {block.name: block for block in blocks}
            self._parent = parent  # last, because another thread may come meanwhile
        state = context.render_context
        block_context = state.get(BLOCK_CONTEXT_KEY)
        if block_context is None:
            block_context = state[BLOCK_CONTEXT_KEY] = BlockContext()
        block_context.add_blocks(self.blocks)
        if self._blocks is not None:
            block_context.add_blocks(self._blocks)
        with state.push_state(parent, isolated_context=False):
            return parent._render(context)


def _is_constant(node: Node, engine: Engine) -> bool:
    if isinstance(node, Include):
        return node.isolated_context and not node.extra_context and _says_one_thing(node, engine)
    rule = _CONSTANT.get(type(node))
    return rule is not None and rule(node)


def _says_one_thing(node: Include, engine: Engine) -> bool:
    try:
        template = engine.get_template(node.template.var)
    except TemplateDoesNotExist:
        return False  # which is told when it is rendered
    return all(isinstance(each, TextNode) for each in template.nodelist)


def _is_literal(value: object) -> bool:
    return not isinstance(value, Variable) or value.lookups is None


# Which kinds of node, and when.
_CONSTANT: dict[type[Node], Callable[[Any], bool]] = {
    **dict.fromkeys((TextNode, Steady, LoadNode, CommentNode), lambda _node: True),
    Shown: lambda node: not (node.filter_expression.is_var or node.filter_expression.filters),
    TranslateNode: lambda node: (
        not (node.asvar or node.message_context or node.filter_expression.filters)
        and _is_literal(node.filter_expression.var)
    ),
    BlockTranslateNode: lambda node: (
        not (node.extra_context or node.plural or node.asvar or node.message_context)
        and all(token.token_type is TokenType.TEXT for token in node.singular)
    ),
    URLNode: lambda node: (
        not (node.kwargs or node.asvar or node.view_name.is_var)
        and not any(argument.is_var or argument.filters for argument in node.args)
        and ":" not in node.view_name.var  # such a one may hang on the present request
    ),
    StaticNode: lambda node: node.varname is None and _is_literal(node.path.var),
}


def _quicken_node(node: Node, engine: Engine) -> None:
    if not isinstance(node, TranslateNode):  # it turns its own variable into a translated one
        for value in vars(node).values():
            _quicken_value(value)
    if type(node) is VariableNode:
        node.__class__ = Shown
    elif type(node) is DjangoIncludeNode and _is_a_name(node.template.var):
        node.__class__ = Include
    elif type(node) is DjangoBlockNode:
        node.__class__ = Block
    elif type(node) is URLNode and Url.suits(node):
        node.__class__ = Url
    elif (
        type(node) is DjangoExtendsNode
        and _is_a_name(node.parent_name.var)
        # One of its own name: Django finds the next.
        and node.parent_name.var != node.origin.template_name
    ):
        node.__class__ = Extends
    if isinstance(node, IfNode):
        for condition, nodelist in node.conditions_nodelists:
            _quicken_condition(condition)
            quicken(nodelist, engine)
        return
    for name in node.child_nodelists:
        nodelist = getattr(node, name, None)
        if isinstance(nodelist, NodeList):
            quicken(nodelist, engine)


def _is_a_name(value: object) -> bool:
    return isinstance(value, str) and not value.startswith(".")


def _quicken_condition(condition: Any) -> None:
    """Those of `{% if %}` are a tree with values at its leaves."""
    for name in ("first", "second"):
        if (part := getattr(condition, name, None)) is not None:
            _quicken_condition(part)
    _quicken_value(getattr(condition, "value", None))


def _quicken_value(value: object) -> None:
    if isinstance(value, FilterExpression):
        _quicken_value(value.var)
        for _filter, arguments in value.filters:
            for _is_looked_up, argument in arguments:
                _quicken_value(argument)
    elif type(value) is Variable and value.lookups is not None and not value.translate:
        value.__class__ = Lookup
    elif type(value) is dict:
        for each in value.values():
            _quicken_value(each)
    elif type(value) is list:
        for each in value:
            _quicken_value(each)
