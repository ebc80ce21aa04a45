"""Everything editors wrote goes out into text files and comes back the same, byte for byte."""

import datetime as dt
import io
import uuid
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from articles.models import Article, Book, FormerAddress, Image, Page
from articles.pictures import make_copies
from exercises.models import Exercise, Question
from quiz.models import Edition
from stalelove.content import KINDS, load_starter
from stalelove.models import Country
from stalelove.transfer import MARK, export, import_
from tests.builders import (
    another_article,
    another_book,
    another_exercise,
    another_page,
    another_picture,
    picture_file,
)

AWKWARD = (
    "Line\x0bbreak\u2028s, “quotes”, 'yes': no, #hash, {{ braces }}, 1986. A year,\r\n\r\n"
    "---\r\n\r\n- a  list \u00a0 and\ttab  \r\n    code\r\n🤍 é\u0301 \u200d\x85end\x07\r\n\r\n"
)


@pytest.fixture(autouse=True)
def media(settings):
    """A media storage of the test's own, in memory."""
    empty_the_storage(settings)


def empty_the_storage(settings):
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}


def out(folder):
    return [(step.outcome, step.name) for step in export(folder)]


def back(folder):
    return [(step.outcome, step.name) for step in import_(folder)]


def picture_data(**options):
    """The largest file of a picture as the library keeps it."""
    return make_copies(picture_file(**options)).copies[-1].data


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def empty_the_database():
    tables = ", ".join(
        model._meta.db_table
        for model in (*(kind.model for kind in KINDS), FormerAddress, Article, Exercise)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {tables} CASCADE")


@pytest.fixture
def everything(starter):
    """The starter content, and of each kind a row that an editor left in an awkward state."""
    another_picture("kettle", alt="A kettle: “on”", credit="Photo: Ada")
    another_picture("hob", color="olive", width=500)
    moved = another_article(
        slug="moved-twice",
        title="A title: with “quotes”\u00a0and a no-break space",
        standfirst="- not a list",
        body=AWKWARD,
        extended=AWKWARD,
        research=AWKWARD,
        byline="No",
        categories=["warmth", "attention"],
        state=Article.State.ARCHIVED,
        reviewed_by="Somebody",
        reviewed_on=dt.date(2026, 11, 2),
        featured=True,
    )
    for slug in ("moved-once", "here-now"):
        moved.slug = slug
        moved.save()
    another_article(
        slug="draft", state=Article.State.DRAFT, publish_at=None, body="![](image:kettle)"
    )
    another_article(
        slug="later", publish_at=timezone.now() + dt.timedelta(days=30, microseconds=7)
    )
    page = another_page(slug="extra", body=AWKWARD, description="2026-11-22", is_published=False)
    another_book(slug="last", year=1999, about=AWKWARD, reading_order=99)
    exercise = another_exercise(
        slug="extra", steps="One \u00a0 step.\nTwo: “yes”.", is_published=False
    )
    for row in (page, exercise):
        row.slug = "extra-moved"
        row.save()
    exercise.articles.set(Article.objects.filter(slug__in=["here-now", "draft"]))
    Question.objects.create(slug="q", category="repair", depth=2, text="1: “why”?", position=3)
    Country.objects.create(code="zz", name="Nowhere: yet")
    Edition.objects.create(number=7, title="An unfinished one")


def test_out_and_in_on_an_empty_database_and_out_again_gives_identical_bytes(
    everything, tmp_path, settings
):
    out(tmp_path / "first")
    ids = dict(Article.objects.values_list("slug", "uid"))
    paths = [path for image in Image.objects.all() for path in image.paths]
    html = Article.objects.get(slug="draft").body_html
    empty_the_database()
    empty_the_storage(settings)
    assert not Article.objects.exists()
    assert not any(map(default_storage.exists, paths))

    steps = back(tmp_path / "first")
    out(tmp_path / "second")

    assert {outcome for outcome, _ in steps} == {"added"}
    first = contents(tmp_path / "first")
    assert contents(tmp_path / "second") == first
    assert len(first) > 40
    assert sorted(paths) == sorted(name for name in first if name.endswith(".webp"))
    assert len(paths) == 5
    assert {path: default_storage.open(path).read() for path in paths} == {
        path: first[path] for path in paths
    }
    assert "-960.webp 960w" in html
    assert Article.objects.get(slug="draft").body_html == html
    assert dict(Article.objects.values_list("slug", "uid")) == ids
    assert sorted(FormerAddress.objects.values_list("slug", "article__slug")) == [
        ("moved-once", "here-now"),
        ("moved-twice", "here-now"),
    ]
    for model in (Exercise, Page):
        moved = model.objects.get(slug="extra-moved")
        assert [old.slug for old in moved.former_addresses.all()] == ["extra"]
    assert set(
        Exercise.objects.get(slug="extra-moved").articles.values_list("slug", flat=True)
    ) == {
        *("draft", "here-now"),
    }
    assert Edition.objects.current().number == 1


def test_what_is_in_already_is_not_written_again(everything, tmp_path):
    out(tmp_path / "a")
    before = dict(Article.objects.values_list("pk", "updated_at"))

    steps = back(tmp_path / "a")

    assert {outcome for outcome, _ in steps} == {"unchanged"}
    assert dict(Article.objects.values_list("pk", "updated_at")) == before


def test_a_second_export_writes_what_changed_and_removes_what_is_gone(db, tmp_path):
    another_article(slug="kept")
    changed = another_article(slug="changed")
    gone = another_article(slug="gone")
    out(tmp_path)
    changed.title = "Another title"
    changed.save()
    gone.delete()

    assert [step for step in out(tmp_path) if step[0] != "unchanged"] == [
        ("changed", "articles/changed.md"),
        ("removed", "articles/gone.md"),
    ]


def test_what_a_file_leaves_out_is_emptied_and_what_no_file_names_stays(db, tmp_path):
    another_article(slug="a", byline="Ada", reviewed_on=dt.date(2026, 1, 1), featured=True)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "b.md").write_text("---\ntitle: B\n---\nText.\n")
    (tmp_path / "articles" / "a.md").write_text("---\ntitle: A\nstate: draft\n---\nText.\n")

    assert back(tmp_path) == [("changed", "articles/a"), ("added", "articles/b")]
    a = Article.objects.get(slug="a")
    assert (a.byline, a.reviewed_on, a.featured, a.publish_at) == ("", None, False, None)

    (tmp_path / "articles" / "a.md").unlink()
    back(tmp_path)
    assert Article.objects.filter(slug="a").exists()


