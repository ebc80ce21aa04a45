"""The one renderer: what it makes of good Markdown, and that nothing hostile passes it."""

from __future__ import annotations

import re
import time

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.rendering import (
    Heading,
    plain_text,
    reading_minutes,
    render,
    render_line,
    typographic,
)
from tests.articles.words import letters_of

SAFE_TAGS = {
    *("p", "h2", "h3", "ul", "ol", "li", "blockquote", "strong", "em", "a", "code", "pre", "hr"),
    *("br", "sup", "div", "table", "thead", "tbody", "tr", "th", "td"),
}
SAFE_ATTRIBUTES = {"id", "class", "href", "title", "start"}


def dangers(html: str) -> list[str]:
    """Whatever a browser would find in it beyond tags, attributes and addresses that are harmless."""
    found = []
    for element in html5lib.parseFragment(html, namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
            continue
        if element.tag not in SAFE_TAGS:
            found.append(element.tag)
        for name, value in element.attrib.items():
            if name not in SAFE_ATTRIBUTES:
                found.append(f"{element.tag} {name}={value}")
            if name == "href" and not _is_harmless(value):
                found.append(f"{element.tag} {name}={value}")
    return found


def _is_harmless(address: str) -> bool:
    """Read as a browser reads it: tabs and line ends anywhere, and blanks in front, do not count."""
    read = re.sub(r"[\t\r\n]", "", address).lstrip("".join(map(chr, range(0x21))))
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", read, re.IGNORECASE)
    return not scheme or scheme[1].lower() in ("http", "https", "mailto", "tel")


# What a reader sees

MARKDOWN = [
    ("Two\nlines", "<p>Two\nlines</p>"),
    ("A\n\nB", "<p>A</p><p>B</p>"),
    ("**b** *i* `c`", "<p><strong>b</strong> <em>i</em> <code>c</code></p>"),
    ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    ("> said", "<blockquote><p>said</p></blockquote>"),
    ("---", "<hr>"),
    ("a  \nb", "<p>a<br>b</p>"),
    ("\"She said 'no'\", it's", "<p>“She said ‘no’”, it’s</p>"),
    ("[in](/help/)", '<p><a href="/help/">in</a></p>'),
    ("[out](https://a.example/)", '<p><a href="https://a.example/">out</a></p>'),
    ("[mail](mailto:a@b.example)", '<p><a href="mailto:a@b.example">mail</a></p>'),
    ("[call](tel:+1-800-799-7233)", '<p><a href="tel:+1-800-799-7233">call</a></p>'),
    ('[t](/a/ "b")', '<p><a href="/a/" title="b">t</a></p>'),
    ("a <!-- remark --> b", "<p>a  b</p>"),
    ("<!-- a\n\nlong\n\nremark -->\nb", "<p>b</p>"),
    ("<!-->a<!--->b", "<p>ab</p>"),
    ("a <!-- never closed", "<p>a &lt;!-- never closed</p>"),
    ("\\<!-- shown -->", "<p>&lt;!-- shown --&gt;</p>"),
    ("a <b>bold</b> word", "<p>a &lt;b&gt;bold&lt;/b&gt; word</p>"),
    ("a <word> here", "<p>a &lt;word&gt; here</p>"),
    ("", ""),
]


@pytest.mark.parametrize(("markdown", "html"), MARKDOWN)
def test_markdown_becomes(markdown, html):
    assert render(markdown).html == html


def test_headings_are_second_and_third_level_with_anchors_of_their_own():
    rendered = render(
        "# One\n\n## What's *one*?\n\n### Deep\n\n##### Deeper\n\nOne\n===\n\n## ?\n\n## Ñandú"
    )

    assert rendered.headings == (
        Heading(2, "s-one", "One"),
        Heading(2, "s-whats-one", "What’s one?"),
        Heading(3, "s-deep", "Deep"),
        Heading(3, "s-deeper", "Deeper"),
        Heading(2, "s-one-1", "One"),
        Heading(2, "s-section", "?"),
        Heading(2, "s-ñandú", "Ñandú"),
    )
    assert rendered.html.startswith('<h2 id="s-one">One</h2><h2 id="s-whats-one">')


def test_an_anchor_stays_when_other_words_are_added_around_it():
    before = render("## Start\n\na\n\n## End").headings
    after = render("b\n\n## New\n\n## Start\n\nc\n\n## End").headings

    assert [heading.anchor for heading in before] == ["s-start", "s-end"]
    assert [heading.anchor for heading in after] == ["s-new", "s-start", "s-end"]


@given(
    st.lists(st.sampled_from(["a", "a-1", "A", "a 1", "?", "", "-", "*a*", "`a`"]), max_size=9),
    st.lists(st.sampled_from(["a", "a-1", "?"]), max_size=4),
)
def test_every_id_of_a_page_is_its_own(body, extended):
    def text(headings):
        return "\n\n".join(f"## {words}\n\nx[^1] y[^1] ^[z]" for words in headings) + "\n\n[^1]: n"

    html = render(text(body), prefix="s-").html + render(text(extended), prefix="d-").html

    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    targets = [e.get("href")[1:] for e in tree.iter("a") if e.get("href", "").startswith("#")]
    assert len(ids) == len(set(ids))
    assert set(targets) <= set(ids)
    assert len([e for e in tree.iter("h2") if e.get("id")]) == len(body) + len(extended)


def test_footnotes_lead_there_and_back_and_are_counted_once():
    rendered = render("Said.[^a] Again.[^a]\n\n[^a]: See *here*.", prefix="d-")

    assert rendered.html == (
        '<p>Said.<sup><a href="#fn-d-1" id="fnref-d-1">[1]</a></sup> '
        'Again.<sup><a href="#fn-d-1" id="fnref-d-1:1">[1:1]</a></sup></p>'
        '<div class="footnotes"><ol>'
        '<li id="fn-d-1"><p>See <em>here</em>. '
        '<a href="#fnref-d-1" class="footnote-backref">↩︎</a> '
        '<a href="#fnref-d-1:1" class="footnote-backref">↩︎</a></p></li></ol></div>'
    )
    assert rendered.words == 4
    assert plain_text(rendered.html).split() == ["Said.", "Again.", "See", "here."]


def test_a_table_keeps_its_words_in_order():
    assert plain_text(render("| a | b |\n|---|:-:|\n| c | d |").html).split() == [
        "a",
        "b",
        "c",
        "d",
    ]


@pytest.mark.parametrize(
    ("words", "minutes"), [(0, 1), (1, 1), (329, 1), (331, 2), (1100, 5), (1600, 7)]
)
def test_reading_minutes(words, minutes):
    assert reading_minutes(words) == minutes


def test_words_are_counted_as_a_reader_would():
    assert render("## It's well-known\n\nTen (10) things — *no* more… — & 35").words == 8


def test_a_line_has_no_block_around_it():
    assert render_line("Say *so*, [here](/help/). <i>no</i> <!-- x -->") == (
        'Say <em>so</em>, <a href="/help/">here</a>. &lt;i&gt;no&lt;/i&gt; '
    )


# What hostile Markdown comes to

JAVASCRIPT = [
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
    ),
    *("java\nscript:alert(1)", "java&#x09;script:alert(1)", "&#106;avascript:alert(1)"),
    *("javascript&colon;alert(1)", "javascript&#58;alert(1)", "\\javascript:alert(1)"),
    *("\x01javascript:alert(1)", "%6Aavascript:alert(1)", "//javascript:alert(1)"),
    *("vbscript:msgbox(1)", "data:text/html,<script>alert(1)</script>", "file:///etc/passwd"),
    *("data:text/html;base64,PHNjcmlwdD4=", "data:image/svg+xml,<svg onload=alert(1)>"),
    *("feed:javascript:alert(1)", "view-source:javascript:alert(1)", "blob:https://a.example/1"),
]
HOSTILE = [
    *(f"[x]({address})" for address in JAVASCRIPT),
    *(f"[x](<{address}>)" for address in JAVASCRIPT),
    *(f"<{address}>" for address in JAVASCRIPT),
    *(f"[x][1]\n\n[1]: {address}" for address in JAVASCRIPT),
    *(f"![x]({address})" for address in JAVASCRIPT),
    *(f'<a href="{address}">x</a>' for address in JAVASCRIPT),
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//a.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\n\n>alert(1)</script\n>",
    "<img src=x onerror=alert(1)>",
    "<img/src=`x`onerror=alert(1)//",
    '![" onerror="alert(1)](x)',
    '![x](x"onerror="alert(1))',
    '[x](/a "t\\" onclick=\\"alert(1)")',
    "[x](/a 't\" onclick=\"alert(1)')",
    "<svg onload=alert(1)><a xlink:href=javascript:alert(1)>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext></p><img src onerror=alert(1)></math>",
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=x></object><embed src=x><applet code=x>",
    "<form action=//a.example><input name=x><button formaction=javascript:x>",
    "<base href=//a.example/><link rel=stylesheet href=x><meta http-equiv=refresh content=0>",
    "<div style='position:fixed' onmouseover=alert(1)>x</div>",
    "<textarea><script>alert(1)</script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<!-- --><script>alert(1)</script><!-- -->",
    "<!--><script>alert(1)</script>-->",
    "<!--<img src=x onerror=alert(1)>",
    "<!-- <!-- --> <script>alert(1)</script> -->",
    "--><script>alert(1)</script><!--",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href=x?>",
    "</p></div></main></body><script>alert(1)</script>",
    "`</code><script>alert(1)</script>`",
    "```\n</pre><script>alert(1)</script>\n```",
    '```"onclick="alert(1)\nx\n```',
    "## <script>alert(1)</script>",
    '## x" onclick="alert(1)',
    "[^<script>]\n\n[^<script>]: <script>alert(1)</script>",
    "^[<img src=x onerror=alert(1)>]",
    "| <script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<script>alert(1)</script>",
    "<a href='/' class='exit' id='main' target='_blank' rel='opener'>x</a>",
]


