"""`anew truth` from the command line to its page; what was studied is not studied again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anew.cli import main
from anew.recipes import truth
from anew.recipes.known import Arm


def test_the_arms_are_measured_once_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arms = (Arm("cells", "transformer", {"ngrams": 2}, "xs", {"batch": 32}), Arm("flow", "flow", {"depth": 1}, "xs"))
    monkeypatch.setattr(truth, "PLANE", arms)
    command = ["truth", "checkerboard", "--seconds", "0.5", "--out", str(tmp_path / "t"), "--json"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    cells, flow = (found["truth"]["checkerboard"][name] for name in ("cells", "flow"))
    assert cells["divergence"]["kind"] == "exact" and cells["divergence"]["value"] > 0.15
    assert "It has not learnt the density" in " ".join(cells["said"])
    assert flow["divergence"]["kind"] == "estimate" and flow["curve"]
    page = (tmp_path / "t" / "report.html").read_text("utf-8")
    assert "checkerboard: samples" in page and "divergence over training" in page
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "t").rglob("*.safetensors")}
    assert before and main(command) == 0
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "t").rglob("*.safetensors")} == before
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["truth"] == found["truth"]


def test_an_unknown_density_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["truth", "checkers", "--out", str(tmp_path)]) != 0
    assert "no density is called 'checkers' (did you mean 'checkerboard'?)" in capsys.readouterr().err
