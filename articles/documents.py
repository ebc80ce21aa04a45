"""Content as text files: the one way in which articles, exercises, help and the rest are read from
files and written to them. Starter content, import and export all go through it.

A *record* is plain data (what the file says); a *kind* knows how to turn one sort of content into
records and back. Other apps bring their own kinds; stalelove.content gathers them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import reversion
import yaml
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.utils.dateparse import parse_datetime
from django.utils.text import slugify

from articles import source_format
from articles.models import (
    CATEGORY_NAMES,
    Article,
    Book,
    Image,
    Page,
    image_path,
)
from articles.pictures import WIDTHS, check_copy, digest_of
from stalelove.categories import in_order

Record = dict[str, Any]


class ContentError(ValueError):
    """A file or a record that cannot be taken; str() says what, where, and what to do.

    `field` names the field at fault, where there is one.
    """

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def digest(record: Record) -> str:
    """64 hexadecimal digits that change when anything in the record does."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Kind:
    """One sort of content. `name` is its folder, or its file where `one_file` is set.

    A subclass names its model, its plain fields, and whatever else `record` and `apply` need.
    """

    name: str
    model: type[models.Model]
    fields: tuple[str, ...] = ()
    one_file = False
    key = "slug"
    # Fields that say which item this is and was, not what it says.
    identity: tuple[str, ...] = ()
    names_articles = False

    # Files → records

    def read(self, folder: Path) -> dict[str, Record]:
        """Every record below `folder`, by key. Raises ContentError, naming the file."""
        if self.one_file:
            path = folder / f"{self.name}.yaml"
            rows = self._yaml(path) if path.exists() else []
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise ContentError(f"{path}: this must be a list of items")
            return self._by_key((str(row.get(self.key, "")), row, path) for row in rows)
        paths = sorted(
            path for path in (folder / self.name).glob("*") if not path.name.startswith(".")
        )
        return self._by_key((path.stem, self.read_file(path), path) for path in paths)

    def path_below(self, folder: Path, key: str) -> Path:
        """The file that holds one item."""
        name = f"{self.name}{self.suffix}" if self.one_file else f"{self.name}/{key}{self.suffix}"
        return folder / name

    def line_of(self, path: Path, key: str, field: str = "") -> int:
        """The line in which an item, or one field of it, begins: for saying where a fault is."""
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        before = 0
        if text.startswith("---\n"):  # the front matter of a Markdown file
            before, text = 1, text[4:].split("\n---", 1)[0]
        item = yaml.compose(text, Loader=yaml.SafeLoader)
        if self.one_file:
            item = next(node for node in item.value if _scalar(node, self.key) == key)
        lines = {name.value: name.start_mark.line for name, _ in item.value}
        return before + 1 + lines.get(field, item.start_mark.line)

    def _by_key(self, rows: Iterable[tuple[str, Record, Path]]) -> dict[str, Record]:
        records: dict[str, Record] = {}
        for key, record, path in rows:
            if not key:
                raise ContentError(f"{path}: an item has no `{self.key}`")
            if key in records:
                raise ContentError(f"{path}: “{key}” stands there twice")
            records[key] = record
        return records

    def read_file(self, path: Path) -> Record:
        """The record of a file that holds one item."""
        record = self._yaml(path)
        if not isinstance(record, dict):
            raise ContentError(f"{path}: this must be lines of `name: value`")
        return record

    @staticmethod
    def _yaml(path: Path) -> Any:
        data = path.read_bytes()
        try:
            return yaml.safe_load(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ContentError(
                f"{path}, line {line}: this is not UTF-8; save it as UTF-8"
            ) from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"{path}, line {mark.line + 1}" if mark else str(path)
            problem = getattr(error, "problem", None) or getattr(error, "reason", error)
            raise ContentError(f"{place}: this is not YAML: {problem}") from error
        except (ValueError, RecursionError) as error:  # a date such as 2026-02-31; absurd nesting
            raise ContentError(f"{path}: this cannot be read: {error}") from error

    # Records → files

    def files(self, records: Mapping[str, Record]) -> dict[str, str]:
        """The text of each file, by its path below the folder."""
        if self.one_file:
            rows = [{self.key: key, **record} for key, record in records.items()]
            return {f"{self.name}.yaml": source_format.dump_yaml(rows)} if rows else {}
        return {
            f"{self.name}/{key}{self.suffix}": self.dump(record) for key, record in records.items()
        }

    suffix = ".yaml"

    def dump(self, record: Record) -> str:
        return source_format.dump_yaml(record)

    # Database ↔ records

    def all(self) -> models.QuerySet:
        """Every row with what `record` needs."""
        return self.model._default_manager.order_by(self.key)

    def stored(self) -> dict[str, Record]:
        """What the database holds, as records by key."""
        return {str(getattr(row, self.key)): self.record(row) for row in self.all()}

    def one(self, key: str) -> Record | None:
        """One stored record, or None."""
        row = self.all().filter(**{self.key: key}).first()
        return self.record(row) if row else None

    def record(self, row: models.Model) -> Record:
        return {field: _plain(getattr(row, field)) for field in self.fields}

    @transaction.atomic(savepoint=False)
    @reversion.create_revision(atomic=False)
    def write(self, key: str, record: Record, *, is_new: bool = False) -> models.Model:
        """Create or change one row, as a revision of its own; `is_new` where there is none for sure.

        Raises ContentError with a sentence. The caller holds the transaction, which must not go on
        after that: so it is all of it or nothing, without a savepoint for each item.
        """
        reversion.set_comment("Read from a file.")
        known = {self.key, *self.fields, *self.extra_fields}
        if unknown := sorted(set(record) - known):
            raise ContentError(
                f"{self.name}/{key}: there is no field `{unknown[0]}`", field=unknown[0]
            )
        try:
            row = (None if is_new else self.find(key, record)) or self.model()
            setattr(row, self.key, key)
            for field in self.fields:
                if field in record:
                    setattr(row, field, self._value(field, record[field]))
            self.before(row, record)
            save_checked(row)
            self.after(row, record)
        except ValidationError as error:
            field = next(iter(getattr(error, "error_dict", {})), "")
            raise ContentError(f"{self.name}/{key}: {_sentence(error)}", field=field) from error
        except IntegrityError as error:
            raise ContentError(f"{self.name}/{key}: {_broken_rule(error)}") from error
        except (TypeError, ValueError, KeyError, OverflowError, DataError) as error:
            raise ContentError(f"{self.name}/{key}: {error}") from error
        return row

    extra_fields: tuple[str, ...] = ()

    def find(self, key: str, record: Record) -> Any | None:
        """The row that this record is about, if it is there."""
        return self.model._default_manager.filter(**{self.key: key}).first()

    def whole(self, record: Record) -> Record:
        """The record with every plain field that its file leaves out, as an empty row has it."""
        fields = {name: self.model._meta.get_field(name) for name in self.fields}
        empty = {name: _plain(field.get_default()) for name, field in fields.items()}
        return {**empty, **record}

    def _value(self, name: str, value: Any) -> Any:
        field = self.model._meta.get_field(name)
        if (
            value is None
            and not field.null
            and isinstance(field, models.CharField | models.TextField)
        ):
            return ""
        return value

    def make_way(self, key: str, record: Record) -> None:
        """Before a whole folder's record is written: free the place that only one row can have."""

    def media(self, record: Record) -> list[str]:
        """The files of the media storage that belong to a record, in an export by the same paths.

        Raises ValueError with a sentence for a record that does not say it rightly.
        """
        return []

    def check_media(self, record: Record, path: str, data: bytes) -> None:
        """Raises ValueError with a sentence when this is not the file that the record means."""

    def before(self, row: Any, record: Record) -> None:
        """Set what is not a plain field, before the row is checked and saved."""

    def after(self, row: Any, record: Record) -> None:
        """Write the rows that belong to this one."""


def save_checked(row: models.Model, *, trusted: tuple[str, ...] = ()) -> None:
    """Check a row and save it. `trusted` are foreign keys that have just been made.

    The rules that are constraints of the database are left to it: to ask it beforehand costs three
    queries each (Q.check). A broken one is an IntegrityError, of which `write` makes its sentence.
    """
    row.full_clean(exclude=trusted, validate_constraints=False)
    row.save()


def _broken_rule(error: IntegrityError) -> str:
    """The sentence of the constraint that PostgreSQL has named, or else its own words."""
    told = getattr(error.__cause__, "diag", None)
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if told and constraint.name == told.constraint_name:
                return str(constraint.get_violation_error_message())
    return str(told.message_primary if told else error)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, int | float | dt.date) or value is None:
        return value
    return source_format.tidy(str(value))


