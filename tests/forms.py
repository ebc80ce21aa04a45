"""What a browser would post back from a form of the admin."""

from __future__ import annotations


def filled(response, **changes) -> dict[str, object]:
    """The fields of the response's change form as they stand there, with some of them changed."""
    data: dict[str, object] = {}
    for bound in response.context["adminform"].form:
        value = bound.value()
        if hasattr(bound.field.widget, "widgets"):
            parts = value if isinstance(value, list) else bound.field.widget.decompress(value)
            for position, part in enumerate(parts or []):
                data[f"{bound.html_name}_{position}"] = "" if part is None else str(part)
        elif value is True:
            data[bound.html_name] = "on"
        elif value not in (None, False):
            rendered = bound.field.widget.format_value(value)
            data[bound.html_name] = "" if rendered is None else rendered
    return {**data, **changes}
