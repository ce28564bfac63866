"""Progress without a terminal: a plain line when a stage begins, every ten seconds, and at its end."""

import sys

import pytest

from anew.cli import terminal
from anew.cli.terminal import Meter, columns, describe, show, talk, watching
from anew.data.progress import Progress, duration, size


def test_lines_come_every_ten_seconds(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(terminal, "monotonic", lambda: now[0])
    with Meter() as meter:
        for done in range(101):
            meter(Progress("train", done, 100, "loss 1.5"))
            now[0] += 0.5
        meter(Progress("train", 100, 100))
        meter(Progress("validate", 1, None))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "train 0/100 0%, loss 1.5"
    assert lines[1] == "train 20/100 20%, 40 s left, loss 1.5"
    assert lines[-2] == "train 100/100 100%, loss 1.5"
    assert lines[-1] == "validate, 1" and len(lines) == 7


def test_what_is_quick_goes_without_a_word_and_what_is_long_says_how_far_it_is(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(terminal, "monotonic", lambda: now[0])
    with watching("draw") as watch:
        for share in (0, 0.5, 1):
            watch(share, list)
            now[0] += 0.4
    assert capsys.readouterr().err == ""
    with watching("draw") as watch:
        for step in range(24):
            watch(step / 24, list)
            now[0] += 1
    told = ["draw 4/100 4%", "draw 46/100 46%, 13 s left", "draw 88/100 88%, 3 s left", "draw 100/100 100%"]
    assert capsys.readouterr().err.splitlines() == told


def test_progress_is_not_on_stdout(capsys):
    with Meter() as meter:
        meter(Progress("collect", 3, 10))
    assert capsys.readouterr().out == ""


def test_words_for_people():
    assert [duration(s) for s in (0, 89, 125, 3725, 5500)] == ["0 s", "89 s", "2 min", "62 min", "1.5 h"]
    assert [size(n) for n in (12, 1500, 123_456_789, 2e9, 3e12)] == ["12 B", "1.5 kB", "123 MB", "2.0 GB", "3.0 TB"]
    assert describe(Progress("clean", 5, None, "5 records"), 1, 5) == "clean, 5 records"
    assert describe(Progress("encode", 1200, None, "train items"), 1, 5) == "encode, 1,200 train items"
    assert columns([("a", 10), ("bbb", 2)], ("X", "Y")) == ["X    Y", "a    10", "bbb  2"]


@pytest.mark.parametrize("terminal", [True, False])
def test_what_a_model_wrote_steers_no_terminal_and_reaches_a_pipe_whole(terminal, monkeypatch, capsys) -> None:
    written = "a\x1b[2Jb\x07\r\x9b31m\tc\nd é"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    show([written], False, {})
    talk(written)
    shown = "a\ufffd[2Jb\ufffd\ufffd\ufffd31m\tc\nd é\n" if terminal else written + "\n"
    assert tuple(capsys.readouterr()) == (shown, shown)
