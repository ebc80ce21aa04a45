"""The week as a calendar file, read back by two libraries that know nothing of each other."""

import dataclasses
import datetime as dt

import icalendar
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from exercises.calendar import Week, to_ics

MADE_AT = dt.datetime(2027, 3, 20, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
NOTES = [
    "Look up; then stay, for a minute.",
    "Ask: “And then?”\nWait for the answer.",
    "A backslash \\ and a comma, and a semicolon;",
    "Sit together " + "where it is warm und gemütlich 🫖 " * 6,
    "",
    "One thing, said once.",
    "What happened, how did your partner respond, and what was hard for you?",
]
WEEK = Week(
    slug="fifteen-minutes-phones-away",
    start=dt.date(2027, 3, 25),  # the clocks change within this week
    time=dt.time(19, 30),
    minutes=15,
    title="Time set aside",
    notes=NOTES,
)
SEVEN_EVENINGS = [
    dt.datetime(2027, 3, 25, 19, 30),
    dt.datetime(2027, 3, 26, 19, 30),
    dt.datetime(2027, 3, 27, 19, 30),
    dt.datetime(2027, 3, 28, 19, 30),
    dt.datetime(2027, 3, 29, 19, 30),
    dt.datetime(2027, 3, 30, 19, 30),
    dt.datetime(2027, 3, 31, 19, 30),
]


def by_icalendar(data):
    """(begins, ends, title, notes, uid) of each event."""
    return [
        (
            event["dtstart"].dt,
            event["dtend"].dt,
            str(event["summary"]),
            str(event.get("description", "")),
            str(event["uid"]),
        )
        for event in icalendar.Calendar.from_ical(data).walk("VEVENT")
    ]


def by_vobject(data):
    return [
        (
            event.dtstart.value,
            event.dtend.value,
            event.summary.value,
            event.description.value if hasattr(event, "description") else "",
            event.uid.value,
        )
        for event in vobject.readOne(data.decode()).vevent_list
    ]


def test_two_libraries_read_the_same_seven_evenings():
    data = to_ics(WEEK, MADE_AT)

    events = by_icalendar(data)
    assert by_vobject(data) == events
    assert [event[0] for event in events] == SEVEN_EVENINGS
    assert [event[0].tzinfo for event in events] == [None] * 7
    assert {event[1] - event[0] for event in events} == {dt.timedelta(minutes=15)}
    assert {event[2] for event in events} == {"Time set aside"}
    assert [event[3] for event in events] == NOTES


def test_the_file_keeps_to_the_letter_of_the_standard():
    data = to_ics(WEEK, MADE_AT)

    lines = data.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # folded between characters, never within one
    assert lines[:5] == [
        b"BEGIN:VCALENDAR",
        b"VERSION:2.0",
        b"PRODID:-//Stale Love//Week//EN",
        b"CALSCALE:GREGORIAN",
        b"METHOD:PUBLISH",
    ]
    assert b"DTSTART:20270325T193000" in lines
    assert lines.count(b"DTSTAMP:20270320T073000Z") == 7
    assert lines.count(b"CLASS:PRIVATE") == lines.count(b"TRANSP:TRANSPARENT") == 7
    assert b"TZID" not in data
    assert b"VTIMEZONE" not in data
    assert rb"A backslash \\ and a comma\, and a semicolon\;" in data
    assert icalendar.Calendar.from_ical(data).errors == []


def test_there_is_no_alarm_unless_it_is_asked_for():
    assert b"VALARM" not in to_ics(WEEK, MADE_AT)

    events = (
        icalendar.Calendar.from_ical(to_ics(dataclasses.replace(WEEK, alarm=True), MADE_AT))
    ).walk("VEVENT")
    triggers = [alarm["trigger"].dt for event in events for alarm in event.walk("VALARM")]
    assert triggers == [dt.timedelta(minutes=-10)] * 7


def test_taking_the_week_again_changes_the_events_instead_of_doubling_them():
    def uids(**changes):
        return [
            event[4]
            for event in by_icalendar(to_ics(dataclasses.replace(WEEK, **changes), MADE_AT))
        ]

    first = uids()
    assert first[0] == "f1e39b73-8352-50ff-8d2b-1ceb89c1f0a9"
    assert len(set(first)) == 7
    assert uids(time=dt.time(21, 0), title="Another", alarm=True) == first
    assert set(uids(start=dt.date(2027, 4, 1))) & set(first) == set()
    assert set(uids(slug="ask-once-more")) & set(first) == set()


def test_an_event_may_run_past_midnight():
    late = dataclasses.replace(WEEK, time=dt.time(23, 50), minutes=20)

    begins, ends, *_ = by_icalendar(to_ics(late, MADE_AT))[0]
    assert (begins, ends) == (dt.datetime(2027, 3, 25, 23, 50), dt.datetime(2027, 3, 26, 0, 10))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"notes": NOTES[:6]}, "a week has 7 notes, not 6"),
        ({"time": dt.time(19, tzinfo=dt.UTC)}, "the time of a week floats: it has no time zone"),
        ({"minutes": 0}, "an event lasts a minute or more"),
    ],
)
def test_a_week_that_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        dataclasses.replace(WEEK, **changes)


# icalendar takes a backslash before a capital N for the end of a line, also in what it is given.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=200).filter(
    lambda text: r"\N" not in text
)


@given(
    start=st.dates(max_value=dt.date(9999, 12, 20)),
    time=st.times().map(lambda time: time.replace(second=0, microsecond=0)),
    title=texts.filter(str.strip),
    notes=st.lists(texts, min_size=7, max_size=7),
)
def test_any_words_come_back_as_they_went_in(start, time, title, notes):
    week = dataclasses.replace(WEEK, start=start, time=time, title=title, notes=notes)

    events = by_icalendar(to_ics(week, MADE_AT))
    assert [event[0] for event in events] == week.times
    assert {event[2] for event in events} == {title}
    assert [event[3] for event in events] == notes
