"""Captions of pictures: beside them, in tables, in their names; what is no caption is not taken for one."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from anew.collect import collect, modality_of
from anew.collect.beside import LARGEST_SIDECAR, of_file_name
from anew.data import manifest
from anew.data.records import Record, read_records
from anew.recipe import Data


def png(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (12, 9, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def fill(folder: Path, **files: bytes | str) -> Path:
    """Files by name, "__" for a folder's mark and "_" before the suffix."""
    for name, content in files.items():
        path = folder / ".".join(name.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def collected(source: Path, out: Path, **data: object) -> dict[str, Record]:
    collect(Data(source=str(source), **data), "image", out)  # type: ignore[arg-type]
    return {record.origin.rpartition("/")[2].rpartition("!")[2]: record for record in read_records(out)}


def counts(out: Path) -> dict[str, int]:
    found = manifest.load(out)
    assert found is not None
    return found.counts


@pytest.mark.parametrize("zipped", [False, True])
def test_sidecars(tmp_path: Path, zipped: bool) -> None:
    source = fill(
        tmp_path / "pics", a_png=png(1), a_txt="a red apple\nan apple\r\n", b_png=png(2), README_txt="of no picture",
        cats__c_png=png(3), cats__c_txt="une pomme é".encode("cp1252"), cats__a_png=png(4),
    )  # fmt: skip
    if zipped:
        with zipfile.ZipFile(tmp_path / "pics.zip", "w") as archive:
            for path in sorted(source.rglob("*.*")):
                archive.write(path, path.relative_to(source))
        source = tmp_path / "pics.zip"
    collect(Data(source=str(source)), "image", tmp_path / "out")
    found = [(r.captions, r.label) for r in sorted(read_records(tmp_path / "out"), key=lambda r: r.origin)]
    assert found == [
        (("a red apple", "an apple"), None), ((), None), ((), "cats"), (("une pomme é",), "cats"),
    ]  # fmt: skip
    told = counts(tmp_path / "out")
    assert (told["caption files"], told["captions"], told["without a caption"]) == (2, 3, 2)
    assert told["skipped: text files"] == 1 and not any(name.startswith("removed") for name in told)


def test_a_sidecar_that_is_no_text_or_too_long_is_named_and_its_picture_stays(tmp_path: Path) -> None:
    source = fill(
        tmp_path / "in", a_png=png(1), a_txt=bytes(range(256)) * 9, b_png=png(2), b_txt="x" * 70_000, c_txt="y"
    )
    assert len((source / "b.txt").read_bytes()) > LARGEST_SIDECAR
    found = collected(source, tmp_path / "out")
    assert [r.captions for r in found.values()] == [(), ()]
    removed = [json.loads(line) for line in (tmp_path / "out/removed.jsonl").read_text().splitlines()]
    assert [(r["origin"], r["rule"]) for r in removed] == [("in/a.txt", "binary"), ("in/b.txt", "too large")]


def test_a_picture_without_a_suffix_has_its_sidecar(tmp_path: Path) -> None:
    source = fill(tmp_path / "in.d", star_txt="a star", sta_txt="no picture's")
    for seed, name in enumerate(("star", "moon")):
        (source / name).write_bytes(png(seed))
    assert modality_of(str(source)) == "image"
    found = {name: r.captions for name, r in collected(source, tmp_path / "out").items()}
    assert found == {"star": ("a star",), "moon": ()}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_tables_of_files(tmp_path: Path, kind: str) -> None:
    source = fill(tmp_path / "in", a_png=png(1), sub__b_png=png(2), c_png=png(3))
    rows = [
        {"file": "a.png", "captions": ["a sun", "sun"], "label": "sky", "facts": {"object": "sun", "n": 1}},
        {"file": "./sub/b.png", "captions": ["a fish"], "label": "", "facts": {}},
        {"file": "gone.png", "captions": ["nothing"], "label": "", "facts": None},
    ]
    if kind == "parquet":
        pq.write_table(
            pa.table(
                {
                    "file": [r["file"] for r in rows],
                    "captions": [r["captions"] for r in rows],
                    "label": [r["label"] for r in rows],
                    "facts": [json.dumps(r["facts"]) for r in rows],
                }
            ),  # fmt: skip
            source / "t.parquet",
        )
    elif kind == "jsonl":
        (source / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        first = 'a.png;a sun;sky;"{""object"": ""sun"", ""n"": 1}"'
        lines = ["file;caption;label;facts", first, "a.png;sun;;", "./sub/b.png;a fish;;", "gone.png;nothing;;"]
        (source / "t.csv").write_text("\n".join(lines))
    found = collected(source, tmp_path / "out")
    assert {name: r.captions for name, r in found.items()} == {
        "a.png": ("a sun", "sun"), "b.png": ("a fish",), "c.png": (),
    }  # fmt: skip
    assert found["a.png"].label == "sky" and found["a.png"].facts == {"object": "sun", "n": "1"}
    told = counts(tmp_path / "out")
    assert told["removed: no such file"] == 1 and told["without a caption"] == 1 and told["records"] == 3


@pytest.mark.parametrize("column", ["caption", "captions", "text"])
def test_tables_of_pictures(tmp_path: Path, column: str) -> None:
    said = [["a sun", "sun"], []] if column == "captions" else ["a sun\nsun", None]
    table = {
        "image": [png(1), png(2)],
        "file_name": ["x.png", "y.png"],
        column: said,
        "facts": ['{"style": "ink"}', "no"],
    }
    pq.write_table(pa.table(table), tmp_path / "t.parquet")
    found = list(collected(tmp_path / "t.parquet", tmp_path / "out").values())
    assert [(r.captions, r.facts) for r in found] == [(("a sun", "sun"), {"style": "ink"}), ((), {})]
    silent = list(collected(tmp_path / "t.parquet", tmp_path / "none", captions="none").values())
    assert [(r.captions, r.facts) for r in silent] == [((), {"style": "ink"}), ((), {})]


def test_a_table_that_holds_its_pictures_and_names_them_too_is_no_table_of_files(tmp_path: Path) -> None:
    row = {"image": base64.b64encode(png(1)).decode(), "file_name": "x.png", "caption": "a sun"}
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n")
    assert [r.captions for r in collected(tmp_path / "t.jsonl", tmp_path / "a").values()] == [("a sun",)]
    pq.write_table(pa.table({"drawn": [png(2)], "name": ["x.png"], "text": ["a star"]}), tmp_path / "t.parquet")
    found = collected(tmp_path / "t.parquet", tmp_path / "b", column="drawn")
    assert [r.captions for r in found.values()] == [("a star",)]


@pytest.mark.parametrize(
    ("dial", "a", "b"),
    [
        ("auto", ("beside", "in a table"), ()),
        ("sidecar", ("beside",), ()),
        ("table", ("in a table",), ()),
        ("file-name", ("green heart",), ("red sun",)),
        ("none", (), ()),
    ],
)
def test_the_dial(tmp_path: Path, dial: str, a: tuple[str, ...], b: tuple[str, ...]) -> None:
    source = fill(tmp_path / "in", green_heart_png=png(1), green_heart_txt="beside", red_sun_03_png=png(2))
    (source / "t.csv").write_text("file,caption\ngreen_heart.png,in a table\n")
    found = collected(source, tmp_path / "out", captions=dial)
    assert [found["green_heart.png"].captions, found["red_sun_03.png"].captions] == [a, b]
    assert not any(name.startswith("removed") for name in counts(tmp_path / "out"))
    if dial in ("file-name", "none"):
        assert "caption files" not in counts(tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("p/green_heart-03.png", "green heart"), ("a.b+c.jpg", "a b c"), ("x!in/Rote Äpfel (2).png", "Rote Äpfel"),
        ("IMG_2041.png", "IMG"), ("0001.png", ""), ("緑の心.png", "緑の心"), ("--.png", ""),
    ],
)  # fmt: skip
def test_words_of_a_file_name(name: str, words: str) -> None:
    assert of_file_name(name) == words


def test_captions_and_facts_are_part_of_the_digest(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", a_png=png(1), a_txt="one")
    first = collect(Data(source=str(source)), "image", tmp_path / "out")
    fill(source, a_txt="other")
    assert collect(Data(source=str(source)), "image", tmp_path / "out").digest != first.digest


def test_a_folder_of_captioned_pictures_is_one_of_pictures(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", a_png=png(1), a_txt="one", b_png=png(2), b_txt="two")
    assert modality_of(str(source)) == "image"
    fill(source, c_txt="three", d_txt="four", e_txt="five")
    assert modality_of(str(source)) == "text"


def test_half_a_surrogate_pair_in_a_caption_is_replaced(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", a_png=png(1))
    (source / "t.jsonl").write_text('{"file": "a.png", "caption": "a \\ud83d sun", "facts": {"k": "\\udc00"}}\n')
    found = collected(source, tmp_path / "out")["a.png"]
    assert found.captions == ("a ? sun",) and found.facts == {"k": "?"}
