"""Who may sign in, and what was done: accounts, groups and the record of actions.

Whoever may change accounts without being a superuser can neither become one nor touch one.
"""

from __future__ import annotations

from axes.utils import reset
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext, gettext_lazy, ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from stalelove.sign_in import forget_second_step

# Their own pages would show every editor's key: the page "Second step" is for each editor alone.
admin.site.unregister([TOTPDevice, StaticDevice, User, Group])


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = [
        "username",
        "first_name",
        "last_name",
        "is_active",
        "is_superuser",
        "last_login",
    ]
    actions = ["lift_lockout", "take_away_second_step"]

    def get_readonly_fields(self, request, obj=None):
        readonly = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return readonly
        return [*readonly, "is_superuser", "is_staff", "groups", "user_permissions"]

    def _may_touch(self, request, obj) -> bool:
        return request.user.is_superuser or not (obj and obj.is_superuser)

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    @admin.action(
        permissions=["change"],
        description=gettext_lazy("Let them sign in again after wrong passwords"),
    )
    def lift_lockout(self, request, queryset) -> None:
        for user in queryset:
            reset(username=user.get_username())
        self.message_user(request, gettext("They can sign in again."), messages.SUCCESS)

    @admin.action(
        permissions=["change"],
        description=gettext_lazy("Take away the second step (phone lost): they set it up anew"),
    )
    def take_away_second_step(self, request, queryset) -> None:
        if not request.user.is_superuser:
            queryset = queryset.filter(is_superuser=False)
        for user in queryset:
            forget_second_step(user)
            self.log_change(request, user, gettext("Took away the second step."))
        told = ngettext(
            "%(count)s person sets up the second step anew.",
            "%(count)s people set up the second step anew.",
            len(queryset),
        )
        self.message_user(request, told % {"count": len(queryset)}, messages.SUCCESS)


@admin.register(Group)
class SuperusersGroupAdmin(GroupAdmin):
    """A group carries rights: only superusers decide which."""

    def has_add_permission(self, request) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser


@admin.register(LogEntry)
class RecordAdmin(admin.ModelAdmin):
    """What editors did, for superusers to read; nobody can change it here."""

    list_display = ["action_time", "user", "content_type", "object_repr", "get_change_message"]
    list_filter = ["action_time", "user", "content_type"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "change_message"]

    def has_view_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser

    def has_module_permission(self, request) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
