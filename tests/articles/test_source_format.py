"""Both formats: hand-written tables, and properties of every article that can be written in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from articles.rendering import plain_text, render
from articles.source_format import (
    CLOSING,
    OPENING,
    SourceArticle,
    SourceError,
    dump,
    dump_yaml,
    parse,
)
from tests.articles.words import words_of

# Words


def read(html: str) -> list[str]:
    return words_of(plain_text(html))


def shown(article: SourceArticle) -> list[str]:
    """What a reader sees of it, from the title to the last word."""
    return [
        *words_of(article.title),
        *words_of(article.standfirst),
        *read(render(article.body, prefix="s-").html),
        *read(render(article.extended, prefix="d-").html),
    ]


# Every sign that Markdown knows is among them; stars and markers have their own table below.
SIGNS = "\\`_{}[]()<>#+-.!|~&;:=\"'/^$%@,?…—“”’«»§"
LETTERS = "abcdefgxyzABCäßéøñжд中אب0123456789"
word = st.text(st.sampled_from(LETTERS + SIGNS), min_size=1, max_size=8).filter(
    # [a](/b) is a link and not literal; its words are in the table.
    lambda text: "](" not in text and "<!--" not in text
)
plain_word = st.text(st.sampled_from(LETTERS), min_size=1, max_size=8)
line = st.lists(word, min_size=1, max_size=12).map(" ".join).filter(lambda text: text != "---")


@dataclass(frozen=True)
class Section:
    """One heading and what stands below it, as lines of the file."""

    heading: str
    lines: tuple[str, ...]


def hand_wrapped(paragraphs: list[list[str]]) -> tuple[str, ...]:
    """Paragraphs of words broken at 60 signs, with blank lines between them."""
    lines: list[str] = []
    for words in paragraphs:
        current = words[0]
        for following in words[1:]:
            if len(current) + 1 + len(following) > 60:
                lines.append(current)
                current = following
            else:
                current += " " + following
        lines += [current, ""]
    return tuple(lines[:-1])


one_a_line = st.lists(line, min_size=1, max_size=4).map(tuple)
wrapped = st.lists(st.lists(word, min_size=1, max_size=40), min_size=2, max_size=3).map(
    hand_wrapped
)
section = st.builds(Section, st.one_of(st.just(""), plain_word), st.one_of(one_a_line, wrapped))


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """A file in the plain format, and the words that a reader must see of it, in order."""
    title, standfirst = draw(line), draw(line)
    essentials = draw(st.lists(section, min_size=1, max_size=3))
    extended = draw(st.lists(section, max_size=2))
    version = draw(st.sampled_from(["v1", "v2", "v10"]))
    rows = [title, standfirst, *_rows(essentials)]
    if extended:
        rows.append(f"<!-- stale-love-extended-start-{version} -->")
        rows += _rows(extended)
        rows.append(f"<!-- stale-love-extended-{version} -->")
    expected = [title, standfirst]
    for part in (*essentials, *extended):
        expected += [part.heading, *part.lines]
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(rows)
    text += draw(st.sampled_from(["", "\n", "\n\n"]))
    signature = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return signature + text.encode(), words_of(" ".join(expected))


def _rows(sections: list[Section]) -> list[str]:
    return [
        row
        for part in sections
        for row in ((f"**{part.heading}**",) if part.heading else ()) + part.lines
    ]


# Properties


@given(files())
def test_any_article_in_the_plain_format_comes_back_word_for_word(file):
    data, expected = file

    assert shown(parse(data)) == expected


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1))
@example("1986. was")
@example("What is #")
@example("*")
@example("&amp;")
@example('x\u0301**"a"** b')
def test_any_line_at_all_keeps_its_letters(text):
    assume(text.strip() and "stale-love-extended" not in text)
    assume(not re.search(r"<!--.*-->", text) and not re.search(r"\]\(", text))

    article = parse(f"Title\nStandfirst\n{text}\nEnd.".encode())

    expected = words_of(f"{text} End.".replace("*", " "))
    seen = read(render(article.body).html)
    assert words_of(" ".join(seen).replace("*", " ")) == expected


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_line(data):
    try:
        article = parse(data)
    except SourceError as error:
        assert str(error).startswith(f"line {error.line}: ")
        assert 1 <= error.line <= len(re.findall(rb"\r\n|\r|\n", data)) + 2
    else:
        assert article.title
        assert article.body


@given(
    st.lists(st.sampled_from([*"ab-#>*_`[]()!\\| \n:", "---", "\n\n", OPENING, CLOSING, "<!--"]))
)
def test_any_mixture_of_marks_is_read_or_refused(pieces):
    for start in ("", "---\ntitle: T\n---\n", "T\nS\n"):
        try:
            article = parse((start + "".join(pieces)).encode())
        except SourceError:
            continue
        assert "stale-love-extended" not in render(article.body).html


# What a person writes into a Markdown file: lines without marks of ours and without control signs.
_text = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=60)
_one_line = _text.map(lambda text: " ".join(text.split(" ")).strip()).filter(
    lambda text: text and "  " not in text
)
_block = (
    st.lists(_text, min_size=1, max_size=5)
    .map("\n".join)
    .filter(lambda text: text.strip() and "stale-love" not in text)
    .map(lambda text: text.strip("\n"))
)


@given(
    st.builds(
        SourceArticle,
        title=_one_line,
        standfirst=st.one_of(st.just(""), _one_line),
        body=_block,
        extended=st.one_of(st.just(""), _block),
        fields=st.dictionaries(
            st.sampled_from(["byline", "description", "research"]), st.one_of(_text, _block)
        ),
    )
)
def test_a_markdown_file_written_and_read_is_the_same_article(article):
    assert parse(dump(article).encode()) == article


def test_a_written_file_never_uses_yaml_references():
    names = ["warmth"]

    assert dump_yaml([{"a": names}, {"a": names}]) == "- a:\n  - warmth\n- a:\n  - warmth\n"


# Tables


def in_body(text: str) -> str:
    """The HTML of one line of an article in the plain format."""
    return render(parse(f"Title\nStandfirst\n{text}".encode()).body).html.strip()


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("a **bold** word", "<p>a <strong>bold</strong> word</p>"),
        ("an *italic* word", "<p>an <em>italic</em> word</p>"),
        ("(**bold**), *both*.", "<p>(<strong>bold</strong>), <em>both</em>.</p>"),
        ("**Is it?** Yes.", "<p><strong>Is it?</strong> Yes.</p>"),
        ("see [the help page](/help/).", '<p>see <a href="/help/">the help page</a>.</p>'),
        (
            "[out](https://a.example/b_c?d=1&e=2)",
            '<p><a href="https://a.example/b_c?d=1&amp;e=2">out</a></p>',
        ),
        ("[down](#s-here)", '<p><a href="#s-here">down</a></p>'),
        ("see **[this](/a/)** too", '<p>see <strong><a href="/a/">this</a></strong> too</p>'),
        ("*[a book](/b/)* and", '<p><em><a href="/b/">a book</a></em> and</p>'),
        ("[**so**](/a/) it", '<p><a href="/a/"><strong>so</strong></a> it</p>'),
        ("[no](javascript:alert)", "<p>[no](javascript:alert)</p>"),
        ("![no](/picture.png)", "<p>![no](/picture.png)</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("word**bold**word", "<p>word**bold**word</p>"),
        ("***three***", "<p>***three***</p>"),
        ("** no **", "<p>** no **</p>"),
        ("**open", "<p>**open</p>"),
        ("****", "<p>****</p>"),
        ("_under_ __score__", "<p>_under_ __score__</p>"),
    ],
)
def test_the_three_inline_constructs_and_nothing_else(line, html):
    assert in_body(line) == html


@pytest.mark.parametrize(
    "line",
    [
        *("1986. was", "1. one", "1) one", "- dash", "+ plus", "* star", "-", "--", "---", "+"),
        *(
            "# hash",
            "#hash",
            "## two ##",
            "> quote",
            ">quote",
            "=",
            "===",
            ": colon",
            "~~~",
            "```",
        ),
        *("a\\b", "\\", "ends in \\", "<b>tag</b>", "<script>x</script>", "</p>", "<"),
        *("&amp; &lt; &#65;", "&copy", "`code`", "a | b", "|---|---|", "[^1]", "^[x]", "[a]: /b"),
        *(
            "[^1]: note",
            "[ ] todo",
            "{{ x }}",
            "{% x %}",
            "$x$",
            "~~x~~",
            "(c) 1/2",
            "<https://a.b>",
        ),
        *("https://a.example/b_c_d?e=f&g=h#i", "a@b.example", "<!-- open", "close -->", "<!---"),
        *("title: x", "T\u200bhin", "½ ﬁ ① №", "مرحبا بالعالم", "👩‍❤️‍👩 e\u0301", "10\u00a0km"),
    ],
)
def test_a_line_is_literal(line):
    heading = parse(f"T\nS\n**Head {line.replace('*', '')}**\nEnd.".encode())

    assert plain_text(in_body(line)) == line
    assert read(render(heading.body).html) == words_of(f"Head {line.replace('*', '')} End.")


def test_tabs_and_indents_are_white_space_and_make_no_code():
    article = parse(b"  Title\t\n\tS\n    Four\n\tA\tb\n        - eight\n")

    assert article == SourceArticle("Title", "S", "Four\n\nA b\n\n\\- eight")


def test_a_paragraph_stands_on_one_line_unless_blank_lines_part_them():
    source = b"T\nS\n**One**\nFirst.\nSecond.\n**Two**\nThird\nruns on.\n\nFourth.\n"

    assert (
        parse(source).body == "## One\n\nFirst.\n\nSecond.\n\n## Two\n\nThird runs on.\n\nFourth."
    )


def test_a_narrow_section_that_runs_on_is_joined_and_cut_where_a_line_had_room():
    source = (
        b"T\nS\nThe first paragraph was wrapped by\nhand, in lines.\nThe second one\nwas too.\n"
    )

    assert parse(source).body == (
        "The first paragraph was wrapped by hand, in lines.\n\nThe second one was too."
    )


def test_a_remark_is_kept_for_editors_and_never_joins_or_parts_a_paragraph():
    article = parse(b"T\nS\nOne\n<!-- check this -->\nruns on.\n\nTwo.\n")

    assert article.body == "<!-- check this -->\n\nOne runs on.\n\nTwo."
    assert render(article.body).html == "<p>One runs on.</p><p>Two.</p>"


def test_bold_marks_around_title_and_standfirst_are_taken_off():
    assert parse(b"**T**\n**S**\nBody") == SourceArticle("T", "S", "Body")


def test_blank_lines_may_stand_anywhere():
    assert parse(b"\n\nT\n\n\nS\n\nBody\n\n") == SourceArticle("T", "S", "Body")


def test_five_megabytes_are_read():
    paragraph = "word " * 200
    source = "T\nS\n" + (paragraph + "\n") * 5_000

    assert parse(source.encode()).body.count("word") == 1_000_000


@pytest.mark.parametrize("version", ["v1", "v2", "v37"])
def test_the_two_markers_vanish_whatever_their_version(version):
    source = (
        f"T\nS\nBody\n<!-- stale-love-extended-start-{version} -->\nMore\n"
        f"  <!--stale-love-extended-{version}-->  \n\n"
    )

    assert parse(source.encode()) == SourceArticle("T", "S", "Body", "More")


def test_without_markers_there_is_no_extended_part():
    assert parse(b"T\nS\nBody").extended == ""


def test_an_extended_part_may_be_empty():
    assert parse(f"T\nS\nBody\n{OPENING}\n{CLOSING}".encode()).extended == ""


FRONT = b"---\ntitle: T\n---\n"
UTF_8 = "this is not UTF-8; open the file in its editor and save it as UTF-8"
REFUSED = {
    "empty": (b"", "line 1: the file is empty; its first line is the title"),
    "blank": (b" \n\t\n", "line 1: the file is empty; its first line is the title"),
    "only a title": (b"T\n", "line 2: the standfirst is missing; it is the second line"),
    "no body": (b"T\nS\n\n", "line 3: the body is empty; it starts on the third line"),
    "marker as title": (CLOSING.encode(), "line 1: a marker stands where the title should be"),
    "marker as standfirst": (
        f"T\n\n{OPENING}\nBody".encode(),
        "line 3: a marker stands where the standfirst should be",
    ),
    "only extended": (
        f"T\nS\n{OPENING}\nMore\n{CLOSING}".encode(),
        "line 3: the body is empty; it starts on the third line",
    ),
    "unclosed": (
        f"T\nS\nBody\n{OPENING}\nMore".encode(),
        f"line 4: the extended part opened here is never closed; add {CLOSING}",
    ),
    "closed twice": (
        f"T\nS\nBody\n{OPENING}\nMore\n{CLOSING}\n{CLOSING}".encode(),
        "line 7: this marker closes an extended part that is not open",
    ),
    "closed, never opened": (
        f"T\nS\nBody\n{CLOSING}".encode(),
        "line 4: this marker closes an extended part that is not open",
    ),
    "opened twice": (
        f"T\nS\nBody\n{OPENING}\nMore\n{OPENING}\n{CLOSING}".encode(),
        "line 6: the extended part was opened already in line 4",
    ),
    "opened again": (
        f"T\nS\nBody\n{OPENING}\nMore\n{CLOSING}\n{OPENING}\n{CLOSING}".encode(),
        "line 7: the extended part was opened already in line 4",
    ),
    "text after the close": (
        f"T\nS\nBody\n{OPENING}\nMore\n{CLOSING}\n\nAfter".encode(),
        "line 8: text after the extended part, which was closed in line 6",
    ),
    "inline marker": (
        f"T\nS\nBody {OPENING}".encode(),
        f"line 3: a marker must stand alone on its line, as {OPENING} or {CLOSING}",
    ),
    "marker without its version": (
        b"T\nS\nBody\n<!-- stale-love-extended-start -->",
        f"line 4: a marker must stand alone on its line, as {OPENING} or {CLOSING}",
    ),
    "Latin-1": ("T\nS\nCaf\xe9".encode("latin-1"), f"line 3: {UTF_8}"),
    "UTF-16 with a mark": ("T\nS\nBody".encode("utf-16"), f"line 1: {UTF_8}"),
    "UTF-16 without": (
        "T\nS\nBody".encode("utf-16-le"),
        "line 1: a control character (U+0000); remove it",
    ),
    "NUL": (b"T\nS\nBo\x00dy", "line 3: a control character (U+0000); remove it"),
    "escape": (b"T\nS\nBo\x1b[1mdy", "line 3: a control character (U+001B); remove it"),
    "form feed": (b"T\nS\n\x0cBody", "line 3: a control character (U+000C); remove it"),
    "C1 control": ("T\nS\nBo\x85dy".encode(), "line 3: a control character (U+0085); remove it"),
    "line separator": (
        "T\nS\nBo\u2028dy".encode(),
        "line 3: a control character (U+2028); remove it",
    ),
    "front matter unclosed": (
        b"---\ntitle: T\n\nBody",
        "line 1: the front matter opened here is never closed; add a line of ---",
    ),
    "front matter a list": (
        b"---\n- T\n---\nBody",
        "line 2: the front matter must be lines of `name: value`",
    ),
    "front matter a word": (
        b"---\nT\n---\nBody",
        "line 2: the front matter must be lines of `name: value`",
    ),
    "numbers for names": (
        b"---\n1: T\n---\nBody",
        "line 2: the front matter must be lines of `name: value`",
    ),
    "front matter empty": (
        b"---\n---\nBody",
        "line 2: the front matter has no title; add `title: …`",
    ),
    "bad YAML": (
        b"---\ntitle: T\nbyline: [a\n---\nBody",
        "line 3: the front matter cannot be read: expected ',' or ']', but got '<stream end>'",
    ),
    "two colons": (
        b"---\ntitle: One: two\n---\nBody",
        "line 2: the front matter cannot be read: mapping values are not allowed here",
    ),
    "a tab": (
        b"---\ntitle: T\n\tbyline: B\n---\nBody",
        "line 3: the front matter cannot be read: found character '\\t' that cannot start any token",
    ),
    "no such day": (
        b"---\ntitle: T\nreviewed_on: 2026-02-31\n---\nBody",
        "line 2: the front matter cannot be read: day is out of range for month",
    ),
    "an object": (
        b"---\ntitle: !!python/object:os.system {}\n---\nBody",
        "line 2: the front matter cannot be read: could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object:os.system'",
    ),
    "huge nesting": (
        b"---\ntitle: T\nx: " + b"[" * 20_000 + b"\n---\nBody",
        "line 2: the front matter cannot be read: maximum recursion depth exceeded",
    ),
    "a list for a title": (
        b"---\ntitle: [a, b]\n---\nBody",
        "line 2: `title` must be one line of text; put it between quotes",
    ),
    "a time for a title": (
        b"---\ntitle: 12:30\n---\nBody",
        "line 2: `title` must be one line of text; put it between quotes",
    ),
    "a yes for a standfirst": (
        b"---\ntitle: T\nstandfirst: Yes\n---\nBody",
        "line 2: `standfirst` must be one line of text; put it between quotes",
    ),
    "Markdown without a body": (
        FRONT + b"\n \n",
        "line 3: the body is empty; write the article below the front matter",
    ),
    "Markdown unclosed": (
        FRONT + f"Body\n{OPENING}\n".encode(),
        f"line 5: the extended part opened here is never closed; add {CLOSING}",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_taken_is_refused_with_its_line(name):
    data, sentence = REFUSED[name]

    with pytest.raises(SourceError) as refusal:
        parse(data)

    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("title: 'Yes'", "Yes"),
        ('title: "12:30"', "12:30"),
        ("title: >\n  Two\n  lines", "Two lines"),
        ("title: Who’s there?", "Who’s there?"),
    ],
)
def test_a_title_in_front_matter_is_one_line(front, title):
    assert parse(f"---\n{front}\n---\nBody".encode()).title == title


def test_markdown_is_taken_as_it_is_apart_from_the_markers():
    source = (
        "\ufeff---\r\ntitle: T\r\nstandfirst: S\r\ncategories: [warmth]\r\n---\r\n\r\n"
        f"# One\r\n\r\n- a\r\n- b\r\n\r\n---\r\n\r\n{OPENING}\r\n\r\nMore *words*\r\n{CLOSING}\r\n"
    )

    article = parse(source.encode())

    assert article == SourceArticle(
        "T", "S", "# One\n\n- a\n- b\n\n---", "More *words*", {"categories": ["warmth"]}
    )
    assert parse(dump(article).encode()) == article
    assert parse(dump(replace(article, extended="")).encode()).extended == ""