# Pictures


def test_a_picture_that_is_gone_from_the_library_goes_from_the_export(db, tmp_path):
    image = another_picture("kettle", width=500)
    out(tmp_path)
    path = tmp_path / image.paths[-1]
    assert path.exists()

    Image.objects.all().delete()

    assert ("removed", image.paths[-1]) in out(tmp_path)
    assert not path.exists()


def test_an_import_brings_back_a_file_that_the_storage_has_lost(db, tmp_path):
    image = another_picture("kettle")
    out(tmp_path)
    default_storage.delete(image.paths[0])

    assert back(tmp_path) == [("changed", "images/kettle")]
    assert back(tmp_path) == [("unchanged", "images/kettle")]
    assert default_storage.open(image.paths[0]).read() == (tmp_path / image.paths[0]).read_bytes()


def test_words_for_a_picture_that_is_there_need_no_file(db, tmp_path):
    image = another_picture("kettle", credit="Ada")
    article = another_article(slug="a", body="![](image:kettle)")
    out(tmp_path)
    for path in image.paths:
        (tmp_path / path).unlink()
    words = (tmp_path / "images.yaml").read_text()
    (tmp_path / "images.yaml").write_text(words.replace("credit: Ada", "credit: Grace"))

    assert ("changed", "images/kettle") in back(tmp_path)
    article.refresh_from_db()
    assert "Grace" in article.body_html


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (Path.unlink, "is missing"),
        (lambda path: path.write_bytes(b"RIFF"), "cannot be read as a picture"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:-200]),
            "cannot be read as a picture",
        ),
        (
            lambda path: path.write_bytes(picture_data(width=500, color="red")),
            "it is another picture than the one that was exported",
        ),
        (
            lambda path: path.write_bytes(picture_data(width=480, color="red")),
            "has 480 × 320 pixels and not 500 × 333",
        ),
    ],
)
def test_a_wrong_file_of_a_picture_is_named_and_nothing_is_written(
    db, tmp_path, settings, spoil, sentence
):
    image = another_picture("kettle", width=500)
    another_article(slug="a")
    out(tmp_path)
    path = tmp_path / image.paths[-1]
    spoil(path)
    empty_the_database()
    empty_the_storage(settings)

    with pytest.raises(CommandError) as refusal:
        call_command("import_content", tmp_path, stdout=io.StringIO())

    said = str(refusal.value)
    assert said.startswith(f"{tmp_path}/images.yaml, line 1: images/kettle: its file {path}")
    assert sentence in said
    assert said.endswith("(nothing was written)")
    assert not Image.objects.exists()
    assert not Article.objects.exists()
    assert not default_storage.exists(image.paths[0])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ("digest: ../../etc/passwd, sizes: [[480, 320]]", "`digest` is “../../etc/passwd”"),
        (f"digest: {'a' * 32}, sizes: []", "`sizes` is “[]”"),
        (f"digest: {'a' * 32}, sizes: [[480, -1]]", "`sizes` is “[[480, -1]]”"),
        (f"digest: {'a' * 32}, sizes: [[960, 640], [480, 320]]", "`sizes` is"),
        (f"digest: {'a' * 32}, sizes: [[99999, 1]]", "`sizes` is"),
        (f"digest: {'a' * 32}, sizes: [[480, 320]]", "is missing"),
    ],
)
def test_a_picture_that_is_not_said_rightly_is_refused(db, tmp_path, fields, sentence):
    (tmp_path / "images.yaml").write_text(f"- {{name: kettle, alt: A kettle, {fields}}}\n")

    with pytest.raises(CommandError) as refusal:
        call_command("import_content", tmp_path, stdout=io.StringIO())

    assert f"{tmp_path}/images.yaml, line 1: images/kettle: " in str(refusal.value)
    assert sentence in str(refusal.value)
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"), [(b"", "is not in the media storage"), (b"x", "is damaged")]
)
def test_an_export_refuses_a_library_whose_files_are_not_right(db, tmp_path, data, sentence):
    image = another_picture("kettle")
    default_storage.delete(image.paths[1])
    if data:
        default_storage.save(image.paths[1], ContentFile(data))

    with pytest.raises(CommandError, match=f"images/kettle: its file {image.paths[1]} {sentence}"):
        call_command("export_content", tmp_path / "x", stdout=io.StringIO())

    assert not (tmp_path / "x").exists()


