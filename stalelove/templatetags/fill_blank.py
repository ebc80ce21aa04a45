"""`{% fill_blank value %}…{% endfill_blank %}`: what hangs on one text that never comes twice is rendered
once, with a blank where the text stands, and each time the text is put there, escaped.

The inside may depend on the language, and holds BLANK once, in a text or in a value between quotation
marks; on nothing else. As with `{% steady %}`, it is kept with the compiled template.
"""

from __future__ import annotations

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.utils.html import escape
from django.utils.safestring import SafeString

from stalelove.forms import BLANK
from stalelove.templatetags.steady import language_of

register = template.Library()


class FillBlankNode(Node):
    def __init__(self, nodelist: NodeList, value: FilterExpression) -> None:
        self.nodelist = nodelist
        self.value = value
        self._around: dict[object, tuple[str, str]] = {}

    def render(self, context: template.Context) -> SafeString:
        language = language_of(context)
        around = self._around.get(language)
        if around is None:
            before, after = self.nodelist.render(context).split(BLANK)
            around = self._around[language] = before, after
        # `escape` also escapes what calls itself safe: safe text may hold quotation marks.
        return SafeString(f"{around[0]}{escape(self.value.resolve(context))}{around[1]}")


@register.tag
def fill_blank(parser: Parser, token: Token) -> FillBlankNode:
    _name, value = token.split_contents()
    nodelist = parser.parse(("endfill_blank",))
    parser.delete_first_token()
    return FillBlankNode(nodelist, parser.compile_filter(value))
