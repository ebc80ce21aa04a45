"""The editors' side of the checkup: editions. What a reader answered is not to be seen here."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext, gettext_lazy

from quiz.insights_admin import InsightsAdmin
from quiz.models import Band, Edition, Item


class Frozen:
    """Nothing may be added to, changed in or taken from a published edition."""

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.is_published)

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_published)


class FrozenInline(Frozen, admin.TabularInline):
    extra = 0
    # So that what an editor writes fits a laptop's screen.
    formfield_overrides = {
        models.CharField: {"widget": forms.Textarea(attrs={"rows": 2, "cols": 26})},
        models.SlugField: {"widget": forms.TextInput(attrs={"size": 20})},
        models.PositiveSmallIntegerField: {
            "widget": forms.NumberInput(attrs={"class": "vIntegerField"})
        },
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 6, "cols": 60})},
    }

    def has_add_permission(self, request, obj=None) -> bool:
        return super().has_add_permission(request, obj) and not (obj and obj.is_published)


class ItemInline(FrozenInline):
    model = Item
    max_num = 24
    fields = ["position", "text", "short", "category", "about", "key"]
    verbose_name_plural = gettext_lazy("the 24 questions, six a category")


class BandInline(FrozenInline):
    model = Band
    max_num = 12
    verbose_name_plural = gettext_lazy("the words of the 12 bands, three a category")


@admin.register(Edition)
class EditionAdmin(InsightsAdmin, Frozen, admin.ModelAdmin):
    """Copy → edit → publish. A published edition can be looked at, and copied."""

    list_display = ["__str__", "title", "published_on", "is_current"]
    list_filter = ["published_on"]
    search_fields = ["title", "items__text"]
    readonly_fields = ["published_on"]
    inlines = [ItemInline, BandInline]

    @admin.display(boolean=True, description=gettext_lazy("current"))
    def is_current(self, edition: Edition) -> bool:
        return edition == Edition.objects.current()

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None):
        ways = self._ways(request) if obj and obj.is_published else []
        snapshot = ["minimum_answered", "low_below", "high_above", "edge", "lowest_gap"]
        comparison = ["same_below", "unusual_above", "comparable_after_days", "partner_gap"]
        return [
            (None, {"fields": ["number", "title", "published_on", *ways]}),
            (gettext("What readers see"), {"fields": ["window", "labels", "did_not_come_up"]}),
            (gettext("Numbers of a snapshot"), {"fields": snapshot}),
            (gettext("Numbers of a comparison"), {"fields": comparison}),
        ]

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/copy/", view(self.copy_view), name="quiz_edition_copy"),
            path("<int:pk>/publish/", view(self.publish_view), name="quiz_edition_publish"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        edition = self.get_object(request, object_id)
        steps = {
            "may_copy": self.has_add_permission(request),
            "may_publish": edition is not None and self.has_change_permission(request, edition),
            "problems": edition.problems() if edition and not edition.is_published else [],
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **steps}
        )

    def copy_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what will happen, POST makes the copy and opens it."""
        edition = get_object_or_404(Edition, pk=pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._ask(
                request, edition, "admin/quiz/edition/copy.html", gettext("Copy %(edition)s")
            )
        copy = edition.copy()
        self.log_addition(
            request, copy, gettext("Copied from %(edition)s.") % {"edition": edition}
        )
        self.message_user(
            request,
            gettext(
                "This is %(copy)s, a copy of %(edition)s. Readers see nothing of it until it is "
                "published."
            )
            % {"copy": copy, "edition": edition},
            messages.SUCCESS,
        )
        return redirect(self._page(copy))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what will happen and what is still missing, POST publishes."""
        edition = get_object_or_404(Edition, pk=pk)
        if not super().has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._ask(
                request, edition, "admin/quiz/edition/publish.html", gettext("Publish %(edition)s")
            )
        try:
            edition.publish()
        except ValidationError as error:
            sentences = " ".join(
                [gettext("%(edition)s was not published.") % {"edition": edition}, *error.messages]
            )
            self.message_user(request, sentences, messages.ERROR)
        else:
            self.log_change(request, edition, gettext("Published."))
            told = gettext("%(edition)s is published, and frozen.") % {"edition": edition}
            self.message_user(request, told, messages.SUCCESS)
        return redirect(self._page(edition))

    def _ask(self, request, edition: Edition, template: str, title: str) -> HttpResponse:
        return TemplateResponse(
            request,
            template,
            {
                **self.admin_site.each_context(request),
                "title": title % {"edition": edition},
                "opts": self.opts,
                "edition": edition,
                "current": Edition.objects.current(),
                "problems": [] if edition.is_published else edition.problems(),
                "back": self._page(edition),
            },
        )

    def _page(self, edition: Edition) -> str:
        name = f"{self.admin_site.name}:quiz_edition_change"
        return reverse(name, args=[edition.pk])
