"""The two formats in which an article arrives as a file, read into one value.

The *source format* is plain text: the title, the standfirst, then the body. A line that is wholly
`**bold**` is a section heading. Two comment lines enclose the extended part. The *Markdown format*
is a YAML block between `---` lines, then Markdown with the same two comment lines.

Pure: no Django, no database, no clock. The words that come in are the words that come out; whatever
cannot be read raises SourceError, which names the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

import yaml

OPENING = "<!-- stale-love-extended-start-v1 -->"
CLOSING = "<!-- stale-love-extended-v1 -->"

_OPENING = re.compile(r"<!--\s*stale-love-extended-start-v\d+\s*-->")
_CLOSING = re.compile(r"<!--\s*stale-love-extended-v\d+\s*-->")
_REMARK = re.compile(r"<!--(?:(?!-->).)*-->")
_SPACES = re.compile(r"[ \t]+")
_HEADING = re.compile(r"\*\*(?P<words>[^*\s](?:[^*]*[^*\s])?)\*\*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LINE_BREAK = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_ENDS_A_SENTENCE = re.compile(r"[.!?…:][\"'”’)\]*]*$")
# What a writer of plain text means as Markdown; everything else is taken to the letter.
_INLINE = re.compile(
    r"(?<![*\w])(?P<stars>\*{1,2})(?P<strong>[^\s*](?:[^*\n]*[^\s*])?)(?P=stars)(?![*\w])"
    r"|(?<!!)\[(?P<label>[^\[\]\n]+)\]\((?P<target>(?:/|https?://|#)[^\s()<>]*)\)"
)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&~|^#])")
_BLOCK_START = re.compile(r"^(?P<mark>[+=:-]|\d{1,9}(?=[.)](?:\s|$)))")
# Hand-wrapped prose is narrower than this; a paragraph on one line is nearly always wider.
_WIDEST_WRAPPED = 80


class SourceError(ValueError):
    """A file that cannot be taken as it is. `line` counts from 1; str() says both."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"line {line}: {sentence}")
        self.line = line


@dataclass(frozen=True)
class SourceArticle:
    """An article as its file says it: `body` and `extended` are Markdown, `fields` the front matter.

    The plain source format has no front matter: its `fields` are empty.
    """

    title: str
    standfirst: str
    body: str
    extended: str = ""
    fields: dict[str, object] = field(default_factory=dict)


def parse(data: bytes) -> SourceArticle:
    """Read a file's bytes in either format. Raises SourceError."""
    lines = _lines(data)
    if lines and lines[0].rstrip() == "---":
        return _parse_markdown(lines)
    return _parse_plain(lines)


def tidy(text: str) -> str:
    """A text of several lines as a file can hold it: without the control characters `parse` refuses.

    A browser sends CRLF, a word processor pastes vertical tabs and line separators: line breaks all.
    """
    return _CONTROL.sub("", _LINE_BREAK.sub("\n", text))


def one_line(text: str) -> str:
    """A title or a standfirst as a file can hold it. A no-break space is no blank, and stays."""
    return _SPACES.sub(" ", tidy(text).replace("\n", " ").strip())


def dump(article: SourceArticle) -> str:
    """The article as a Markdown file; `parse` reads the same value back."""
    fields = {"title": article.title, "standfirst": article.standfirst, **article.fields}
    parts = ["---", dump_yaml(fields).rstrip("\n"), "---", "", article.body]
    if article.extended:
        parts += ["", OPENING, "", article.extended, "", CLOSING]
    return "\n".join(parts).rstrip("\n") + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that a person can read and edit the file."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.ignore_aliases = lambda self, data: True  # type: ignore[method-assign]
_Dumper.add_representer(str, _represent_text)


