"""What a reader may write to the editors: that a help line is wrong. It asks nothing of the reader."""

from __future__ import annotations

from collections.abc import Iterable

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.http import QueryDict
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
