"""Seven evenings of a practice as a calendar file. Pure: dates and words in, bytes out; no clock.

Times float (RFC 5545, 3.3.5): no time zone is named, so that half past seven is half past seven
wherever the reader's phone is. A calendar is often shared or lies open on a screen; so events are
private and free, and what they are called is for the caller to choose.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from icalendar import Alarm, Calendar, Event, vText

DAYS = 7
ALARM_BEFORE = dt.timedelta(minutes=10)
# Of the uids: the same practice from the same first day gives the same events for ever, so that
# taking the file again changes them instead of doubling them.
_NAMESPACE = uuid.UUID("6f0d1ef4-58b1-5c1c-9f4e-2a4c1d3b7a55")


@dataclass(frozen=True)
class Week:
    """What goes into the file.

    `slug` names the practice, `start` is the first day, `time` the local time of each event and
    `minutes` its length (1 or more). `title` is what a calendar shows. `notes` are the seven texts
    behind the title, one a day; an empty one is left out. `alarm` adds a reminder ten minutes before.
    """

    slug: str
    start: dt.date
    time: dt.time
    minutes: int
    title: str
    notes: Sequence[str]
    alarm: bool = False

    def __post_init__(self) -> None:
        if len(self.notes) != DAYS:
            raise ValueError(f"a week has {DAYS} notes, not {len(self.notes)}")
        if self.time.tzinfo is not None:
            raise ValueError("the time of a week floats: it has no time zone")
        if self.minutes < 1:
            raise ValueError("an event lasts a minute or more")

    @property
    def times(self) -> list[dt.datetime]:
        """The seven beginnings, without a time zone. Raises OverflowError after the year 9999."""
        return [
            dt.datetime.combine(self.start + dt.timedelta(days=day), self.time)
            for day in range(DAYS)
        ]


def to_ics(week: Week, made_at: dt.datetime) -> bytes:
    """The week as an iCalendar file (RFC 5545: UTF-8, CRLF, lines of at most 75 octets).

    `made_at` is when, with its time zone; it is written in UTC.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Stale Love//Week//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for day, (begins, note) in enumerate(zip(week.times, week.notes, strict=True)):
        event = Event()
        event.add("uid", _uid(week, day))
        event.add("dtstamp", made_at.astimezone(dt.UTC).replace(microsecond=0))
        event.add("dtstart", begins)
        # An end and not a duration: Outlook reads it more reliably.
        event.add("dtend", begins + dt.timedelta(minutes=week.minutes))
        event.add("summary", week.title)
        if note:
            event.add("description", note)
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        if week.alarm:
            event.add_component(_alarm(week.title))
        calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data


def _uid(week: Week, day: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{week.slug}/{week.start.isoformat()}/{day}"))


def _alarm(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", vText(title))
    alarm.add("trigger", -ALARM_BEFORE)
    return alarm
