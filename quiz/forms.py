"""One page of the checkup as a form. It takes the edition's plain definition, never a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from articles.models import CATEGORY_CHOICES
from exercises.forms import printable
from quiz import scoring
from stalelove.categories import Category

SKIP = "skip"
# Stands among an item's keys, which are slugs, so it must be none.
RESULT = "*"
DID_NOT_COME_UP = "none"
_TO_ANSWER = {SKIP: scoring.SKIPPED, DID_NOT_COME_UP: scoring.DID_NOT_COME_UP}
_TO_CHOICE = {answer: choice for choice, answer in _TO_ANSWER.items()}
_ANOTHER_EDITION = gettext_lazy(
    "This page belonged to another edition of the checkup. "
    "Look over the answers below and send it again."
)


class StepForm(forms.Form):
    """The six questions of one category; each is a group of radio buttons and may stay open.

    `edition` travels along, so that a page of another edition is noticed instead of half understood.
    Radio buttons cannot be emptied, so a question that a page left open was open when it was made:
    what another tab has saved of it since stays, and is shown.
    """

    edition = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        definition: scoring.Definition,
        category: Category,
        data: Mapping[str, str] | None = None,
        *,
        saved: Mapping[str, int | None],
    ) -> None:
        self.definition, self.category = definition, category
        self._sent = (
            None if data is None else {name: value for name, value in data.items() if value}
        )
        chosen = {
            key: _TO_CHOICE.get(answer, str(answer))
            for key, answer in saved.items()
            if answer is not None
        }
        own = {"edition": str(definition.number)}
        super().__init__(
            None if self._sent is None else {**chosen, **self._sent, **own},
            initial={**chosen, **own},
        )
        for item in definition.items_in(category):
            self.fields[item.key] = forms.ChoiceField(
                label=item.text,
                choices=self._choices(),
                widget=forms.RadioSelect,
                required=False,
                error_messages={
                    "invalid_choice": gettext(
                        "Choose one of the answers to “%(question)s”, or skip it."
                    )
                    # Its full stop would stand before the comma. And the form fills its own values
                    # in with % as well.
                    % {"question": item.text.removesuffix(".").replace("%", "%%")}
                },
            )
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def _choices(self) -> list[tuple[str, str]]:
        choices = [(str(value), label) for value, label in enumerate(self.definition.labels)]
        if self.definition.may_not_come_up(self.category):
            choices.append((DID_NOT_COME_UP, self.definition.did_not_come_up))
        return [*choices, (SKIP, gettext("Skip this one"))]

    def clean(self) -> None:
        sent = self._sent or {}
        if sent.get("edition") != str(self.definition.number) or not sent.keys() <= set(
            self.fields
        ):
            raise forms.ValidationError(_ANOTHER_EDITION)

    def answers(self) -> dict[str, int]:
        """The valid answers that were sent, by item key; without the questions left open."""
        return {
            key: _TO_ANSWER[choice] if choice in _TO_ANSWER else int(choice)
            for key, choice in self.cleaned_data.items()
            if key in self._sent and key != "edition"
        }


class FitsForm(forms.Form):
    """What fits: where to begin, alone or together, how long. A GET form, and stored nowhere.

    It comes in an address that can be written by hand, so a word that is no choice counts as none.
    """

    begin = forms.ChoiceField(
        label=gettext_lazy("Begin with"),
        choices=CATEGORY_CHOICES,
        widget=forms.RadioSelect,
        required=False,
    )
    who = forms.ChoiceField(
        label=gettext_lazy("Who"),
        choices=[
            ("", gettext_lazy("Either")),
            ("alone", gettext_lazy("I do it alone")),
            ("both", gettext_lazy("We do it together")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    minutes = forms.ChoiceField(
        label=gettext_lazy("How long"),
        choices=[
            ("", gettext_lazy("Any length")),
            ("5", gettext_lazy("Five minutes at most")),
            ("10", gettext_lazy("Ten minutes at most")),
            ("20", gettext_lazy("Twenty minutes at most")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, data: Mapping[str, str], *, lowest: Category | None) -> None:
        asked = forms.Form(data)
        asked.fields.update(self.base_fields)
        asked.full_clean()
        self.chosen: dict[str, str] = {
            name: value for name, value in asked.cleaned_data.items() if value
        }
        initial = {"begin": lowest, "who": "", "minutes": "", **self.chosen}
        super().__init__(initial=initial)
        # All that its HTML depends on, for the template to render each just once.
        self.shown = tuple(initial.items())
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    @property
    def category(self) -> Category | None:
        """The one that was chosen; None when none was."""
        return Category(self.chosen["begin"]) if "begin" in self.chosen else None

    @property
    def most_minutes(self) -> int | None:
        return int(self.chosen["minutes"]) if "minutes" in self.chosen else None


class TogetherStepForm(forms.Form):
    """Which of the three things a person does on their own page of a pairing."""

    step = forms.ChoiceField(choices=[(name, name) for name in ("choose", "confirm", "leave")])


class ShowForm(forms.Form):
    """Which categories the other may see: of those that have enough answers, one at least."""

    step = forms.CharField(widget=forms.HiddenInput, initial="choose")
    shows = forms.MultipleChoiceField(
        label=gettext_lazy("What I would show"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy(
                "Choose at least one, or leave this page: then nothing is shown."
            ),
            "invalid_choice": gettext_lazy("Choose from the parts that are named here."),
        },
    )

    def __init__(
        self,
        can_show: Sequence[Category],
        shows: Sequence[str],
        data: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial={"shows": list(shows)})
        self.fields["shows"].choices = [(each.value, gettext(each.label)) for each in can_show]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def categories(self) -> list[Category]:
        return [Category(name) for name in self.cleaned_data["shows"]]


class ConfirmForm(forms.Form):
    """What was looked at when “Show this” was pressed (together.fingerprint)."""

    seen = forms.CharField(max_length=200)

    def seen_text(self) -> str:
        """The fingerprint as it came; empty, and so never right, where it cannot be one."""
        return self.cleaned_data["seen"] if self.is_valid() else ""


class SheetForm(forms.Form):
    """What goes on a sheet to take along: for each category its result and any of the answers given
    there, and the reader's own notes. Nothing is chosen beforehand."""

    notes = forms.CharField(
        label=gettext_lazy("In your own words"),
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        max_length=2000,
        required=False,
        help_text=gettext_lazy(
            "What you would like to talk about, for example. It goes on the sheet and nowhere else."
        ),
        error_messages={
            "max_length": gettext_lazy(
                "This has %(show_value)d characters; the most is %(limit_value)d."
            )
        },
    )

    def __init__(self, result: scoring.Result, data: QueryDict | None = None) -> None:
        super().__init__(data and printable(data))
        self.result = result
        for each in result.categories:
            choices = [
                (row.item.key, f"{row.item.text} {row.label}.")
                for row in each.answers
                if row.answer != scoring.SKIPPED
            ]
            if each.band:
                choices.insert(
                    0, (RESULT, gettext("Taken together: %(band)s") % {"band": each.band.label})
                )
            self.fields[each.category.value] = forms.MultipleChoiceField(
                label=gettext(each.category.label),
                choices=choices,
                widget=forms.CheckboxSelectMultiple,
                required=False,
                error_messages={
                    "invalid_choice": gettext("Choose from the answers that stand here.")
                },
            )
            if not choices:
                del self.fields[each.category.value]
        self.order_fields([*(category.value for category in Category), "notes"])
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean(self) -> None:
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(gettext("Choose at least one line, or write a note."))

    def parts(self) -> list[tuple[scoring.CategoryResult, bool, list[scoring.Answered]]]:
        """The categories of which something was chosen: the result, whether to show it, the answers."""
        found = []
        for each in self.result.categories:
            chosen = self.cleaned_data.get(each.category.value, [])
            rows = [row for row in each.answers if row.item.key in chosen]
            if chosen:
                found.append((each, RESULT in chosen, rows))
        return found
