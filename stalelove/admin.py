"""The editors' side of the help pages; accounts are in accounts_admin."""

from django.contrib import admin
from django.db import models

import stalelove.accounts_admin  # noqa: F401 (registers them)
from stalelove.models import Country, HelpResource

HTTPS = {models.URLField: {"assume_scheme": "https"}}


class HelpResourceInline(admin.StackedInline):
    model = HelpResource
    extra = 0
    formfield_overrides = HTTPS


@admin.register(Country)
class CountryAdmin(admin.ModelAdmin):
    list_display = ["name", "code", "emergency", "position"]
    search_fields = ["name", "code"]
    inlines = [HelpResourceInline]


@admin.register(HelpResource)
class HelpResourceAdmin(admin.ModelAdmin):
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
