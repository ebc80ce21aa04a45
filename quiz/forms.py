"""One page of the checkup as a form. It takes the edition's plain definition, never a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

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
_TO_CHOICE = {scoring.SKIPPED: SKIP, scoring.DID_NOT_COME_UP: DID_NOT_COME_UP}
_ANOTHER_EDITION = gettext_lazy(
    "This page belonged to another edition of the checkup. "
    "Look over the answers below and send it again."
)


@lru_cache
def _offered(labels: int, *, may_not_come_up: bool) -> Mapping[str, int]:
    """The answer that each choice of a question stands for, in the order in which they are shown."""
    choices = {str(answer): answer for answer in range(labels)}
    if may_not_come_up:
        choices[DID_NOT_COME_UP] = scoring.DID_NOT_COME_UP
    return {**choices, SKIP: scoring.SKIPPED}


def _offered_on(definition: scoring.Definition, category: Category) -> Mapping[str, int]:
    return _offered(len(definition.labels), may_not_come_up=definition.may_not_come_up(category))


def _filled_in(data: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in data.items() if value}


def _is_page_of(
    definition: scoring.Definition, category: Category, sent: Mapping[str, str]
) -> bool:
    """Whether it was made with these questions, and not with another edition's or page's."""
    names = {"edition", *(item.key for item in definition.items_in(category))}
    return sent.get("edition") == str(definition.number) and sent.keys() <= names


def answers_sent(
    definition: scoring.Definition, category: Category, data: Mapping[str, str]
) -> dict[str, int] | None:
    """The answers of a page as it came in, by item key and without the questions left open.

    None where something is not right with it: what, is said by a StepForm, which a page that is right
    has no need of.
    """
    sent = _filled_in(data)
    if not _is_page_of(definition, category, sent):
        return None
    offered = _offered_on(definition, category)
    del sent["edition"]
    if not all(choice in offered for choice in sent.values()):
        return None
    return {key: offered[choice] for key, choice in sent.items()}


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
        self._sent = None if data is None else _filled_in(data)
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
        offered = _offered_on(self.definition, self.category)
        return [
            (choice, self.definition.answer_label(answer) or gettext("Skip this one"))
            for choice, answer in offered.items()
        ]

    def clean(self) -> None:
        if not _is_page_of(self.definition, self.category, self._sent or {}):
            raise forms.ValidationError(_ANOTHER_EDITION)


class FitsForm(forms.Form):
    """What fits: where to begin, alone or together, how long. A GET form, and stored nowhere."""

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

    def __init__(self, shown: Mapping[str, str | None]) -> None:
        super().__init__(initial=shown)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class Fits:
    """What was chosen in a FitsForm. It comes in an address that can be written by hand, so a word that
    is no choice counts as none."""

    def __init__(self, data: Mapping[str, str], *, lowest: Category | None) -> None:
        self.chosen: dict[str, str] = {
            name: data[name]
            for name, field in FitsForm.base_fields.items()
            if data.get(name) and field.valid_value(data[name])
        }
        # All that the form's HTML depends on, for the template to make it just once for each.
        self.shown = tuple({"begin": lowest, "who": "", "minutes": "", **self.chosen}.items())

    def form(self) -> FitsForm:
        return FitsForm(dict(self.shown))

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
