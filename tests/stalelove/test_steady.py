"""What is the same on every page is rendered once, and never shown where it is not the same."""

from __future__ import annotations

from django.template import Context, Engine
from django.utils import translation

ENGINE = Engine(libraries={"steady": "stalelove.templatetags.steady"})


def template(source: str):
    return ENGINE.from_string("{% load steady %}" + source)


def test_the_inside_is_rendered_once_for_each_value_and_language():
    made = []

    def here() -> str:
        made.append(translation.get_language())
        return f"{len(made)}"

    page = template("{% steady a b.c %}[{{ here }}]{% endsteady %}{{ a }}")

    def shown(a: str, c: str) -> str:
        return page.render(Context({"a": a, "b": {"c": c}, "here": here}))

    assert [shown("x", "y"), shown("x", "y"), shown("x", "z"), shown("w", "y")] == [
        *("[1]x", "[1]x", "[2]x", "[3]w")
    ]
    with translation.override("de"):
        assert shown("x", "y") == "[4]x"
    assert made == ["en", "en", "en", "de"]


def test_what_is_missing_is_a_value_too_and_text_stays_escaped():
    page = template("{% steady a %}{{ a }}{% endsteady %}")

    assert page.render(Context({})) == ""
    assert page.render(Context({"a": "<b>"})) == "&lt;b&gt;"
    assert page.render(Context({})) == ""


def test_an_argument_without_end_fills_no_memory():
    page = template("{% steady a %}{{ a }}{% endsteady %}")

    shown = [page.render(Context({"a": number})) for number in range(1000)]

    assert shown == [str(number) for number in range(1000)]
    [node] = page.nodelist.get_nodes_by_type(type(page.nodelist[-1]))
    assert len(node.rendered) == 200
