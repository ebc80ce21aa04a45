"""Faults to a Sentry, where SENTRY_DSN names one: what broke and where, and nothing of the reader.

What may leave is listed here by name; all else (address, query, form, cookies, headers, local
variables, breadcrumbs, the machine's name) is dropped, also what a later Sentry client may add.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from stalelove.logs import request_id, without_tokens, without_values

_EVENT = ("event_id", "timestamp", "level", "platform", "logger", "transaction", "release")
_EXCEPTION = ("type", "module")
_FRAME = ("filename", "function", "module", "lineno", "context_line", "in_app")


def _only(names: tuple[str, ...], found: dict[str, Any]) -> dict[str, Any]:
    kept = {name: found[name] for name in names if name in found}
    return {
        name: without_tokens(value) if isinstance(value, str) else value
        for name, value in kept.items()
    }


def _exception(found: dict[str, Any]) -> dict[str, Any]:
    frames = (found.get("stacktrace") or {}).get("frames") or []
    value = without_tokens(without_values(str(found.get("value") or "")))
    return {
        **_only(_EXCEPTION, found),
        "value": value,
        "stacktrace": {"frames": [_only(_FRAME, frame) for frame in frames]},
    }


def scrubbed(event: dict[str, Any], hint: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """The event as it may leave the site; None, which drops it, for anything but an exception."""
    values = (event.get("exception") or {}).get("values")
    if not values:
        return None
    return {
        **_only(_EVENT, event),
        "exception": {"values": [_exception(value) for value in values]},
        "tags": {"request": request_id.get() or "none"},
    }


def begin_fault_reports(dsn: str) -> None:
    """Start reporting; nothing without a DSN. ImproperlyConfigured where it cannot be done."""
    if not dsn:
        return
    try:
        import sentry_sdk  # noqa: PLC0415 (an optional extra)
        from sentry_sdk.utils import BadDsn  # noqa: PLC0415
    except ImportError:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but its client is missing: install requirements/sentry.txt"
        ) from None
    try:
        sentry_sdk.init(
            dsn,
            before_send=scrubbed,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            server_name="",
        )
    except BadDsn:
        raise ImproperlyConfigured(
            "SENTRY_DSN is wrong: put the address there that Sentry shows for the project"
        ) from None
