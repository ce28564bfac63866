"""Input as people have it: each case is taken, or refused with its place and a way on, and nothing is left half made.

A case is a function that lays something down in a folder and says what to collect; beside it stand the records that
must come of it and the rules that must have struck, or the words of the refusal.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from anew.clean import clean
from anew.collect import collect
from anew.data.records import read_records
from anew.errors import DataError, RecipeError
from anew.recipe import Clean, Data, parse, read

GOOD = "A good line of text that is long enough to be kept.\n"
OTHER = "Quite another text, which nobody would take for the first one.\n"


@dataclass(frozen=True)
class Case:
    make: Callable[[Path], Path]
    records: int = 0
    rules: tuple[str, ...] = ()
    refused: str = ""  # a part of the message; empty: accepted
    modality: str = "text"
    column: str | None = None
    label: str | None = None
    text: str = ""  # must be in one of the records


CASES: dict[str, Case] = {}


def case(**expected: object) -> Callable[[Callable[[Path], Path]], Callable[[Path], Path]]:
    def add(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
        CASES[make.__name__] = Case(make, **expected)  # type: ignore[arg-type]
        return make

    return add


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def picture(side: int = 16, seed: int = 0, kind: str = "PNG") -> bytes:
    values = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, kind)
    return file.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


# ------------------------------------------------------------------------------------------------ encodings


@case(records=1, text="A good line")
def byte_order_mark(folder: Path) -> Path:
    return put(folder, "in/a.txt", b"\xef\xbb\xbf" + GOOD.encode()).parent


@case(records=1, text="A good line")
def utf_16_with_mark(folder: Path) -> Path:
    return put(folder, "in/a.txt", GOOD.encode("utf-16")).parent


@case(records=1, text="A good line")
def utf_16_without_mark(folder: Path) -> Path:
    return put(folder, "in/a.txt", GOOD.encode("utf-16-be")).parent


@case(records=1, text="A good line")
def utf_32(folder: Path) -> Path:
    return put(folder, "in/a.txt", GOOD.encode("utf-32")).parent


@case(records=1, text="Füße und Bären, über Straßen: häßlich größer")
def latin_1(folder: Path) -> Path:
    return put(folder, "in/a.txt", "Füße und Bären, über Straßen: häßlich größer\n".encode("latin-1")).parent


@case(records=1, text="naïve — “café”\nnaïve café")
def two_encodings_in_one_file(folder: Path) -> Path:
    mixed = "naïve — “café”\n".encode() + "naïve café\n".encode("cp1252") + GOOD.encode() * 20
    return put(folder, "in/a.txt", mixed).parent


@case(records=1, text="schön und größer")
def text_decoded_twice(folder: Path) -> Path:
    return put(folder, "in/a.txt", "schön und größer als zuvor".encode().decode("latin-1")).parent


@case(records=1, text="one line of text\nand another line\nand a third")
def three_kinds_of_line_ends(folder: Path) -> Path:
    return put(folder, "in/a.txt", b"one line of text\r\nand another line\rand a third").parent


@case(records=1, rules=("binary",))
def zero_bytes(folder: Path) -> Path:
    put(folder, "in/a.txt", b"text\0with\0zeros" + bytes(99))
    return put(folder, "in/b.txt", GOOD).parent


@case(records=1, rules=("binary",))
def binary_named_text(folder: Path) -> Path:
    put(folder, "in/a.txt", bytes(range(1, 32)) * 40)
    return put(folder, "in/b.txt", GOOD).parent


# ------------------------------------------------------------------------------------------------ tables


@case(records=2, rules=("ragged row",))
def ragged_csv(folder: Path) -> Path:
    return put(folder, "in.csv", f"id,text\n1,{GOOD.strip()}\n2\n3,a,b,c\n4,{OTHER.strip()}\n".replace(", ", " "))


@case(refused="no column 'story'; its columns are 'id', 'text'", column="story")
def wrong_column(folder: Path) -> Path:
    return put(folder, "in.csv", "id,text\n1,abc\n")


@case(refused="no column 'mood' for the label", label="mood")
def wrong_label_column(folder: Path) -> Path:
    return put(folder, "in.csv", "id,text\n1,abc\n")


@case(refused="no column is plainly the text; its columns are '1', '7', 'hello there'")
def missing_header(folder: Path) -> Path:
    return put(folder, "in.csv", "1,7,hello there\n2,8,good bye\n")


@case(refused="0 usable records")
def header_alone(folder: Path) -> Path:
    return put(folder, "in.csv", "id,text\n")


@case(records=1, text="one text\nof two lines")
def line_breaks_in_quotes(folder: Path) -> Path:
    return put(folder, "in.csv", 'id,text\r\n1,"one text\nof two lines"\r\n')


@case(refused="0 usable records", rules=("broken row",))
def quote_never_closed(folder: Path) -> Path:
    return put(folder, "in.csv", 'text\n"' + GOOD * 3)


@case(records=2, text="Quite another text")
def semicolons_instead_of_commas(folder: Path) -> Path:
    return put(folder, "in.csv", f"id;text\n1;{GOOD}2;{OTHER}")


@case(records=2, rules=("broken row",))
def broken_json_line(folder: Path) -> Path:
    rows = [json.dumps({"text": GOOD}), '{"text": "unfinished', "[1, 2]", json.dumps({"text": OTHER})]
    return put(folder, "in.jsonl", "\n".join(rows))


@case(records=1, rules=("broken row",))
def json_nested_a_million_deep(folder: Path) -> Path:
    return put(folder, "in.jsonl", json.dumps({"text": GOOD}) + "\n" + "[" * 1_000_000 + "\n")


@case(records=1, rules=("no value", "no text"))
def json_rows_without_text(folder: Path) -> Path:
    rows = [{"text": GOOD}, {"title": "x"}, {"text": None}, {"text": 7}]
    return put(folder, "in.jsonl", "\n".join(json.dumps(r) for r in rows))


@case(records=1, text="A good line")
def lone_surrogate_in_json(folder: Path) -> Path:
    return put(folder, "in.jsonl", '{"text": "\\ud800 ' + GOOD.strip() + '"}\n')


@case(records=1, rules=("damaged",))
def truncated_parquet(folder: Path) -> Path:
    path = put(folder, "in/a.parquet", "")
    pq.write_table(pa.table({"text": [GOOD] * 50}), path)
    path.write_bytes(path.read_bytes()[:-20])
    return put(folder, "in/b.txt", GOOD).parent


@case(refused="0 usable records", rules=("no text",))
def parquet_of_numbers(folder: Path) -> Path:
    pq.write_table(pa.table({"text": [1, 2, 3]}), folder / "in.parquet")
    return folder / "in.parquet"


# ------------------------------------------------------------------------------------------------ tables, row by row


@case(modality="table", records=3, rules=("ragged row", "empty row"), text='{"a":"1","b":null,"c":"x; y"}')
def a_table_with_a_ragged_row_gaps_and_an_empty_one(folder: Path) -> Path:
    return put(folder, "in/a.csv", 'a,b,c\n1,NA,"x; y"\n1,2\n2,,z\n,NaN,\n1,2,3\n').parent


@case(modality="table", records=4, rules=("wrong columns",), text='{"b":"4","a":"3"}')
def tables_of_the_same_columns_in_another_order_and_one_of_others(folder: Path) -> Path:
    put(folder, "in/a.csv", "a,b\n1,2\n5,6\n")
    put(folder, "in/b.csv", "b;a\n4;3\n8;7\n")
    return put(folder, "in/c.csv", "a,x\n9,9\n").parent


@case(modality="table", refused="two columns are called 'a'", rules=("wrong columns",))
def a_table_with_a_column_twice(folder: Path) -> Path:
    return put(folder, "in/a.csv", "a,b,a\n1,2,3\n").parent


@case(modality="table", records=2, text='{"a":"7"}')
def a_table_whose_first_column_counts_the_rows(folder: Path) -> Path:
    return put(folder, "in/a.csv", '"",a\n1,7\n2,7\n').parent


@case(
    modality="table", records=3, rules=("broken row",), text='{"a":{"b":[1]}}'.replace('{"b":[1]}', '"{\\"b\\": [1]}"')
)
def a_table_of_json_lines_with_nested_values_and_gaps(folder: Path) -> Path:
    lines = ['{"a": {"b": [1]}}', '{"a": NaN, "b": 1.5}', "{oops", '{"b": true}']
    return put(folder, "in/a.jsonl", "\n".join(lines)).parent


@case(modality="table", records=2, text='"2024-01-31"')
def a_parquet_table_with_dates_and_decimals(folder: Path) -> Path:
    table = pa.table({"day": [date(2024, 1, 31), None], "price": [Decimal("1.50"), Decimal("2.25")], "n": [1, None]})
    (folder / "in").mkdir()
    pq.write_table(table, folder / "in" / "a.parquet")
    return folder / "in"


@case(modality="table", refused="0 usable records of table", rules=("empty",))
def a_table_of_a_header_alone(folder: Path) -> Path:
    return put(folder, "in/a.csv", "a,b\n").parent


@case(modality="table", refused="anew run images")
def pictures_where_a_table_was_to_be(folder: Path) -> Path:
    return put(folder, "in/a.png", picture()).parent


@case(modality="table", label="kind", refused="no column 'kind' for the label", rules=("wrong columns",))
def a_table_without_the_label_asked_for(folder: Path) -> Path:
    return put(folder, "in/a.csv", "a,b\n1,2\n").parent


# ------------------------------------------------------------------------------------------------ pictures


@case(records=1, rules=("damaged",), modality="image")
def truncated_png(folder: Path) -> Path:
    put(folder, "in/a.png", picture(64)[:2000])
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("damaged",), modality="image")
def truncated_jpeg(folder: Path) -> Path:
    put(folder, "in/a.jpg", picture(64, kind="JPEG")[:700])
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("too many pixels",), modality="image")
def decompression_bomb_of_a_png(folder: Path) -> Path:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )
    put(folder, "in/a.png", bomb)
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("no picture",), modality="image")
def text_named_png(folder: Path) -> Path:
    put(folder, "in/a.png", GOOD)
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("small",), modality="image")
def picture_of_one_pixel(folder: Path) -> Path:
    put(folder, "in/a.png", picture(1))
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("empty",), modality="image")
def picture_of_no_bytes(folder: Path) -> Path:
    put(folder, "in/a.png", "")
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("no such file",), modality="image")
def labels_of_missing_files(folder: Path) -> Path:
    put(folder, "in/labels.csv", "file,label\nb.png,cat\ngone.png,dog\n")
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(refused="0 usable records", rules=("no picture",), modality="image")
def picture_column_of_text(folder: Path) -> Path:
    return put(folder, "in.csv", "image,label\nhello!,cat\n")


# ------------------------------------------------------------------------------------------------ archives


def zip_of(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@case(refused="bomb")
def zip_bomb(folder: Path) -> Path:
    return zip_of(folder / "in.zip", {"a.txt": b"a" * (80 << 20)})


@case(records=1, rules=("unsafe name",))
def zip_that_leads_out(folder: Path) -> Path:
    return zip_of(folder / "in.zip", {"../../evil.txt": OTHER, "/evil.txt": OTHER, "ok.txt": GOOD})


@case(records=1, rules=("encrypted",))
def encrypted_zip(folder: Path) -> Path:
    path = zip_of(folder / "in.zip", {"a.txt": OTHER, "b.txt": GOOD})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    return path


@case(refused="damaged archive")
def truncated_zip(folder: Path) -> Path:
    path = zip_of(folder / "in.zip", {"a.txt": OTHER})
    path.write_bytes(path.read_bytes()[:-30])
    return path


@case(records=1, rules=("damaged",))
def zip_with_a_wrong_checksum(folder: Path) -> Path:
    path = folder / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", OTHER)
        archive.writestr("b.txt", GOOD)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Quite", b"quite", 1))
    return path


@case(records=1, rules=("nested archive",))
def archive_in_an_archive(folder: Path) -> Path:
    inner = zip_of(folder / "inner.zip", {"a.txt": OTHER}).read_bytes()
    return zip_of(folder / "in.zip", {"inner.zip": inner, "ok.txt": GOOD})


@case(records=1, rules=("link", "special file", "unsafe name"))
def tar_with_links_and_devices(folder: Path) -> Path:
    path = folder / "in.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in (
            ("link.txt", tarfile.SYMTYPE),
            ("pipe.txt", tarfile.FIFOTYPE),
            ("disk.txt", tarfile.BLKTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name in ("../out.txt", "/abs.txt", "ok.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(GOOD)
            archive.addfile(info, io.BytesIO(GOOD.encode()))
    return path


@case(records=2, rules=("damaged", "damaged archive"))
def truncated_tar(folder: Path) -> Path:
    path = folder / "in" / "a.tar"
    path.parent.mkdir()
    with tarfile.open(path, "w") as archive:
        for name, text in (("a.txt", GOOD), ("b.txt", OTHER * 40)):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    path.write_bytes(path.read_bytes()[:2000])
    return put(folder, "in/c.txt", OTHER).parent


@case(records=3, rules=("damaged",))
def truncated_gzip(folder: Path) -> Path:
    rows = [json.dumps({"text": f"{np.random.default_rng(i).integers(1 << 60, size=9)} {GOOD}"}) for i in range(3000)]
    put(folder, "in/a.jsonl.gz", gzip.compress("\n".join(rows).encode())[:300])
    put(folder, "in/b.txt", GOOD)
    put(folder, "in/c.txt.gz", gzip.compress(OTHER.encode()))
    return put(folder, "in/d.txt.bz2", bz2.compress(b"Something that has not been said before.")).parent


# ------------------------------------------------------------------------------------------------ file system


@case(refused="no such file or folder")
def path_that_does_not_exist(folder: Path) -> Path:
    return folder / "nowhere"


@case(refused="a link that leads nowhere")
def source_that_is_a_dangling_link(folder: Path) -> Path:
    (folder / "in").symlink_to(folder / "gone")
    return folder / "in"


@case(refused="it holds no files")
def empty_folder(folder: Path) -> Path:
    (folder / "in").mkdir()
    return folder / "in"


@case(refused="empty")
def empty_file(folder: Path) -> Path:
    return put(folder, "in.txt", "")


@case(records=1, rules=("empty",))
def empty_file_among_others(folder: Path) -> Path:
    put(folder, "in/a.txt", "")
    return put(folder, "in/b.txt", GOOD).parent


@case(records=1, rules=("empty",))
def blank_file_among_others(folder: Path) -> Path:
    put(folder, "in/a.txt", "  \n\t\n" * 30)
    return put(folder, "in/b.txt", GOOD).parent


@case(refused="none of 1 records is left after cleaning: 1 × short")
def nothing_left_after_cleaning(folder: Path) -> Path:
    return put(folder, "in/a.txt", "tiny").parent


@case(records=1, rules=("link",))
def loop_of_links(folder: Path) -> Path:
    put(folder, "in/sub/a.txt", GOOD)
    (folder / "in/sub/loop").symlink_to(folder / "in")
    (folder / "in/me").symlink_to("me")
    return folder / "in"


@case(records=1, rules=("link",))
def dangling_link(folder: Path) -> Path:
    put(folder, "in/a.txt", GOOD)
    (folder / "in/b.txt").symlink_to(folder / "gone.txt")
    return folder / "in"


@case(records=1, rules=("special file",))
def named_pipe(folder: Path) -> Path:
    put(folder, "in/a.txt", GOOD)
    os.mkfifo(folder / "in/b.txt")
    return folder / "in"


@case(refused="special file")
def source_that_is_a_named_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "in.txt")
    return folder / "in.txt"


@case(records=1)
def hidden_files_and_caches(folder: Path) -> Path:
    for name in (
        ".git/a.txt",
        "__pycache__/a.txt",
        "node_modules/x/a.txt",
        "env/pyvenv.cfg",
        "env/a.txt",
        ".hidden.txt",
    ):
        put(folder, f"in/{name}", OTHER)
    return put(folder, "in/b.txt", GOOD).parent


@case(records=1)
def file_name_that_is_no_text(folder: Path) -> Path:
    (folder / "in").mkdir()
    Path(os.fsdecode(os.fsencode(folder / "in") + b"/caf\xe9.txt")).write_text(GOOD)
    return folder / "in"


@case(refused="0 usable records of text: 2 code files")
def code_for_a_recipe_of_text(folder: Path) -> Path:
    put(folder, "in/a.py", GOOD)
    return put(folder, "in/b.py", OTHER).parent


@case(refused="0 usable records of image", modality="image")
def text_for_a_recipe_of_pictures(folder: Path) -> Path:
    return put(folder, "in/a.txt", GOOD).parent


@case(records=1, rules=("empty",))
def page_of_scripts_alone(folder: Path) -> Path:
    put(folder, "in/a.html", "<html><script>alert('x')</script><style>p {}</style>")
    return put(folder, "in/b.html", f"<p>{GOOD}<script>x()</script></html></p></b>").parent


@case(records=4)
def one_line_without_an_end(folder: Path) -> Path:
    return put(folder, "in.txt", " ".join(f"w{i}" for i in range(35_000)))


def run(case: Case, source: Path, folder: Path) -> tuple[list, set[str]]:
    """The cleaned records and the rules that struck."""
    data = Data(source=str(source), column=case.column, label=case.label)
    first = collect(data, case.modality, folder / "collect")
    second = clean(Clean(), case.modality, folder / "collect", folder / "clean")
    struck = {k.removeprefix("removed: ") for m in (first, second) for k in m.counts if k.startswith("removed: ")}
    named = [
        json.loads(x) for s in ("collect", "clean") for x in (folder / s / "removed.jsonl").read_text().splitlines()
    ]
    assert {row["rule"] for row in named} == struck and all(row["origin"] for row in named)
    return list(read_records(folder / "clean")), struck


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name: str, tmp_path: Path) -> None:
    case, out = CASES[name], tmp_path / "run"
    source = case.make(tmp_path)
    if case.refused:
        with pytest.raises(DataError) as refusal:
            run(case, source, out)
        assert case.refused in str(refusal.value) and refusal.value.next_command
        assert all(rule in str(refusal.value) for rule in case.rules)
    else:
        records, struck = run(case, source, out)
        assert (len(records), struck) == (case.records, set(case.rules))
        assert not case.text or any(case.text in r.value for r in records)
        assert all(r.origin.startswith(source.name) for r in records)
    left = [p for p in out.rglob("*") if ".partial" in p.name or ".old" in p.name or "index" in p.name]
    assert not left and not (out / "clean").exists() == bool(case.refused)


def test_unreadable_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "in/a.txt", OTHER)
    put(tmp_path, "in/b.txt", GOOD)
    real = open

    def guarded(path: object, *rest: object, **named: object) -> object:
        if str(path).endswith("in/a.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest, **named)  # type: ignore[call-overload]

    monkeypatch.setattr("anew.collect.sources.open", guarded, raising=False)
    records, struck = run(Case(lambda p: p), tmp_path / "in", tmp_path / "run")
    assert len(records) == 1 and struck == {"unreadable"}


def test_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no data is named"):
        collect(Data(), "text", tmp_path / "run")


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (
            'name = "x"\nmodality = "text"\n[codec]\nname = "bytes"\n[modle]\nname = "transformer"',
            "did you mean 'model'",
        ),
        ('name = "x"\nmodality = "txt"\n[codec]\nname = "bytes"\n[model]\nname = "transformer"', "modality"),
        ('name = "x"\nmodality = "text\n[codec]', "line 2"),
        ("\xff\xfe", "not TOML"),
    ],
)
def test_mistaken_recipe_is_refused(recipe: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_bytes(recipe.encode("latin-1"))
    with pytest.raises(RecipeError, match=words):
        parse(read(path), str(path))


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 50
