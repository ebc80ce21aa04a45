"""What our template loader makes cheaper says to the letter what Django's own templates say."""

from __future__ import annotations

import datetime as dt
import re
from collections import namedtuple
from pathlib import Path

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Engine, TemplateDoesNotExist
from django.test import Client
from django.urls import NoReverseMatch
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from stalelove.categories import Category
from stalelove.template_loading import Steady
from tests.browser.pages import make_pages, session_of_an_editor

OURS = "stalelove.template_loading.Loader"
DJANGOS = "django.template.loaders.cached.Loader"
FOLDERS = [
    "stalelove.template_whitespace.Loader",
    "django.template.loaders.app_directories.Loader",
]


class Silent(ObjectDoesNotExist):
    pass


class Thing:
    words = "<b>"
    safe = mark_safe("<i>")
    none = None

    def __init__(self) -> None:
        self.asked = 0

    def method(self) -> str:
        self.asked += 1
        return "called & said"

    def with_an_argument(self, argument: object) -> str:
        return "never"

    def gone(self) -> str:
        raise Silent

    def deletes(self) -> str:
        raise AssertionError

    deletes.alters_data = True

    @property
    def broken(self) -> str:
        raise AttributeError("inside")

    @property
    def missing(self) -> str:
        raise Silent


class Kept:
    do_not_call_in_templates = True
    words = "not called"

    def __call__(self) -> str:
        return "called"


Pair = namedtuple("Pair", "left right")


def values() -> dict[str, object]:
    return {
        "thing": Thing(),
        "kept": Kept(),
        "words": "a & <b>",
        "token": "-" + "Aa_0" * 7 + "zZ9",
        "slugs": ["one", "two-2", "two-2", Category.REPAIR],
        "categories": [Category.REPAIR, "warmth"],
        "safe": mark_safe("<b>"),
        "pair": Pair("l", "r"),
        "rows": [
            {"name": "one", "items": "own", "none": None, "pairs": {"a": 1, "b": "<"}},
            {"name": "<two>", "pairs": {}},
        ],
        "numbers": [0, 7, 999, 1000, 123456, -5, True, 1.5],
        "day": dt.datetime(2026, 11, 27, 8, 5, tzinfo=dt.UTC),
        "empty": "",
        "called": lambda: "by itself",
        "yes": True,
    }


SOURCES = {
    "words": "{{ words }}|{{ safe }}|{{ thing.words }}|{{ thing.safe }}|{{ thing.none }}|{{ empty }}",
    "missing": "{{ nothing }}|{{ thing.nothing }}|{{ rows.7.name }}|{{ nothing.at.all }}|{{ rows.x }}",
    "calls": "{{ thing.method }}|{{ called }}|{{ thing.with_an_argument }}|{{ thing.deletes }}",
    "uncalled": "{{ kept.words }}",
    "silent": "[{{ thing.gone }}][{{ thing.missing }}]",
    "places": "{{ pair.left }}{{ pair.1 }}{{ rows.0.name }}{{ rows.1.items }}{{ rows.0.items }}",
    "numbers": "{% for number in numbers %}{{ number }} {% endfor %}{{ day }} {{ day|date:'c' }}",
    "filters": "{{ words|upper }}{{ nothing|default:'-' }}{{ words|default:safe }}{{ rows|length }}",
    "plain": "{% autoescape off %}{{ words }}{{ thing.words }}{% translate 'Help' %}{% endautoescape %}",
    "if": "{% if yes and words == 'x' or thing.none %}a{% elif no %}b{% elif yes %}{{ words }}{% endif %}",
    "for": (
        "{% for row in rows %}{{ forloop.counter }}{{ row.name }}"
        "{% for key, value in row.pairs.items %}{{ key }}={{ value }}"
        "{{ forloop.parentloop.first }}{% endfor %}"
        "{% include '_row' with row=row %}{% include '_row' with row=row only %}"
        "{% empty %}none{% endfor %}"
    ),
    "_row": "({{ row.name }}{{ words }}{{ forloop.counter }}{% cycle 'x' 'y' %})",
    "constant": (
        "{# not said #}{% comment %}nor this{% endcomment %}<p>{% translate 'Articles' %}{{ _('Help') }}"
        "{% url 'help' %}{% static 'css/site.css' %}{% include '_constant' only %}"
        "{% blocktranslate trimmed %} Leave this page {% endblocktranslate %}</p>"
    ),
    "_constant": "<i>{% translate 'Search' %}</i>",
    "inconstant": (
        "{% url 'article' slug=thing.none|default:'x' %}{% url 'topic' rows.0.none|default:'repair' %}"
        "{% blocktranslate with name=words %}Reviewed by {{ name }}{% endblocktranslate %}"
        "{% translate 'Help' as said %}{{ said }}{% url 'nowhere' as none %}{{ none }}"
        "{% translate words %}{% include '_constant' %}{% static words %}"
    ),
    "addresses": (
        "{% url 'checkup_step' token 'repair' %}{% url 'snapshot' token as own %}{{ own }}|"
        "{% for slug in slugs %}{% url 'article' slug %}{% url 'nowhere' slug as no %}{{ no }}{% endfor %}"
        "{% for category in categories %}{% url 'topic' category %}{% endfor %}"
        "{% url 'article' nothing as none %}{{ none }}{% url 'article' words as none %}{{ none }}"
    ),
    "base": "{% block a %}A{% block b %}{{ words }}{% endblock %}{% endblock %}{% block c %}{% endblock %}",
    "middle": "{% extends 'base' %}{% block a %}M{{ block.super }}{% endblock %}",
    "leaf": "{% extends 'middle' %}{# a note #}{% block b %}L{{ block.super }}{% endblock %}not said",
    "by_variable": "{% extends parent %}{% block c %}V{% endblock %}",
    "with": "{% with words='<c>' o=thing.method %}{{ words }}{{ o }}{% include '_row' %}{% endwith %}",
    "again": "{% for row in rows %}{% ifchanged row.nothing %}changed{% endifchanged %}{% endfor %}",
}


