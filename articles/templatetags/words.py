"""Words and dates in the reader's language.

`{{ category.label|translated }}`: English words of a module that knows no Django; they are marked for
translators with `gettext_noop` where they stand. `{{ date|weekday_and_day }}` and `{{ time|moment }}`:
what Django's date formats have no name for.
"""

import datetime as dt

from django import template
from django.utils.formats import date_format
from django.utils.timezone import template_localtime
from django.utils.translation import gettext

register = template.Library()


@register.filter
def translated(words: str) -> str:
    # gettext("") is the header of the catalog.
    return gettext(words) if words else ""


@register.filter
def weekday_and_day(date: dt.date) -> str:
    """“Thursday, November 26”."""
    return gettext("%(weekday)s, %(day)s") % {
        "weekday": date_format(date, "l"),
        "day": date_format(date, "MONTH_DAY_FORMAT"),
    }


@register.filter
def moment(time: dt.datetime) -> str:
    """“November 26, 2026, 21:00 UTC”, in the site's time zone."""
    local = template_localtime(time)
    return gettext("%(time)s %(zone)s") % {
        "time": date_format(local, "DATETIME_FORMAT"),
        "zone": date_format(local, "T"),
    }