def _scalar(node: yaml.Node, name: str) -> str:
    """The value of one field of a YAML mapping, as it is written."""
    return next((str(value.value) for field, value in node.value if field.value == name), "")


def _sentence(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        message if field == "__all__" else f"`{field}`: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    )


class Images(Kind):
    """The picture library: the words and sizes, and beside them the files of the media storage."""

    name = "images"
    model = Image
    one_file = True
    key = "name"
    fields = ("alt", "credit", "digest", "sizes")

    def media(self, record: Record) -> list[str]:
        digest = str(record.get("digest", ""))
        if not re.fullmatch("[0-9a-f]{32}", digest):
            raise ValueError(f"`digest` is “{digest}”; it has 32 hexadecimal digits")
        return [image_path(digest, width) for width, _ in _sizes(record)]

    def check_media(self, record: Record, path: str, data: bytes) -> None:
        sizes = _sizes(record)
        width, height = sizes[self.media(record).index(path)]
        check_copy(data, width, height)
        if width == sizes[-1][0] and digest_of(data) != record["digest"]:
            raise ValueError("it is another picture than the one that was exported")

    def before(self, row: Image, record: Record) -> None:
        row.sizes = _sizes(record)

    def after(self, row: Image, record: Record) -> None:
        row.rerender()


def _sizes(record: Record) -> list[list[int]]:
    """The widths and heights of a picture's files, ascending."""
    sizes = record.get("sizes")
    pairs = sizes if isinstance(sizes, list) else []
    right = pairs and all(
        isinstance(pair, list) and len(pair) == 2 and all(type(n) is int and n > 0 for n in pair)
        for pair in pairs
    )
    widths = [pair[0] for pair in pairs] if right else []
    if not right or widths != sorted(set(widths)) or widths[-1] > WIDTHS[-1]:
        raise ValueError(
            f"`sizes` is “{sizes}”; write the width and height of each file, the smallest first"
        )
    return pairs


class Readdressed(Kind):
    """A kind whose rows remember the addresses that they had before (FormerAddress and its like)."""

    identity = ("former_addresses",)
    extra_fields = ("former_addresses",)

    def all(self) -> models.QuerySet:
        return super().all().prefetch_related("former_addresses")

    def record(self, row: Any) -> Record:
        former = sorted(old.slug for old in row.former_addresses.all())
        return {**super().record(row), "former_addresses": former}

    def whole(self, record: Record) -> Record:
        return {"former_addresses": [], **super().whole(record)}

    def after(self, row: Any, record: Record) -> None:
        super().after(row, record)
        former = row.former_addresses
        for slug in record.get("former_addresses", []):
            former.model.objects.update_or_create(slug=slug, defaults={former.field.name: row})


class Articles(Readdressed):
    """Articles: Markdown with front matter, or the plain source format."""

    name = "articles"
    model = Article
    suffix = ".md"
    fields = (
        *("title", "standfirst", "categories", "byline", "description", "featured"),
        *("reviewed_by", "reviewed_on", "share_image_alt", "state"),
        *("research", "body", "extended"),
    )
    identity = ("uid", *Readdressed.identity)
    extra_fields = ("publish_at", *identity)
    # A file that does not say is filed under all four, until an editor narrows it.
    UNFILED = tuple(CATEGORY_NAMES)

    def read_file(self, path: Path) -> Record:
        try:
            article = source_format.parse(path.read_bytes())
        except source_format.SourceError as error:
            raise ContentError(f"{path}, {error}") from error
        return self.of_source(article)

    def line_of(self, path: Path, key: str, field: str = "") -> int:
        if field in ("body", "extended"):
            lines = path.read_text("utf-8-sig").splitlines()
            mark = source_format.OPENING if field == "extended" else "---"
            return 1 + next((n for n, line in enumerate(lines) if n and line.strip() == mark), 0)
        return super().line_of(path, key, field)

    @staticmethod
    def of_source(article: source_format.SourceArticle) -> Record:
        return {
            "categories": list(Articles.UNFILED),
            **article.fields,
            "title": article.title,
            "standfirst": article.standfirst,
            "body": article.body,
            "extended": article.extended,
        }

    def dump(self, record: Record) -> str:
        rest = {
            name: value
            for name, value in record.items()
            if name not in ("title", "standfirst", "body", "extended")
            and value not in ("", None, [])
        }
        return source_format.dump(
            source_format.SourceArticle(
                record["title"], record["standfirst"], record["body"], record["extended"], rest
            )
        )

    def record(self, row: Article) -> Record:
        record = super().record(row)
        return {
            **record,
            "title": source_format.one_line(record["title"]),
            "standfirst": source_format.one_line(record["standfirst"]),
            "categories": in_order(record["categories"]),
            "body": record["body"].strip("\n"),
            "extended": record["extended"].strip("\n"),
            "publish_at": _plain(row.publish_at),
            "uid": str(row.uid),
        }

    def find(self, key: str, record: Record) -> Article | None:
        """By its lasting id, where the file says it: so a file can change an article's address."""
        if uid := record.get("uid"):
            return Article.objects.filter(uid=uuid.UUID(str(uid))).first() or super().find(
                key, record
            )
        return super().find(key, record)

    def whole(self, record: Record) -> Record:
        return {"publish_at": None, **super().whole(record)}

    def before(self, row: Article, record: Record) -> None:
        names = row.categories or []
        row.categories = in_order([names] if isinstance(names, str) else names)
        if "publish_at" in record:
            row.publish_at = _moment(record["publish_at"]) if record["publish_at"] else None
        if record.get("uid"):
            row.uid = uuid.UUID(str(record["uid"]))


# Beyond these a slip of the pen; at the ends of the calendar a time zone would leave it altogether.
_YEARS = range(1990, 2101)


def _moment(value: object) -> dt.datetime:
    moment = value if isinstance(value, dt.datetime) else parse_datetime(str(value))
    if moment is None:
        raise ValueError(f"`publish_at` is “{value}”; write it as 2027-03-25T19:30:00+00:00")
    if moment.year not in _YEARS:
        raise ValueError(
            f"`publish_at` is “{value}”; its year must be from {_YEARS[0]} to {_YEARS[-1]}"
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def slug_of(title: str) -> str:
    """The slug made from a title. Raises ContentError when nothing is left of it."""
    slug = slugify(title)[: Article._meta.get_field("slug").max_length].strip("-")
    if not slug:
        raise ContentError(f"no address can be made of the title “{title}”; add `slug: …`")
    return slug


class Pages(Readdressed):
    """The site's own pages: Markdown with front matter."""

    name = "pages"
    model = Page
    suffix = ".md"
    fields = ("title", "description", "body", "is_published")

    def record(self, row: Page) -> Record:
        record = super().record(row)
        title, body = source_format.one_line(record["title"]), record["body"].strip("\n")
        return {**record, "title": title, "body": body}

    def read_file(self, path: Path) -> Record:
        try:
            page = source_format.parse(path.read_bytes())
        except source_format.SourceError as error:
            raise ContentError(f"{path}, {error}") from error
        if page.standfirst or page.extended:
            raise ContentError(f"{path}: a page has no standfirst and no extended part")
        return {**page.fields, "title": page.title, "body": page.body}

    def dump(self, record: Record) -> str:
        rest = {name: record[name] for name in ("description", "is_published")}
        if former := record["former_addresses"]:
            rest["former_addresses"] = former
        return source_format.dump(
            source_format.SourceArticle(record["title"], "", record["body"], "", rest)
        )


class Books(Kind):
    """The reading list."""

    name = "books"
    model = Book
    one_file = True
    fields = (
        *("title", "authors", "publisher", "year", "isbn", "medium", "categories", "about"),
        *("best_for", "not_for", "safety_note", "reading_order", "is_published"),
    )

    def all(self) -> models.QuerySet:
        return Book.objects.order_by("reading_order")

    def make_way(self, key: str, record: Record) -> None:
        """Whoever has this book's place goes to the end, until its own turn comes."""
        last = Book.objects.aggregate(last=models.Max("reading_order"))["last"] or 0
        Book.objects.filter(reading_order=record["reading_order"]).exclude(slug=key).update(
            reading_order=last + 1
        )


STARTER = Path(__file__).parent / "starter"
KINDS = (Images(), Articles(), Pages(), Books())
