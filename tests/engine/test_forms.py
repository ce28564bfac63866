"""What is kept in eight bits goes when its model has gone, and never before."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from small_writers import saved

from anew.cli import main
from anew.deploy.store import Store
from anew.engine import forms, quantise
from anew.engine.start import start
from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder

SIZES = {"width": 32, "layers": 1, "heads": 2}
NOBODY = "ab" * 32


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A decoder in a folder outside of the store, started once."""
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(quantise, "ENOUGH", 600)
    folder = saved(Decoder, "decoder", SIZES, tmp_path / "mine")
    start(folder)
    return folder


def measured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a start measures the model anew."""
    with monkeypatch.context() as patch:
        patch.setattr(quantise, "nats", None)
        try:
            start(folder)
        except TypeError:
            return True
    return False


def test_it_goes_with_the_model_of_the_store_and_no_other(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    store.add(saved(Decoder, "decoder", SIZES | {"layers": 2}, mine.parent / "two"), "two")
    start(store.folder("two"))
    kept = set(forms.place().iterdir())
    assert main(["models", "gc"]) == 0 and set(forms.place().iterdir()) == kept, "all are in use"
    shutil.rmtree(store.folders)  # laid out again when it is asked for
    assert forms.free() == (0, 0) and not measured(store.folder("two"), monkeypatch)
    store.remove("two")
    assert forms.free() == (0, 0), "the bytes are still there, and the name may come back"
    store.gc()
    freed, unknown = forms.free()
    assert freed > 10_000 and not unknown and not measured(mine, monkeypatch)
    assert {path.name[:64] for path in forms.place().iterdir()} == {forms.digest_of(mine)}


def test_outside_of_the_store_it_goes_with_the_folder_or_its_weights(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = Path(shutil.copytree(mine, mine.parent / "twin"))
    assert not measured(twin, monkeypatch)
    shutil.rmtree(mine)
    assert forms.free() == (0, 0) and not measured(twin, monkeypatch), "a copy runs by the same"
    moved = twin.rename(mine.parent / "moved")
    assert not measured(moved, monkeypatch) and forms.free() == (0, 0), "a folder that moved says so when it starts"
    old, weights = forms.digest_of(moved), bytearray((moved / "model.safetensors").read_bytes())
    weights[-2] ^= 1
    (moved / "model.safetensors").write_bytes(weights)
    start(moved)
    assert forms.free()[0] > 10_000 and not list(forms.place().glob(f"{old}*"))
    shutil.rmtree(moved)
    assert forms.free()[0] > 10_000 and not list(forms.place().iterdir())


def test_what_no_start_reads_goes_and_what_nobody_knows_stays(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, place = set(forms.place().iterdir()), forms.place()
    stale = [
        place / f"{NOBODY}-{forms.FORM - 1}.safetensors",
        forms.kept_at(forms.digest_of(mine)).with_suffix(".1.0.safetensors"),
        place / f".{NOBODY}-{forms.FORM}.safetensors.{2**22 + 1}.partial",
    ]
    stays = [
        forms.kept_at(NOBODY),  # from before it was noted which folders are started by what
        place / f"{NOBODY}-{forms.FORM + 1}.safetensors",  # a newer anew's
        place / f".{NOBODY}-{forms.FORM}.safetensors.{os.getpid()}.partial",
        place / "notes.txt",
    ]
    for path in (*stale, *stays):
        path.write_bytes(b"x" * 1000)
    assert main(["models", "gc", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"freed_bytes": 3000, "int8_bytes": 3000} and "stay" in told.err
    assert set(place.iterdir()) == {*kept, *stays}


def test_a_figure_by_which_a_model_was_refused_is_kept_as_long(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(forms.place())
    monkeypatch.setattr(quantise, "LIMIT", -1.0)
    with pytest.raises(Refused, match="nats a token"):
        start(mine)
    assert forms.free() == (0, 0) and forms.refused_at(forms.digest_of(mine)).is_file()
    shutil.rmtree(mine)
    assert forms.free()[0] and not list(forms.place().iterdir())
