"""What our template loader makes cheaper says to the letter what Django's own templates say."""

from __future__ import annotations

import datetime as dt
from collections import namedtuple
from pathlib import Path

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import (
    Context,
    Engine,
    TemplateDoesNotExist,
    VariableDoesNotExist,
    engines,
)
from django.urls import NoReverseMatch
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from stalelove.categories import Category
from stalelove.template_compiling import LeftToDjango, function_of
from tests.browser.pages import html_of, make_pages, session_of_an_editor

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
        "moments": [
            dt.datetime(2026, 11, 27, 8, 5, tzinfo=dt.UTC),
            dt.datetime(2026, 11, 27, 8, 5, tzinfo=dt.timezone(dt.timedelta(hours=5))),
            dt.datetime(2026, 11, 27, 8, 5),
            dt.date(2026, 11, 27),
            None,
            [],
            "words",
        ],
        "empty": "",
        "called": lambda: "by itself",
        "generator": (each for each in "<ab>"),
        "pairs": [("<", 1), Pair("l", None), ["", "&"]],
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
    "_row": "({{ row.name }}{{ words }}{{ forloop.counter }}{{ True }}{{ row.none.more }})",
    "loops": (
        "{% for row in rows reversed %}{% for key, value in row.pairs.items %}"
        "{{ forloop.parentloop.revcounter0 }}{{ forloop.last }}{{ key }}{{ value|default:key }}"
        "{% empty %}{{ forloop.counter }}{% endfor %}{% endfor %}{{ key }}"
        "{% for each in nothing %}x{% empty %}none{% endfor %}"
        "{% for each in called %}{{ each }}{% endfor %}"
        "{% for each in generator %}{{ each }}{{ forloop.revcounter }}{% endfor %}"
        "{% for a, b in pairs %}{{ a }}{{ b }}{% if forloop.first %}{% firstof a b as found %}{% endif %}"
        "{% endfor %}{% for each in numbers %}{% if forloop.counter == 2 %}"
        "{% translate 'Help' as found %}{% endif %}[{{ found }}]{% endfor %}[{{ found }}]"
    ),
    "set": (
        "{% if yes %}{% url 'help' as own %}{% else %}{% url 'nowhere' as own %}{% endif %}{{ own }}"
        "{% if no %}{% translate 'Help' as words %}{% endif %}{{ words }}"
        "{% url 'nowhere' as own %}[{{ own }}]"
        "{% regroup rows by pairs.a as groups %}{% for group in groups %}{{ group.grouper }}:"
        "{% for row in group.list %}{{ row.name }}{% endfor %};{% endfor %}"
        "{% static 'css/site.css' as file %}{{ file }}{% include '_sets' %}{{ inner }}"
        "{% blocktranslate asvar said %}Leave this page{% endblocktranslate %}{{ said }}"
    ),
    "_sets": "{% translate 'Search' as inner %}{{ inner }}{% if yes %}{{ own }}{% endif %}",
    "conditions": (
        "{% for number in numbers %}{% if number in slugs or not number and yes or number > 900 %}+"
        "{% elif number|divisibleby:7 and number is not none %}7{% elif number == 1.5 %}h{% else %}-"
        "{% endif %}{% endfor %}{% if nothing|default:none == none %}n{% endif %}"
        "{% if words|add:nothing %}a{% else %}b{% endif %}{% if rows > numbers %}c{% else %}d{% endif %}"
        "{% if not rows|length == 2 %}e{% elif thing.nothing in nothing %}f{% else %}g{% endif %}"
        "{% if nothing.at.all != words and rows.0.nothing is None %}h{% endif %}{% if called in words %}i"
        "{% endif %}{% if kept and safe not in words %}j{% endif %}{% if None or False %}k{% endif %}"
    ),
    "plural": (
        "{% for each in rows %}{% blocktranslate trimmed count n=forloop.counter with name=words %} one "
        "{{ name }}{% plural %} {{ n }} of {{ name }} {{ no }}{% endblocktranslate %}{% endfor %}"
        "{% blocktranslate %}{{ words }} and {{ safe }} 100% {{ nothing }}{{ day }}{% endblocktranslate %}"
    ),
    "moments": (
        "{% load words %}{% for each in moments %}{{ each|date:'DATE_FORMAT' }}|{{ each|date:'Y-m-d' }}"
        "|{{ each|date:empty }}|{% endfor %}{{ day|moment }}{{ words|translated }}{{ empty|translated }}"
        "{{ 'Help'|translated }}{{ day|weekday_and_day }}{{ day|date:words }}"
    ),
    "first": "{% firstof nothing words safe %}{% firstof nothing empty %}{% firstof nothing '<x>' %}",
    "only": (
        "{% with words='w' %}{% include '_row' with row=rows.1 only %}{% include '_set' only %}"
        "{% include '_set' %}{% endwith %}"
    ),
    "_set": "{{ words }}{% translate 'Help' as own %}{{ own }}{% csrf_token %}{{ yes }}",
    "steady": (
        "{% for row in rows %}{% steady row.name nothing %}{{ row.name }}{% translate 'Help' %}"
        "{% endsteady %}{% endfor %}"
        "{% steady %}{% get_current_language as language %}{{ language }}{% endsteady %}"
    ),
    "loaded": (
        "{% load marked %}{% autoescape on %}{{ words|marked }}{% endautoescape %}"
        "{{ safe|upper }}{{ safe|cut:'b' }}{{ words|truncatechars:empty|safe }}{{ words|linebreaks }}"
    ),
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
    "again": (
        "{% for row in rows %}{% ifchanged row.nothing %}changed{% endifchanged %}"
        "{% cycle 'x' 'y' %}{% endfor %}"
    ),
    "itself": "{% if rows %}{% with rows=empty %}{{ words }}{% include 'itself' %}{% endwith %}{% endif %}",
}
LEFT_TO_DJANGO = {"again", "by_variable", "itself", "loaded", "plain"}


