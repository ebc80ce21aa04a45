"""The history of a row in the admin: who saved it when, what changed between any two revisions,
going back to one, and bringing back what was deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import reversion
from django import forms
from django.contrib import messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.utils import quote, unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from reversion.admin import VersionAdmin
from reversion.models import Version

from articles.apostrophes import EitherApostrophe
from articles.word_diff import Piece, abridged, word_diff

# Kept by the database for itself; a reader of the history learns nothing from them.
_SILENT = {"id", "created_at", "updated_at"}


@dataclass(frozen=True)
class Change:
    """One field that differs, with its name as the form says it."""

    name: str
    pieces: list[Piece]


def changes(model: type[models.Model], old: dict, new: dict) -> list[Change]:
    """The fields that differ between two sets of values, in the model's order.

    Fields that are missing from either side are not compared.
    """
    found = []
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        if field.attname in _SILENT or not {field.attname} <= old.keys() & new.keys():
            continue
        before, after = (readable(field, values[field.attname]) for values in (old, new))
        if before != after:
            pieces = abridged(word_diff(before, after))
            found.append(Change(capfirst(str(field.verbose_name)), pieces))
    return found


def readable(field: models.Field, value: object) -> str:
    """A field's value in words; a relation to many costs a query."""
    choices = dict(field.flatchoices or ())
    if isinstance(field, models.ManyToManyField):
        rows = field.related_model._default_manager.filter(pk__in=value or [])
        text = "\n".join(sorted(str(row) for row in rows))
    elif value is None:
        text = ""
    elif isinstance(value, bool):
        text = gettext("yes") if value else gettext("no")
    elif isinstance(value, list | tuple):
        text = ", ".join(str(item) for item in value)
    elif isinstance(value, dt.datetime):
        text = formats.localize(timezone.localtime(value))
    else:
        text = formats.localize(choices.get(value, value))
    return str(text)


