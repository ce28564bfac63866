"""Sounds as people keep them: folders that label them, captions and transcripts beside them, tables that hold them."""

from __future__ import annotations

import base64
import csv
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file
from anew.collect import collect, modality_of
from anew.data import manifest
from anew.data.records import Record, read_records
from anew.errors import DataError
from anew.recipe import Data


def wav(seed: int = 0) -> bytes:
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, (1, 800)).astype(np.float32)
    return sound_file(Sound(noise, 8_000))


def fill(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def collected(source: Path, out: Path, **data: object) -> dict[str, Record]:
    collect(Data(source=str(source), **data), "audio", out)  # type: ignore[arg-type]
    return {record.origin: record for record in read_records(out)}


def counts(out: Path) -> dict[str, int]:
    found = manifest.load(out)
    assert found is not None
    return found.counts


def test_sub_folders_are_labels_and_every_form_is_taken(tmp_path: Path) -> None:
    files = {
        "coin/a.wav": wav(1),
        "coin/b.FLAC": b"fLaC",
        "jump/c.mp3": b"ID3",
        "wavs/d.ogg": b"OggS",
        "e.opus": b"OggS",
    }
    found = collected(fill(tmp_path / "in", files | {"coin/readme.txt": "x", "coin/x.png": b"y"}), tmp_path / "out")
    assert {origin: record.label for origin, record in found.items()} == {
        "in/coin/a.wav": "coin", "in/coin/b.FLAC": "coin", "in/jump/c.mp3": "jump", "in/wavs/d.ogg": None,
        "in/e.opus": None,
    }  # fmt: skip
    assert found["in/coin/a.wav"].value == wav(1)
    assert counts(tmp_path / "out")["skipped: picture files"] == 1


def test_captions_stand_beside_sounds(tmp_path: Path) -> None:
    files = {"a.wav": wav(1), "a.txt": "a coin falls\nmoney", "b.wav": wav(2)}
    found = collected(fill(tmp_path / "in", files), tmp_path / "out")
    assert [record.captions for record in found.values()] == [("a coin falls", "money"), ()]
    assert counts(tmp_path / "out")["caption files"] == 1


def test_a_table_names_files_with_labels_and_captions(tmp_path: Path) -> None:
    table = "file,label,caption\nclips/a.wav,coin,a coin\nb.wav,jump,\nc.wav,gone,\n"
    source = fill(tmp_path / "in", {"labels.csv": table, "clips/a.wav": wav(1), "clips/b.wav": wav(2)})
    found = collected(source, tmp_path / "out")
    assert [(r.label, r.captions) for r in found.values()] == [("coin", ("a coin",)), ("jump", ())]
    removed = [json.loads(line) for line in (tmp_path / "out/removed.jsonl").read_text().splitlines()]
    assert [(one["rule"], one["origin"]) for one in removed] == [("no such file", "in/labels.csv:4")]


LISTED = (
    'LJ001-0001|Printing, in the "only" sense|Printing, in the "only" sense\n'
    "LJ001-0002|in being £3 comparatively|in being three pounds comparatively\r\n"
    "LJ001-0003|has no third|\n"
    "LJ001-0009|is not there|is not there\n"
    "broken\n"
)


@pytest.mark.parametrize("place", ["wavs/", ""])
def test_ljspeechs_list_gives_transcripts(tmp_path: Path, place: str) -> None:
    files = {f"{place}LJ001-000{i}.wav": wav(i) for i in (1, 2, 3, 4)}
    found = collected(fill(tmp_path / "in", files | {"metadata.csv": LISTED}), tmp_path / "out")
    assert [record.captions for record in found.values()] == [
        ('Printing, in the "only" sense',), ("in being three pounds comparatively",), ("has no third",), (),
    ]  # fmt: skip
    assert {record.label for record in found.values()} == {None}
    told = counts(tmp_path / "out")
    assert told["removed: no such file"] == 1 and told["without a caption"] == 1


def test_a_metadata_table_with_a_header_is_a_table(tmp_path: Path) -> None:
    files = {"metadata.csv": "file_name|transcript\na.wav|hello\n", "a.wav": wav(1)}
    found = collected(fill(tmp_path / "in", files), tmp_path / "out")
    assert found["in/a.wav"].captions == ("hello",)


def test_a_list_that_cannot_be_read_takes_no_sound_with_it(tmp_path: Path) -> None:
    files = {"metadata.csv": bytes(range(256)) * 20, "a.wav": wav(1)}
    assert list(collected(fill(tmp_path / "in", files), tmp_path / "out")) == ["in/a.wav"]


def test_tables_hold_sounds(tmp_path: Path) -> None:
    rows = [{"audio": base64.b64encode(wav(i)).decode(), "label": f"l{i}", "text": f"t{i}"} for i in range(3)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)) + '\n{"audio": "!", "label": "x"}\n')
    with (tmp_path / "a.csv").open("w") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    held = [{"bytes": wav(i), "path": "x.wav"} for i in range(3)]
    pq.write_table(
        pa.table({"audio": held, "label": ["l0", "l1", "l2"], "text": ["t0", "t1", "t2"]}), tmp_path / "a.parquet"
    )
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        found = collected(tmp_path / name, tmp_path / f"out-{name}")
        told = [(r.value, r.label, r.captions) for r in found.values()]
        assert told == [(wav(i), f"l{i}", (f"t{i}",)) for i in range(3)], name
    assert counts(tmp_path / "out-a.jsonl")["removed: no sound"] == 1


def test_what_a_folder_holds_is_seen(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.wav": wav(1), "a.txt": "hello", "b.wav": wav(2), "b.txt": "there"})
    assert modality_of(str(source)) == "audio"


def test_a_folder_without_sounds_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="0 usable records of audio: 1 text file") as refused:
        collected(fill(tmp_path / "in", {"a.txt": "hello"}), tmp_path / "out")
    assert "anew run text" in str(refused.value)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    collected(fill(tmp_path / "in", {"a.wav": b"", "b.wav": wav(1)}), tmp_path / "out")
    assert counts(tmp_path / "out")["removed: empty"] == 1
