"""A voice leaves the store for others where its speaker agreed to that, and nothing asks of other models."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from anew.artifact import Artifact
from anew.deploy import starters
from anew.deploy.store import Store
from anew.errors import Refused
from anew.safety.borne import as_file
from anew.safety.consent import NoConsent, make_consent, revoke
from small_voice import small_voice


@pytest.fixture
def voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Artifact:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    made, _ = small_voice(tmp_path)
    return made


def stored(artifact: Artifact, folder: Path) -> Store:
    artifact.save(folder / "model")
    store = Store()
    store.add(folder / "model", "ada")
    return store


@pytest.mark.parametrize("bears", ["no leave", "nothing"])
def test_a_voice_that_may_not_be_given_away_stays(voice: Artifact, tmp_path: Path, bears: str) -> None:
    store = stored(voice if bears == "no leave" else replace(voice, consent=b""), tmp_path)
    doors = (
        lambda: store.export("ada", tmp_path / "ada.zip"),
        lambda: store.export("ada", tmp_path / "out"),
        lambda: Store(tmp_path / "other").pull("ada", store.root),
        lambda: starters.pack(tmp_path / "model", "ada", tmp_path / "starters"),
    )
    for door in doors:
        with pytest.raises(NoConsent, match="not to publish" if bears == "no leave" else "bears no record"):
            door()
    assert not any((tmp_path / name).exists() for name in ("ada.zip", "out", "starters/ada", "other/names"))
    assert issubclass(NoConsent, Refused)


def test_a_voice_that_may_be_given_away_is_until_that_is_revoked(voice: Artifact, tmp_path: Path) -> None:
    record = make_consent("Ada", "a test", [tmp_path / "one.wav"], purposes=("adapt", "speak", "publish"))
    store = stored(replace(voice, consent=as_file([record])), tmp_path)
    store.export("ada", tmp_path / "ada.zip")
    assert Store(tmp_path / "other").pull("ada", store.root).id == store.show("ada").id
    assert Store(tmp_path / "third").pull("ada", tmp_path / "ada.zip").id == store.show("ada").id
    starters.pack(tmp_path / "model", "ada", tmp_path / "starters")
    revoke(record)
    with pytest.raises(NoConsent, match="revoked"):
        store.export("ada", tmp_path / "again.zip")
