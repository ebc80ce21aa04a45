"""The editors' side of the help pages, of what readers report of them, and of articles with the
exercises that go with them; accounts are in accounts_admin."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy, ngettext

import stalelove.accounts_admin  # noqa: F401 (registers them)
from articles.admin import ArticleAdmin
from articles.forms import ArticleForm, TypographicForm
from articles.history import HistoryAdmin
from articles.models import Article
from exercises.models import Exercise
from stalelove.content import KINDS
from stalelove.links import LinkCheckError, check_internal, is_external, links_of
from stalelove.models import STALE_AFTER_DAYS, Country, HelpResource, Report

YES, NO = "yes", "no"
HTTPS = {models.URLField: {"assume_scheme": "https"}}


class ArticleWithExercisesForm(ArticleForm):
    """The relation belongs to the exercises; editors look for it on the article."""

    exercises = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Related exercises"),
        queryset=Exercise.objects.in_category_order(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "What to do after reading it. The first of them stands below the article."
        ),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["exercises"] = list(self.instance.exercises.all())


@admin.register(Article)
class ArticleWithExercisesAdmin(ArticleAdmin):
    form = ArticleWithExercisesForm
    form_only = (*ArticleAdmin.form_only, "exercises")
    fieldsets = [
        *ArticleAdmin.fieldsets[:2],
        (gettext_lazy("What goes with it"), {"fields": ["exercises"]}),
        *ArticleAdmin.fieldsets[2:],
    ]

    def get_changeform_initial_data(self, request):
        initial = super().get_changeform_initial_data(request)
        if article := self.copied_from(request):
            initial["exercises"] = list(article.exercises.all())
        return initial

    def faults(self, article: Article) -> list[str]:
        """Its links that lead nowhere; one request of our own for each page it links to."""
        of_article = next(kind for kind in KINDS if kind.model is Article)
        found = links_of(of_article, article, is_public=article.state == Article.State.PUBLISHED)
        try:
            findings = list(check_internal(link for link in found if not is_external(link)))
        except LinkCheckError:
            return []
        broken = [finding.link.target for finding in findings if finding.verdict == "broken"]
        if not broken:
            return []
        return [gettext("These links lead nowhere: %(links)s.") % {"links": ", ".join(broken)}]

    def save_related(self, request, form, formsets, change) -> None:
        super().save_related(request, form, formsets, change)
        form.instance.exercises.set(form.cleaned_data["exercises"])


class HelpResourceInline(admin.StackedInline):
    formfield_overrides = HTTPS
    form = TypographicForm
    model = HelpResource
    extra = 0


@admin.register(Country)
class CountryAdmin(HistoryAdmin):
    form = TypographicForm
    list_display = ["name", "code", "emergency", "position"]
    search_fields = ["name", "code"]
    inlines = [HelpResourceInline]


class StaleFilter(admin.SimpleListFilter):
    """The lines that wait to be checked again."""

    title = gettext_lazy("stale")
    parameter_name = "stale"

    def lookups(self, request, model_admin):
        return [(YES, gettext("Not checked for %(days)s days") % {"days": STALE_AFTER_DAYS})]

    def queryset(self, request, queryset):
        return queryset.stale() if self.value() == YES else queryset


@admin.register(HelpResource)
class HelpResourceAdmin(HistoryAdmin):
    form = TypographicForm
    formfield_overrides = HTTPS
    list_display = [
        "name",
        "country",
        "kind",
        "phone",
        "last_checked",
        "is_current",
        "is_published",
    ]
    list_filter = [StaleFilter, "kind", "country", "is_published"]
    list_select_related = ["country"]
    search_fields = ["name", "phone", "note", "source"]
    actions = ["checked_today"]

    @admin.display(
        boolean=True,
        description=format_lazy(
            gettext_lazy("checked in the last {days} days"), days=STALE_AFTER_DAYS
        ),
    )
    def is_current(self, resource: HelpResource) -> bool:
        return not resource.is_stale

    @admin.action(
        description=gettext_lazy("I compared these with their sources today"),
        permissions=["change"],
    )
    def checked_today(self, request, queryset) -> None:
        count = queryset.update(last_checked=timezone.localdate())
        told = ngettext(
            "%(count)s help line was marked as checked today.",
            "%(count)s help lines were marked as checked today.",
            count,
        )
        self.message_user(request, told % {"count": count})


class WaitingFilter(admin.SimpleListFilter):
    """What is still to be done, which is the list that opens first."""

    title = gettext_lazy("handled")
    parameter_name = "handled"

    def lookups(self, request, model_admin):
        return [(NO, gettext("Waiting")), (YES, gettext("Handled"))]

    def queryset(self, request, queryset):
        if self.value() == NO:
            return queryset.waiting()
        return queryset.handled() if self.value() == YES else queryset


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """Editors read what readers wrote and mark it as handled; they do not rewrite it."""

    list_display = ["reported_on", "country", "line", "problem", "details", "is_handled"]
    list_filter = [WaitingFilter, "problem", "country"]
    list_select_related = ["country"]
    search_fields = ["line", "details"]
    readonly_fields = ["country", "line_meant", "problem", "details", "reported_on"]
    fields = [*readonly_fields, "handled_on"]
    actions = ["handled_today"]

    def has_add_permission(self, request) -> bool:
        return False

    @admin.display(description=gettext_lazy("line"))
    def line_meant(self, report: Report) -> str:
        """A link to where the line is mended, as long as there is a line of that name."""
        resource = HelpResource.objects.filter(slug=report.line).first()
        if resource is None:
            return report.line or gettext("None of those on the page")
        address = reverse("admin:stalelove_helpresource_change", args=[resource.pk])
        return format_html('<a href="{}">{}</a>', address, resource)

    @admin.display(boolean=True, description=gettext_lazy("handled"), ordering="handled_on")
    def is_handled(self, report: Report) -> bool:
        return report.handled_on is not None

    @admin.action(description=gettext_lazy("These are handled"), permissions=["change"])
    def handled_today(self, request, queryset) -> None:
        count = queryset.waiting().update(handled_on=timezone.localdate())
        told = ngettext(
            "%(count)s report was marked as handled.",
            "%(count)s reports were marked as handled.",
            count,
        )
        self.message_user(request, told % {"count": count})
