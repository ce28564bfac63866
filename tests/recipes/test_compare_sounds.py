"""All four families on a folder of short sounds by one command, and the models of scores by the same."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from small_recipes import SOUNDS

sys.path.insert(0, str(Path(__file__).parent.parent))
from anew.cli import main
from anew.codecs.midi import write_midi
from anew.recipes import find, grid
from anew.recipes.grid import Contender
from small_scores import chorale

STEPS = {"codec.learned.train.steps": 6, "codec.learned.train.batch": 8, "codec.learned.copies": 1}
SCORES = {
    "train.steps": 4, "train.batch": 4, "train.threads": 1, "size": "xs", "codec.context": 96, "codec.copies": 1,
    "codec.ticks": 4, "validation.samples": 8, "validation.bootstrap": 100,
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


def short(contender: Contender) -> Contender:
    """The same with few steps of its codec, where it has one, for its time is not measured here."""
    learns = "learned" in find(contender.recipe).get("codec", {})
    return replace(contender, changes=dict(contender.changes) | (STEPS if learns else {}))


def typed(settings: dict[str, object]) -> Sequence[str]:
    kept = {key: value for key, value in settings.items() if "learned" not in key and key != "train.sample_every"}
    return [word for key, value in kept.items() for word in (f"--{key}", str(value))]


def test_four_families_of_sounds_stand_side_by_side_and_can_be_heard(
    sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(grid, "CONTENDERS", tuple(map(short, grid.CONTENDERS)))
    assert main(["compare", "--data", str(sounds), *typed(SOUNDS), "--out", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    rows = {row["family"]: row["figures"] for row in told["rows"]}
    assert told["modality"] == "audio" and not told["failed"] and set(rows) == set(grid.FAMILIES)
    for figures in rows.values():
        assert {"label_agreement", "frechet_samples", "samples_per_second", "cpu_seconds"} <= figures.keys()
        assert figures["frechet_samples"]["value"] > 0 and figures["network_calls"]["value"] >= 1
    assert told["ruler"]["frechet_samples"]["value"] > 0 and told["ruler"]["label_agreement"]["value"] > 0
    # Bits are told of the model that has them, and never of the ones that have none.
    assert {family for family, figures in rows.items() if "bits_per_code" in figures} == {"autoregressive"}
    assert rows["autoregressive"]["bitrate"]["value"] > 0
    page = (tmp_path / "out" / "comparison.html").read_text("utf-8")
    assert page.count("<audio controls") == page.count('src="data:audio/wav;base64,') == 4
    assert page.count('src="data:image/png;base64,') == 4 and "media-src data:" in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page) and "models of sounds" in page


def test_models_of_scores_are_ranked_by_nats_a_quarter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "scores"
    folder.mkdir()
    for seed in range(24):
        (folder / f"{seed:02}.mid").write_bytes(write_midi(chorale(seed, 4, pickup=seed % 2).with_parts([0, 3])))
    assert [c.name for c in grid.choose("music")] == ["transformer"]
    command = ["compare", str(folder), "--models", "rnn", *typed(SCORES), "--out", str(tmp_path / "out")]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "NATS A QUARTER" in lines[0] and lines[1].split()[:3] == ["1", "rnn", "autoregressive"]
    assert "KEEPS ITS KEY" in lines[0] and lines[2].split()[:2] == ["real", "data"]
    assert "nats a quarter" in (tmp_path / "out" / "comparison.html").read_text("utf-8")


def test_what_is_not_compared_of_scores_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.mid").write_bytes(write_midi(chorale(0)))
    for family, why in (("gan", "no gradient"), ("vae", "ignore the latent"), ("diffusion", "diffusion is for music")):
        assert main(["compare", str(tmp_path), "--families", family]) != 0
        assert why in capsys.readouterr().err
    assert main(["compare", str(tmp_path), "--modality", "chat"]) != 0
    told = capsys.readouterr().err
    assert "nothing is compared of modality chat" in told and "Traceback" not in told
