"""What a reader may choose or write about practices and questions. Nothing of it is stored."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import CATEGORY_CHOICES
from exercises import picker
from exercises.models import Question
from exercises.requests import asked

# The server's date can be a day ahead of the reader's or behind it.
ONE_DAY = dt.timedelta(days=1)
DATE_FORMAT = "%Y-%m-%d"


def _bare_helper() -> FormHelper:
    """Fields only: the template writes the form element, and no reader gets a CSRF cookie."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper


# What no key types and no page may hold: control characters but for tab and the ends of lines.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def printable(data: QueryDict) -> QueryDict:
    """The same data without control characters, so that it can be shown again as it is."""
    clean = data.copy()
    for name, values in data.lists():
        clean.setlist(name, [_CONTROL.sub("", value) for value in values])
    return clean


class OpenChoiceField(forms.ChoiceField):
    """A choice that comes in a shared address: a value that is none of the choices is no choice."""

    def clean(self, value: object) -> str:
        return str(value) if value and self.valid_value(str(value)) else ""


class PickerForm(forms.Form):
    """The picker: one group of radio buttons for each constraint, and beside each choice how many
    practices fit."""

    def __init__(self, picked: picker.Picked, counted: picker.Counts) -> None:
        super().__init__(
            {each.name: picked.get(each.name, picker.ANY) for each in picker.CONSTRAINTS}
        )
        for constraint in picker.CONSTRAINTS:
            self.fields[constraint.name] = forms.ChoiceField(
                label=constraint.label,
                choices=[
                    (option.value, f"{option.label} ({counted[constraint.name, option.value]})")
                    for option in constraint.options
                ],
                widget=forms.RadioSelect,
                required=False,
            )
        self.helper = _bare_helper()