def engine(loader: str, *, failing: str = "", hidden: str = "", **options) -> Engine:
    sources = {**SOURCES, "failing": failing, "hidden": hidden}
    return Engine(
        loaders=[(loader, [("django.template.loaders.locmem.Loader", sources)])],
        builtins=["django.templatetags.i18n", "django.templatetags.static"],
        **options,
    )


@pytest.mark.parametrize("name", [name for name in SOURCES if not name.startswith("_")])
@pytest.mark.parametrize("options", [{}, {"string_if_invalid": "?%s?"}, {"debug": True}])
def test_it_says_what_django_says(name, options):
    ours, djangos = engine(OURS, **options), engine(DJANGOS, **options)
    for language in ("en", "ar", "de", "en"):
        with translation.override(language):
            for autoescape in (True, False):
                said = [
                    each.get_template(name).render(
                        Context({**values(), "parent": "middle"}, autoescape=autoescape)
                    )
                    for each in (ours, djangos)
                ]
                assert said[0] == said[1]
                assert type(said[0]) is SafeString


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("{{ thing.broken }}", AttributeError),
        ("{% include 'nowhere' only %}", TemplateDoesNotExist),
        ("{% extends 'nowhere' %}", TemplateDoesNotExist),
        ("{% url 'nowhere' %}", NoReverseMatch),
        ("{% url 'article' 'a/b' %}", NoReverseMatch),
        ("{% for slug in 'a/' %}{% url 'article' slug %}{% endfor %}", NoReverseMatch),
    ],
)
@pytest.mark.parametrize("loader", [OURS, DJANGOS])
def test_what_fails_fails_alike_and_only_when_it_is_shown(source, error, loader):
    made = engine(
        loader,
        failing=source,
        hidden="{% if nothing %}" + source.replace("extends", "include") + "{% endif %}shown",
    )

    with pytest.raises(error):
        made.get_template("failing").render(Context(values()))
    assert made.get_template("hidden").render(Context(values())) == "shown"


@pytest.mark.parametrize("loader", [OURS, DJANGOS])
def test_an_address_is_made_of_whatever_comes_one_after_the_other(loader):
    template = engine(loader, hidden="{% url 'article' it as url %}{{ url }}").get_template(
        "hidden"
    )

    said = [template.render(Context({"it": it})) for it in (None, 7, "one", "no slug/", "two")]
    assert said == ["/articles/None/", "/articles/7/", "/articles/one/", "", "/articles/two/"]


def test_what_hangs_on_the_language_alone_is_one_piece():
    template = engine(OURS).get_template("constant")

    assert [type(node) for node in template.nodelist] == [Steady]


def test_a_method_is_called_once():
    context = values()
    engine(OURS).get_template("calls").render(Context(context))
    assert context["thing"].asked == 1


def test_no_template_of_ours_changes_the_language_within():
    """Which the loader rests on."""
    found = list(Path("templates").rglob("*.*"))
    assert len(found) > 100
    for path in found:
        assert "{% language" not in path.read_text(), path


def test_every_page_is_what_django_makes_of_it(starter, settings, subtests):
    def said(address: str) -> str:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = session
        text = client.get(address).content.decode()
        return re.sub(r'csrfmiddlewaretoken" value="\w+"', "csrf", text)

    pages = [page for page in make_pages() if not page.shows and page.sends is None]
    session = session_of_an_editor()
    ours = {page.name: said(page.address) for page in pages}
    [templates] = settings.TEMPLATES
    settings.TEMPLATES = [
        {**templates, "OPTIONS": {**templates["OPTIONS"], "loaders": [(DJANGOS, FOLDERS)]}}
    ]
    assert len(pages) > 60
    for page in pages:
        with subtests.test(page.name):
            assert ours[page.name] == said(page.address)
