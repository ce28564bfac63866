"""One entry to records: text, code, pages, tables, pictures and sounds. What cannot be one is yielded as `Removed`."""

from __future__ import annotations

import base64
import binascii
import json
import lzma
import math
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pyarrow as pa

from anew.codecs import conversations
from anew.codecs.score_files import read_scores
from anew.collect.beside import Beside
from anew.collect.conversations import NoConversation, conversation
from anew.collect.kinds import USABLE, label_of
from anew.collect.licences import Licences, is_wanted
from anew.collect.repository import not_own, not_written
from anew.collect.secrets import Secrets
from anew.collect.sources import Entry
from anew.collect.tables import Row, Wanted, WrongColumns, captions_in, facts_in, rows, valid
from anew.collect.text import NotText, decode_stream, html_text, texts
from anew.collect.vector import NotDrawn, Renderer, harmless
from anew.data.records import Record
from anew.data.removals import Removed
from anew.data.split import SPLITS
from anew.errors import DataError

MISSING = {"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "None"}  # nothing is there, say tables
LARGEST_PICTURE = 64 << 20  # bytes of the file
LARGEST_SOUND = 128 << 20
LARGEST_PAGE = 32 << 20
LARGEST_SCORE = 32 << 20
LARGEST_SOURCE = 4 << 20  # characters; nobody writes a longer file of code
WHAT = {"image": "picture", "audio": "sound"}  # in a cell of a table, by modality
DRAWN_SIDE = 256  # pixels of a vector drawing's longer side
DAMAGE = (
    OSError, EOFError, ValueError, KeyError, RuntimeError, NotImplementedError, UnicodeError,
    zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, pa.ArrowException,
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What holds for every entry of a source. `cut`: even a short text comes in pieces. `header`: the columns of the
    first table, once it is read, which the others of a table in several files have to share. Of source code: each
    file's licence, the `wanted` ones (empty: all), and the `secrets` found (None: left in). `renderer`: of vector
    drawings, to be closed."""

    modality: str
    column: str | None
    label: str | None
    licence: str | None
    cut: bool
    beside: Beside
    split: str | None = None
    header: list[str] = field(default_factory=list)
    licences: Licences = field(default_factory=Licences)
    wanted: tuple[str, ...] = ()
    secrets: Secrets | None = None
    renderer: Renderer = field(default_factory=lambda: Renderer(DRAWN_SIDE))


def read(entry: Entry, asked: Asked) -> Iterator[Record | Removed]:
    """The entry's records. A damaged one ends in a `Removed` that says how, after what could be read of it."""
    if entry.kind not in USABLE[asked.modality]:
        if entry.kind == "archive":
            yield Removed(entry.name, "nested archive", "unpack the outer archive first")
        return
    try:
        yield from READERS[entry.kind](entry, asked)
    except WrongColumns as error:
        yield Removed(entry.name, "wrong columns", str(error))
    except NotText as error:
        yield Removed(entry.name, "binary", str(error))
    except PermissionError as error:
        yield Removed(entry.name, "unreadable", str(error.strerror))
    except DAMAGE as error:
        yield Removed(entry.name, "damaged", first_line(error))


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def read_text(entry: Entry, asked: Asked) -> Iterator[Record | Removed]:
    with entry.open() as file:
        found = False
        for text, line in texts(decode_stream(file), always_cut=asked.cut):
            found = True
            yield Record.of(text, None, entry.name if line == 1 else f"{entry.name}:{line}", asked.licence)
        if not found:
            yield Removed(entry.name, "empty", "the file holds nothing")


def read_code(entry: Entry, asked: Asked) -> Iterator[Record | Removed]:
    """A file of source code that somebody wrote and that may be used, without its secrets."""
    if (rule := not_own(entry.name)) is not None:
        yield Removed(entry.name, rule, "by its name")
        return
    with entry.open() as file:
        held: list[str] = []
        size = 0
        for block in decode_stream(file):
            held.append(block)
            size += len(block)
            if size > LARGEST_SOURCE:
                yield Removed(entry.name, "too large", f"source code of more than {LARGEST_SOURCE:,} characters")
                return
    text = "".join(held)
    licence = asked.licences.of(entry.name, text)
    if (odd := not_written(text)) is not None:
        yield Removed(entry.name, *odd)
    elif asked.wanted and not is_wanted(licence, asked.wanted):
        yield Removed(entry.name, "licence", f"{licence} is not wanted")
    elif not text:
        yield Removed(entry.name, "empty", "the file holds nothing")
    else:
        clear = text if asked.secrets is None else asked.secrets.redact(text, entry.name)
        for piece, line in texts(iter([clear]), always_cut=asked.cut):
            yield Record.of(piece, None, entry.name if line == 1 else f"{entry.name}:{line}", licence)


def read_page(entry: Entry, asked: Asked) -> Iterator[Record | Removed]:
    with entry.open() as file:
        page, size = [], 0
        for block in decode_stream(file):
            page.append(block)
            size += len(block)
            if size > LARGEST_PAGE:
                yield Removed(entry.name, "too large", f"a page of more than {LARGEST_PAGE:,} characters")
                return
        text = html_text("".join(page))
        if text:
            yield Record.of(text, None, entry.name, asked.licence)
        else:
            yield Removed(entry.name, "empty", "the page shows no text")


def read_table(entry: Entry, asked: Asked) -> Iterator[Record | Removed]:
    wanted = Wanted(asked.modality, asked.column, asked.label, asked.split)
    found = False
    with entry.open() as file:
        for row in rows(file, entry.name, wanted):
            if not found and isinstance(row, Row) and asked.modality == "table":
                same_columns(row, entry, asked)
            found = True
            yield row if isinstance(row, Removed) else from_row(row, entry, asked, wanted)
    if not found:
        yield Removed(entry.name, "empty", "the table holds no rows")


def same_columns(row: Row, entry: Entry, asked: Asked) -> None:
    """WrongColumns for a file of a folder whose first file has others. Lines of JSON may leave out what is missing."""
    header = sorted(row.values)
    if not asked.header:
        asked.header.extend(header)
    elif header != asked.header and not entry.name.lower().endswith((".jsonl", ".ndjson")):
        odd = sorted({*header} ^ {*asked.header})
        raise WrongColumns(f"its columns are not those of the first table: {', '.join(map(repr, odd[:10]))}")


def from_row(row: Row, entry: Entry, asked: Asked, wanted: Wanted) -> Record | Removed:
    assert wanted.columns is not None
    origin = f"{entry.name}:{row.line}"
    given = row.values.get(wanted.columns.label) if wanted.columns.label else None
    label = None if given is None or str(given) == "" else str(given)
    split = None if asked.split is None else row.values.get(asked.split)
    if split not in (None, "", *SPLITS):
        return Removed(origin, "wrong split", f"{split!r} in column {asked.split!r} is none of {', '.join(SPLITS)}")
    if asked.modality == "chat":
        try:
            said = conversations.dumps(conversation(row.values))
        except NoConversation as error:
            return Removed(origin, "no conversation", str(error))
        return Record.of(said, None, origin, asked.licence, split or None)
    if wanted.columns.content is None:
        cells = {name: value for name, value in row.values.items() if name != asked.split}
        return whole_row(cells, label, origin, asked.licence, split or None)
    value = row.values[wanted.columns.content]
    if value is None:
        return Removed(origin, "no value", f"nothing in column {wanted.columns.content!r}")
    if asked.modality in WHAT:
        what, content = WHAT[asked.modality], file_bytes(value)
        if content is None:
            return Removed(origin, f"no {what}", f"column {wanted.columns.content!r} holds no {what}'s bytes")
        captions = captions_in(row.values.get(wanted.columns.caption or ""))
        captions = captions if asked.beside.captions in ("auto", "table") else []
        facts = facts_in(row.values.get(wanted.columns.facts or ""))
        return Record.of(content, label, origin, asked.licence, split or None, tuple(captions), facts)
    if not isinstance(value, str):
        return Removed(origin, "no text", f"column {wanted.columns.content!r} holds a {type(value).__name__}")
    text = valid(value)
    if asked.secrets is not None:
        text = asked.secrets.redact(text, origin)
    return Record.of(text, label, origin, asked.licence, split or None)


def whole_row(
    values: dict[str, Any], label: str | None, origin: str, licence: str | None, split: str | None
) -> Record | Removed:
    """A row of a table as canonical JSON, its columns in their order."""
    cells = {name: cell(value) for name, value in values.items() if name}  # a column without a name counts the rows
    if all(value is None for value in cells.values()):
        return Removed(origin, "empty row", "nothing in any column")
    value = json.dumps(cells, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Record.of(valid(value), label, origin, licence, split)


def cell(value: Any) -> str | float | bool | None:
    """A cell as a string, a number, true, false or null: what means that nothing is there is null, what JSON has no
    word for is text."""
    if isinstance(value, str):
        return None if value.strip() in MISSING else value.strip()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int)):
        return value
    return value.isoformat() if isinstance(value, (date, time)) else json.dumps(value, default=str, ensure_ascii=False)


def file_bytes(value: Any) -> bytes | None:
    """A picture's or a sound's file out of a table's cell: bytes, a struct with its bytes, or base64 text."""
    if isinstance(value, dict):
        value = value.get("bytes")
    if isinstance(value, str):
        try:
            value = base64.b64decode(value.rpartition(",")[2], validate=True)
        except (binascii.Error, ValueError):
            return None
    return value if isinstance(value, bytes) and value else None


def read_picture(entry: Entry, asked: Asked) -> Iterator[Record | Removed]:
    with entry.open() as file:
        content = file.read(LARGEST_PICTURE + 1)
    if not content:
        yield Removed(entry.name, "empty", "the file holds nothing")
    elif len(content) > LARGEST_PICTURE:
        yield Removed(entry.name, "too large", f"a picture's file of more than {LARGEST_PICTURE:,} bytes")
    else:
        told = asked.beside.take(entry.name)
        label = told.label or label_of(entry.name)
        if entry.name.lower().endswith(".svg") and content.lstrip(b"\xef\xbb\xbf\r\n\t ")[:1] == b"<":
            try:
                content = asked.renderer.draw(harmless(content)[0])
            except NotDrawn as why:
                yield Removed(entry.name, "no picture", str(why))
                return
        yield Record.of(content, label, entry.name, asked.licence, None, tuple(told.captions), told.facts)


def read_sound(entry: Entry, asked: Asked) -> Iterator[Record | Removed]:
    """The file as it is; cleaning decodes it."""
    with entry.open() as file:
        content = file.read(LARGEST_SOUND + 1)
    if not content:
        yield Removed(entry.name, "empty", "the file holds nothing")
    elif len(content) > LARGEST_SOUND:
        yield Removed(entry.name, "too large", f"a sound's file of more than {LARGEST_SOUND:,} bytes")
    else:
        told = asked.beside.take(entry.name)
        label = told.label or label_of(entry.name)
        yield Record.of(content, label, entry.name, asked.licence, None, tuple(told.captions), told.facts)


def read_score_file(entry: Entry, asked: Asked) -> Iterator[Record | Removed]:
    """The scores of a file, each as canonical JSON; its folder is its style."""
    with entry.open() as file:
        content = file.read(LARGEST_SCORE + 1)
    if len(content) > LARGEST_SCORE:
        yield Removed(entry.name, "too large", f"a score of more than {LARGEST_SCORE:,} bytes")
        return
    for number, found in enumerate(read_scores(content, entry.name)):
        origin = entry.name if number == 0 else f"{entry.name}:{number + 1}"
        if isinstance(found, DataError):
            yield Removed(origin, "no score", found.message)
        else:
            told = replace(found, style=found.style or label_of(entry.name) or "")
            yield Record.of(told.dumps(), None, origin, asked.licence)


READERS: dict[str, Callable[[Entry, Asked], Iterator[Record | Removed]]] = {
    "text": read_text,
    "code": read_code,
    "html": read_page,
    "table": read_table,
    "picture": read_picture,
    "sound": read_sound,
    "score": read_score_file,
}