def test_an_export_that_was_cut_short_is_run_again(everything, tmp_path):
    steps = export(tmp_path / "x")
    for _ in range(3):
        next(steps)
    steps.close()

    assert ("unchanged", MARK) in out(tmp_path / "x")
    out(tmp_path / "y")
    assert contents(tmp_path / "x") == contents(tmp_path / "y")


def test_a_renamed_file_moves_its_article_and_leaves_a_redirect(client, db, tmp_path):
    article = another_article(slug="old")
    out(tmp_path)
    (tmp_path / "articles" / "old.md").rename(tmp_path / "articles" / "new.md")

    back(tmp_path)

    article.refresh_from_db()
    assert article.slug == "new"
    assert client.get("/articles/old/")["Location"] == "/articles/new/"


def test_two_books_may_trade_places(db, tmp_path):
    another_book(slug="one", reading_order=1)
    another_book(slug="two", reading_order=2)
    out(tmp_path)
    text = (tmp_path / "books.yaml").read_text()
    for a, b in (("order: 1\n", "order: x\n"), ("order: 2\n", "order: 1\n"), (": x\n", ": 2\n")):
        text = text.replace(a, b)
    (tmp_path / "books.yaml").write_text(text)

    back(tmp_path)

    assert list(Book.objects.values_list("slug", "reading_order")) == [("two", 1), ("one", 2)]


