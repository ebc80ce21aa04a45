"""The pages of the practices: the list with its picker, one practice, its week, its sheet."""

import datetime as dt
import re

import icalendar
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.exercises.builders import WEEK, make_evidence, make_exercise
from tests.markup import complaints, parse, words_of


def html_of(response):
    html = response.content.decode()
    assert complaints(html) == []
    return html


def headings(html):
    return [words_of(element) for element in parse(html).iter("h2")]


def titles(html):
    main = parse(html).find(".//main")
    return [
        words_of(link)
        for link in main.iter("a")
        if re.fullmatch(r"/exercises/practice-[a-z]+/", link.get("href"))
    ]


@pytest.fixture
def three(db):
    make_exercise(slug="practice-a", title="Alone", needs="alone", minutes=2)
    make_exercise(slug="practice-b", title="Both", needs="both", minutes=10, category="repair")
    make_exercise(slug="practice-c", title="Either", needs="either", minutes=60, category="warmth")


def test_the_picker_shows_what_fits_and_how_many_fit_each_choice(client, three):
    html = html_of(client.get("/exercises/?who=alone"))

    assert titles(html) == ["Alone", "Either"]
    assert "2 practices fit." in html
    main = next(parse(html).iter("main"))
    labels = [words_of(label) for label in main.iter("label")]
    assert labels[:7] == [
        "A minute or two (1)",
        "Ten minutes at most (1)",
        "Twenty minutes at most (1)",
        "Any length (2)",
        "I do it alone (2)",
        "We do it together (2)",
        "Either (3)",
    ]
    checked = [e.get("value") for e in parse(html).iter("input") if e.get("checked") is not None]
    assert checked == ["", "alone", "", "", ""]


@pytest.mark.parametrize(
    "query",
    [
        "minutes=-1&who=everyone&touch=%00&category=money&distance[]=1",
        "minutes=" + "9" * 500,
        "who=alone%00",
        "nonsense",
        "minutes=2%27;drop&category[$ne]=1",
    ],
)
def test_nonsense_in_the_picker_is_no_choice(client, three, query):
    response = client.get("/exercises/?" + query)

    assert response.status_code == 200
    assert titles(html_of(response)) == ["Alone", "Both", "Either"]


def test_an_empty_result_offers_the_nearest_change(client, three):
    html = html_of(client.get("/exercises/?minutes=2&who=both"))

    assert titles(html) == []
    assert "Nothing here fits all of that" in html
    main = parse(html).find(".//main")
    offered = [(words_of(a), a.get("href")) for a in main.iter("a") if "?" in a.get("href", "")]
    assert offered == [
        ("How long: Ten minutes at most (1)", "/exercises/?minutes=10&who=both#found"),
        ("Who: Either (1)", "/exercises/?minutes=2#found"),
    ]


def test_a_practice_has_every_block_in_the_order_of_the_contract(client, db):
    exercise = make_exercise(slug="practice-a")
    make_evidence(exercise=exercise)
    make_exercise(slug="practice-b", title="Another")
    html = html_of(client.get("/exercises/practice-a/"))

    main = html[html.index("<main") : html.index("</main>")]
    order = [
        ">Takes<",
        ">How often<",
        ">Who<",
        ">How it goes<",
        ">Words to borrow<",
        'id="not-when"',
        ">What the research says<",
        ">If it goes badly<",
        ">A week of it<",
        "Another",
    ]
    assert sorted(order, key=main.index) == order


def test_a_failed_replication_is_printed_with_the_study(client, db):
    exercise = make_exercise(slug="practice-a")
    make_evidence(exercise=exercise, replication="Tried with 356 people and **not found**.")

    for address in ("/exercises/practice-a/", "/evidence/"):
        text = words_of(parse(html_of(client.get(address))).find(".//main"))
        assert "Tried again Tried with 356 people and not found." in text
        assert "How many 145" in text
        assert "Not known Which came first." in text
        assert "doi:10.1000/xyz" in text
        assert "Checked November 22, 2026" in text


def test_the_evidence_is_listed_by_grade_and_only_of_what_readers_may_see(client, db):
    repair = make_exercise(slug="practice-r", title="Repair", category="repair")
    attention = make_exercise(slug="practice-t", title="Attention")
    draft = make_exercise(slug="practice-d", title="Draft", is_published=False)
    make_evidence(exercise=repair, grade="A")
    make_evidence(exercise=repair, grade="D", citation="", doi="")
    make_evidence(exercise=attention, grade="D")
    make_evidence(exercise=draft, grade="B")
    html = html_of(client.get("/evidence/"))

    main = parse(html).find(".//main")
    assert [words_of(e) for e in main.iter() if str(e.tag) in ("h2", "h3")] == [
        "A: randomized, established couples, a relationship outcome",
        "Repair",
        "B: randomized, but strangers, small, another outcome or mixed",
        "C: followed over time, diaries or correlations",
        "D: clinical custom, untested as packaged",
        "Attention",
        "Repair",
    ]


def week(client, query=""):
    return client.get("/exercises/practice-a/week.ics" + query)


@pytest.fixture
def practice(db):
    return make_exercise(slug="practice-a", title="Phones; away, please", minutes=15)


def events(response):
    return icalendar.Calendar.from_ical(response.content).walk("VEVENT")


