"""The search form is made once, and shows each question as crispy-forms would."""

from __future__ import annotations

import pytest
from crispy_forms.utils import render_crispy_form
from django.template import Context, Engine
from django.utils import translation
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from stalelove.forms import BLANK, SearchForm

ENGINE = Engine(
    libraries={
        "fill_blank": "stalelove.templatetags.fill_blank",
        "crispy": "crispy_forms.templatetags.crispy_forms_tags",
    }
)
FORM = ENGINE.from_string(
    "{% load fill_blank crispy %}"
    "{% fill_blank query %}{% crispy form.with_blank %}{% endfill_blank %}"
)


@given(st.text())
def test_a_question_is_shown_as_crispy_forms_shows_it(text):
    form = SearchForm({"q": text})
    query = form.cleaned_data["q"] if form.is_valid() else ""
    if not query:  # then the template shows the form itself
        return

    shown = FORM.render(Context({"form": form, "query": query}))

    assert shown == render_crispy_form(SearchForm({"q": query}))


@pytest.mark.parametrize(
    "query", ['" autofocus onfocus="alert(1)', "'><script>", "&quot;", BLANK, f"{BLANK}{BLANK}\\1"]
)
def test_a_hostile_question_stays_a_value(query):
    form = SearchForm({"q": query})
    assert form.is_valid()

    for shown in (query, SafeString(query)):
        html = FORM.render(Context({"form": form, "query": shown}))
        assert html == render_crispy_form(form)


def test_the_inside_is_rendered_once_for_each_language():
    made = []

    def inside() -> str:
        made.append(translation.get_language())
        return f"<{BLANK}>"

    page = ENGINE.from_string(
        "{% load fill_blank %}{% fill_blank a %}{{ inside }}{% endfill_blank %}"
    )

    def shown(a: str) -> str:
        return page.render(Context({"a": a, "inside": inside}))

    assert [shown("x"), shown("<"), shown("")] == ["&lt;x&gt;", "&lt;&lt;&gt;", "&lt;&gt;"]
    with translation.override("de"):
        assert shown("y") == "&lt;y&gt;"
    assert made == ["en", "de"]


@pytest.mark.parametrize("inside", ["", BLANK * 2])
def test_without_one_place_for_it_nothing_is_shown(inside):
    page = ENGINE.from_string(
        "{% load fill_blank %}{% fill_blank a %}" + inside + "{% endfill_blank %}"
    )

    with pytest.raises(ValueError, match="unpack"):
        page.render(Context({"a": "x"}))