@pytest.mark.parametrize("markdown", HOSTILE)
def test_nothing_hostile_passes(markdown):
    assert dangers(render(markdown).html) == []
    assert dangers(render_line(markdown)) == []


@given(
    st.lists(
        st.sampled_from(
            [
                *("<", ">", "</", "<!--", "-->", "<script>", "</script>", "<img src=x ", "<svg>"),
                *(
                    "onerror=alert(1)",
                    "javascript:",
                    "[x](",
                    ")",
                    '"',
                    "'",
                    "`",
                    "```",
                    "\n",
                    "\n\n",
                ),
                *(
                    "a",
                    " ",
                    "&#",
                    "&lt;",
                    ";",
                    "\\",
                    "[^1]",
                    "[^1]: ",
                    "^[",
                    "]",
                    "## ",
                    "| ",
                    "*",
                ),
            ]
        )
    ).map("".join)
)
def test_no_mixture_of_marks_passes(markdown):
    assert dangers(render(markdown).html) == []


@given(st.text(st.characters(exclude_characters="<>[]!\\&", exclude_categories=["Cs"])))
def test_no_letter_is_lost(markdown):
    """Without links, pictures and comments, whose addresses and remarks are not shown."""
    if "```" not in markdown and "~~~" not in markdown:  # an info string is not shown either
        shown = letters_of(plain_text(render(markdown).html))
        numbered = letters_of(markdown)
        # "1. x" is a list: its number is the browser's to write.
        assert [c for c in shown if not c.isdigit()] == [c for c in numbered if not c.isdigit()]


