"""What readers ask the whole site."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Line(forms.TextInput):
    """One line of text. Control characters, which no keyboard types, count as blanks."""

    input_type = "search"

    def value_from_datadict(self, data: Mapping[str, str], files: object, name: str) -> str:
        return _CONTROL.sub(" ", data.get(name) or "")


class SearchForm(forms.Form):
    """One line of words to look up."""

    q = forms.CharField(
        label=_("What are you looking for?"),
        help_text=_("“Two words” in quotation marks find the phrase; -word leaves a word out."),
        max_length=200,
        required=False,
        widget=Line(attrs={"autocomplete": "off", "class": "search-words"}),
        error_messages={"max_length": _("That is too long to look up: use a few words.")},
    )

    helper = FormHelper()
    helper.form_method = "get"
    helper.form_action = reverse_lazy("search")
    helper.form_class = "search"
    helper.add_input(Submit("", _("Search")))
