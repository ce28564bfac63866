"""Records survive the disk, bounded and in order; manifests know when nothing changed; folders appear whole or not."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from anew.data import manifest, records
from anew.data.files import atomic_folder, sha256_file, write_atomic
from anew.data.manifest import Manifest, fingerprint_of
from anew.data.records import Record, RecordWriter, count_records, read_records
from anew.data.removals import Removals, Removed
from anew.errors import Damaged, Refused


def test_records_come_back_equal_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "GROUP_BYTES", 2000)
    monkeypatch.setattr(records, "FILE_BYTES", 20_000)
    made = [Record.of(f"päge {i} " * 9, str(i % 3) if i % 2 else None, f"a.txt:{i}", "CC0-1.0") for i in range(500)]
    with RecordWriter(tmp_path) as writer:
        for record in made:
            writer.write(record)
    assert list(read_records(tmp_path)) == made
    assert count_records(tmp_path) == writer.count == 500
    assert len(writer.names) > 2


def test_pictures_are_bytes_and_splits_are_chosen(tmp_path: Path) -> None:
    made = [Record(bytes([i]) * 3, None, "o", None, "h", "test" if i % 2 else "train") for i in range(10)]
    with RecordWriter(tmp_path) as writer:
        for record in made:
            writer.write(record)
    assert list(read_records(tmp_path, "test")) == made[1::2]
    assert list(read_records(tmp_path, "validation")) == []


def test_captions_and_facts_come_back(tmp_path: Path) -> None:
    facts = {"object": "heart", "colour": "grün"}
    made = [
        Record.of(b"\x01", None, "a.png", None, captions=("a green heart", "ein „Herz“\n💚"), facts=facts),
        Record.of(b"\x02", "x", "b.png", None),
    ]
    with RecordWriter(tmp_path) as writer:
        for record in made:
            writer.write(record)
    assert list(read_records(tmp_path)) == made
    assert [len(b) for b in records.read_batches(tmp_path, ("facts", "label"))] == [2]


def test_a_folder_written_without_captions_is_read(tmp_path: Path) -> None:
    made = [Record.of(f"text {i}", None, f"{i}", None, "test") for i in range(3)]
    with RecordWriter(tmp_path) as writer:
        for record in made:
            writer.write(record)
    file = tmp_path / writer.names[0]
    pq.write_table(pq.read_table(file).drop_columns(["captions", "facts"]), file)
    assert list(read_records(tmp_path, "test")) == made
    (batch,) = records.read_batches(tmp_path, ("captions", "split"))
    assert batch.schema.names == ["captions", "split"] and batch["captions"].to_pylist() == [[], [], []]


def test_hash_is_of_the_utf8_bytes() -> None:
    assert Record.of("é", None, "", None).hash == Record.of("é".encode(), None, "", None).hash


def test_manifest_round_trip_and_currency(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    made = Manifest("collect", fingerprint_of(a=1, b=[2]), files={"a": sha256_file(tmp_path / "a")}, facts={"é": 1.5})
    manifest.write(tmp_path, made)
    loaded = manifest.load(tmp_path)
    assert loaded == made and loaded.digest == made.digest
    assert manifest.is_current(tmp_path, fingerprint_of(b=[2], a=1))
    assert not manifest.is_current(tmp_path, fingerprint_of(a=2, b=[2]))
    (tmp_path / "a").unlink()
    assert not manifest.is_current(tmp_path, made.fingerprint)


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    assert manifest.load(tmp_path) is None
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(Damaged, match="manifest.json"):
        manifest.load(tmp_path)
    assert not manifest.is_current(tmp_path, "x")


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "made"
    with atomic_folder(target) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "a").write_text("1")
    with pytest.raises(RuntimeError), atomic_folder(target) as folder:
        (folder / "b").write_text("2")
        raise RuntimeError
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == [
        "made",
        "made/sub",
        "made/sub/a",
    ]
    with atomic_folder(target) as folder:
        (folder / "c").write_text("3")
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == ["made", "made/c"]


def test_write_atomic_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_atomic(tmp_path / "f", b"1")
    write_atomic(tmp_path / "f", b"2")
    assert [p.name for p in tmp_path.iterdir()] == ["f"] and (tmp_path / "f").read_bytes() == b"2"
    with pytest.raises(OSError):
        write_atomic(tmp_path / "none" / "f", b"1")


def test_a_full_disk_is_said_so_and_leaves_what_was_there(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "made") as folder:
        (folder / "a").write_text("1")
    with pytest.raises(Refused, match="the disk is full"), atomic_folder(tmp_path / "made") as folder:
        (folder / "b").write_text("2")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert [p.name for p in tmp_path.rglob("*")] == ["made", "a"]


def test_what_a_killed_attempt_left_is_cleared(tmp_path: Path) -> None:
    """Of processes that are gone, and of this folder alone: another one may still be filling its own."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    mine, other, near = f".made.{gone.pid}.partial", f".made.{os.getppid()}.partial", f".made.x.{gone.pid}.partial"
    for name in (mine, f".made.{gone.pid}.old", other, near):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_text("1")
    with atomic_folder(tmp_path / "made") as folder:
        assert list(folder.iterdir()) == []
    assert {p.name for p in tmp_path.iterdir()} == {"made", other, near}


def test_two_processes_may_fill_one_folder(tmp_path: Path) -> None:
    """Each puts its own in place as often as it can, while the other does; the folder is always a whole one."""
    fill = (
        "import sys; from pathlib import Path; from anew.data.files import atomic_folder\n"
        "for i in range(200):\n"
        "    with atomic_folder(Path(sys.argv[1])) as made:\n"
        "        (made / 'a').write_text(sys.argv[2]); (made / 'b').write_text(sys.argv[2])\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", fill, str(tmp_path / "made"), name]) for name in ("x", "y")]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert (tmp_path / "made" / "a").read_text() == (tmp_path / "made" / "b").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_removals_count_and_give_examples(tmp_path: Path) -> None:
    with Removals(tmp_path) as removals:
        for number in range(5):
            removals.write(Removed(f"a:{number}", "short", "why"))
        removals.write(Removed("b", "empty"))
    assert removals.as_counts() == {"removed: empty": 1, "removed: short": 5}
    assert removals.examples == {"short": ["a:0: why", "a:1: why", "a:2: why"], "empty": ["b"]}
    assert removals.summary() == "5 × short (first: a:0: why); 1 × empty (first: b)"
    assert len((tmp_path / "removed.jsonl").read_text().splitlines()) == 6
