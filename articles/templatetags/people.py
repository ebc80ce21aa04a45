"""`{{ user|who }}`: somebody's name as the admin says it."""

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.filter
def who(user) -> str:
    """The full name, or the name somebody signs in with; without a user, a command did it."""
    if user is None:
        return gettext("a command, not a person")
    return user.get_full_name() or user.get_username()
