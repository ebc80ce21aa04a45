"""The help lines as readers get them: from the database, or as they were last known without it.

Somebody may need them just when the database is down. So every process remembers what it last read
and keeps it in a file of the machine (STATE_ROOT), where a fresh process finds it; where there is
nothing yet, the lines that ship with the site stand in.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error, connection, models
from django.utils import timezone

from stalelove import documents
from stalelove.logs import first_line
from stalelove.models import Country, HelpResource

logger = logging.getLogger(__name__)

# Seconds between two looks at the database, and how old the file may become meanwhile.
EVERY = 60
FILE = "help-lines.json"


@dataclass(frozen=True)
class Place:
    """One country with its published lines, in the editors' order."""

    country: Country
    lines: tuple[HelpResource, ...]


@dataclass(frozen=True)
class HelpLines:
    """Every country in the order of the help pages. `as_of` is None for what the database says now, the
    time at which it last said so, or the day on which the lines that ship were last checked."""

    places: tuple[Place, ...]
    as_of: dt.datetime | dt.date | None = None

    @property
    def countries(self) -> list[Country]:
        return [place.country for place in self.places]

    @property
    def has_time(self) -> bool:
        return isinstance(self.as_of, dt.datetime)

    def country(self, code: str) -> Country | None:
        return next((each for each in self.countries if each.code == code), None)

    def lines_for(self, country: Country) -> list[HelpResource]:
        """The lines of a country, then those that serve every country."""
        own, everywhere = (
            [line for place in self.places if place.country.code == code for line in place.lines]
            for code in (country.code, Country.ANYWHERE)
        )
        return own if country.code == Country.ANYWHERE else own + everywhere

    def urgent(self) -> list[Place]:
        """For a page that is about something else: each country's lines for danger and crisis."""
        kinds = (HelpResource.Kind.ABUSE, HelpResource.Kind.CRISIS)
        return [
            Place(place.country, tuple(line for line in place.lines if line.kind in kinds))
            for place in self.places
        ]


def current() -> HelpLines:
    """What the database says now; two queries. Raises django.db.Error."""
    published = HelpResource.objects.published().order_by("position", "pk")
    countries = Country.objects.in_order().prefetch_related(
        models.Prefetch("resources", queryset=published)
    )
    lines = HelpLines(tuple(Place(each, tuple(each.resources.all())) for each in countries))
    _memory.remember(lines)
    return lines


def last_known() -> HelpLines:
    """What this process, or else another one on this machine, last read; or else what ships."""
    if _memory.lines is None:
        _memory.lines = _from_file()
    return _memory.lines or shipped()


class _Memory:
    """What this process last read, and the keeping of it in a file."""

    def __init__(self) -> None:
        self.lines: HelpLines | None = None
        self._kept: dict[str, Any] = {}
        self._kept_at = -float(EVERY)

    def remember(self, lines: HelpLines) -> None:
        if not lines.places:  # a site that has no lines of its own yet
            return
        self.lines = HelpLines(lines.places, timezone.now())
        if not settings.STATE_ROOT:
            return
        records = _records(lines.places)
        if records == self._kept and time.monotonic() < self._kept_at + EVERY:
            return
        self._kept, self._kept_at = records, time.monotonic()
        try:
            _write(
                Path(settings.STATE_ROOT),
                json.dumps(
                    {"as_of": self.lines.as_of, "countries": records},
                    default=str,
                    ensure_ascii=False,
                ),
            )
        except OSError as error:
            logger.warning("The help lines could not be kept in STATE_ROOT: %s", error.strerror)


_memory = _Memory()


def forget() -> None:
    """Forget what this process has read; what is kept in the file stays."""
    global _memory  # noqa: PLW0603
    _memory = _Memory()


def _write(folder: Path, text: str) -> None:
    """Whole or not at all, whoever else writes or dies meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
        try:
            file.write(text)
            file.close()
            Path(file.name).replace(folder / FILE)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _from_file() -> HelpLines | None:
    """What a process of this machine has kept; None where there is nothing that can be used."""
    if not settings.STATE_ROOT:
        return None
    try:
        kept = json.loads((Path(settings.STATE_ROOT) / FILE).read_text(encoding="utf-8"))
        return HelpLines(_places(kept["countries"]), dt.datetime.fromisoformat(kept["as_of"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        logger.warning("What is kept in STATE_ROOT cannot be read: %s", first_line(error))
        return None


@functools.cache
def shipped() -> HelpLines:
    """The lines that came with this version of the site, as of the newest check among them."""
    places = _places(documents.Help().read(documents.STARTER))
    return HelpLines(places, max(line.last_checked for each in places for line in each.lines))


def _records(places: Iterable[Place]) -> dict[str, Any]:
    """As plain data, in the shape of starter/help.yaml."""
    help_pages = documents.Help()
    return {
        place.country.code: help_pages.with_lines(place.country, place.lines) for place in places
    }


def _places(records: Mapping[str, Any]) -> tuple[Place, ...]:
    """Countries and lines that are in no database, for templates to show as they show the others."""
    places = []
    for code, record in records.items():
        fields = {name: value for name, value in record.items() if name != "resources"}
        country = Country(**{**fields, "code": code})
        lines = [HelpResource(country=country, **fields) for fields in record["resources"]]
        for line in lines:
            line.clean_fields(exclude=["country"])  # makes dates of what JSON holds as text
        places.append(Place(country, tuple(line for line in lines if line.is_published)))
    places.sort(key=lambda place: place.country.code == Country.ANYWHERE)
    return tuple(places)


_looks_in: set[int] = set()
_beginning = threading.Lock()


def keep_fresh() -> None:
    """Look at the database now and every minute, in a thread of this process; once it does, nothing.

    So that a reader who comes when the database is gone finds the lines of a minute ago, although
    nobody may have opened the help pages since an editor changed them. One short connection a look.
    """
    process = os.getpid()
    if process in _looks_in:  # as at every request but the first ones, which may come at once
        return
    with _beginning:
        if process in _looks_in:
            return
        _looks_in.add(process)
    threading.Thread(target=_look_for_ever, name="help lines", daemon=True).start()


def _look_for_ever() -> None:
    while True:
        try:
            current()
        except Exception as error:  # whatever it is, the next look must come
            if not isinstance(error, Error):
                logger.exception("The help lines could not be looked at")
        finally:
            connection.close()
        time.sleep(EVERY)
