"""Markdown to HTML: the one renderer, for every text that an editor writes.

Its promises (product.md, "Articles"): headings h2 and h3 with stable anchors, footnotes, smart
quotes, safe links, and never raw HTML or script. Whatever the Markdown says passes an allow-list.
It knows no model and no request.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_core.smartquotes import process_inlines
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

WORDS_A_MINUTE = 220

# Only what the format has. `id` and `class` are those that the plugins themselves make, and of the
# classes those that site.css knows.
_TAGS = {
    *("p", "h2", "h3", "ul", "ol", "li", "blockquote", "strong", "em", "a", "code", "pre"),
    *("hr", "br", "sup", "div", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title", "id", "class"},
    "h2": {"id"},
    "h3": {"id"},
    "li": {"id"},
    "ol": {"start"},
    "div": {"class"},
    "sup": {"id"},
    "th": {"scope"},
}
_CLASSES = {
    "a": {"footnote-backref"},
    "div": {"footnotes"},
}
# After a block a browser shows none, and readers would be sent one with each paragraph.
_LINE_END = re.compile(
    "(<(?:/?(?:p|h2|h3|ul|ol|li|blockquote|div|table|thead|tbody|tr|th|td)|/pre|hr|br)(?: [^<>]*)?>)\n"
)
_MAX_NESTING = 20
# The library's time for smart quotes grows with their square; no paragraph of prose has this many.
_MOST_QUOTES = 500
# And its search for the end of a footnote's label runs to the end of the text, each time.
_LONGEST_LABEL = 100
_REMARK_OPENS = re.compile(r"(?<!\\)<!--")


@dataclass(frozen=True)
class Heading:
    """One entry of a contents list: `level` is 2 or 3, `anchor` the id without the #."""

    level: int
    anchor: str
    words: str


@dataclass(frozen=True)
class Picture:
    """A picture from the library. `sizes` are (address, width, height), ascending, one or more."""

    alt: str
    credit: str
    sizes: tuple[tuple[str, int, int], ...]


# Finds the pictures of the names that a text uses; a name that is missing from the answer is unknown.
Pictures = Callable[[Collection[str]], Mapping[str, Picture]]


def _no_pictures(names: Collection[str]) -> Mapping[str, Picture]:
    return {}


@dataclass(frozen=True)
class Rendered:
    """A text as HTML, its headings in order, how many words a reader reads, the names of the
    pictures that it uses (known or not), and the addresses of those it would load from elsewhere."""

    html: SafeString
    headings: tuple[Heading, ...]
    words: int
    pictures: tuple[str, ...] = ()
    foreign_pictures: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        return reading_minutes(self.words)


def reading_minutes(words: int) -> int:
    """Whole minutes, at least one, at 220 words a minute (a slow evening's pace; our choice)."""
    return max(1, round(words / WORDS_A_MINUTE))


def render(markdown: str, *, prefix: str = "s-", pictures: Pictures = _no_pictures) -> Rendered:
    """Render one text; `prefix` keeps the ids of two texts on one page apart. Never raises.

    Headings of the first level are taken as second level: a page has one h1, its title.
    `![words](image:name "caption")` becomes the picture that `pictures` knows by that name; one that
    it does not know, or from anywhere else, is left out.
    """
    places = _Places()
    env = {"docId": prefix.rstrip("-"), "places": places}
    html = _cleaner(prefix).clean(_parser(prefix).render(_without_remarks(markdown), env))
    html = _LINE_END.sub(r"\1", html)
    names = tuple(dict.fromkeys(place.name for place in places.found))
    if names:
        html = places.filled(html, pictures(names))
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Rendered(
        html=mark_safe(html),
        headings=tuple(reader.headings),
        words=len(re.findall(r"[^\W_](?:[\w’'-]*\w)?", "".join(reader.text))),
        pictures=names,
        foreign_pictures=tuple(dict.fromkeys(places.foreign)),
    )


@lru_cache(maxsize=4096)
def render_line(markdown: str) -> SafeString:
    """A short text without blocks, such as one step of an exercise; cached by its words."""
    source = _without_remarks(markdown)
    places = _Places()
    html = _cleaner("s-").clean(_parser("s-").renderInline(source, {"places": places}))
    return mark_safe(places.filled(html, {}))


def typographic(words: str) -> str:
    """Plain words with the quotation marks and apostrophes that `render` would give them.

    For words that are shown as they stand. A mark that has no partner stays straight, as inches do.
    """
    if "'" not in words and '"' not in words:
        return words
    inline = Token("inline", "", 0, content=words, children=[Token("text", "", 0, content=words)])
    state = StateCore(words, _parser("s-"), {}, [inline])
    _smart_quotes(state)
    return (inline.children or [])[0].content