class DeckForm(forms.Form):
    """Which part of the deck. It is always valid."""

    category = OpenChoiceField(
        label=gettext_lazy("About"),
        choices=[*CATEGORY_CHOICES, ("", gettext_lazy("All four"))],
        widget=forms.RadioSelect,
        required=False,
    )
    depth = OpenChoiceField(
        label=gettext_lazy("How deep"),
        choices=[*Question.Depth.choices, ("", gettext_lazy("All depths"))],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__(data)
        self.helper = _bare_helper()
        self.full_clean()
        self.picked: dict[str, str] = {
            name: value for name, value in self.cleaned_data.items() if value
        }
        self.data = self.cleaned_data


class _OrWords:
    """The browser's own field; a plain one for words that it could not show, so that they stay to be
    mended."""

    def get_context(self, name: str, value: object, attrs: dict[str, str] | None) -> dict:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        try:
            if shown:
                self.read(shown)
        except ValueError:
            context["widget"]["type"] = "text"
        return context


class DayInput(_OrWords, forms.DateInput):
    input_type = "date"
    read = dt.date.fromisoformat


class TimeInput(_OrWords, forms.TimeInput):
    input_type = "time"
    read = dt.time.fromisoformat


class NightForm(forms.Form):
    """The date of a night in an address: within a year of today, either way."""

    date = forms.DateField(input_formats=[DATE_FORMAT])

    REACH = dt.timedelta(days=366)

    def __init__(self, data: Mapping[str, str], *, today: dt.date) -> None:
        super().__init__(data)
        self.first, self.last = today - self.REACH, today + self.REACH

    def clean_date(self) -> dt.date:
        date: dt.date = self.cleaned_data["date"]
        if not self.first <= date <= self.last:
            raise forms.ValidationError(
                _("There are questions for a year to come and a year past.")
            )
        return date


class WeekForm(forms.Form):
    """When the seven evenings of a practice are, and what a calendar shows of them.

    `practice` is the title of the practice. A field that the address leaves out has its default;
    one that is there and wrong is an error.
    """

    NEUTRAL, PRACTICE = "neutral", "practice"
    ALARM, QUIET = "alarm", "quiet"
    FURTHEST = dt.timedelta(days=366)

    start = forms.DateField(
        label=gettext_lazy("First day"),
        input_formats=[DATE_FORMAT],
        widget=DayInput(format=DATE_FORMAT),
        error_messages={
            "invalid": gettext_lazy("Write the first day as year-month-day, such as 2027-03-25."),
            "required": gettext_lazy("Choose the first day."),
        },
    )
    time = forms.TimeField(
        label=gettext_lazy("Time of day"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=TimeInput(format="%H:%M"),
        help_text=gettext_lazy("In the time of wherever your phone is."),
        error_messages={
            "invalid": gettext_lazy("Write the time as hours and minutes, such as 19:30."),
            "required": gettext_lazy("Choose a time of day."),
        },
    )
    title = OpenChoiceField(
        label=gettext_lazy("What your calendar shows"), widget=forms.RadioSelect, required=False
    )
    also = forms.MultipleChoiceField(
        label=gettext_lazy("If you like"),
        choices=[
            (ALARM, gettext_lazy("Remind me ten minutes before")),
            (QUIET, gettext_lazy("Leave the notes empty, because others see this calendar")),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("“%(value)s” is none of the extras; choose again.")
        },
    )

    def __init__(self, data: QueryDict | None, *, today: dt.date, practice: str) -> None:
        tomorrow, evening = today + ONE_DAY, dt.time(19, 30)
        if data is not None:
            data = printable(data)
            data.setdefault("start", tomorrow.isoformat())
            data.setdefault("time", f"{evening:%H:%M}")
        super().__init__(data)
        self.first, self.last = today - ONE_DAY, today + self.FURTHEST
        self.neutral_title, self.practice_title = _("Time set aside"), practice
        self.fields["start"].initial = tomorrow
        self.fields["time"].initial = evening
        self.fields["title"].initial = self.NEUTRAL
        self.fields["title"].choices = [
            (self.NEUTRAL, self.neutral_title),
            (self.PRACTICE, practice),
        ]
        self.helper = _bare_helper()

    def clean_time(self) -> dt.time:
        time: dt.time = self.cleaned_data["time"]
        return time.replace(second=0)

    def clean_start(self) -> dt.date:
        start: dt.date = self.cleaned_data["start"]
        if start < self.first:
            raise forms.ValidationError(_("That day is over. Choose today or a day to come."))
        if start > self.last:
            raise forms.ValidationError(_("That is more than a year away. Choose an earlier day."))
        return start

    @property
    def event_title(self) -> str:
        is_neutral = self.cleaned_data["title"] != self.PRACTICE
        return self.neutral_title if is_neutral else self.practice_title

    @property
    def alarm(self) -> bool:
        return self.ALARM in self.cleaned_data["also"]

    @property
    def quiet(self) -> bool:
        return self.QUIET in self.cleaned_data["also"]


class OpenNumberField(forms.IntegerField):
    """A count that a form carries along: what is no number within its range is the first."""

    def clean(self, value: object) -> int:
        try:
            return super().clean(value) or 1
        except forms.ValidationError:
            return 1


class RequestForm(forms.Form):
    """A complaint becomes one request: what one would see, how small, and by when.

    `number` counts the requests that somebody has made on this visit; only the form carries it.
    """

    FURTHEST = dt.timedelta(days=60)

    number = OpenNumberField(min_value=1, max_value=99, required=False, widget=forms.HiddenInput)
    complaint = forms.CharField(
        label=gettext_lazy("What keeps coming up?"),
        help_text=gettext_lazy(
            "In your own rough words, as unfair as you like. It stays out of the card."
        ),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    see = forms.CharField(
        label=gettext_lazy("What would you see, if it were a little better? Would you …"),
        help_text=gettext_lazy(
            "Something a stranger could watch being done: “eat supper at the table with me”."
        ),
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": gettext_lazy("Say what you would see being done.")},
    )
    small = forms.CharField(
        label=gettext_lazy("How small could it be and still help?"),
        help_text=gettext_lazy("A size and an end: “once, for half an hour”."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": gettext_lazy("Say how small it could be.")},
    )
    by = forms.DateField(
        label=gettext_lazy("By when?"),
        input_formats=[DATE_FORMAT],
        widget=DayInput(format=DATE_FORMAT),
        error_messages={
            "invalid": gettext_lazy("Write the day as year-month-day, such as 2027-03-25."),
            "required": gettext_lazy("Choose a day."),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("One short reason, if you like"),
        help_text=gettext_lazy("About you, and kind: “I miss having you to myself.”"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: QueryDict | None = None, *, today: dt.date, number: int = 1) -> None:
        super().__init__(data and printable(data), initial={"number": number})
        self.first, self.last = today - ONE_DAY, today + self.FURTHEST
        self.helper = _bare_helper()

    @property
    def count(self) -> int:
        """Which request of this visit this is; 1 for the first."""
        given = self.data.get("number") if self.is_bound else self.initial["number"]
        return int(self.fields["number"].clean(given))

    def clean_see(self) -> str:
        see = asked(self.cleaned_data["see"])
        if not see:
            raise forms.ValidationError(self.fields["see"].error_messages["required"])
        return see

    def clean_by(self) -> dt.date:
        by: dt.date = self.cleaned_data["by"]
        if by < self.first:
            raise forms.ValidationError(_("That day is over. Choose today or a day to come."))
        if by > self.last:
            raise forms.ValidationError(
                _("That is more than two months away. Something smaller could happen sooner.")
            )
        return by