def engine(loader: str, *, failing: str = "", hidden: str = "", **options) -> Engine:
    sources = {**SOURCES, "failing": failing, "hidden": hidden}
    return Engine(
        loaders=[(loader, [("django.template.loaders.locmem.Loader", sources)])],
        builtins=[
            "django.templatetags.i18n",
            "django.templatetags.static",
            "stalelove.templatetags.steady",
        ],
        libraries={
            "marked": "stalelove.templatetags.marked",
            "words": "articles.templatetags.words",
        },
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


@pytest.mark.parametrize("name", SOURCES)
def test_only_what_is_unusual_is_left_to_django(name):
    template = engine(OURS).get_template(name)
    if name in LEFT_TO_DJANGO:
        with pytest.raises(LeftToDjango):
            function_of(template)
    else:
        assert callable(function_of(template))


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("{{ thing.broken }}", AttributeError),
        ("{% include 'nowhere' only %}", TemplateDoesNotExist),
        ("{% extends 'nowhere' %}", TemplateDoesNotExist),
        ("{% url 'nowhere' %}", NoReverseMatch),
        ("{% steady %}{% url 'nowhere' %}{% endsteady %}", NoReverseMatch),
        ("{% url 'article' 'a/b' %}", NoReverseMatch),
        ("{% for slug in 'a/' %}{% url 'article' slug %}{% endfor %}", NoReverseMatch),
        ("{% for a, b in numbers %}{{ a }}{% endfor %}", ValueError),
        ("{% for a, b in slugs %}{{ a }}{% endfor %}", ValueError),
        ("{{ words|add:nothing }}", VariableDoesNotExist),
        ("{% if thing.broken %}{% endif %}", AttributeError),
        ("{% steady rows %}{% endsteady %}", TypeError),
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
    function = function_of(engine(OURS).get_template("constant"))

    assert len(function.__globals__["constants"].pieces) == 1


def test_no_page_of_readers_is_left_to_django():
    """Who adds a tag that is not known gives it a writer, or finds here that the page became slow."""
    django = engines["django"].engine
    left = []
    for path in sorted(Path("templates").rglob("*.html")):
        try:
            function_of(django.get_template(str(path.relative_to("templates"))))
        except LeftToDjango:
            left.append(str(path))

    assert all(path.startswith("templates/admin/") for path in left), left
    assert len(left) < 6


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
    pages = [page for page in make_pages() if not page.shows and page.sends is None]
    session = session_of_an_editor()
    ours = {page.name: html_of(page.address, session) for page in pages}
    [templates] = settings.TEMPLATES
    settings.TEMPLATES = [
        {**templates, "OPTIONS": {**templates["OPTIONS"], "loaders": [(DJANGOS, FOLDERS)]}}
    ]
    assert len(pages) > 60
    for page in pages:
        with subtests.test(page.name):
            assert ours[page.name] == html_of(page.address, session)