def test_the_week_is_a_calendar_file_of_the_chosen_evenings(client, practice):
    start = timezone.localdate() + dt.timedelta(days=30)
    response = week(client, f"?start={start}&time=21:05&title=neutral")

    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="week.ics"'
    assert response.cookies == {}
    found = events(response)
    assert [event["dtstart"].dt for event in found] == [
        dt.datetime.combine(start + dt.timedelta(days=day), dt.time(21, 5)) for day in range(7)
    ]
    assert {str(event["summary"]) for event in found} == {"Time set aside"}
    assert [str(event["description"]) for event in found] == WEEK
    assert b"VALARM" not in response.content
    assert b"Phones" not in response.content


def test_the_notes_of_a_week_have_the_quotation_marks_of_the_page(client, practice):
    practice.week = "\n".join(['Don\'t say "always".', *WEEK[1:]])
    practice.save()

    notes = [str(event["description"]) for event in events(week(client))]

    assert notes == ["Don’t say “always”.", *WEEK[1:]]


def test_title_alarm_and_empty_notes_are_for_the_reader_to_choose(client, practice):
    response = week(client, "?title=practice&also=alarm&also=quiet")

    found = events(response)
    assert {str(event["summary"]) for event in found} == {"Phones; away, please"}
    assert [event.get("description") for event in found] == [None] * 7
    assert response.content.count(b"BEGIN:VALARM") == 7


def test_the_bare_address_is_a_week_from_tomorrow_in_the_evening(client, practice):
    first = events(week(client))[0]["dtstart"].dt

    assert first == dt.datetime.combine(
        timezone.localdate() + dt.timedelta(days=1), dt.time(19, 30)
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?time=25:61", "Write the time as hours and minutes, such as 19:30."),
        ("?time=", "Choose a time of day."),
        ("?time=%00%01", "Choose a time of day."),
        ("?start=", "Choose the first day."),
        ("?start=2020-01-01", "That day is over. Choose today or a day to come."),
        ("?start=0000-00-00", "Write the first day as year-month-day, such as 2027-03-25."),
        ("?start=9999-12-31", "That is more than a year away. Choose an earlier day."),
        ("?start=31/12/2027", "Write the first day as year-month-day, such as 2027-03-25."),
        ("?also=everything", "“everything” is none of the extras; choose again."),
    ],
)
def test_a_week_that_cannot_be_is_the_practice_with_a_sentence(client, practice, query, sentence):
    response = week(client, query)

    assert response.status_code == 400
    html = html_of(response)
    assert sentence in words_of(parse(html).find(".//main"))
    assert "How it goes" in html


@pytest.mark.parametrize(
    ("query", "name", "kept"),
    [
        ("?start=31/12/2027", "start", ("text", "31/12/2027")),
        ("?start=0000-00-00", "start", ("text", "0000-00-00")),
        ("?start=2020-01-01", "start", ("date", "2020-01-01")),
        ("?time=half+past", "time", ("text", "half past")),
        ("?time=25:61", "time", ("text", "25:61")),
        ("?start=never", "time", ("time", "19:30")),
    ],
)
def test_a_day_that_is_none_stays_to_be_mended_in_a_field_that_can_show_it(
    client, practice, query, name, kept
):
    main = parse(html_of(week(client, query))).find(".//main")
    (field,) = [e for e in main.iter("input") if e.get("name") == name]

    assert (field.get("type"), field.get("value")) == kept


def test_yesterday_is_a_day_on_which_a_week_may_begin(client, practice):
    # Somewhere it is still yesterday.
    start = timezone.localdate() - dt.timedelta(days=1)

    assert week(client, f"?start={start}").status_code == 200


def test_the_sheet_for_the_fridge_has_the_steps_the_words_and_seven_boxes(client, practice):
    html = html_of(client.get("/exercises/practice-a/print/"))

    assert headings(html)[:3] == ["How it goes", "Words to borrow", "Seven days"]
    assert html.count('class="tick"') == 7
    assert "afraid of your partner" in html


def test_the_page_to_hold_shows_one_line_at_a_time_and_the_way_on(client, practice):
    html = html_of(client.get("/exercises/practice-a/hold/"))

    main = parse(html).find(".//main")
    assert [words_of(e) for e in main.iter() if e.get("class") == "hold-line"] == [
        "Sit down.",
        "Look up.",
        "Stay.",
        "I am here.",
        "Tell me more.",
    ]
    known = {element.get("id") for element in main.iter()}
    ways = [a.get("href") for a in main.iter("a") if a.get("href").startswith("#")]
    assert set(ways) <= {f"#{name}" for name in known}
    assert ways == [
        *("#line-1", "#begin", "#line-2", "#line-1", "#line-3", "#line-2", "#line-4"),
        *("#line-3", "#line-5", "#line-4", "#begin"),
    ]


@pytest.mark.parametrize("page", ["", "week.ics", "print/", "hold/"])
def test_a_practice_that_is_not_published_has_no_pages(client, db, page):
    make_exercise(slug="practice-a", is_published=False)

    assert client.get(f"/exercises/practice-a/{page}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"slug": "request"}, "“request” is another page's address."),
        ({"week": "One.\nTwo."}, "A week has seven lines, one a day; this has 2."),
    ],
)
def test_a_practice_that_could_not_be_shown_is_refused(db, fields, sentence):
    exercise = make_exercise(**fields)

    with pytest.raises(ValidationError, match=re.escape(sentence)):
        exercise.full_clean()


def test_a_short_week_past_the_validator_is_still_a_file(client, db):
    make_exercise(slug="practice-a", week="Only one line.")

    assert [event.get("description") for event in events(week(client))] == [
        "Only one line.",
        *[None] * 6,
    ]


def test_a_practice_is_shown_with_few_queries(client, practice, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get("/exercises/practice-a/")
