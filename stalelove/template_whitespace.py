"""The template loader that leaves out what only who writes a template sees: indentation.

A template is laid out for people, one element a line; a browser shows one space for all of it, or none
beside a block's edge. So readers would be sent what is never shown: 5 % of a page even when it is
compressed. It is taken out of the source once, when the template is loaded, and nothing is done at a
request. Templates of other packages (the admin's) stay as they are, and so does everything while
somebody works on the templates (DEBUG): there an error is shown with its line.

What it rests on: no rule of the CSS shows white space as it stands, or makes a block stand in a line of
text with its neighbours. tests/stalelove/test_template_whitespace.py compares whole pages.
"""

from __future__ import annotations

import re

from django.template import Origin
from django.template.loaders import filesystem

# Beside the tags of these a browser shows no space. (Inline ones, buttons and pictures are not here.)
_BLOCKS = (
    *("html", "head", "title", "meta", "link", "script", "style", "body", "header", "footer"),
    *("main", "nav", "section", "article", "aside", "div", "p", "h1", "h2", "h3", "h4", "ul"),
    *("ol", "li", "dl", "dt", "dd", "blockquote", "figure", "figcaption", "form", "fieldset"),
    *("legend", "details", "summary", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("option", "path", "circle", "rect", "line", "polyline", "ellipse", "g", "desc", "hr"),
)
_SPACE = r"[ \t\r\n\f]"  # not `\s`: a space that breaks no line is a word's own
# What is no text of the page, held in one place while the text is looked at, by what it does there:
# it may say something, it says nothing, or it is an edge of a `{% block %}`.
_SAYS, _SILENT, _OPENS, _CLOSES, _END = "\ue000\ue001\ue002\ue003\ue004"
_HELD = re.compile(f"[{_SAYS}{_SILENT}{_OPENS}{_CLOSES}]([0-9]+){_END}")
_SILENCE = f"{_SILENT}[0-9]+{_END}"

_PIECE = re.compile(
    # The words in the first of these are the key of their translation, to the letter.
    r"{%\s*(blocktrans(?:late)?|comment|verbatim)\b[^\n]*?%}(?s:.*?){%\s*end\1\b[^\n]*?%}"
    r"|{%[^\n]*?%}|{{[^\n]*?}}|{#[^\n]*?#}"
)
_KINDS = {
    _SILENT: re.compile(r"{#|{%\s*(?:load|comment|extends)\b"),
    _OPENS: re.compile(r"{%\s*block\b"),
    _CLOSES: re.compile(r"{%\s*endblock\b"),
}
_KEPT = re.compile(r"(<(pre|textarea|script|style)\b[^<>]*>)(.+?)(</\2>)", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_SILENCES = re.compile(f"((?:{_SPACE}*{_SILENCE})+)({_SPACE}*)")
_SHOWN_NOWHERE = re.compile(
    f"{_SPACE}*(<(?:/?(?:{'|'.join(_BLOCKS)})\\b|!DOCTYPE)[^<>]*>(?:{_SILENCE})*){_SPACE}*"
    f"|({_OPENS}[0-9]+{_END}){_SPACE}+|{_SPACE}+({_CLOSES}[0-9]+{_END})"
)


class Loader(filesystem.Loader):
    """For OPTIONS["loaders"], in place of Django's own of this name."""

    def get_contents(self, origin: Origin) -> str:
        source = super().get_contents(origin)
        if self.engine.debug or not origin.name.endswith(".html"):
            return source
        return without_indentation(source)


def without_indentation(source: str) -> str:
    """The source of a template whose pages look and read alike."""
    held: list[str] = []

    def hold(piece: str) -> str:
        held.append(piece)
        kind = next((kind for kind, is_one in _KINDS.items() if is_one.match(piece)), _SAYS)
        return f"{kind}{len(held) - 1}{_END}"

    def put_back(match: re.Match[str]) -> str:
        return _HELD.sub(put_back, held[int(match[1])])

    text = _PIECE.sub(lambda match: hold(match[0]), source)
    text = _KEPT.sub(lambda match: match[1] + hold(match[3]) + match[4], text)
    text = _TAG.sub(lambda match: re.sub(f"{_SPACE}+", " ", match[0]).replace(" >", ">"), text)
    text = _SILENCES.sub(_space_last, text)
    text = _SHOWN_NOWHERE.sub(lambda match: "".join(filter(None, match.groups())), text)
    text = re.sub(f"{_SPACE}+", " ", text)
    return _HELD.sub(put_back, text.strip(" \t\r\n\f"))


def _space_last(match: re.Match[str]) -> str:
    """What says nothing stands beside what came before it, so that no space is on both sides."""
    space = re.search(f"{_SPACE}+", match[0])
    return re.sub(_SPACE, "", match[1]) + (space[0] if space else "")
