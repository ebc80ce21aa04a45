"""`manage.py import_article`: each file wholly or not at all, and a sentence for what is refused."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.models import Article
from articles.source_format import OPENING
from tests.builders import make_article

PLAIN = "A door ajar\nOne sentence.\n**First**\nSome words here.\n"
MARKDOWN = (
    "---\ntitle: A door ajar\nstandfirst: One sentence.\ncategories: [warmth, attention]\n"
    "byline: Ada\nreviewed_on: 2026-03-04\n---\n## First\n\nSome words here.\n"
)


@pytest.fixture
def write(tmp_path):
    def write(name: str, text: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write


def run(capsys, *arguments: str) -> list[str]:
    """The lines that the command printed."""
    call_command("import_article", *arguments)
    return capsys.readouterr().out.splitlines()


def refused(capsys, *arguments: str) -> tuple[str, list[str]]:
    """The sentence with which the command ended, and the lines it printed about refused files."""
    with pytest.raises(CommandError) as refusal:
        call_command("import_article", *arguments)
    assert refusal.value.returncode == 1
    return str(refusal.value), capsys.readouterr().err.splitlines()


def stored() -> dict[str, object]:
    return Article.objects.values().get()


def test_a_file_becomes_a_draft_filed_under_all_four(capsys, db, write):
    lines = run(capsys, write("a.txt", PLAIN))

    article = Article.objects.get()
    assert lines == ["[1/1] added: /articles/a-door-ajar/ (draft)", "Articles: 1 added."]
    assert (article.title, article.standfirst, article.body, article.extended) == (
        "A door ajar",
        "One sentence.",
        "## First\n\nSome words here.",
        "",
    )
    assert (article.state, article.publish_at) == ("draft", None)
    assert article.categories == ["attention", "curiosity", "repair", "warmth"]
    assert article.body_html == '<h2 id="s-first">First</h2><p>Some words here.</p>'
    assert list(Article.objects.published()) == []


def test_quotation_marks_of_the_title_are_set_and_the_text_is_left_as_it_is(capsys, db, write):
    path = write(
        "a.txt", PLAIN.replace("A door ajar", 'It\'s a "door"').replace("words", "'words'")
    )
    run(capsys, path)

    article = Article.objects.get()
    assert (article.title, article.slug) == ("It’s a “door”", "its-a-door")
    assert article.body == "## First\n\nSome 'words' here."
    assert run(capsys, path)[-1] == "Articles: 1 unchanged."


def test_publish_publishes_now(capsys, client, db, write):
    before = timezone.now()

    lines = run(capsys, "--publish", write("a.txt", PLAIN))

    article = Article.objects.get()
    assert lines[0] == "[1/1] added: /articles/a-door-ajar/ (published)"
    assert before <= article.publish_at <= timezone.now()
    assert "Some words here." in client.get("/articles/a-door-ajar/").content.decode()


def test_publish_keeps_the_time_that_a_file_names(db, write):
    file = MARKDOWN.replace("byline: Ada", "publish_at: 2099-12-31 20:00")

    call_command("import_article", "--publish", write("a.md", file), verbosity=0)

    assert stored()["publish_at"] == dt.datetime(2099, 12, 31, 20, tzinfo=dt.UTC)
    assert list(Article.objects.published()) == []


def test_a_file_cannot_publish_itself(db, write):
    file = MARKDOWN.replace("byline: Ada", "state: published\npublish_at: 2020-01-01")

    call_command("import_article", write("a.md", file), verbosity=0)

    assert (stored()["state"], stored()["publish_at"]) == ("draft", None)


def test_a_category_files_what_does_not_say_for_itself(db, write):
    paths = [write("a.txt", PLAIN), write("b.md", MARKDOWN.replace("A door", "Another door"))]

    call_command("import_article", "--category", "repair", *paths, verbosity=0)

    filed = dict(Article.objects.values_list("slug", "categories"))
    assert filed == {
        "a-door-ajar": ["repair"],
        "another-door-ajar": ["attention", "warmth"],
    }


def test_an_unknown_category_is_refused(db, write):
    with pytest.raises(CommandError, match="invalid choice: 'romance'"):
        call_command("import_article", "--category", "romance", write("a.txt", PLAIN))


@pytest.mark.parametrize("file", [PLAIN, MARKDOWN, MARKDOWN.replace("Ada", '"5"')])
def test_the_same_file_twice_changes_nothing(capsys, db, write, file):
    path = write("a.txt", file)
    call_command("import_article", "--publish", path, verbosity=0)
    before = stored()
    capsys.readouterr()

    for arguments in ([path], ["--publish", path], [path, path]):
        lines = run(capsys, *arguments)
        assert lines[0].endswith("unchanged: /articles/a-door-ajar/ (published)")
        assert lines[-1] == f"Articles: {len(lines) - 1} unchanged."
    assert stored() == before


def test_a_changed_file_changes_its_article_and_leaves_what_it_does_not_say(capsys, db, write):
    run(capsys, "--publish", write("a.txt", PLAIN))
    before = stored()
    Article.objects.update(categories=["repair"], byline="Ada")

    lines = run(capsys, write("a.txt", PLAIN.replace("Some", "Other")))

    after = stored()
    assert lines == ["[1/1] changed: /articles/a-door-ajar/ (published)", "Articles: 1 changed."]
    assert {name for name in after if after[name] != before[name]} == {
        *("body", "body_html", "search_text", "updated_at", "byline", "categories"),
    }
    assert (after["byline"], after["categories"]) == ("Ada", ["repair"])


def test_publish_publishes_a_draft_that_exists(capsys, db, write):
    path = write("a.txt", PLAIN)
    run(capsys, path)

    lines = run(capsys, "--publish", path)

    assert lines[0] == "[1/1] changed: /articles/a-door-ajar/ (published)"


def test_a_slug_in_the_file_says_which_article_it_is(capsys, db, write):
    make_article(slug="old-name", state="draft")

    lines = run(capsys, write("a.md", MARKDOWN.replace("byline: Ada", "slug: old-name")))

    assert lines[0] == "[1/1] changed: /articles/old-name/ (draft)"
    assert stored()["title"] == "A door ajar"


def test_two_files_with_one_title_are_not_taken_for_one_article(capsys, db, write):
    first, second = write("a.txt", PLAIN), write("b.txt", PLAIN.replace("Some", "Other"))

    sentence, lines = refused(capsys, first, second)

    assert sentence == "1 added, 1 refused; nothing of a refused file was written"
    assert lines == [f"[2/2] refused: {second}: it would have the address of {first}"]
    assert stored()["body"] == "## First\n\nSome words here."


def front(line: str) -> str:
    return MARKDOWN.replace("byline: Ada", line)


REFUSED = {
    "empty": ("", ", line 1: the file is empty; its first line is the title"),
    "Latin-1": (
        "T\nS\nCaf\xe9".encode("latin-1"),
        ", line 3: this is not UTF-8; open the file in its editor and save it as UTF-8",
    ),
    "unclosed": (
        PLAIN + OPENING,
        ", line 5: the extended part opened here is never closed; "
        "add <!-- stale-love-extended-v1 -->",
    ),
    "5 MB": (
        PLAIN + "word " * 1_000_000,
        ": articles/a-door-ajar: `body`: This text has 5000027 characters; the most is 400000. Split it.",
    ),
    "a long title": (
        "T" * 201 + "\nS\nBody",
        f": articles/{'t' * 200}: `title`: Ensure this value has at most 200 characters (it has 201).",
    ),
    "a title of signs": (
        "?!…\nS\nBody",
        ": no address can be made of the title “?!…”; add `slug: …`",
    ),
    "a slug of signs": (
        front("slug: ../etc"),
        ": articles/../etc: `slug`: Enter a valid “slug” consisting of letters, numbers, "
        "underscores or hyphens.",
    ),
    "an unknown category": (
        front("categories: [romance]").replace("categories: [warmth, attention]\n", ""),
        ': articles/a-door-ajar: "romance" is not a category; '
        "the four are attention, curiosity, repair, warmth",
    ),
    "no category": (
        MARKDOWN.replace("[warmth, attention]", "[]"),
        ": articles/a-door-ajar: `categories`: This field cannot be blank.",
    ),
    "a number for categories": (
        MARKDOWN.replace("[warmth, attention]", "5"),
        ": articles/a-door-ajar: 'int' object is not iterable",
    ),
    "an unknown field": (
        front("author: Ada"),
        ": articles/a-door-ajar: there is no field `author`",
    ),
    "no date": (
        MARKDOWN.replace("2026-03-04", "soon"),
        ": articles/a-door-ajar: `reviewed_on`: “soon” value has an invalid date format. "
        "It must be in YYYY-MM-DD format.",
    ),
    "no moment": (
        front("publish_at: soon"),
        ": articles/a-door-ajar: `publish_at` is “soon”; write it as 2027-03-25T19:30:00+00:00",
    ),
    "the year 9999": (
        front("publish_at: 9999-12-31T23:59:59-12:00"),
        ": articles/a-door-ajar: `publish_at` is “9999-12-31 23:59:59-12:00”; "
        "its year must be from 1990 to 2100",
    ),
    "the year 1": (
        front("publish_at: '0001-01-01T00:00:00+14:00'"),
        ": articles/a-door-ajar: `publish_at` is “0001-01-01T00:00:00+14:00”; "
        "its year must be from 1990 to 2100",
    ),
    "a NUL in the front matter": (front('byline: "A\\0da"'), ": articles/a-door-ajar: "),
    "half a sign": (front('byline: "A\\ud800"'), ": articles/a-door-ajar: "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_with_one_sentence_and_nothing_of_it_is_written(capsys, db, write, name):
    text, sentence = REFUSED[name]
    path = write("a.md", text)

    end, lines = refused(capsys, "--publish", path)

    assert end == "1 refused; nothing of a refused file was written"
    assert len(lines) == 1
    assert lines[0].startswith(f"[1/1] refused: {path}{sentence}")
    assert list(Article.objects.all()) == []


def test_a_refused_change_leaves_the_article_as_it_was(capsys, db, write):
    path = write("a.md", MARKDOWN)
    run(capsys, path)
    before = stored()
    write("a.md", MARKDOWN.replace("Some", "Other").replace("2026-03-04", "soon"))

    refused(capsys, path)

    assert stored() == before


def test_a_directory_and_a_missing_file_are_refused_and_the_rest_is_imported(
    capsys, db, tmp_path, write
):
    good = write("a.txt", PLAIN)
    missing = str(tmp_path / "missing.txt")

    sentence, lines = refused(capsys, str(tmp_path), good, missing)

    assert sentence == "1 added, 2 refused; nothing of a refused file was written"
    assert lines == [
        f"[1/3] refused: {tmp_path}: it cannot be read (Is a directory)",
        f"[3/3] refused: {missing}: it cannot be read (No such file or directory)",
    ]
    assert stored()["slug"] == "a-door-ajar"


class ImpatientPaper(io.StringIO):
    """A terminal at which somebody presses Ctrl-C when the third line comes."""

    def write(self, text: str) -> int:
        if "[3/" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_an_import_that_is_stopped_says_so_and_goes_on_when_it_is_run_again(capsys, db, write):
    paths = [write(f"{n}.txt", PLAIN.replace("ajar", f"ajar {n}")) for n in range(5)]

    with pytest.raises(CommandError, match="stopped after 3 added; each file is in whole"):
        call_command("import_article", *paths, stdout=ImpatientPaper())

    assert Article.objects.count() == 3
    assert run(capsys, *paths)[-1] == "Articles: 2 added, 3 unchanged."


def test_a_single_category_may_stand_without_brackets(db, write):
    call_command(
        "import_article",
        write("a.md", MARKDOWN.replace("[warmth, attention]", "warmth")),
        verbosity=0,
    )

    assert stored()["categories"] == ["warmth"]