# Time: each is quadratic in some library of this kind, or looks as if it could be.

REPEATED = [
    *(
        "[",
        "]",
        "> ",
        "**",
        "_",
        "(",
        "[](",
        "![",
        "[a](",
        "|",
        "|-",
        "[a][",
        "[^",
        "^[",
        "&",
        "&#",
    ),
    *("\\", "- ", "* ", "1. ", "#", "~", "\n", "- a\n", "> a\n", "*a_", "a\n=\n", "[a]: /b\n"),
    *("[^a]: b\n\n", '[a]("', "[a](<", "<a ", "|a|b|\n|-|-|\n", "**a**", "`a``b"),
]
LARGE = {
    **{mark: mark * (10_000 // len(mark)) for mark in REPEATED},
    **{mark: mark * (400_000 // len(mark)) for mark in (">", "*", "`", "<!--", '"', "'", "'\"")},
    "many brackets": "[" * 50_000,
    "quotes in many paragraphs": ("'\"" * 249 + "\n\n") * 200,
    "the same heading": "## a\n" * 15_000,
    "lists in lists": "\n".join("  " * depth + "- a" for depth in range(300)),
    "quotes in quotes": "\n".join(">" * depth + " a" for depth in range(400)),
    "labels that never end": "[^a]: b\n\n" + "[^" * 20_000,
    "footnotes that cite themselves": "[^a]\n\n[^a]: x [^a]\n" * 2_000,
    "longer and longer fences": " ".join("`" * length for length in range(400)),
    "one wide table": "|" + "a|" * 10_000 + "\n|" + "-|" * 10_000,
    "many short rows": "|a|b|c|\n|-|-|-|\n" + "|x\n" * 5_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_hostile_text_is_rendered_in_bounded_time(name):
    start = time.process_time()

    rendered = render(LARGE[name])

    assert time.process_time() - start < 5
    assert dangers(rendered.html[:20_000]) == []


# Plain words


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("your partner's days", "your partner’s days"),
        ("\"Why?\" and 'no'", "“Why?” and ‘no’"),
        ("the Joneses' dog", "the Joneses’ dog"),
        ('line one\'s\n"line two"', "line one’s\n“line two”"),
        ("<b> & *stars* [x](/y/)", "<b> & *stars* [x](/y/)"),
        ('a board of 5"', 'a board of 5"'),
        ("set already: “yes”, it’s", "set already: “yes”, it’s"),
        ("", ""),
    ],
)
def test_plain_words_get_the_quotation_marks_of_the_renderer(typed, set_):
    assert typographic(typed) == set_
    assert typographic(set_) == set_


@given(st.text(alphabet="ab '\".,-", max_size=40).map(str.strip).filter(str.strip))
def test_plain_words_look_like_the_same_words_in_markdown(typed):
    in_markdown = plain_text(render_line(f"x {typed} x"))

    assert typographic(f"x {typed} x") == in_markdown


def test_a_line_of_nothing_but_quotation_marks_costs_no_more_than_it_is_long():
    assert typographic("'\"" * 5_000) == "'\"" * 5_000