def dump_yaml(value: object) -> str:
    """YAML in the order given, Unicode as it is, long lines unbroken."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)


def _lines(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        sentence = "this is not UTF-8; open the file in its editor and save it as UTF-8"
        raise SourceError(number, sentence) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for position, line in enumerate(lines, 1):
        if control := _CONTROL.search(line):
            raise SourceError(
                position, f"a control character (U+{ord(control[0]):04X}); remove it"
            )
    return lines


def _parse_markdown(lines: list[str]) -> SourceArticle:
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise SourceError(1, "the front matter opened here is never closed; add a line of ---")
    try:
        fields = yaml.safe_load("\n".join(lines[1:end])) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 2 + mark.line if mark else 2
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise SourceError(line, f"the front matter cannot be read: {problem}") from error
    except (ValueError, RecursionError) as error:  # a date such as 2026-02-31, or absurd nesting
        raise SourceError(2, f"the front matter cannot be read: {error}") from error
    if not isinstance(fields, dict) or not all(isinstance(name, str) for name in fields):
        raise SourceError(2, "the front matter must be lines of `name: value`")
    title, standfirst = (_one_line(fields.pop(name, ""), name) for name in ("title", "standfirst"))
    if not title:
        raise SourceError(2, "the front matter has no title; add `title: …`")
    essentials, extended = _split(lines, start=end + 1)
    body = "\n".join(line for _, line in essentials).strip("\n")
    if not body.strip():
        raise SourceError(end + 1, "the body is empty; write the article below the front matter")
    return SourceArticle(
        title, standfirst, body, "\n".join(line for _, line in extended).strip("\n"), fields
    )


def _one_line(value: object, name: str) -> str:
    if not isinstance(value, str):  # YAML takes a bare 12:30, No or 2026-01-01 for something else
        raise SourceError(2, f"`{name}` must be one line of text; put it between quotes")
    return one_line(value)


def _parse_plain(lines: list[str]) -> SourceArticle:
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if not filled:
        raise SourceError(1, "the file is empty; its first line is the title")
    title_at = filled[0]
    title = _unbold(lines[title_at].strip())
    if _is_marker(title):
        raise SourceError(title_at + 1, "a marker stands where the title should be")
    if len(filled) < 2:
        raise SourceError(title_at + 2, "the standfirst is missing; it is the second line")
    standfirst_at = filled[1]
    standfirst = _unbold(lines[standfirst_at].strip())
    if _is_marker(standfirst):
        raise SourceError(standfirst_at + 1, "a marker stands where the standfirst should be")
    essentials, extended = _split(lines, start=standfirst_at + 1)
    body = _to_markdown([line for _, line in essentials])
    if not body:
        raise SourceError(standfirst_at + 2, "the body is empty; it starts on the third line")
    return SourceArticle(title, standfirst, body, _to_markdown([line for _, line in extended]))


def _is_marker(line: str) -> bool:
    return bool(_OPENING.fullmatch(line) or _CLOSING.fullmatch(line))


def _unbold(line: str) -> str:
    heading = _HEADING.fullmatch(line)
    return heading["words"] if heading else line


Numbered = list[tuple[int, str]]


def _split(lines: list[str], start: int) -> tuple[Numbered, Numbered]:
    """The numbered lines of the essentials and of the extended part, without the two markers."""
    essentials: Numbered = []
    extended: Numbered = []
    opened = closed = 0
    for number, line in enumerate(lines[start:], start + 1):
        text = line.strip()
        if _OPENING.fullmatch(text):
            if opened:
                raise SourceError(number, f"the extended part was opened already in line {opened}")
            opened = number
        elif _CLOSING.fullmatch(text):
            if not opened or closed:
                raise SourceError(number, "this marker closes an extended part that is not open")
            closed = number
        elif "<!--" in text and "stale-love-extended" in text:
            sentence = f"a marker must stand alone on its line, as {OPENING} or {CLOSING}"
            raise SourceError(number, sentence)
        elif closed and text:
            sentence = f"text after the extended part, which was closed in line {closed}"
            raise SourceError(number, sentence)
        else:
            (extended if opened else essentials).append((number, line))
    if opened and not closed:
        raise SourceError(opened, f"the extended part opened here is never closed; add {CLOSING}")
    return essentials, extended


def _to_markdown(lines: list[str]) -> str:
    """Plain lines as Markdown that shows the same words."""
    blocks: list[str] = []
    section: list[str] = []
    for line in (_SPACES.sub(" ", line.strip()) for line in lines):
        if heading := _HEADING.fullmatch(line):
            blocks += [_escape(paragraph) for paragraph in _paragraphs(section)]
            blocks.append(f"## {_escape(heading['words'])}")
            section = []
        elif _REMARK.fullmatch(line):
            blocks.append(line)  # an editor's, which the renderer drops; no part of a paragraph
        else:
            section.append(line)
    return "\n\n".join([*blocks, *(_escape(paragraph) for paragraph in _paragraphs(section))])


def _paragraphs(section: list[str]) -> list[str]:
    """The paragraphs of one section: one a line, unless it is hand-wrapped.

    Blank lines between text part paragraphs. Without them, a section counts as hand-wrapped when all
    its lines are narrow and one of them plainly runs on into the next; then a paragraph ends where
    a sentence ends although the next line's first word would still have fitted.
    """
    text = "\n".join(section).strip("\n")
    if not text:
        return []
    if "\n\n" in text:
        return [" ".join(block.split("\n")) for block in re.split(r"\n{2,}", text)]
    lines = text.split("\n")
    return _unwrap(lines) if _is_wrapped(lines) else lines


def _is_wrapped(lines: list[str]) -> bool:
    return max(map(len, lines)) <= _WIDEST_WRAPPED and any(
        not _ENDS_A_SENTENCE.search(line) and following[0].islower()
        for line, following in pairwise(lines)
    )


def _unwrap(lines: list[str]) -> list[str]:
    width = max(map(len, lines))
    paragraphs = [lines[0]]
    for line, following in pairwise(lines):
        had_room = len(line) + 1 + len(following.split(" ", 1)[0]) <= width
        if had_room and _ENDS_A_SENTENCE.search(line):
            paragraphs.append(following)
        else:
            paragraphs[-1] += " " + following
    return paragraphs


def _escape(text: str) -> str:
    """One line of plain text as Markdown: bold, italics and links stay, the rest is literal."""
    escaped = _escape_inline(text)
    if block := _BLOCK_START.match(escaped):
        mark = block["mark"]
        # "1. May" or "- and" at the start of a line would become a list.
        escaped = mark + "\\" + escaped[len(mark) :] if mark.isdigit() else "\\" + escaped
    return escaped


def _escape_inline(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        parts.append(_literal(text[end : match.start()]))
        if match["stars"]:
            parts.append(match["stars"] + _escape_inline(match["strong"]) + match["stars"])
        else:
            parts.append(f"[{_escape_inline(match['label'])}]({match['target']})")
        end = match.end()
    return "".join([*parts, _literal(text[end:])])


def _literal(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
