"""The editors' side of the help pages, and of articles with the exercises that go with them."""

from django import forms
from django.contrib import admin
from django.db import models

from articles.admin import ArticleAdmin
from articles.forms import ArticleForm
from articles.history import HistoryAdmin
from articles.models import Article
from exercises.models import Exercise
from stalelove.models import Country, HelpResource

admin.site.site_header = admin.site.site_title = "Stale Love"
admin.site.index_title = "What there is to edit"
HTTPS = {models.URLField: {"assume_scheme": "https"}}


class ArticleWithExercisesForm(ArticleForm):
    """The relation belongs to the exercises; editors look for it on the article."""

    exercises = forms.ModelMultipleChoiceField(
        label="Related exercises",
        queryset=Exercise.objects.in_category_order(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What to do after reading it. The first of them stands below the article.",
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
        ("What goes with it", {"fields": ["exercises"]}),
        *ArticleAdmin.fieldsets[2:],
    ]

    def save_related(self, request, form, formsets, change) -> None:
        super().save_related(request, form, formsets, change)
        form.instance.exercises.set(form.cleaned_data["exercises"])


class HelpResourceInline(admin.StackedInline):
    model = HelpResource
    extra = 0
    formfield_overrides = HTTPS


@admin.register(Country)
class CountryAdmin(HistoryAdmin):
    list_display = ["name", "code", "emergency", "position"]
    search_fields = ["name", "code"]
    inlines = [HelpResourceInline]


@admin.register(HelpResource)
class HelpResourceAdmin(HistoryAdmin):
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
    list_filter = ["kind", "country", "is_published", "last_checked"]
    search_fields = ["name", "phone", "note", "source"]

    @admin.display(boolean=True, description="checked in the last 180 days")
    def is_current(self, resource: HelpResource) -> bool:
        return not resource.is_stale
