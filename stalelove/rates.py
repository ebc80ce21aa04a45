"""How often one network may do what costs, or what an abuser would repeat. Pure: no Django, no clock.

A limit is generous: a mobile network can put thousands of readers behind one address, and what
nobody may ever be kept from is reading, and finding help.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """At most `requests` in each window of `seconds`, counted together for all routes of one name.

    `methods`: those that count; the others pass.
    """

    name: str
    requests: int
    seconds: int
    methods: frozenset[str] = frozenset({"POST"})

    def window(self, now: float) -> int:
        """The number of the window that a moment (seconds since 1970) lies in."""
        return int(now) // self.seconds

    def wait(self, now: float) -> int:
        """Whole seconds until the next window begins: 1 to `seconds`."""
        return self.seconds - int(now) % self.seconds


MINUTE, HOUR = 60, 3600
SAFE_TOO = frozenset({"GET", "HEAD", "POST"})
_CHECKUPS = Limit("checkups", 120, 10 * MINUTE)
_SIGN_IN = Limit("sign-in", 30, 10 * MINUTE)
# By the name of the route (urls.py).
LIMITS = {
    "checkup_start": _CHECKUPS,
    "snapshot_again": _CHECKUPS,
    "snapshot_together": Limit("invitations", 60, HOUR),
    "together": Limit("together", 120, 10 * MINUTE),
    "search": Limit("search", 120, MINUTE, SAFE_TOO),
    "article_preview": Limit("previews", 60, MINUTE, SAFE_TOO),
    "help_report": Limit("reports", 20, HOUR),
    "admin:login": _SIGN_IN,
    "admin:second_step": _SIGN_IN,
}