def test_an_import_that_was_cut_short_leaves_whole_items_and_goes_on(everything, tmp_path):
    out(tmp_path / "first")
    empty_the_database()
    steps = import_(tmp_path / "first")
    done = [next(steps).name for _ in range(20)]
    steps.close()
    rows = (Image, Article, Page, Book, Exercise)
    assert sum(model.objects.count() for model in rows) == len(done) == 20

    outcomes = [outcome for outcome, _ in back(tmp_path / "first")]

    assert outcomes[:20] == ["unchanged"] * 20
    assert set(outcomes[20:]) == {"added"}
    out(tmp_path / "second")
    assert contents(tmp_path / "second") == contents(tmp_path / "first")


class ImpatientPaper(io.StringIO):
    """A terminal at which somebody presses Ctrl-C when the third line comes."""

    def write(self, text: str) -> int:
        if "[3/" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_ctrl_c_says_how_far_it_came(everything, tmp_path):
    out(tmp_path)
    empty_the_database()

    with pytest.raises(CommandError, match=r"^stopped \(before that: 3 added\); run it again"):
        call_command("import_content", tmp_path, stdout=ImpatientPaper())

    assert (Image.objects.count(), Article.objects.count()) == (2, 1)


GOOD = "---\ntitle: A\ncategories: [repair]\n---\nText.\n"
BOOK = (
    "- {slug: one, title: One, authors: A, categories: [repair], about: a, best_for: b,"
    " not_for: c, reading_order: 1}\n"
)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("articles/b.md", b"---\ntitle: \xe9\n---\nx", "articles/b.md, line 2: this is not UTF-8"),
        (
            "articles/b.md",
            b"---\ntitle: B\n",
            "articles/b.md, line 1: the front matter opened here",
        ),
        ("articles/b.md", b"---\ntitle: B\n---\n\n", "articles/b.md, line 3: the body is empty"),
        (
            "articles/b.md",
            b"---\ntitle: B\ncolour: red\n---\nx",
            "articles/b.md, line 3: articles/b: there is no field `colour`",
        ),
        (
            "articles/b.md",
            b"---\ntitle: B\n\ncategories: [repair, joy]\n---\nx",
            'articles/b.md, line 2: articles/b: "joy" is not a category',
        ),
        (
            "articles/b.md",
            b"---\ntitle: B\nstate: gone\n---\nx",
            "articles/b.md, line 3: articles/b: `state`: Value 'gone' is not a valid choice",
        ),
        (
            "articles/b.md",
            b"---\ntitle: B\npublish_at: 9999-12-31T23:59:59+00:00\n---\nx",
            "articles/b.md, line 2: articles/b: `publish_at` is",
        ),
        (
            "articles/b.md",
            b"---\ntitle: B\nuid: nonsense\n---\nx",
            "articles/b.md, line 2: articles/b: badly formed",
        ),
        (
            "articles/b.md",
            b"---\ntitle: B\n---\n" + b"word " * 1_000_000,
            "articles/b.md, line 3: articles/b: `body`: This text has 5000000 characters",
        ),
        (
            "articles/Not a slug.md",
            b"---\ntitle: B\n---\nx",
            "articles/Not a slug.md, line 2: articles/Not a slug: `slug`",
        ),
        ("books.yaml", b"- slug: [\n", "books.yaml, line 2: this is not YAML"),
        ("books.yaml", b"- title: x\n", "books.yaml: an item has no `slug`"),
        ("books.yaml", b"slug: x\n", "books.yaml: this must be a list of items"),
        ("books.yaml", (BOOK * 2).encode(), "books.yaml: “one” stands there twice"),
        ("books.yaml", b"- title: \xff\n", "books.yaml, line 1: this is not UTF-8"),
        ("books.yaml", b"- title: \x07\n", "books.yaml: this is not YAML"),
        (
            "books.yaml",
            (BOOK + "\n- slug: two\n  title: Two\n  isbn: '12'\n").encode(),
            "books.yaml, line 3: books/two: `categories`",
        ),
        (
            "books.yaml",
            (
                BOOK + BOOK.replace("one", "two").replace("order: 1", "order: 2, isbn: '12'")
            ).encode(),
            "books.yaml, line 2: books/two: An ISBN-13 is thirteen digits and starts with 978",
        ),
        (
            "exercises/b.yaml",
            b"title: B\narticles: [none]\n",
            "exercises/b.yaml, line 1: exercises/b:",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_file_and_line(
    db, tmp_path, name, data, sentence
):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)

    with pytest.raises(CommandError) as refusal:
        call_command("import_content", tmp_path, stdout=io.StringIO())

    assert str(refusal.value).startswith(f"{tmp_path}/{sentence}")
    assert not Article.objects.filter(slug="b").exists()
    assert not Book.objects.filter(slug="two").exists()


