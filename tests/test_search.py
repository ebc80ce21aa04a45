"""Search over articles, exercises and books."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from articles.models import Article
from stalelove.search import START, STOP, Suggestion, find, results, suggest
from stalelove.templatetags.marked import marked
from tests.builders import another_article, another_book, another_exercise
from tests.markup import complaints, parse, words_of


def found(query):
    """The titles found, best first."""
    rows = results(query, find(query))
    return [without_marks(row.title) for row in rows]


def without_marks(text):
    return text.replace(START, "").replace(STOP, "")


def excerpt(query):
    return results(query, find(query))[0].excerpt


def test_articles_exercises_and_books_are_found_by_their_text(db):
    another_article(title="An article", body="About **kindness**.")
    another_exercise(title="An exercise", steps="Be kind.\nTwice.")
    another_book(title="A book", about="On kindness and [help](/help/).")
    another_article(title="Another", body="About dishes.")

    assert sorted(found("kindness")) == ["A book", "An article", "An exercise"]
    assert [(r.kind, r.url) for r in results("dishes", find("dishes"))] == [
        ("article", Article.objects.get(title="Another").get_absolute_url())
    ]


def test_a_word_in_the_title_weighs_more_than_in_the_standfirst_than_in_the_text(db):
    another_article(title="In the text", body="Silence.")
    another_article(title="In the standfirst", standfirst="Silence.")
    another_article(title="Silence")
    another_article(title="In the extended part", extended="Silence.")
    another_article(title="In the notes", research="Silence.")

    assert found("silence")[:2] == ["Silence", "In the standfirst"]
    assert sorted(found("silence")[2:]) == ["In the extended part", "In the notes", "In the text"]


@pytest.mark.parametrize("query", ["partner's", "partner’s", '"partner\'s days"', "o'clock"])
def test_a_straight_apostrophe_finds_the_curved_one_and_the_other_way_round(db, query):
    another_article(title="Your partner’s days", body="At seven o’clock.")
    another_article(title="Your partner's days", body="At seven o'clock.")

    assert sorted(found(query)) == ["Your partner's days", "Your partner’s days"]


def test_a_heading_does_not_run_into_the_paragraph_below_it(db):
    another_article(
        standfirst="Said once.",
        body="## Why silence matters\n\nMost couples\ntalk.\n\n## What is a “silence”\n\nThis: quiet.",
    )
    another_book(title="Lanterns", authors="Ada Field and Bo Hill", about="On lanterns.")

    assert without_marks(excerpt("couples")) == "Why silence matters. Most couples talk."
    assert without_marks(excerpt("quiet")) == "What is a “silence”. This: quiet."
    assert "Bo Hill. On lanterns. Some." in without_marks(excerpt("lanterns"))


def test_words_to_leave_out_do_not_upset_the_order(db):
    another_article(title="In the text", body="Silence.")
    another_article(title="Silence", body="A.")
    another_article(title="The text again", body="Silence.")

    assert found("silence -dinner")[0] == "Silence"
    assert found('-"b c" silence or dishes')[0] == "Silence"


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("phone", ["a", "b", "c"]),
        ("PHONES", ["a", "b", "c"]),
        ("phone dinner", ["a", "b"]),
        ('"phone dinner"', ["b"]),
        ("phone -dinner", ["c"]),
        ('phone -"phone dinner"', ["a", "c"]),
        ("kitchen or hall", ["c"]),
        ("-phone", []),
        ("-phone -dinner", []),
        ("kitchen or -phone", []),
        ("the of and", []),
    ],
)
def test_the_question_is_read_as_on_the_large_search_sites(db, query, titles):
    another_article(title="a", body="Put the phone away before dinner.")
    another_article(title="b", body="The phone dinner.")
    another_article(title="c", body="The phone is in the kitchen.")

    assert sorted(found(query)) == titles


def test_a_word_to_leave_out_is_left_out_wherever_it_stands(db):
    another_article(title="Silence", body="At dinner.")
    another_article(title="Silence at dinner")
    another_article(title="Dinner", body="Silence.")
    another_article(title="Silence and dishes")

    assert found("silence -dinner") == ["Silence and dishes"]


@pytest.mark.parametrize(
    "fields",
    [
        {"state": Article.State.DRAFT},
        {"state": Article.State.IN_REVIEW},
        {"state": Article.State.ARCHIVED},
        {"publish_at": timezone.now() + dt.timedelta(days=1)},
    ],
)
def test_what_readers_may_not_see_is_not_found(db, fields):
    another_article(title="Silence", **fields)
    another_exercise(title="Silence", is_published=False)
    another_book(title="Silence", is_published=False)

    assert find("silence") == []
    assert suggest("silance") is None


def test_a_changed_text_is_found_by_its_new_words_only(db):
    article = another_article(body="Silence.")
    article.body = "Listening."
    article.save()

    assert find("silence") == []
    assert find("listen") == [("article", article.pk)]


def test_the_excerpt_marks_what_matched_and_shows_no_markup(db):
    another_article(
        title="Quiet & quieter",
        standfirst="Another line.",
        body="Some **silence** is [good](/help/) where 1 < 2 & welcome.",
    )

    assert marked(excerpt("silence")) == (
        "Another line. Some "
        '<mark class="match">silence</mark>'
        " is good where 1 &lt; 2 &amp; welcome."
    )
    title = results("quieter", find("quieter"))[0].title
    assert marked(title) == 'Quiet &amp; <mark class="match">quieter</mark>'


def test_the_excerpt_is_where_most_of_the_question_is_answered_and_of_these_the_first(db):
    another_article(
        title="One",
        standfirst="A shelf in the hall is said to help, and here is how it went in one house in the end, "
        "with a dog and children.",
        body="\n\n".join(
            f"{first} This is a paragraph of its own, {number} by number, and long enough to be quoted all "
            "alone by whoever looks."
            for number, first in enumerate(
                [
                    "A phone was there, and phones again, and one phone more.",
                    "The dishwasher is full.",
                    "The phone lay on the dishwasher.",
                    "The dishwasher hid the phone, once more, and a second phone lay beside it.",
                    "Both phones in the kitchen.",
                ]
            )
        ),
    )

    begin = {query: without_marks(excerpt(query))[:22] for query in QUOTED}

    assert begin == QUOTED


QUOTED = {
    "phone": "A phone was there, and",
    "dishwasher": "The dishwasher is full",
    "phone dishwasher": "The phone lay on the d",
    '"phones in the kitchen"': "Both phones in the kit",
    '"second phone"': "The dishwasher hid the",
    "phone kitchen hall": "Both phones in the kit",
    "phone -garage": "A phone was there, and",
    "one": "A shelf in the hall is",
    "hall": "A shelf in the hall is",
}


def test_where_only_the_title_has_it_the_excerpt_is_the_beginning(db):
    another_article(title="On trains", standfirst="Said at the start.", body="And then the rest.")
    another_book(title="Trains", authors="A. Author", about="A book.")

    assert {row.kind: row.excerpt for row in results("trains", find("trains"))} == {
        "article": "Said at the start. And then the rest.",
        "book": "A. Author. A book. Some. Others.",
    }


def test_an_excerpt_cannot_bring_markup_to_the_page(client, db):
    another_article(
        title="Silence <script>alert(1)</script>",
        body="`<img src=x onerror=alert(1)>` silence \ue000<b>\ue001 \ue000",
    )

    html = client.get("/search/?q=silence").content.decode()

    assert complaints(html) == []
    assert "<script>alert" not in html
    assert "<img" not in html
    assert '<mark class="match">Silence</mark> &lt;script&gt;' in html
    assert "\ue000" not in html


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("silance", Suggestion("silence")),
        ("Dishwahser", Suggestion("dishwasher")),
        ("-phone silance", Suggestion("-phone silence")),
        ('"silance dishwahser"', Suggestion('"silence dishwasher"')),
        ("silence dishwasher", Suggestion("silence or dishwasher", is_any=True)),
        ("silences zzzzqqqq", Suggestion("silences")),
        ("zzzzqqqq", None),
        ("-silance", None),
        ("the of and", None),
        ("€€€ 123 !!", None),
    ],
)
def test_where_nothing_is_found_something_near_is_offered(db, query, suggestion):
    another_article(title="One", body="Silence.")
    another_article(title="Two", body="The dishwasher is full.")

    assert find(query) == []
    assert suggest(query) == suggestion


def test_a_suggestion_that_is_followed_finds_something(db):
    another_article(title="One", body="Silence.")
    another_article(title="Two", body="The dishwasher is full.")

    for query in ("silance", "silence dishwasher", "silence zzzzqqqq"):
        assert find(suggest(query).query) != []


@pytest.mark.parametrize(
    "query",
    [
        '"' * 50,
        "(" * 100,
        "!&|:*<->\\",
        "' or 1=1 --",
        "%_%",
        "🤍💔",
        "-",
        '-"',
        "a" * 200,
        "or or or",
        "a\x00b",
        "\x01\x02\x1f",
        "\ue000",
        "<script>",
        "{{ 7 * 7 }}",
        "{% now %}",
    ],
)
def test_a_hostile_question_gets_an_ordinary_page(client, db, query):
    another_article(title="Silence")

    response = client.get("/search/", {"q": query})

    assert response.status_code == 200
    assert [c for c in complaints(response.content.decode()) if "unrendered" not in c] == []


def test_a_question_that_is_too_long_is_refused_with_a_sentence(client, db):
    response = client.get("/search/", {"q": "a" * 201})

    assert response.status_code == 200
    assert complaints(response.content.decode()) == []
    assert 'role="alert"' in response.content.decode()


def test_an_empty_question_shows_the_box_and_asks_the_database_nothing(
    client, db, settings, django_assert_num_queries
):
    settings.RATE_LIMITS = False  # the limit's own count is no question of the search
    for address in ("/search/", "/search/?q=", "/search/?q=%20"):
        with django_assert_num_queries(0):
            response = client.get(address)
        assert complaints(response.content.decode()) == []
        assert "Nothing was found" not in response.content.decode()


def test_two_queries_whatever_is_found(client, db, settings, django_assert_num_queries):
    settings.RATE_LIMITS = False
    for number in range(25):
        another_article(title=f"Silence {number}")
    for number in range(3):
        another_exercise(title=f"Silence {number}")
        another_book(title=f"Silence {number}")

    for query in ("silence", "silence&page=3", "silance", "silance dishwahser kitchn"):
        with django_assert_num_queries(2):
            client.get(f"/search/?q={query}")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("1", "Page 1 of 3"),
        ("3", "Page 3 of 3"),
        ("4", "Page 3 of 3"),
        ("0", "Page 3 of 3"),
        ("-1", "Page 3 of 3"),
        ("nonsense", "Page 1 of 3"),
        ("9" * 5000, "Page 1 of 3"),
        ("\x00", "Page 1 of 3"),
    ],
)
def test_the_results_come_ten_a_page(client, db, page, words):
    for number in range(21):
        another_article(title=f"Silence & {number}")

    response = client.get("/search/", {"q": 'silence -"a b"', "page": page})

    html = response.content.decode()
    assert complaints(html) == []
    assert words in html
    links = [a.get("href") for a in parse(html).iter("a") if a.get("rel") in ("prev", "next")]
    assert all(link.startswith("?q=silence%20-%22a%20b%22&page=") for link in links)


def test_of_very_many_the_newest_and_those_with_the_word_in_their_title_are_ranked(db):
    old = another_article(
        title="An old one on silence", publish_at=timezone.now() - dt.timedelta(days=900)
    )
    for number in range(120):
        another_article(title=f"{number}", body="Silence.")

    keys = find("silence")

    assert keys[0] == ("article", old.pk)
    assert len(keys) == 101


def test_ordinary_pages_do_not_load_the_search_vector(client, db):
    article = another_article(slug="a")
    exercise = another_exercise(slug="e", category="attention")
    exercise.articles.add(article)
    another_book()
    asked = []

    def listen(execute, sql, *rest):
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(listen):
        for address in (
            "/",
            "/articles/",
            "/articles/a/",
            "/topics/attention/",
            "/exercises/",
            "/exercises/e/",
            "/reading-list/",
            "/evidence/",
        ):
            assert client.get(address).status_code == 200
    assert [sql for sql in asked if '"search"' in sql] == []


def test_a_text_longer_than_a_vector_can_hold_is_saved(db):
    words = " ".join(f"w{number:x}" for number in range(60_000))

    article = another_article(body=words[:399_000])

    assert find("w1") == [("article", article.pk)]


def test_the_page_names_what_was_asked(client, db):
    another_article(title="Silence", slug="silence")

    page = parse(client.get("/search/?q=silence").content.decode())

    assert next(words_of(h) for h in page.iter("h2")) == "One thing found for “silence”"
    assert [i.get("value") for i in page.iter("input") if i.get("id") == "id_q"] == ["silence"]


def test_every_result_says_how_long_it_takes(db):
    another_article(title="On silence", slug="on-silence", body="Silence. " * 660)
    another_exercise(title="Silence for two", slug="silence-for-two", minutes=5)

    found = results("silence", find("silence"))

    assert {(row.kind, row.minutes, row.whole_minutes) for row in found} == {
        ("article", 3, 3),
        ("exercise", 5, 5),
    }
