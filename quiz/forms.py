"""One page of the checkup as a form. It takes the edition's plain definition, never a model."""

from __future__ import annotations

from collections.abc import Mapping

from crispy_forms.helper import FormHelper
from django import forms

from quiz import scoring
from stalelove.categories import Category

SKIP = "skip"
DID_NOT_COME_UP = "none"
_TO_ANSWER = {SKIP: scoring.SKIPPED, DID_NOT_COME_UP: scoring.DID_NOT_COME_UP}
_TO_CHOICE = {answer: choice for choice, answer in _TO_ANSWER.items()}


class StepForm(forms.Form):
    """The six questions of one category; each is a group of radio buttons and may stay open.

    `edition` travels along, so that a page of another edition is noticed instead of half understood.
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
        super().__init__(data, initial={"edition": definition.number})
        for item in definition.items_in(category):
            answer = saved.get(item.key)
            self.fields[item.key] = forms.ChoiceField(
                label=item.text,
                choices=self._choices(),
                widget=forms.RadioSelect,
                required=False,
                initial=None if answer is None else _TO_CHOICE.get(answer, str(answer)),
                error_messages={
                    "invalid_choice": f"Choose one of the answers to “{item.text}”, or skip it."
                },
            )
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def _choices(self) -> list[tuple[str, str]]:
        choices = [(str(value), label) for value, label in enumerate(self.definition.labels)]
        if self.definition.may_not_come_up(self.category):
            choices.append((DID_NOT_COME_UP, self.definition.did_not_come_up))
        return [*choices, (SKIP, "Skip this one")]

    def clean_edition(self) -> str:
        edition = self.cleaned_data["edition"]
        if edition != str(self.definition.number):
            raise forms.ValidationError(
                "This page belonged to another edition of the checkup. "
                "Look over the answers below and send it again."
            )
        return edition

    def answers(self) -> dict[str, int]:
        """The valid answers by item key; a question left open is skipped."""
        return {
            item.key: self._answer(self.cleaned_data[item.key])
            for item in self.definition.items_in(self.category)
        }

    @staticmethod
    def _answer(choice: str) -> int:
        return _TO_ANSWER[choice] if choice in _TO_ANSWER else int(choice or scoring.SKIPPED)
