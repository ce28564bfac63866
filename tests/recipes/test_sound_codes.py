"""Sounds as codes along time: learnt, told at their bit rate beside what as many bits hold without a network, and
written one after another by a model that knows nothing of sounds."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_recipes import SOUNDS, recipe_for

from anew.artifact import load_artifact
from anew.cli import main
from anew.codecs.codes import Codes
from anew.codecs.sound_files import read_sound
from anew.data.files import sha256_file
from anew.data.progress import Progress
from anew.engine.generate import generate
from anew.errors import Interrupted
from anew.recipes import pipeline

SMALL: dict[str, Any] = SOUNDS | {
    "codec.learned.books": 2, "codec.learned.codes": 32, "codec.learned.width": 32, "model.table_rows": 512,
    "codec.learned.train.steps": 16, "codec.learned.train.checkpoint_every": 4, "train.checkpoint_every": 3,
}  # fmt: skip
WEIGHTS = ("model.safetensors", "codec/codec.safetensors")


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def run(sounds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("codes") / "run"
    pipeline.run(recipe_for("sfx-codes", sounds, SMALL), folder)
    return folder


def test_the_codec_states_its_bits_and_what_they_lose(run: Path) -> None:
    report = json.loads((run / "validate" / "report.json").read_text())
    metrics, codec = report["metrics"], load_artifact(run / "model").codec
    assert isinstance(codec, Codes) and codec.tokens == 8 * 2 and codec.spec.vocab == 2 * 32 + 1
    assert codec.bits == 16 * 5
    ways, measures = ("codec", "pcm", "blocks", "reconstructions"), ("spectral_error", "spectral_distance")
    assert {f"{m}_{way}" for way in ways for m in (*measures, "signal_to_noise")} <= metrics.keys()
    assert metrics["bitrate"]["value"] == pytest.approx(80 / (15 * 128 / 16_000) / 1000)
    assert metrics["spectral_error_codec"]["value"] < metrics["spectral_error_reconstructions"]["value"]
    # Unlearnt, the model needs about as many bits for a code as there are in all symbols.
    assert 0 < metrics["bits_per_code"]["value"] < math.log2(65) + 1
    assert {"bitrate", "label_agreement", "frechet_samples"} <= set(report["facts"]["headline"])
    said = " ".join(report["verdict"])
    assert "as many bits of μ-law" in said and "as many bits of a coarse spectrogram" in said


def test_the_same_again_and_stopped_on_the_way(run: Path, sounds: Path, tmp_path: Path) -> None:
    recipe, stopped = recipe_for("sfx-codes", sounds, SMALL), list[str]()

    def stop(progress: Progress) -> None:
        due = {"codec": 10, "train": 5}.get(progress.stage)
        if due is not None and progress.total and progress.done >= due and progress.stage not in stopped:
            stopped.append(progress.stage)
            raise Interrupted("stopped")

    for _ in range(2):
        with pytest.raises(Interrupted):
            pipeline.run(recipe, tmp_path / "twin", stop, until="train")
    pipeline.run(recipe, tmp_path / "twin", stop, until="train")
    assert stopped == ["codec", "train"]
    for name in WEIGHTS:
        assert sha256_file(tmp_path / "twin" / "model" / name) == sha256_file(run / "model" / name), name
    kept = {path.suffix for path in (run / "model").rglob("*") if path.is_file()}
    assert ".safetensors" in kept and not kept & {".pt", ".pth", ".bin", ".pkl", ".npy", ".npz"}


def test_sounds_are_written_by_class_and_alone_as_in_company(run: Path, tmp_path: Path, capsys: Any) -> None:
    artifact = load_artifact(run / "model")
    many = generate(artifact, 3, seed=4, label="rise")
    assert many.samples[1] == generate(artifact, 1, seed=5, label="rise").samples[0] != many.samples[0]
    assert main(["generate", str(run), "fall", "--seed", "3", "--out", str(tmp_path / "a.wav")]) == 0
    written, made = read_sound(tmp_path / "a.wav"), generate(artifact, 1, seed=3, label="fall").samples[0]
    assert written.rate == 16_000 and np.abs(written.wave - made.wave).max() < 1 / 32_000
    codec, drawn = artifact.codec, list[torch.Tensor]()
    codec.decode, decode = lambda rows: drawn.extend(rows) or decode(rows), codec.decode  # type: ignore[method-assign]
    generate(artifact, 9, seed=7)
    # Hardly learnt, it would put a code of another place into nearly every row.
    assert all(len(row) >= 16 for row in drawn)
    within = torch.stack([row[:16] for row in drawn]) - codec.first_T
    assert len(drawn) == 9 and int(within.min()) >= 0 and int(within.max()) < codec.codes
    codec.decode = decode  # type: ignore[method-assign]
    codes = codec.encode(many.samples)
    alone = torch.cat([codec.encode([sound]) for sound in many.samples])
    assert torch.equal(codes, alone) and codes.shape == (3, 16)
    # Of a row that goes wrong on the way, what stands before is heard.
    wrong = codes[0].clone()
    wrong[6:] = codec.end
    assert codec.decode([wrong]) == codec.decode([codes[0, :6]])
