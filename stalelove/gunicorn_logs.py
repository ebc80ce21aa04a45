"""gunicorn's own logs without tokens: `--logger-class stalelove.gunicorn_logs.PrivateLogger`.

gunicorn writes its access lines, and the address of a request that failed, past Django's logging.
"""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger

from stalelove.logs import PrivateLine


class PrivateLogger(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(_private(handler.formatter))


def _private(formatter: logging.Formatter | None) -> PrivateLine:
    if formatter is None:
        return PrivateLine()
    return PrivateLine(formatter._fmt, formatter.datefmt)
