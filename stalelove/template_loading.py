"""The template loader: Django's own, whose templates become Python functions when they are first rendered
(stalelove.template_compiling)."""

from __future__ import annotations

from typing import Any

from django.template import NodeList, Template
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.template.loaders import cached
from django.template.loaders.base import Loader as BaseLoader
from django.utils.safestring import SafeString

from stalelove.template_compiling import Function, LeftToDjango, function_of


class Compiled(NodeList):
    """A template's nodes, as Django has made them, and the function that says the same."""

    def __init__(self, template: Template) -> None:
        super().__init__(template.nodelist)
        self.template = template
        self.function: Function | None = None

    def render(self, context: Context) -> SafeString:
        function = self.function
        if function is None:
            try:
                function = function_of(self.template)
            except LeftToDjango:
                function = super().render
            self.function = function
        # Rendered by a template that extends it, but another one each time; or as plain text.
        if not context.autoescape or BLOCK_CONTEXT_KEY in context.render_context.dicts[-1]:
            function = super().render
        return function(context)


class _Compiling(BaseLoader):
    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        engine = self.engine
        # Where errors are shown with their place in the template, or names that are missing.
        if not (engine.debug or engine.string_if_invalid):
            template.nodelist = Compiled(template)
        return template


class Loader(cached.Loader, _Compiling):
    """For OPTIONS["loaders"], with the loaders that find the files as its argument."""
