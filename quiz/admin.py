"""The editors' side of the checkup: editions. What a reader answered is not to be seen here."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils import timezone

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

    def has_add_permission(self, request, obj=None) -> bool:
        return super().has_add_permission(request, obj) and not (obj and obj.is_published)


class ItemInline(FrozenInline):
    model = Item
    max_num = 24


class BandInline(FrozenInline):
    model = Band
    max_num = 12


@admin.register(Edition)
class EditionAdmin(InsightsAdmin, Frozen, admin.ModelAdmin):
    list_display = ["__str__", "title", "published_on", "is_current"]
    list_filter = ["published_on"]
    search_fields = ["title", "items__text"]
    readonly_fields = ["published_on"]
    inlines = [ItemInline, BandInline]
    actions = ["publish"]

    @admin.display(boolean=True, description="current")
    def is_current(self, edition: Edition) -> bool:
        return edition == Edition.objects.current()

    @admin.action(
        permissions=["change"],
        description="Publish the selected edition (it can never be changed again)",
    )
    def publish(self, request, queryset) -> None:
        for edition in queryset:
            if edition.is_published:
                self.message_user(request, f"{edition} is published already.", messages.WARNING)
                continue
            try:
                edition.publish(on=timezone.localdate())
            except ValidationError as error:
                self.message_user(
                    request,
                    f"{edition} was not published. {' '.join(error.messages)}",
                    messages.ERROR,
                )
            else:
                self.message_user(
                    request, f"{edition} is published, and frozen.", messages.SUCCESS
                )
