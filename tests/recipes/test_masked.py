"""From a folder of text to a model that fills blanks, and a report that calls its bits per byte a bound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_recipes import TEXT, recipe_for

from anew.artifact import load_artifact
from anew.data.progress import silent
from anew.engine.generate import generate
from anew.recipes import pipeline


def test_the_report_calls_it_a_bound_and_the_model_fills(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    small = {"model.ngrams": 3, "model.table_rows": 512, "model.steps": 6, "validation.max_units": 3000}
    result = pipeline.run(recipe_for("text-masked", notes, TEXT | small), tmp_path / "run", silent, until="validate")
    report = json.loads((tmp_path / "run" / "validate" / "report.json").read_text("utf-8"))
    assert report["metrics"]["bits_per_byte"]["kind"] == "bound" and result.figures["bits_per_byte"] > 0
    assert report["metrics"]["uniform_bits_per_byte"]["kind"] == "exact"
    (sentence,) = [line for line in report["verdict"] if line.startswith("Bits per byte: at most ")]
    assert "worse than" not in sentence
    text = generate(load_artifact(tmp_path / "run" / "model"), 1, prompt="The [[5]] is", fill=True).samples[0]
    assert text.startswith("The ") and text.endswith(" is")