class HistoryAdmin(EitherApostrophe, VersionAdmin):
    """A model admin whose every save is a revision. The model is `versioned`.

    Going back loads the old words into the form and changes nothing until they are saved there;
    with inlines, whose rows have to be put back first, the form is reversion's own.
    """

    history_latest_first = True
    object_history_template = "admin/history.html"
    recover_list_template = "admin/recover_list.html"
    # Fields that going back leaves as they are now.
    not_restored: tuple[str, ...] = ()
    # What a row that was deleted comes back with.
    recovered_with: dict[str, object] = {}

    def get_urls(self):
        info = self.model._meta.app_label, self.model._meta.model_name
        return [
            path(
                "<path:object_id>/history/compare/",
                self.admin_site.admin_view(self.compare_view),
                name="{}_{}_compare".format(*info),
            ),
            *super().get_urls(),
        ]

    def _address(self, page: str, *args: object) -> str:
        info = self.model._meta.app_label, self.model._meta.model_name
        return reverse("{}:{}_{}_{}".format(self.admin_site.name, *info, page), args=args)

    def _versions(self, object_id: str) -> models.QuerySet:
        return (
            Version.objects.get_for_object_reference(self.model, object_id)
            .select_related("revision", "revision__user")
            .order_by("-pk")
        )

    def get_view_on_site_url(self, obj=None):
        """None for what readers do not see yet: it would lead to “not found”."""
        is_shown = getattr(obj, "is_published", True)
        return super().get_view_on_site_url(obj) if is_shown else None

    # The list of revisions

    def history_view(self, request, object_id, extra_context=None):
        row = super().get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        versions = list(self._versions(str(row.pk)))
        return super().history_view(
            request,
            object_id,
            {
                "rows": [
                    {
                        "version": version,
                        "before": versions[position + 1] if position + 1 < len(versions) else None,
                        "restore": self._restore_address(version) if position else None,
                    }
                    for position, version in enumerate(versions)
                ],
                "compare_url": self._address("compare", quote(object_id)),
                "may_restore": self.has_change_permission(request, row),
                **(extra_context or {}),
            },
        )

    def _restore_address(self, version: Version) -> str:
        if self.inlines:
            return self._address("revision", quote(version.object_id), version.pk)
        return f"{self._address('change', quote(version.object_id))}?restore={version.pk}"

    # What changed

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = super().get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        with_children = self._versions(str(row.pk)).prefetch_related("revision__version_set")
        form = CompareForm(with_children, request.GET)
        if not form.is_valid():
            messages.error(request, gettext("Choose two revisions of this page to compare."))
            return redirect(self._address("history", quote(row.pk)))
        older, newer = sorted(form.cleaned_data.values(), key=lambda version: version.pk)
        return TemplateResponse(
            request,
            "admin/compare.html",
            {
                **self.admin_site.each_context(request),
                "title": gettext("What changed"),
                "subtitle": str(row),
                "opts": self.model._meta,
                "row": row,
                "older": older,
                "newer": newer,
                "groups": list(self._compared(older, newer)),
                "restore": self._restore_address(older),
                "may_restore": self.has_change_permission(request, row),
            },
        )

    def _compared(self, older: Version, newer: Version) -> Iterable[tuple[str, list[Change]]]:
        """The changes of the row itself, then of each row that belongs to it, with its name."""
        yield "", changes(self.model, older.field_dict, newer.field_dict)
        for inline in self.inlines:
            before, after = (_children(version, inline.model) for version in (older, newer))
            for key in dict.fromkeys([*before, *after]):
                old, new = before.get(key), after.get(key)
                there = (old or new).field_dict
                empty = dict.fromkeys(there)
                found = changes(
                    inline.model,
                    old.field_dict if old else empty,
                    new.field_dict if new else empty,
                )
                if found:
                    yield f"{capfirst(inline.model._meta.verbose_name)}: {old or new}", found

    # Going back

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row is None:
            return None
        if request.method == "GET" and (version := self._version_asked_for(request, row)):
            for name, value in version.field_dict.items():
                if name not in {*self.not_restored, *_SILENT}:
                    setattr(row, name, value)
            saved = formats.localize(timezone.localtime(version.revision.date_created))
            messages.warning(
                request,
                gettext(
                    "Below are the words of %(saved)s. Nothing has been changed yet: "
                    "save to go back to them, or leave this page."
                )
                % {"saved": saved},
            )
        if getattr(request, "recovering", False):
            for name, value in self.recovered_with.items():
                setattr(row, name, value)
        return row

    def _version_asked_for(self, request: HttpRequest, row: models.Model) -> Version | None:
        number = request.GET.get("restore", "")
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            return None
        return self._versions(str(row.pk)).filter(pk=int(number)).first()

    def revision_view(self, request, object_id, version_id, extra_context=None):
        if self.inlines:
            return super().revision_view(request, object_id, version_id, extra_context)
        version = get_object_or_404(self._versions(unquote(object_id)), pk=version_id)
        return redirect(self._restore_address(version))

    def log_change(self, request, obj, message):
        entry = super().log_change(request, obj, message)
        if reversion.is_active() and (version := self._version_asked_for(request, obj)):
            saved = formats.localize(timezone.localtime(version.revision.date_created))
            reversion.set_comment(
                gettext("Went back to the words of %(saved)s.") % {"saved": saved}
            )
        return entry

    # Bringing back what was deleted

    def recoverlist_view(self, request, extra_context=None):
        versions = list(
            Version.objects.get_deleted(self.model)
            .select_related("revision", "revision__user")
            .order_by("-pk")
        )
        deletions = {
            entry.object_id: entry
            for entry in LogEntry.objects.filter(
                content_type=ContentType.objects.get_for_model(self.model),
                action_flag=DELETION,
                object_id__in=[version.object_id for version in versions],
            )
            .select_related("user")
            .order_by("pk")
        }
        rows = [
            {"version": version, "deletion": deletions.get(version.object_id)}
            for version in versions
        ]
        return super().recoverlist_view(request, {"rows": rows, **(extra_context or {})})

    def recover_view(self, request, version_id, extra_context=None):
        request.recovering = True
        version = get_object_or_404(
            Version.objects.get_for_model(self.model).select_related("revision"), pk=version_id
        )
        if taken := _taken(self.model, version.field_dict):
            messages.error(
                request,
                gettext(
                    "“%(name)s” cannot be brought back while another one has its %(field)s "
                    "“%(value)s”. Change it there first."
                )
                % {
                    "name": version.object_repr,
                    "field": taken.verbose_name,
                    "value": version.field_dict[taken.attname],
                },
            )
            return redirect(self._address("recoverlist"))
        return super().recover_view(request, version_id, extra_context)


class CompareForm(forms.Form):
    """Two revisions of one row, in either order; cleaned, they are the revisions. One query."""

    older = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    newer = forms.IntegerField(min_value=1, max_value=2**31 - 1)

    def __init__(self, versions: models.QuerySet, *args: object) -> None:
        super().__init__(*args)
        self.versions = versions

    def clean(self) -> dict[str, Version]:
        keys = super().clean()
        found = self.versions.in_bulk(list(keys.values()))
        if len(keys) < len(self.fields) or not found.keys() >= set(keys.values()):
            raise forms.ValidationError(gettext("Choose two revisions of this page to compare."))
        return {name: found[key] for name, key in keys.items()}


def _children(version: Version, model: type[models.Model]) -> dict[str, Version]:
    """The rows of another model that were saved in the same revision, by their key."""
    return {
        child.object_id: child
        for child in sorted(version.revision.version_set.all(), key=lambda child: child.pk)
        if child._model is model
    }


def _taken(model: type[models.Model], values: dict) -> models.Field | None:
    """The first unique field whose value another row has."""
    for field in model._meta.local_fields:
        if field.unique and not field.primary_key:
            value = values.get(field.attname)
            if model._default_manager.filter(**{field.attname: value}).exists():
                return field
    return None
