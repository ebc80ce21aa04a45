"""What must hold of every HTML page, in one place: used by tests/test_site.py and the client tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib

_XHTML = "{http://www.w3.org/1999/xhtml}"
_LOADS = {"script": "src", "img": "src", "link": "href", "source": "srcset", "iframe": "src"}


def parse(html: str) -> Element:
    """The page as a tree; any error of the HTML standard's parser is raised."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def complaints(html: str) -> list[str]:
    """Every rule that this page breaks; empty for a good page."""
    try:
        tree = parse(html)
    except html5lib.html5parser.ParseError as error:
        return [f"not valid HTML: {error}"]
    found = [f"id {name} stands there {n} times" for name, n in _ids(tree).items() if n > 1]
    headings = [
        int(element.tag[1]) for element in tree.iter() if re.fullmatch("h[1-6]", str(element.tag))
    ]
    if headings.count(1) != 1:
        found.append(f"{headings.count(1)} h1 instead of one")
    for before, after in pairwise(headings):
        if after > before + 1:
            found.append(f"an h{after} follows an h{before}")
    for element in tree.iter():
        found += _element_complaints(element)
    found += [f"unrendered {mark}" for mark in ("{{", "{%", "{#") if mark in html]
    known = set(_ids(tree))
    for element in tree.iter():
        for name in ("for", "aria-labelledby", "aria-describedby"):
            for target in (element.get(name) or "").split():
                if target not in known:
                    found.append(f"{name} names {target}, which is not there")
    return found


def _ids(tree: Element) -> Counter[str]:
    return Counter(element.get("id") for element in tree.iter() if element.get("id"))


def _element_complaints(element: Element) -> list[str]:
    found = []
    tag = str(element.tag).removeprefix(_XHTML)
    for name in element.attrib:
        if name.startswith("on") or name == "style":
            found.append(f"<{tag}> has an inline {name}")
    if tag == "style" or (
        tag == "script" and not element.get("src") and element.get("type") != "application/ld+json"
    ):
        found.append(f"an inline <{tag}>")
    loaded = element.get(_LOADS.get(tag, ""), "")
    loads_now = tag != "link" or element.get("rel") not in ("canonical", "alternate")
    if loads_now and urlsplit(loaded).netloc:
        found.append(f"<{tag}> loads {loaded} from another site")
    if tag in ("input", "button", "select") and element.get("name") == "":
        found.append(f"an <{tag}> with an empty name")
    if tag == "img" and element.get("alt") is None:
        found.append("an <img> without alt")
    return found


_BREAK = "\N{LINE SEPARATOR}"
# What stands in a line of text; everything else begins a line of its own.
_IN_A_LINE = {
    *(
        "a",
        "abbr",
        "b",
        "bdi",
        "br",
        "button",
        "cite",
        "code",
        "em",
        "i",
        "img",
        "input",
        "kbd",
        "label",
    ),
    *(
        "mark",
        "q",
        "s",
        "samp",
        "select",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "svg",
        "textarea",
    ),
    *("time", "wbr"),
}


def lines_of(element: Element) -> list[str]:
    """An element as a browser lays it out: its blocks apart, and in each of their lines one blank for
    any white space and none at the ends. Tags are told with their attributes, so that nothing else of
    two pages with the same lines differs."""
    lines = re.sub(r"[ \t\r\n\f]+", " ", "".join(_tokens(element))).split(_BREAK)
    return [line.strip(" ") for line in lines if line.strip(" ")]


def _tokens(element: Element) -> Iterator[str]:
    tag = str(element.tag)
    edge = "" if tag in _IN_A_LINE else _BREAK
    attributes = [f" {name}={' '.join(value.split())}" for name, value in element.items()]
    yield f"{edge}<{tag}{''.join(attributes)}>{edge}{element.text or ''}"
    for child in element:
        yield from _tokens(child)
        yield child.tail or ""
    yield f"{edge}</{tag}>{edge}"


def words_of(element: Element) -> str:
    """The text of an element as a reader reads it: one blank between words, and between blocks."""
    return " ".join("".join(_texts(element)).split())


def _texts(element: Element) -> Iterator[str]:
    edge = "" if str(element.tag) in _IN_A_LINE else " "
    yield edge + (element.text or "")
    for child in element:
        yield from _texts(child)
        yield child.tail or ""
    yield edge
