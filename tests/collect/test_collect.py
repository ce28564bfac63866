"""What collecting makes of sources that are in order: kinds, origins, labels, order, and nothing twice."""

from __future__ import annotations

import base64
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from anew.collect import collect
from anew.collect.text import LONGEST_CHARS, PIECE_CHARS, WHOLE_CHARS, html_text, pieces
from anew.data import manifest
from anew.data.progress import Progress
from anew.data.records import Record, read_records
from anew.recipe import Data


def put(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def png(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (12, 9, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def collected(source: Path, out: Path, modality: str = "text", **data: object) -> list[Record]:
    collect(Data(source=str(source), **data), modality, out)  # type: ignore[arg-type]
    return list(read_records(out))


def test_several_kinds_in_one_folder(tmp_path: Path) -> None:
    source = tmp_path / "mine"
    put(source / "b.txt", "plain text")
    put(source / "a.md", "# marked down")
    put(source / "sub/page.html", "<title>no</title><p>A <b>bold</b> claim</p>")
    put(source / "rows.csv", "id,text,label\n7,first,x\n8,second,\n")
    put(source / "rows.jsonl", json.dumps({"text": "third", "label": 3}) + "\n")
    pq.write_table(pa.table({"content": ["fourth"], "n": [1]}), source / "rows.parquet")
    put(source / "code.py", "print()")
    with zipfile.ZipFile(source / "box.zip", "w") as archive:
        archive.writestr("in/z.txt", "zipped")
    with tarfile.open(source / "ball.tar.xz", "w:xz") as ball:
        info = tarfile.TarInfo("t.csv")
        info.size = 12
        ball.addfile(info, io.BytesIO(b"text\nrolled\n"))
    found = collected(source, tmp_path / "out", licence="CC0-1.0")
    assert [(r.origin, r.value, r.label) for r in found] == [
        ("mine/a.md", "# marked down", None),
        ("mine/b.txt", "plain text", None),
        ("mine/ball.tar.xz!t.csv:2", "rolled", None),
        ("mine/box.zip!in/z.txt", "zipped", None),
        ("mine/rows.csv:2", "first", "x"),
        ("mine/rows.csv:3", "second", None),
        ("mine/rows.jsonl:1", "third", "3"),
        ("mine/rows.parquet:1", "fourth", None),
        ("mine/sub/page.html", "A bold claim", None),
    ]
    assert {r.licence for r in found} == {"CC0-1.0"}
    counts = manifest.load(tmp_path / "out").counts  # type: ignore[union-attr]
    assert counts["skipped: code files"] == 1 and counts["records"] == 9


def test_code_of_many_languages(tmp_path: Path) -> None:
    for name in ("a.py", "b.rs", "c.html", "d.txt", "e.tsx"):
        put(tmp_path / "src" / name, f"content of {name}")
    assert [r.origin for r in collected(tmp_path / "src", tmp_path / "out", "code")] == [
        "src/a.py",
        "src/b.rs",
        "src/c.html",
        "src/e.tsx",
    ]


def test_pictures_are_labelled_by_their_folder(tmp_path: Path) -> None:
    put(tmp_path / "pics/cats/1.png", png(1))
    put(tmp_path / "pics/dogs/2.PNG", png(2))
    put(tmp_path / "pics/3.png", png(3))
    assert [r.label for r in collected(tmp_path / "pics", tmp_path / "out", "image")] == [None, "cats", "dogs"]
    with zipfile.ZipFile(tmp_path / "pics.zip", "w") as archive:
        archive.writestr("cats/1.png", png(1))
        archive.writestr("2.png", png(2))
    found = collected(tmp_path / "pics.zip", tmp_path / "zipped", "image")
    assert [(r.origin, r.label) for r in found] == [("pics.zip!2.png", None), ("pics.zip!cats/1.png", "cats")]


@pytest.mark.parametrize("zipped", [False, True])
def test_pictures_are_labelled_by_a_table_beside_them(tmp_path: Path, zipped: bool) -> None:
    files = {
        "labels.csv": "file,label\na.png,cat\nsub/b.png,dog\n",
        "a.png": png(1),
        "sub/b.png": png(2),
        "c.png": png(3),
    }
    source = tmp_path / ("pics.zip" if zipped else "pics")
    if zipped:
        with zipfile.ZipFile(source, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        for name, content in files.items():
            put(source / name, content)
    found = collected(source, tmp_path / "out", "image")
    assert {r.origin[-5:]: r.label for r in found} == {"a.png": "cat", "b.png": "dog", "c.png": None}


def test_pictures_in_tables(tmp_path: Path) -> None:
    rows = [{"image": base64.b64encode(png(i)).decode(), "label": i} for i in range(2)]
    put(tmp_path / "t.jsonl", "\n".join(json.dumps(r) for r in rows))
    assert [r.value for r in collected(tmp_path / "t.jsonl", tmp_path / "a", "image")] == [png(0), png(1)]
    pq.write_table(pa.table({"image": [{"bytes": png(2), "path": "x.png"}], "label": [5]}), tmp_path / "t.parquet")
    assert [(r.value, r.label) for r in collected(tmp_path / "t.parquet", tmp_path / "b", "image")] == [(png(2), "5")]


def test_a_column_is_chosen_by_name(tmp_path: Path) -> None:
    source = put(tmp_path / "t.csv", "text,story,mood\nno,yes,glad\n")
    found = collected(source, tmp_path / "out", column="story", label="mood")
    assert [(r.value, r.label) for r in found] == [("yes", "glad")]


def test_a_long_text_is_cut_at_blank_lines_and_loses_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    paragraphs = ["\n".join("word " * int(n) for n in rng.integers(1, 20, 6)) for _ in range(2000)]
    text = "\n\n".join(paragraphs)
    assert len(text) > WHOLE_CHARS
    whole = put(tmp_path / "in/long.txt", text)
    for number in range(9):
        put(tmp_path / f"in/short-{number}.txt", text[number : 5000 + number])
    found, short = (lambda r: (r[:-9], r[-9:]))(collected(whole.parent, tmp_path / "out"))
    assert "".join(str(r.value) for r in found) == text
    assert [(r.origin, len(r.value)) for r in short] == [(f"in/short-{n}.txt", 5000) for n in range(9)]
    assert all(PIECE_CHARS <= len(r.value) < PIECE_CHARS + 2000 and r.value.endswith("\n\n") for r in found[:-1])
    line = int(found[5].origin.rsplit(":", 1)[1])
    assert text.split("\n")[line - 1] == str(found[5].value).split("\n")[0]
    for number, source in enumerate(
        (put(tmp_path / "one.txt", text[:9000]), put(tmp_path / "few/a.txt", text[:9000]).parent)
    ):
        pieced = collected(source, tmp_path / f"pieced-{number}")
        assert len(pieced) > 4 and "".join(str(r.value) for r in pieced) == text[:9000]


@pytest.mark.parametrize("block", [1, 7, 1000, 10**6])
def test_pieces_do_not_depend_on_how_the_text_arrives(block: int) -> None:
    text = ("a line\n" * 200 + "\n") * 3 + "x" * (2 * LONGEST_CHARS + 5) + "\nend"
    text = text if block > 1 else text[:5000]
    arrived = (text[i : i + block] for i in range(0, len(text), block))
    assert list(pieces(arrived)) == list(pieces(iter([text])))
    assert "".join(p for p, _ in pieces(iter([text]))) == text


def test_what_a_reader_sees_of_a_page() -> None:
    page = "<head><title>t</title></head><h1>Top</h1><p>one<br>two  three</p><ul><li>a<li>b</ul><script>x</script>&lt;3"
    assert html_text(page).split() == ["Top", "one", "two", "three", "a", "b", "<3"]


def test_a_second_run_does_nothing_until_something_changes(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    put(source / "a.txt", "first")
    first = collect(Data(source=str(source)), "text", out)
    seen = {p.name: p.stat().st_mtime_ns for p in out.iterdir()}
    assert collect(Data(source=str(source)), "text", out) == first
    assert {p.name: p.stat().st_mtime_ns for p in out.iterdir()} == seen
    os.utime(source / "a.txt", ns=(1, 1))
    assert collect(Data(source=str(source)), "text", out).digest == first.digest  # read again: the same
    put(source / "b.txt", "second")
    assert collect(Data(source=str(source)), "text", out).digest != first.digest
    (out / "records-00000.parquet").unlink()
    assert len(collected(source, out)) == 2


def test_the_digest_knows_content_and_not_place(tmp_path: Path) -> None:
    for where in ("x", "y"):
        put(tmp_path / where / "in/a.txt", "first")
    one, two = (collect(Data(source=str(tmp_path / w / "in")), "text", tmp_path / f"out-{w}") for w in ("x", "y"))
    assert one.digest == two.digest
    assert str(tmp_path) not in (tmp_path / "out-x/manifest.json").read_text()


def test_limit_and_progress(tmp_path: Path) -> None:
    source = put(tmp_path / "in.jsonl", "".join(json.dumps({"text": f"row {i}"}) + "\n" for i in range(3000)))
    seen: list[Progress] = []
    made = collect(Data(source=str(source), limit=1200), "text", tmp_path / "out", seen.append)
    assert made.counts["records"] == 1200 and [p.done for p in seen] == sorted(p.done for p in seen) and len(seen) == 2
