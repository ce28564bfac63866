"""A file is hashed once for as long as nobody touches it, and anew whenever somebody did."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from anew.data import digests
from anew.data.digests import Digests


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read to be hashed."""
    seen = list[Path]()
    real = digests.sha256_file

    def counted(path: Path) -> str:
        seen.append(path)
        return real(path)

    monkeypatch.setattr(digests, "sha256_file", counted)
    return seen


def old(path: Path, content: bytes, seconds: float = 60) -> Path:
    path.write_bytes(content)
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_an_untouched_file_is_read_once_under_any_of_its_names(tmp_path: Path, read: list[Path]) -> None:
    file, kept = old(tmp_path / "weights", b"weights"), tmp_path / "digests.json"
    os.link(file, tmp_path / "linked")
    for path in (file, tmp_path / "linked", file):
        assert Digests(kept).of(path) == sha256(b"weights").hexdigest()
    assert read == [file]


@pytest.mark.parametrize("change", ["written", "longer", "replaced", "put back with its old time"])
def test_a_changed_file_is_read_again(tmp_path: Path, read: list[Path], change: str) -> None:
    file, known = old(tmp_path / "weights", b"weights"), Digests(tmp_path / "digests.json")
    known.of(file)
    content = b"weights, more of them" if change == "longer" else b"WEIGHTS"
    if change == "replaced":
        os.replace(old(tmp_path / "other", content), file)
    elif change == "put back with its old time":
        seen = file.stat()
        (tmp_path / "other").write_bytes(content)
        os.utime(tmp_path / "other", ns=(seen.st_atime_ns, seen.st_mtime_ns))
        os.replace(tmp_path / "other", file)
    else:
        file.write_bytes(content)
    assert known.of(file) == sha256(content).hexdigest() and len(read) == 2


def test_a_file_that_is_too_young_to_tell_is_read_again(tmp_path: Path, read: list[Path]) -> None:
    file, known = tmp_path / "weights", Digests(tmp_path / "digests.json")
    file.write_bytes(b"weights")
    assert known.of(file) == known.of(file) and len(read) == 2
    assert not known.file.exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"1/2": 3}', b"\xff"])
def test_what_is_remembered_may_be_damaged(tmp_path: Path, read: list[Path], content: bytes) -> None:
    file, known = old(tmp_path / "weights", b"weights"), Digests(tmp_path / "digests.json")
    known.file.write_bytes(content)
    assert known.of(file) == known.of(file) == sha256(b"weights").hexdigest() and len(read) == 1


def test_where_nothing_can_be_remembered_everything_is_read(tmp_path: Path, read: list[Path]) -> None:
    file = old(tmp_path / "weights", b"weights")
    (tmp_path / "a file").write_bytes(b"")
    known = Digests(tmp_path / "a file" / "digests.json")
    assert known.of(file) == known.of(file) and len(read) == 2