def test_nothing_is_written_when_any_file_cannot_be_read(db, tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.md").write_text(GOOD)
    (tmp_path / "questions.yaml").write_bytes(b"\xff")

    with pytest.raises(CommandError, match="nothing was written"):
        call_command("import_content", tmp_path, stdout=io.StringIO())

    assert not Article.objects.exists()


@pytest.mark.parametrize("make", [Path.touch, lambda path: None, Path.mkdir])
def test_an_import_needs_something_to_import(db, tmp_path, make):
    make(tmp_path / "x")

    with pytest.raises(CommandError, match="there is no"):
        call_command("import_content", tmp_path / "x", stdout=io.StringIO())


def test_an_export_does_not_write_among_other_files(db, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(CommandError, match="holds other files than an export"):
        call_command("export_content", tmp_path, stdout=io.StringIO())

    assert contents(tmp_path) == {"mine.txt": b"mine"}


def test_an_export_refuses_a_text_that_would_not_come_back(db, tmp_path):
    another_article(slug="a", body="One.\n\n<!-- stale-love-extended-start-v1 -->\n\nTwo.")

    with pytest.raises(CommandError, match=r"articles/a\.md, line .* then export again"):
        call_command("export_content", tmp_path / "x", stdout=io.StringIO())

    assert not (tmp_path / "x").exists()


def test_the_commands_say_what_they_did(db, tmp_path, capsys):
    another_article(slug="a")

    call_command("export_content", tmp_path)
    call_command("import_content", tmp_path)
    Article.objects.all().delete()
    call_command("import_content", tmp_path)

    assert capsys.readouterr().out.splitlines() == [
        f"[1/2] added: {MARK}",
        "[2/2] added: articles/a.md",
        f"Exported to {tmp_path}: 2 added.",
        f"Imported from {tmp_path}: 1 unchanged.",
        "[1/1] added: articles/a",
        f"Imported from {tmp_path}: 1 added.",
    ]


def test_a_refused_book_moves_no_other_book(db, tmp_path):
    another_book(slug="one", reading_order=1)
    (tmp_path / "books.yaml").write_text("- {slug: two, title: Two, reading_order: 1}\n")

    with pytest.raises(CommandError, match=r"books\.yaml, line 1"):
        call_command("import_content", tmp_path, stdout=io.StringIO())

    assert list(Book.objects.values_list("slug", "reading_order")) == [("one", 1)]


def test_the_starter_takes_a_new_identity_for_no_change_of_words(starter):
    article = Article.objects.get(slug="touch-after-a-long-gap")
    FormerAddress.objects.create(slug="earlier", article=article)
    Article.objects.filter(pk=article.pk).update(uid=uuid.uuid4())

    assert {item.outcome for item in load_starter()} == {"unchanged"}
