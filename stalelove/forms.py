"""What readers ask the whole site, and what they may write to the editors: that a help line is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.forms import printable
from stalelove.models import HelpResource, Report


class ReportForm(forms.ModelForm):
    """A wrong number. `line` offers the lines of one country's page."""

    # Filled in by programs that fill in everything; readers never see it.
    website = forms.CharField(
        label=gettext_lazy("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    line = forms.ChoiceField(
        label=gettext_lazy("Which one?"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the lines on this page.")},
    )

    class Meta:
        model = Report
        fields = ["line", "problem", "details"]
        widgets = {
            "problem": forms.RadioSelect,
            "details": forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        }
        labels = {
            "problem": gettext_lazy("What is wrong?"),
            "details": gettext_lazy("What would be right, if you know?"),
        }
        help_texts = {
            "details": gettext_lazy(
                "A number, an address, a page that says so. Write nothing about yourself."
            ),
        }
        error_messages = {
            "problem": {"required": gettext_lazy("Choose what is wrong.")},
            "details": {
                "max_length": gettext_lazy(
                    "Keep this to %(limit_value)d characters; it has %(show_value)d."
                )
            },
        }

    def __init__(
        self, data: QueryDict | None = None, *, resources: Iterable[HelpResource], **kwargs
    ) -> None:
        super().__init__(data and printable(data), **kwargs)
        self.fields["line"].choices = [
            *((resource.slug, resource.name) for resource in resources),
            ("", _("None of these")),
        ]
        self.fields["problem"].choices = Report.Problem.choices
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout("line", "problem", "details")

    @property
    def is_from_a_program(self) -> bool:
        return bool(self.cleaned_data.get("website"))


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Line(forms.TextInput):
    """One line of text. Control characters, which no keyboard types, count as blanks."""

    input_type = "search"

    def value_from_datadict(self, data: Mapping[str, str], files: object, name: str) -> str:
        return _CONTROL.sub(" ", data.get(name) or "")


# Stands for a value that is put in afterwards. No keyboard types it, and HTML leaves it as it is.
BLANK = "\ue002"


class SearchForm(forms.Form):
    """One line of words to look up."""

    q = forms.CharField(
        label=gettext_lazy("What are you looking for?"),
        help_text=gettext_lazy(
            "“Two words” in quotation marks find the phrase; -word leaves a word out."
        ),
        max_length=200,
        required=False,
        widget=Line(attrs={"autocomplete": "off", "class": "search-words"}),
        error_messages={
            "max_length": gettext_lazy("That is too long to look up: use a few words.")
        },
    )

    helper = FormHelper()
    helper.form_method = "get"
    helper.form_action = reverse_lazy("search")
    helper.form_class = "search"
    helper.add_input(Submit("", gettext_lazy("Search")))

    @classmethod
    def with_blank(cls) -> SearchForm:
        """As it is shown for every question; the template puts the question in (`{% fill_blank %}`)."""
        return cls({"q": BLANK})
