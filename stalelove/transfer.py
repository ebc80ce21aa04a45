"""Everything that editors wrote, out into a folder of text files and back in again.

The pictures of the library lie beside their words, as they lie in the media storage. What comes out
goes in on an empty database and an empty storage and comes out the same, byte for byte. Nothing of
a reader is part of it.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from articles.documents import ContentError, Kind, Record
from stalelove.content import KINDS

# Tells a folder of ours from any other, so that no other is written into.
MARK = "stale-love-content.txt"
MARK_TEXT = (
    "Everything the editors of a Stale Love site wrote, with its pictures. `manage.py\n"
    "export_content` wrote this folder, and `manage.py import_content` reads it. Format 1.\n"
)

# What articles.models.image_path makes.
MEDIA_PATTERN = "images/*.webp"

Outcome = Literal["added", "changed", "unchanged", "removed"]


@dataclass(frozen=True)
class Step:
    """One item that has been written; `number` of `total` counts from 1."""

    number: int
    total: int
    name: str
    outcome: Outcome


def export(folder: Path) -> Iterator[Step]:
    """Write every item below `folder`: a new or empty one, or one that was exported to before.

    There only what has changed is written, and what is gone is removed. Nothing is written before
    all of it has been read back and found equal. Raises ContentError.
    """
    if folder.exists() and not folder.is_dir():
        raise ContentError(f"{folder} is not a folder")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ContentError(
            f"{folder} holds other files than an export; name a new folder or an empty one"
        )
    files, media = _files()
    gone = sorted(_old_files(folder) - {*files, *media})
    total = len(files) + len(media) + len(gone)
    steps = itertools.count(1)
    for name, text in files.items():
        yield Step(next(steps), total, name, _write(folder / name, text.encode()))
    for name in media:  # one at a time: a library is larger than the memory
        yield Step(next(steps), total, name, _write(folder / name, _stored_file(name)))
    for name in gone:
        (folder / name).unlink()
        yield Step(next(steps), total, name, "removed")


def _files() -> tuple[dict[str, str], list[str]]:
    """The text of every file by its path, and the files of the media storage, all found to be right.

    The mark is first, so that an export that was cut short is simply run again.
    """
    files: dict[str, str] = {MARK: MARK_TEXT}
    media: list[str] = []
    for kind in KINDS:
        records = kind.stored()
        texts = kind.files(records)
        _prove(kind, records, texts)
        files |= texts
        for key, record in records.items():
            for path in kind.media(record):
                _prove_file(kind, key, record, path)
                media.append(path)
    return files, media


def _prove_file(kind: Kind, key: str, record: Record, path: str) -> None:
    try:
        kind.check_media(record, path, _stored_file(path))
    except FileNotFoundError as error:
        raise ContentError(
            f"{kind.name}/{key}: its file {path} is not in the media storage; put it back from a "
            "backup, or take the picture out of the library, then export again"
        ) from error
    except ValueError as error:
        raise ContentError(f"{kind.name}/{key}: its file {path} is damaged: {error}") from error


def _stored_file(path: str) -> bytes:
    with default_storage.open(path) as file:
        return file.read()


def _prove(kind: Kind, records: dict[str, Record], texts: dict[str, str]) -> None:
    """Read the files back. What an import would refuse, or take for something else, is refused now."""
    with tempfile.TemporaryDirectory() as name:
        for path, text in texts.items():
            _write(Path(name) / path, text.encode())
        try:
            again = {key: kind.whole(record) for key, record in kind.read(Path(name)).items()}
        except ContentError as error:
            sentence = str(error).replace(f"{name}{os.sep}", "")
            raise ContentError(f"{sentence} (mend it in the admin, then export again)") from error
    for key, record in records.items():
        said = {field: again.get(key, {}).get(field) for field in record}
        if different := [field for field, value in record.items() if said[field] != value]:
            raise ContentError(
                f"{kind.name}/{key}: `{different[0]}` would not come back as it is; "
                "mend it in the admin, then export again"
            )


def _old_files(folder: Path) -> set[str]:
    """What an export before this one may have written."""
    found = []
    for kind in KINDS:
        pattern = f"{kind.name}.yaml" if kind.one_file else f"{kind.name}/*{kind.suffix}"
        found += [str(path.relative_to(folder)) for path in folder.glob(pattern)]
    found += [str(path.relative_to(folder)) for path in folder.glob(MEDIA_PATTERN)]
    return set(found)


def _write(path: Path, data: bytes) -> Outcome:
    """Write a file whole or not at all; an equal one is left alone."""
    existed = path.exists()
    if existed and path.read_bytes() == data:
        return "unchanged"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
    return "changed" if existed else "added"


def import_(folder: Path) -> Iterator[Step]:
    """Make the database say what the files below `folder` say; what no file names stays as it is.

    All files are read before the first item is written. Each item is written whole or not at all,
    and one that is equal already is not written, so an import that was cut short can be run again.
    Raises ContentError, which names the file and the line.
    """
    if not folder.is_dir():
        raise ContentError(f"there is no folder {folder}")
    found = [(kind, kind.read(folder)) for kind in KINDS]
    items = [(kind, key, record) for kind, records in found for key, record in records.items()]
    if not items:
        names = ", ".join(f"{k.name}.yaml" if k.one_file else f"{k.name}/" for k in KINDS)
        raise ContentError(f"there is nothing to import below {folder} (looked for {names})")
    for kind, key, record in items:
        with _at_its_line(folder, kind, key):
            _check_media(folder, kind, key, record)
    for number, (kind, key, record) in enumerate(items, 1):
        with _at_its_line(folder, kind, key):
            came = [_bring(folder / path, path) for path in kind.media(record)]
            outcome = _put(kind, key, record)
        if outcome == "unchanged" and any(came):
            outcome = "changed"
        yield Step(number, len(items), f"{kind.name}/{key}", outcome)


@contextmanager
def _at_its_line(folder: Path, kind: Kind, key: str) -> Iterator[None]:
    """Puts the file and the line before what is said of an item."""
    try:
        yield
    except ContentError as error:
        path = kind.path_below(folder, key)
        line = kind.line_of(path, key, error.field)
        raise ContentError(f"{path}, line {line}: {error}") from error


def _check_media(folder: Path, kind: Kind, key: str, record: Record) -> None:
    """Every file of the item is in the folder, or in the storage already, and is what it should be."""
    try:
        paths = kind.media(record)
    except ValueError as error:
        raise ContentError(f"{kind.name}/{key}: {error}") from error
    for path in paths:
        if not (folder / path).is_file():
            if not default_storage.exists(path):
                raise ContentError(f"{kind.name}/{key}: its file {folder / path} is missing")
            continue
        try:
            kind.check_media(record, path, (folder / path).read_bytes())
        except ValueError as error:
            raise ContentError(f"{kind.name}/{key}: its file {folder / path}: {error}") from error


def _bring(source: Path, path: str) -> bool:
    """Put a file into the media storage, before the row that names it; whether it was not there."""
    if default_storage.exists(path) or not source.is_file():
        return False
    default_storage.save(path, ContentFile(source.read_bytes()))
    return True


@transaction.atomic
def _put(kind: Kind, key: str, record: Record) -> Outcome:
    record = kind.whole(record)
    before = kind.one(key)
    if before == {name: record.get(name) for name in before or record}:
        return "unchanged"
    kind.make_way(key, record)
    kind.write(key, record)
    return "added" if before is None else "changed"
