"""What our loader takes out of a template is shown by no browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Context, Engine

from stalelove.template_whitespace import without_indentation
from tests.browser.pages import html_of, make_pages, session_of_an_editor
from tests.markup import lines_of, parse

OURS = "stalelove.template_whitespace.Loader"
DJANGOS = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]


@pytest.mark.parametrize(
    ("source", "squeezed"),
    [
        # Blocks need no space around them, words and what stands in a line keep one.
        (
            "<ul>\n  <li>\n    one\n  </li>\n  <li>two</li>\n</ul>\n",
            "<ul><li>one</li><li>two</li></ul>",
        ),
        ("<p>\n  a\n  <a>b</a>\n  <em>c</em>  d\n</p>", "<p>a <a>b</a> <em>c</em> d</p>"),
        ("<button>a</button>\n  <button>b</button>", "<button>a</button> <button>b</button>"),
        ("<header>\n<h1>a</h1>\n</header>\n<hr>\nb", "<header><h1>a</h1></header><hr>b"),
        (
            '<a class="x"\n     href="{% url \'help\' %}"\n  >b</a>',
            '<a class="x" href="{% url \'help\' %}">b</a>',
        ),
        ("<p>\u00a0 10\u00a0% </p>", "<p>\u00a0 10\u00a0%</p>"),
        # Whether a tag of the template says something there is not known, so one space stays.
        (
            "a {% if b > c %} <i>d</i> {% endif %}\n\n e",
            "a {% if b > c %} <i>d</i> {% endif %} e",
        ),
        (
            "<p>a</p>\n{% if b %}\n  <p>{{ b }}</p>\n{% endif %}",
            "<p>a</p>{% if b %}<p>{{ b }}</p>{% endif %}",
        ),
        ("{{ a }}\n  {{ b }}", "{{ a }} {{ b }}"),
        # Of what says nothing it is known, and an edge of a block is a place and no word.
        ("{% load x %}\n<p>a</p>\n{# b #}\n\n<p>c</p>", "{% load x %}<p>a</p>{# b #}<p>c</p>"),
        ("a\n{# b #}\nc", "a{# b #} c"),
        ("a {% block b %}\n c\n{% endblock b %} d", "a {% block b %}c{% endblock b %} d"),
        # The key of a translation, and what is shown as it stands.
        (
            "<p>\n {% blocktranslate trimmed %}\n  a\n   <p>  b\n {% endblocktranslate %}\n</p>",
            "<p>{% blocktranslate trimmed %}\n  a\n   <p>  b\n {% endblocktranslate %}</p>",
        ),
        ("<pre>\n a\n  <p> b </p></pre>  c", "<pre>\n a\n  <p> b </p></pre> c"),
        ("<textarea>\n  {{ a }}\n  b</textarea>", "<textarea>\n  {{ a }}\n  b</textarea>"),
        ("{% verbatim %}\n <p> a{% endverbatim %}", "{% verbatim %}\n <p> a{% endverbatim %}"),
    ],
)
def test_only_what_a_browser_does_not_show_goes(source, squeezed):
    assert without_indentation(source) == squeezed
    assert without_indentation(squeezed) == squeezed


def test_only_our_own_pages_and_not_while_somebody_works_on_them(tmp_path):
    for name in ("page.html", "letter.txt"):
        (tmp_path / name).write_text("<p>\n  {{ a }}\n</p>\n")

    def said(name: str, *, debug: bool) -> str:
        engine = Engine(dirs=[tmp_path], loaders=[OURS], debug=debug)
        return engine.get_template(name).render(Context({"a": "A"}))

    assert said("page.html", debug=False) == "<p>A</p>"
    assert said("page.html", debug=True) == "<p>\n  A\n</p>\n"
    assert said("letter.txt", debug=False) == "<p>\n  A\n</p>\n"


def test_no_template_holds_the_marks_that_the_loader_works_with():
    found = list(Path("templates").rglob("*.html"))
    assert len(found) > 100
    for path in found:
        assert not set(path.read_text()) & set("\ue000\ue001\ue002\ue003\ue004"), path


def test_every_page_is_laid_out_as_its_templates_are_written(starter, settings, subtests):
    elsewhere = "admin-sign-in"  # who is signed in is led on
    pages = [
        page
        for page in make_pages()
        if not page.shows and page.sends is None and page.name != elsewhere
    ]
    session = session_of_an_editor()
    ours = {page.name: html_of(page.address, session) for page in pages}
    [templates] = settings.TEMPLATES
    as_written = [("django.template.loaders.cached.Loader", DJANGOS)]
    settings.TEMPLATES = [
        {**templates, "OPTIONS": {**templates["OPTIONS"], "loaders": as_written}}
    ]
    assert len(pages) > 60
    for page in pages:
        with subtests.test(page.name):
            written = html_of(page.address, session)
            assert len(ours[page.name]) <= len(written)
            assert lines_of(parse(ours[page.name])) == lines_of(parse(written))
