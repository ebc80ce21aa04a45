"""`{% steady a b %}…{% endsteady %}`: what hangs on a few values is rendered once for each of them.

(What hangs on nothing at all needs no tag: stalelove.template_compiling.) The inside may depend on the
language, on the arguments, and on nothing else. It is kept with the
compiled template, so it lives as long as that does: for good in production, for one request while
somebody works on the templates (DEBUG).
"""

from __future__ import annotations

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

# Nobody writes so many into the templates; more would mean that an argument has no end of values.
MOST = 200


def language_of(context: template.Context) -> str | None:
    """The language of this rendering; Django looks it up anew at each word."""
    try:
        return context.rendered_language
    except AttributeError:
        context.rendered_language = language = get_language()
        return language


class SteadyNode(Node):
    def __init__(self, nodelist: NodeList, arguments: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.arguments = arguments
        self.rendered: dict[tuple[object, ...], SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        values = (argument.resolve(context, ignore_failures=True) for argument in self.arguments)
        key = (language_of(context), *values)
        html = self.rendered.get(key)
        if html is None:
            html = self.nodelist.render(context)
            if len(self.rendered) < MOST:
                self.rendered[key] = html
        return html


@register.tag
def steady(parser: Parser, token: Token) -> SteadyNode:
    arguments = [parser.compile_filter(part) for part in token.split_contents()[1:]]
    nodelist = parser.parse(("endsteady",))
    parser.delete_first_token()
    return SteadyNode(nodelist, arguments)
