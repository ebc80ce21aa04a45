"""Error reports, as they are mailed to ADMINS or written by a handler: where and what, never whose."""

from __future__ import annotations

import logging
from copy import copy
from typing import Any

from django.conf import settings
from django.utils.log import AdminEmailHandler
from django.views.debug import ExceptionReporter

from stalelove.logs import first_line, without_rows, without_tokens, without_values


class PrivateReporter(ExceptionReporter):
    """Leaves out every variable, form, cookie and header, and takes the tokens out of the rest.

    A variable can be called anything, so there is no list of names to hide. With DEBUG, on a developer's
    own machine, the report is Django's.
    """

    def get_traceback_data(self) -> dict[str, Any]:
        if self.request is not None and not settings.DEBUG:
            # To ask who is signed in would read the session's cookie, and say so in the answer.
            self.request = copy(self.request)
            self.request.user = None
        data = super().get_traceback_data()
        if not settings.DEBUG:
            data["frames"] = [
                {**frame, "vars": [], "exc_cause": _told(frame["exc_cause"])}
                for frame in data["frames"]
            ]
            for name in ("filtered_POST_items", "request_COOKIES_items", "request_GET_items"):
                data[name] = []
            data["request_FILES_items"] = []
            data["request_meta"] = {}
            data["user_str"] = None
            data["exception_value"] = without_values(data.get("exception_value", ""))
            data["exception_notes"] = ""
        return data

    def get_traceback_html(self) -> str:
        return _scrubbed(super().get_traceback_html())

    def get_traceback_text(self) -> str:
        return _scrubbed(super().get_traceback_text())


class PrivateMail(AdminEmailHandler):
    """Mails a report to ADMINS. Django writes the address of the page into the subject itself."""

    def emit(self, record: logging.LogRecord) -> None:
        if settings.ADMINS:  # Django asks this itself, but not of a handler of one's own
            super().emit(record)

    def send_mail(self, subject: str, message: str, *args: Any, **options: Any) -> None:
        super().send_mail(_scrubbed(subject), _scrubbed(message), *args, **options)


def _told(cause: BaseException | None) -> str | None:
    return first_line(cause) if cause else None


def _scrubbed(report: str) -> str:
    return report if settings.DEBUG else without_rows(without_tokens(report))
