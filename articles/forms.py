"""Forms of the admin: what an editor may type, and the sentences for what cannot be taken."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from articles import workflow
from articles.models import CATEGORY_CHOICES, Article, Image, Page, longest_text
from articles.pictures import Copies, PictureError, make_copies
from articles.rendering import render, typographic
from stalelove.categories import in_order


class MarkdownTextarea(AdminTextareaWidget):
    """A field for Markdown: static/js/editors.js gives it a toolbar and a live preview.

    `prefix` is the renderer's for this text, so that the preview's anchors are the page's.
    """

    class Media:
        js = ["js/editors.js"]

    def __init__(self, *, prefix: str = "s-", rows: int = 24) -> None:
        super().__init__({"data-markdown": prefix, "rows": rows, "spellcheck": "true"})


class TypographicForm(forms.ModelForm):
    """Sets the quotation marks of what readers see as it stands (the model's `shown_plain`).

    Keyboards have only straight ones. In Markdown the renderer sets them.
    """

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self._meta.model.shown_plain:
            if cleaned.get(name):
                cleaned[name] = typographic(cleaned[name])
        return cleaned


class FiledForm(TypographicForm):
    """Tick boxes for the categories, kept in their fixed order."""

    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Categories"),
        choices=CATEGORY_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one of the four categories."),
            "invalid_choice": gettext_lazy("%(value)s is not one of the four categories."),
        },
        help_text=Article._meta.get_field("categories").help_text,
    )

    def clean_categories(self) -> list[str]:
        return in_order(self.cleaned_data["categories"])


class PicturesForm(forms.ModelForm):
    """Says when a text names a picture that is not in the library, or shows one from elsewhere."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if isinstance(field.widget, MarkdownTextarea) and cleaned.get(name):
                self._check_pictures(name, cleaned[name])
        return cleaned

    def _check_pictures(self, field: str, text: str) -> None:
        rendered = render(text)
        known = Image.objects.filter(name__in=rendered.pictures).values_list("name", flat=True)
        for missing in sorted(set(rendered.pictures) - set(known)):
            self.add_error(
                field,
                gettext(
                    "There is no picture “%(name)s” in the library. Choose one with “Picture”."
                )
                % {"name": missing},
            )
        for address in rendered.foreign_pictures:
            self.add_error(
                field,
                gettext(
                    "“%(address)s” would load a picture from elsewhere. Put it into the library with "
                    "“Picture”, and use that."
                )
                % {"address": address[:80]},
            )


class VersionInput(forms.HiddenInput):
    """Keeps the time of the row's last save exactly."""

    def format_value(self, value: Any) -> str:
        return value if isinstance(value, str) else value.isoformat() if value else ""

    def id_for_label(self, id_: str) -> str:
        """None: the admin writes a label for every field, and one for a hidden field is an error."""
        return ""


class GuardedForm(forms.ModelForm):
    """Refuses to save over what somebody else has saved since the form was opened.

    `version` is the row's `updated_at` when the form was made. On a refusal `conflict` holds the row
    as it is stored, the form keeps all that was typed, and saving it once more is meant.
    """

    version = forms.CharField(required=False, widget=VersionInput)
    conflict: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["version"] = self.instance.updated_at.isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.instance.pk:
            return cleaned
        model = type(self.instance)
        # Locked until the request ends, so that two saves at one moment come one after the other.
        stored = model._default_manager.select_for_update().filter(pk=self.instance.pk).first()
        if stored is None:
            raise ValidationError(
                gettext(
                    "Somebody has deleted this while you were writing. Your words are still below: "
                    "copy them, or ask for it to be brought back first."
                )
            )
        version = stored.updated_at.isoformat()
        if cleaned.get("version") != version:
            self.conflict = stored
            self.data = self.data.copy()
            self.data[self.add_prefix("version")] = version
            raise ValidationError(
                gettext(
                    "This was saved by somebody else after you opened it, so yours was not saved. "
                    "Nothing is lost: your words are in the form below, and both versions stand side "
                    "by side above it."
                ),
                code="conflict",
            )
        return cleaned


class ArticleForm(GuardedForm, PicturesForm, FiledForm):
    """One article. `person` and `step` are set by the admin: who saves, and by which button."""

    person: Any = None
    step: workflow.Step | None = None

    schedule_for = forms.SplitDateTimeField(
        label=gettext_lazy("Publish later at"),
        required=False,
        widget=AdminSplitDateTime,
        help_text=gettext_lazy("Only for “Schedule”: from then on readers see it, by itself."),
    )

    class Meta:
        model = Article
        fields = [
            *("title", "slug", "standfirst", "categories", "body", "extended", "research"),
            *(
                "byline",
                "reviewed_by",
                "reviewed_on",
                "description",
                "share_image_alt",
                "featured",
            ),
        ]
        widgets = {
            "body": MarkdownTextarea(prefix="s-"),
            "extended": MarkdownTextarea(prefix="d-", rows=18),
            "research": MarkdownTextarea(prefix="r-", rows=10),
        }
        error_messages = {
            "title": {"required": gettext_lazy("The title is missing.")},
            "slug": {
                "required": gettext_lazy(
                    "The address is missing: write some words joined by hyphens."
                )
            },
            "body": {"required": gettext_lazy("The body is empty: write the essentials here.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "schedule_for" in self.fields:
            day, time = self.fields["schedule_for"].widget.widgets
            day.attrs["aria-label"] = gettext("Publish later at: the day")
            time.attrs["aria-label"] = gettext("Publish later at: the time")
        if self.instance.pk and workflow.stage(self.instance) == workflow.Stage.SCHEDULED:
            self.initial["schedule_for"] = self.instance.publish_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.step:
            on_schedule = self.step.name == "schedule" and "schedule_for" in self.fields
            if not (on_schedule and "schedule_for" in self.errors):
                try:
                    workflow.check(self.step, self.instance, cleaned.get("schedule_for"))
                except workflow.WorkflowError as error:
                    self.add_error("schedule_for" if on_schedule else None, str(error))
        return cleaned


class PageForm(GuardedForm, PicturesForm, TypographicForm):
    class Meta:
        model = Page
        fields = ["title", "slug", "description", "body", "is_published"]
        widgets = {"body": MarkdownTextarea()}
        error_messages = {"body": {"required": gettext_lazy("The page is empty: write it here.")}}


class RenderForm(forms.Form):
    """One text to be shown as readers would see it."""

    text = forms.CharField(required=False, strip=False, validators=[longest_text])
    prefix = forms.ChoiceField(choices=[(prefix, prefix) for prefix in ("s-", "d-", "r-")])


class ImageForm(TypographicForm):
    """What may be changed of a picture: its words."""

    class Meta:
        model = Image
        fields = ["alt", "credit"]
        error_messages = {
            "alt": {
                "required": gettext_lazy(
                    "Say what the picture shows, for somebody who cannot see it."
                )
            }
        }


class NewImageForm(ImageForm):
    """A picture's file with its words; `save` puts the copies into the storage."""

    file = forms.FileField(
        label=gettext_lazy("Picture file"),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a picture file.")},
        help_text=gettext_lazy(
            "JPEG, PNG or WebP, at least 320 pixels wide, at most 15 MB. Place and time that a camera "
            "wrote into it are not kept."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    field_order = ["file", "alt", "credit"]

    def clean_file(self) -> Copies:
        file = self.cleaned_data["file"]
        self.file_name = file.name
        try:
            return make_copies(file.read())
        except PictureError as error:
            raise ValidationError(str(error)) from error

    def save(self, commit: bool = True) -> Image:
        """The new row, or the one that already holds this very picture."""
        return Image.add(
            self.cleaned_data["file"],
            file_name=self.file_name,
            alt=self.cleaned_data["alt"],
            credit=self.cleaned_data["credit"],
        )

    def save_m2m(self) -> None:
        """The admin asks for it; there is nothing to do."""


class ChooseForm(forms.Form):
    """A search among the pictures."""

    q = forms.CharField(required=False, max_length=100)
