"""A voice from recordings: learnt with the consent of whose it is alone, and then it speaks."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_recipes import recipe_for
from small_recordings import record_words
from starting import places, started

import anew
from anew.artifact import load_artifact
from anew.cli import main
from anew.cli.run import say_next
from anew.codecs.mel import Mel
from anew.codecs.sound_files import read_sound
from anew.codecs.spoken.transcript import Transcript
from anew.deploy import starters
from anew.deploy.store import Store
from anew.engine.generate import generate
from anew.engine.pool import Pool
from anew.errors import RecipeError
from anew.recipe import Recipe
from anew.recipes import pipeline
from anew.safety import consent
from anew.safety.borne import from_file
from anew.safety.consent import NoConsent, make_consent, read_consent, revoke
from anew.server.shelf import StoreShelf
from anew.server.sounding import Sounding

SMALL = {
    "train.steps": 6, "train.batch": 4, "train.threads": 1, "train.validate_rows": 8, "size": "xs", "codec.mels": 20,
    "codec.window": 512, "codec.hop": 128, "codec.seconds": 1.0, "codec.iterations": 2, "model.segment": 16,
    "validation.samples": 8, "validation.redraws": 2, "validation.bootstrap": 100, "clean.duplicates": "exact",
}  # fmt: skip


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_words(tmp_path_factory.mktemp("people") / "ada", 60, 400, 0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder))
        yield folder


def named(name: str, recordings: Path, changes: dict[str, Any]) -> Recipe:
    """A small recipe, whose model is in the store by `name` of the changes."""
    made = recipe_for(name, recordings, changes)
    return made.model_copy(update={"deploy": made.deploy.model_copy(update={"name": changes.get("name", "ada")})})


def run_of(recordings: Path, folder: Path, **changes: Any) -> pipeline.Result:
    return pipeline.run(named("voice", recordings, SMALL | changes), folder)


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
    silent = make_consent("Ada", "a test", [recordings], purposes=("adapt",))
    with pytest.raises(NoConsent, match="not to speak"):
        run_of(recordings, tmp_path / "silent", **{"data.consent": silent.consent.id})
    taken = make_consent("Ada", "a test, taken back", [recordings])
    revoke(taken)
    with pytest.raises(NoConsent, match="revoked"):
        run_of(recordings, tmp_path / "revoked", **{"data.consent": taken.consent.id})
    with pytest.raises(RecipeError, match="aligned learns how somebody says things") as refused:
        run_of(recordings, tmp_path / "unsaid", **{"data.spoken": False})
    assert "--data.consent RECORD" in str(refused.value.next_command)
    with pytest.raises(RecipeError, match="data.consent is of whose voice is learnt, and nobody's is"):
        pipeline.run(recipe_for("sounds", recordings, {"data.consent": taken.consent.id}), tmp_path / "sounds")
    assert not list(tmp_path.glob("*/collect")), "nothing was read"


def test_a_voice_is_learnt_and_speaks(home: Path, recordings: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "ada.json").write_bytes(make_consent("Ada", "a test", [recordings]).file)
    run_of(recordings, tmp_path / "run", **{"data.consent": str(tmp_path / "ada.json")})
    artifact = load_artifact(tmp_path / "run" / "model")
    assert isinstance(artifact.label, Transcript) and artifact.codec.spec.shape[:2] == (1, 20)
    speech = anew.speak("Tall red. Cold!", voice="ada", seed=3)
    assert speech.sound.rate == 16_000 and speech.sound.seconds > 0.2
    assert speech.sound == anew.speak("Tall red. Cold!", voice="ada", seed=3).sound
    assert speech.sound != anew.speak("Tall red. Cold!", voice="ada", seed=4).sound
    say_next("ada", "speech")
    assert 'anew speak "Hello." --voice ada' in capsys.readouterr().err
    assert list((tmp_path / "run" / "train" / "samples").iterdir()), "shown while it learnt"
    consent = tmp_path / "ada.json"
    stored = json.loads(artifact.consent)
    assert [one["consent"]["speaker"] for one in stored] == ["Ada"]
    with pytest.raises(NoConsent, match="not to publish") as refused:
        Store().export("ada", tmp_path / "ada.zip")
    assert "--purpose adapt speak publish" in str(refused.value.next_command)
    assert not list(tmp_path.glob("*ada.zip*"))
    revoke(read_consent(consent), "a test")
    for say in (lambda: anew.speak("Tall red.", voice="ada"), lambda: generate(artifact, 1)):
        with pytest.raises(NoConsent, match="revoked"):
            say()


def test_a_starter_speaks_where_no_other_voice_is_installed(
    home: Path, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = make_consent("heart", "a test", [recordings], purposes=("adapt", "speak", "publish"))
    (tmp_path / "heart.json").write_bytes(record.file)
    run_of(recordings, tmp_path / "first", **{"data.consent": str(tmp_path / "heart.json")})
    evidence = started(tmp_path / "first", "voice", tmp_path, monkeypatch)
    assert "no model that hears is called 'none'" in evidence["facts"]["unmeasured"]["word_error_rate"]
    assert not places(starters.FOLDER) and "heart.json" in (starters.FOLDER / "voice" / "recipe.toml").read_text()
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "hibari" else find(name, *a))
    assert main(["speak", "Tall red."]) == 5 and "not trusted here" in capsys.readouterr().err
    monkeypatch.setattr(consent, "MAKERS", (record.key,))
    assert main(["speak", "Tall red.", "--out", "a.wav"]) == 0
    told = capsys.readouterr().err
    assert "no voice was named: voice says it; hibari speaks better: pip install 'anew[voice]'" in told
    assert main(["speak", "Tall red.", "--voice", "voice", "--out", "b.wav"]) == 0
    assert "no voice was named" not in capsys.readouterr().err
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes() and read_sound(Path("a.wav")).seconds > 0.1
    listed = Sounding(Pool(StoreShelf(), ["voice"])).speakers()
    assert [(one["id"], one["model"], "refused" in one) for one in listed] == [("voice", "voice", False)]
    copied = tmp_path / "stolen"  # another's weights beside the same record
    shutil.copytree(tmp_path / "first" / "model", copied)
    shutil.copy(starters.FOLDER / "voice" / "consent.json", copied / "consent.json")
    assert main(["speak", "Tall red.", "--voice", str(copied)]) == 5 and "is not that voice" in capsys.readouterr().err
    Store().add(copied, "stolen")
    (refused,) = Sounding(Pool(StoreShelf(), ["stolen"])).speakers()
    assert "is not that voice" in refused["refused"]


def test_no_voice_at_all_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(starters, "FOLDER", tmp_path)
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None)
    assert main(["speak", "Hello."]) == 5
    assert "pip install 'anew[voice]'" in capsys.readouterr().err


def test_another_speaker_is_taken_on_with_consent_alone(home: Path, recordings: Path, tmp_path: Path) -> None:
    own = {"data.consent": make_consent("Ada", "a base", [recordings]).consent.id, "name": "base"}
    run_of(recordings, tmp_path / "base", **own)
    bob = record_words(tmp_path / "bob", 16, 500, 1)
    asked = named("speaker", bob, SMALL | {"name": "bobs", "start": "base"})
    with pytest.raises(NoConsent, match="nobody agreed"):
        pipeline.run(asked, tmp_path / "no")
    record = make_consent("Bob", "a test", [bob])
    asked = named("speaker", bob, SMALL | {"name": "bobs", "start": "base", "data.consent": record.consent.id})
    pipeline.run(asked, tmp_path / "run")
    made = load_artifact(tmp_path / "run" / "model")
    assert [one.consent.speaker for one in from_file(made.consent)] == ["Ada", "Bob"]
    assert anew.speak("Tall red.", voice="bobs").sound != anew.speak("Tall red.", voice="base").sound
    revoke(record)
    with pytest.raises(NoConsent, match="consent of Bob was revoked"):
        anew.speak("Tall red.", voice="bobs")
    assert anew.speak("Tall red.", voice="base").sound.seconds > 0


def test_folders_of_speakers_are_one_voice_of_several(home: Path, recordings: Path, tmp_path: Path) -> None:
    people = tmp_path / "people"
    for name, lowest in (("ada", 400.0), ("bob", 500.0)):
        record_words(people / name, 24, lowest, int(lowest))
    (tmp_path / "records").mkdir()
    ada = make_consent("Ada", "a test", [people / "ada"])
    (tmp_path / "records" / "ada.json").write_bytes(ada.file)
    asked = {"data.consent": str(tmp_path / "records"), "name": "both", "model.led": True}
    with pytest.raises(NoConsent, match="consent of Ada does not name .*bob"):
        run_of(people, tmp_path / "one", **asked)
    (tmp_path / "records" / "bob.json").write_bytes(make_consent("Carl", "a test", [people / "bob"]).file)
    with pytest.raises(NoConsent, match="bob/wavs/00.wav is to be bob's, who did not agree to it.*of Ada and Carl"):
        run_of(people, tmp_path / "carl", **asked)
    assert not (tmp_path / "carl" / "clean").exists()
    (tmp_path / "records" / "bob.json").write_bytes(make_consent("Bob", "a test", [people / "bob"]).file)
    run_of(people, tmp_path / "two", **asked)
    artifact = load_artifact(tmp_path / "two" / "model")
    assert isinstance(artifact.label, Transcript) and artifact.label.speakers == ("ada", "bob")
    shards = np.load(tmp_path / "two" / "shards" / "train.captions.npy")
    assert {int(one) for one in shards[:, 0]} == {artifact.label.place[f"\t{name}"] for name in ("ada", "bob")}
    said = [anew.speak("Tall red.", voice="both", speaker=name).sound for name in ("ada", "bob")]
    assert said[0] != said[1]


def test_a_vocoder_is_joined_to_a_voice(home: Path, recordings: Path, tmp_path: Path) -> None:
    small = {key: value for key, value in SMALL.items() if key.startswith(("train", "size", "val", "clean"))}
    shape = {"mels": 20, "window": 512, "hop": 128}
    own = small | {"codec.seconds": 1.0, "name": "waves"} | {f"model.{key}": value for key, value in shape.items()}
    pipeline.run(named("vocoder", recordings, own), tmp_path / "vocoder")
    asked = {"data.consent": make_consent("Ada", "a test", [recordings]).consent.id, "codec.start": "waves"}
    with pytest.raises(RecipeError, match="codec.hop: the vocoder waves is for a hop of 128.*is 64") as refused:
        run_of(recordings, tmp_path / "other", **asked, **{"codec.hop": 64, "codec.window": 512})
    assert "--codec.hop 128" in str(refused.value.next_command)
    run_of(recordings, tmp_path / "run", **asked, name="sung")
    artifact = load_artifact(tmp_path / "run" / "model")
    assert isinstance(artifact.codec, Mel) and artifact.codec.vocoder is not None
    assert anew.speak("Tall red.", voice="sung").sound.seconds > 0.1
    with pytest.raises(RecipeError, match="no codec that was trained"):
        run_of(recordings, tmp_path / "none", **asked | {"codec.start": "sung"})