def plain_text(html: str) -> str:
    """The words of a rendered text, a blank line between blocks: for search, feeds and descriptions."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.text).strip()


_PICTURE_NAME = re.compile(r"image:([a-z0-9]+(?:-[a-z0-9]+)*)")
# The width of a column of text in site.css (.prose), and the whole screen below it.
_SIZES = "(min-width: 44rem) 40rem, 100vw"


@dataclass(frozen=True)
class _Place:
    name: str
    words: str
    caption: str


class _Places:
    """Where the pictures of one text go.

    Each leaves a mark that nobody can type, because it holds a number made for this rendering, and
    gets its <img> only after the allow-list, which therefore lets no <img> pass.
    """

    def __init__(self) -> None:
        self.found: list[_Place] = []
        self.foreign: list[str] = []
        self._secret = secrets.token_hex(8)

    def mark(self, place: _Place) -> str:
        self.found.append(place)
        return f"[{self._secret}-{len(self.found) - 1}]"

    def filled(self, html: str, known: Mapping[str, Picture]) -> str:
        def put(match: re.Match[str]) -> str:
            place = self.found[int(match[1] or match[2])]
            picture = known.get(place.name)
            if picture is None:
                return ""
            return _figure(place, picture) if match[1] else _img(place, picture)

        mark = rf"\[{self._secret}-([0-9]+)\]"
        return re.sub(f"<p>{mark}</p>|{mark}", put, html)


def _place_picture(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    source = str(token.attrGet("src") or "")
    name = _PICTURE_NAME.fullmatch(source)
    if not name:
        env["places"].foreign.append(source)
        return ""
    words = self.renderInlineAsText(token.children or [], options, env)
    place = _Place(name[1], words.strip(), str(token.attrGet("title") or ""))
    return env["places"].mark(place)


def _img(place: _Place, picture: Picture) -> str:
    _, width, height = picture.sizes[-1]
    source = picture.sizes[len(picture.sizes) // 2][0]
    candidates = ", ".join(f"{address} {wide}w" for address, wide, _ in picture.sizes)
    return (
        f'<img src="{escape(source)}" srcset="{escape(candidates)}" sizes="{_SIZES}" '
        f'width="{width}" height="{height}" loading="lazy" decoding="async" '
        f'alt="{escape(place.words or picture.alt)}">'
    )


def _figure(place: _Place, picture: Picture) -> str:
    caption = " · ".join(escape(words) for words in (place.caption, picture.credit) if words)
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f"<figure>{_img(place, picture)}{below}</figure>"


def _without_remarks(markdown: str) -> str:
    """Without an editor's `<!-- remarks -->`. One that is never closed is text, and is shown."""
    parts = []
    end = 0
    while opening := _REMARK_OPENS.search(markdown, end):
        closing = markdown.find("-->", opening.start() + 2)
        if closing == -1:
            break
        parts.append(markdown[end : opening.start()])
        end = closing + 3
    return "".join([*parts, markdown[end:]])


@lru_cache(maxsize=8)
def _parser(prefix: str) -> MarkdownIt:
    # html=False: a tag that somebody types is shown as it was typed, and none of its words is lost.
    parser = MarkdownIt(
        "commonmark", {"html": False, "typographer": True, "maxNesting": _MAX_NESTING}
    )
    parser.enable(["table", "smartquotes"])
    parser.use(footnote_plugin)
    parser.inline.ruler.at("footnote_ref", _footnote_ref)
    parser.core.ruler.at("smartquotes", _smart_quotes)
    parser.core.ruler.push("headings", partial(_mend_headings, prefix=prefix))
    parser.add_render_rule("footnote_block_open", _open_footnotes)
    parser.add_render_rule("footnote_block_close", _close_footnotes)
    parser.add_render_rule("image", _place_picture)
    return parser


def _footnote_ref(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("[^", state.pos):
        return False
    label_ends = state.src.find("]", state.pos, state.pos + _LONGEST_LABEL)
    return label_ends != -1 and footnote_ref(state, silent)


def _smart_quotes(state: StateCore) -> None:
    for token in state.tokens:
        quotes = token.content.count("'") + token.content.count('"')
        if token.type == "inline" and 0 < quotes <= _MOST_QUOTES:
            process_inlines(token.children or [], state)


def _mend_headings(state: StateCore, prefix: str) -> None:
    """Headings become h2 or h3, each with an anchor of its own: `-1`, `-2` … for the same words."""
    taken: set[str] = set()
    repeats: Counter[str] = Counter()
    for token, following in pairwise(state.tokens):
        if token.type not in ("heading_open", "heading_close"):
            continue
        token.tag = "h2" if token.tag in ("h1", "h2") else "h3"
        if token.type == "heading_open":
            words = "".join(
                child.content
                for child in following.children or []
                if child.type in ("text", "code_inline")
            )
            first = anchor = prefix + (slugify(words, allow_unicode=True) or "section")
            while anchor in taken:
                repeats[first] += 1
                anchor = f"{first}-{repeats[first]}"
            taken.add(anchor)
            token.attrSet("id", anchor)


# A section wants a heading, and these have none.
def _open_footnotes(self, tokens, index, options, env) -> str:
    return '<div class="footnotes"><ol>\n'


def _close_footnotes(self, tokens, index, options, env) -> str:
    return "</ol>\n</div>\n"


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
        if tag in ("p", "h2", "h3", "li", "td", "th", "pre", "figcaption"):
            self.text.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(data)


_NEVER_IN_A_SCRIPT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def json_ld(data: object) -> SafeString:
    """Plain data as JSON that can stand in a `<script type="application/ld+json">`."""
    return mark_safe(
        json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_NEVER_IN_A_SCRIPT)
    )


def mark_rendered(html: str) -> SafeString:
    """HTML that `render` made and the database kept, ready for a template."""
    return SafeString(html)
