"""Markdown to HTML: the one renderer, for every text that an editor writes.

Its promises (product.md, "Articles"): headings h2 and h3 with stable anchors, footnotes, smart
quotes, safe links, and never raw HTML or script. Whatever the Markdown says passes an allow-list.
It knows no model and no request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.footnote import footnote_plugin

WORDS_A_MINUTE = 220

# Only what the format has. `id` and `class` are those that the plugins themselves make.
_TAGS = {
    *("p", "h2", "h3", "ul", "ol", "li", "blockquote", "strong", "em", "a", "code", "pre"),
    *("hr", "br", "sup", "section", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title", "id", "class"},
    "h2": {"id"},
    "h3": {"id"},
    "li": {"id", "class"},
    "ol": {"start", "class"},
    "section": {"class"},
    "sup": {"class", "id"},
    "th": {"scope"},
}
_CLASSES = {
    "a": {"footnote-backref"},
    "li": {"footnote-item"},
    "ol": {"footnotes-list"},
    "section": {"footnotes"},
    "sup": {"footnote-ref"},
}
_MAX_NESTING = 20


@dataclass(frozen=True)
class Heading:
    """One entry of a contents list: `level` is 2 or 3, `anchor` the id without the #."""

    level: int
    anchor: str
    words: str


@dataclass(frozen=True)
class Rendered:
    """A text as HTML, its headings in order, and how many words a reader reads."""

    html: SafeString
    headings: tuple[Heading, ...]
    words: int

    @property
    def minutes(self) -> int:
        return reading_minutes(self.words)


def reading_minutes(words: int) -> int:
    """Whole minutes, at least one, at 220 words a minute (a slow evening's pace; our choice)."""
    return max(1, round(words / WORDS_A_MINUTE))


def render(markdown: str, *, prefix: str = "s-") -> Rendered:
    """Render one text; `prefix` keeps the ids of two texts on one page apart. Never raises.

    Headings of the first level are taken as second level: a page has one h1, its title.
    """
    html = _cleaner(prefix).clean(_parser(prefix).render(markdown, {"docId": prefix.rstrip("-")}))
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Rendered(
        html=mark_safe(html),
        headings=tuple(reader.headings),
        words=len(re.findall(r"[^\W_](?:[\w’'-]*\w)?", "".join(reader.text))),
    )


@lru_cache(maxsize=4096)
def render_line(markdown: str) -> SafeString:
    """A short text without blocks, such as one step of an exercise; cached by its words."""
    return mark_safe(_cleaner("s-").clean(_parser("s-").renderInline(markdown)))


def plain_text(html: str) -> str:
    """The words of a rendered text, one block a line: for search, feeds and descriptions."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.text).strip()


@lru_cache(maxsize=8)
def _parser(prefix: str) -> MarkdownIt:
    # html=True and the allow-list: an editor's <!-- remark --> vanishes instead of being printed.
    parser = MarkdownIt(
        "commonmark", {"html": True, "typographer": True, "maxNesting": _MAX_NESTING}
    )
    parser.enable(["table", "smartquotes"])
    parser.use(footnote_plugin)
    parser.use(
        anchors_plugin, min_level=2, max_level=3, slug_func=lambda words: _anchor(prefix, words)
    )
    parser.core.ruler.after("block", "one_h1", _lower_headings)
    parser.add_render_rule("footnote_block_open", _open_footnotes)
    return parser


def _anchor(prefix: str, words: str) -> str:
    return prefix + (slugify(words, allow_unicode=True) or "section")


def _lower_headings(state) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = {"h1": "h2", "h2": "h2"}.get(token.tag, "h3")


def _open_footnotes(self, tokens, index, options, env) -> str:
    return '<section class="footnotes"><ol class="footnotes-list">\n'


@lru_cache(maxsize=8)
def _cleaner(prefix: str) -> nh3.Cleaner:
    own_id = re.compile(rf"{re.escape(prefix)}[\w-]+|fn(ref)?(-[\w-]+)?\d+(:\d+)?")

    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "class":
            return " ".join(sorted(set(value.split()) & _CLASSES.get(tag, set()))) or None
        if name == "id":
            return value if own_id.fullmatch(value) else None
        if name == "start":
            return value if value.isdigit() and len(value) < 6 else None
        return value

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        clean_content_tags={
            "script",
            "style",
            "template",
            "iframe",
            "object",
            "noscript",
            "textarea",
            "title",
        },
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )


class _Reader(HTMLParser):
    """Reads the cleaned HTML back: its text and its headings. Footnote marks are not words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.headings: list[Heading] = []
        self._heading: tuple[int, str, int] | None = None
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in ("h2", "h3"):
            self._heading = (int(tag[1]), attributes.get("id") or "", len(self.text))
        elif tag == "sup" or attributes.get("class") == "footnote-backref":
            self._silent.append(tag)
        elif tag == "br":
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h2", "h3") and self._heading:
            level, anchor, start = self._heading
            self.headings.append(Heading(level, anchor, "".join(self.text[start:]).strip()))
            self._heading = None
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()
        if tag in ("p", "h2", "h3", "li", "td", "th", "pre"):
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(data)


def mark_rendered(html: str) -> SafeString:
    """HTML that `render` made and the database kept, ready for a template."""
    return mark_safe(html)
