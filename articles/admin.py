"""The editors' side of what there is to read."""

from __future__ import annotations

from django import forms
from django.contrib import admin

from articles.history import HistoryAdmin
from articles.models import Article, Book, Page
from stalelove.categories import CHOICES, in_order


class CategoriesFilter(admin.SimpleListFilter):
    """Filter a list by one of the four categories."""

    title = "category"
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return CHOICES

    def queryset(self, request, queryset):
        return queryset.under(self.value()) if self.value() else queryset


class FiledForm(forms.ModelForm):
    """Tick boxes for the categories, kept in their fixed order."""

    categories = forms.MultipleChoiceField(
        choices=CHOICES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one of the four categories."},
        help_text=Article._meta.get_field("categories").help_text,
    )

    def clean_categories(self) -> list[str]:
        return in_order(self.cleaned_data["categories"])


@admin.display(description="categories")
def categories(row) -> str:
    return ", ".join(category.label for category in row.filed_under)


@admin.register(Article)
class ArticleAdmin(HistoryAdmin):
    # These change by the buttons of the workflow alone.
    not_restored = ("state", "publish_at", "featured")
    recovered_with = {"state": Article.State.DRAFT, "publish_at": None, "featured": False}
    form = FiledForm
    list_display = ["title", "state", categories, "publish_at", "byline", "featured"]
    list_filter = ["state", CategoriesFilter, "featured"]
    search_fields = ["title", "standfirst", "body", "extended"]
    prepopulated_fields = {"slug": ["title"]}
    date_hierarchy = "publish_at"
    fieldsets = [
        (None, {"fields": ["title", "slug", "standfirst", "categories"]}),
        ("Text", {"fields": ["body", "extended", "research"]}),
        ("Who", {"fields": ["byline", "reviewed_by", "reviewed_on"]}),
        ("Publishing", {"fields": ["state", "publish_at", "featured"]}),
        ("Search engines and shared links", {"fields": ["description", "share_image_alt"]}),
    ]


@admin.register(Page)
class PageAdmin(HistoryAdmin):
    list_display = ["title", "slug", "is_published", "updated_at"]
    search_fields = ["title", "body"]


@admin.register(Book)
class BookAdmin(HistoryAdmin):
    form = FiledForm
    list_display = ["title", "authors", categories, "medium", "reading_order", "is_published"]
    list_filter = [CategoriesFilter, "medium", "is_published"]
    search_fields = ["title", "authors", "about"]
    prepopulated_fields = {"slug": ["title"]}
