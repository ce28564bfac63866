"""`anew speak` and `anew transcribe` on a command line."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from anew.cli import main
from anew.codecs.sound_files import read_sound
from anew.codecs.sound_notes import notes_in
from anew.engine.voices import installed

absent = not installed() and "CI" not in os.environ  # there it has to be, and its absence fails
needs_voice = pytest.mark.skipif(absent, reason="no voice is installed: pip install 'anew[voice]'")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@needs_voice
def test_a_text_is_said_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = {}
    for form in ("wav", "opus"):
        out = tmp_path / "a" / f"hello.{form}"
        assert main(["speak", "Hello, it is 9:05.", "--out", str(out), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["path"] == str(out) and told["voice"] == "hibari" and told["speaker"] == "heart"
        sound = read_sound(out)
        assert abs(sound.seconds - told["seconds"]) < 0.1 and sound.peak > 0.1
        assert json.loads(notes_in(out.read_bytes())["anew"])["text"] == "Hello, it is 9:05."
        seconds[form] = told["seconds"]
    assert len(set(seconds.values())) == 1


@needs_voice
def test_a_text_comes_from_a_file_or_from_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.txt").write_text("\ufeffOne. Two.", "utf-8")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"One. Two.")))
    for given, out in ((["--file", "text.txt"], "a.wav"), (["-"], "b.wav")):
        assert main(["speak", *given, "--out", out]) == 0
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()


def test_the_words_are_shown_without_a_voice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speak", "Dr. Lee paid $5. Chapter IV.", "--words"]) == 0
    assert capsys.readouterr().out == "Doctor Lee paid five dollars.\nChapter four.\n"
    assert main(["speak", "-5 °C", "--words"]) == 0 and capsys.readouterr().out == "minus five degrees Celsius\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "takes a text"), (["a", "--file", "b"], "takes a text"), (["a", "--out", "a.aac"], ".wav, .flac"),
        (["a", "--rate", "9"], "rate is from" if installed() else "anew[voice]"), (["--file", "no.txt"], "no.txt"),
        (["a", "--voice", "hibary"], "no voice and no model is called"),
        (["a", "--speaker", "emma"], "has no speaker" if installed() else "anew[voice]"),
        (["a", "--name", "Ada"], "belong to --like"), (["a", "--like", "x.wav"], "needs --name"),
        (["a", "--like", "x.wav", "--name", "Ada"], "nobody agreed"),
        (["a", "--like", "x.wav", "--name", "Ada", "--consent", "no.json"], "no.json"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["speak", *arguments]) in (1, 2, 3, 4, 5)
    told = capsys.readouterr().err
    assert why in told and "defect" not in told and "Traceback" not in told


def test_no_voice_is_taken_without_consent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(name.encode())
    make = ["consent", "make", "a.wav", "--speaker", "Ada", "--for", "a test"]
    assert main([*make, "--out", "c.json"]) == 0 and main([*make, "--out", "d.json", "--purpose", "adapt"]) == 0
    like: Any = ["speak", "Hi", "--name", "Ada", "--consent", "c.json", "--like"]
    capsys.readouterr()
    for wrong, why in (
        ([*like, "b.wav"], "does not name b.wav"),
        (["speak", "Hi", "--name", "Bob", "--consent", "c.json", "--like", "a.wav"], "not of Bob"),
        (["speak", "Hi", "--name", "Ada", "--consent", "d.json", "--like", "a.wav"], "not to speak"),
    ):
        assert main(wrong) == 5 and why in capsys.readouterr().err
    if installed():
        assert main([*like, "a.wav"]) == 2 and "learns no other speaker" in capsys.readouterr().err
    assert main(["consent", "revoke", "c.json"]) == 0
    assert main([*like, "a.wav"]) == 5 and "revoked" in capsys.readouterr().err


def test_a_recording_needs_a_model_that_hears(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert main(["transcribe", "a.wav"]) == 3 and "a.wav" in capsys.readouterr().err
    import numpy as np

    from anew.codecs.sound import Sound
    from anew.codecs.sound_files import sound_file

    (tmp_path / "a.wav").write_bytes(sound_file(Sound(np.zeros((1, 8000), np.float32), 16_000)))
    assert main(["transcribe", "a.wav"]) == 4 and "no model that hears" in capsys.readouterr().err
    assert main(["transcribe", "a.wav", "--model", str(tmp_path)]) == 4
    assert "holds no model.bin" in capsys.readouterr().err
