"""A model's folder becomes an engine; what was quantised once is not quantised, nor read in floats, again."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_writers import saved

from anew.artifact import Artifact, Origin, load_artifact
from anew.cli import main
from anew.contract import AppendOptions
from anew.data.files import sha256_file
from anew.data.progress import Progress
from anew.deploy.lookup import digest_of, open_model
from anew.deploy.store import Store
from anew.engine import quantise
from anew.engine import start as begin
from anew.engine.generate import generate
from anew.engine.requests import Request
from anew.engine.start import as_it_runs, start
from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder
from anew.models.autoregressive.rnn import RNN
from anew.models.layers.int8 import Int8Linear
from anew.models.layers.lora import Changed, adapt

SIZES = {"width": 32, "layers": 2, "heads": 2}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A decoder of bytes, where the store would put it."""
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(quantise, "ENOUGH", 600)
    return saved(Decoder, "decoder", SIZES, tmp_path / "folders" / ("ab" * 32))


def said(folder: Path, **settings: Any) -> tuple[int, ...]:
    started = start(folder, **settings)
    (prompt,) = started.codec.encode(["To be, or"])
    request = Request((started.codec.spec.end, *prompt.tolist()), AppendOptions(max_new=20), seed=4)
    return started.engine.run([request])[0].tokens


def test_the_second_start_says_the_same_and_reads_no_floats(folder: Path) -> None:
    first = said(folder)
    floats = said(folder, int8=False)
    (folder / "model.safetensors").unlink()
    assert said(folder) == first
    started = start(folder)
    assert started.quality is not None and started.quality.tokens == 600 and started.quality.worse < quantise.LIMIT
    assert len(floats) == len(first) == 20


def test_other_weights_are_another_model(folder: Path, tmp_path: Path) -> None:
    """Outside of the store a folder's name says nothing, and its weights are hashed."""
    outside = folder.rename(tmp_path / "mine")
    said(outside)
    weights = bytearray((outside / "model.safetensors").read_bytes())
    weights[-2] ^= 1
    (outside / "model.safetensors").write_bytes(weights)
    said(outside)
    assert len({path.name[:64] for path in (tmp_path / "home" / "int8").iterdir()}) == 2


def test_what_the_engine_cannot_run_is_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="decoders, not rnn"):
        start(saved(RNN, "rnn", {"width": 16}, tmp_path / "rnn"))
    monkeypatch.setattr(quantise, "LIMIT", -1.0)
    with pytest.raises(Refused, match="nats a token"):
        start(folder)
    (kept,) = (tmp_path / "home" / "int8").glob("*-*")
    assert kept.suffix == ".json" and kept.stat().st_size < 200, "a model that was refused was kept"
    monkeypatch.setattr(quantise, "nats", None)
    with pytest.raises(Refused, match="nats a token"):
        start(folder)  # not measured again


@pytest.mark.parametrize("held", ["float32", "int8"])
def test_an_adapter_runs_over_the_model_that_it_was_made_for(folder: Path, tmp_path: Path, held: str) -> None:
    base = load_artifact(folder)
    rng = torch.Generator().manual_seed(0)
    adapt(base.model, (), 4, 8, rng)
    for layer in base.model.modules():
        if isinstance(layer, Changed):
            torch.nn.init.normal_(layer.changes[0].up, std=0.5, generator=rng)
    origin = Origin("small", sha256_file(folder / "model.safetensors"), 2.0, held)
    Artifact(base.recipe, base.model, base.codec, base=origin).save(tmp_path / "adapter")
    Artifact(base.recipe, base.model, base.codec, base=Origin("x", "0", 1.0)).save(tmp_path / "other")
    for int8 in (True, False):
        started, plain = start(folder, int8=int8), said(folder, int8=int8)
        assert started.load("mine", tmp_path / "adapter") == origin
        with pytest.raises(Refused, match="an adapter of x, and not one of"):
            started.load("other", tmp_path / "other")
        (prompt,) = started.codec.encode(["To be, or"])
        one = Request((started.codec.spec.end, *prompt.tolist()), AppendOptions(max_new=20), seed=4)
        answers = started.engine.run([one, replace(one, adapters=(("mine", 1.0),))])
        assert answers[0].tokens == plain != answers[1].tokens


def test_an_adapter_of_an_adapter_says_how_it_becomes_a_model(folder: Path, tmp_path: Path) -> None:
    below = folder
    for name in ("first", "second"):
        base, rng = open_model(below), torch.Generator().manual_seed(len(name))
        adapt(base.model, (), 4, 8, rng)
        for layer in base.model.modules():
            if isinstance(layer, Changed):
                torch.nn.init.normal_(layer.changes[-1].up, std=0.2, generator=rng)
        Artifact(base.recipe, base.model, base.codec, base=Origin(str(below), digest_of(below), 2.0)).save(
            tmp_path / name
        )
        below = tmp_path / name
    started = start(folder)
    with pytest.raises(Refused, match="an adapter of .*first, and not one of") as told:
        started.load("second", below)
    command = str(told.value.next_command).split()
    assert command[0] == "anew" and main(command[1:]) == 0
    x_1T = torch.randint(0, 256, (1, 20), generator=torch.Generator().manual_seed(0))
    stacked, merged = (open_model(ref).model.extend(x_1T)[0] for ref in (below, "second-merged"))
    torch.testing.assert_close(merged, stacked, atol=1e-4, rtol=0)
    assert (merged - load_artifact(folder).model.extend(x_1T)[0]).abs().max() > 0.1
    assert start(Store().folder("second-merged")).engine


def test_weights_that_nobody_touched_are_hashed_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = folder / "model.safetensors"
    os.utime(weights, (1e9, 1e9))  # long settled
    digest = start(folder, int8=False).weights
    assert digest == sha256_file(weights)
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert start(folder, int8=False).weights == digest


def test_what_people_run_is_in_eight_bits_where_it_is_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = list[Progress]()
    assert type(as_it_runs(folder, told.append).model.blocks[0].mlp.down) is torch.nn.Linear and not told
    monkeypatch.setattr(begin, "SMALL", 0)
    first = as_it_runs(folder, told.append)
    assert type(first.model.blocks[0].mlp.down) is Int8Linear
    assert told[0].note == "measuring int8 on 600 tokens, once" and told[-1].done == told[-1].total == 600
    (folder / "model.safetensors").unlink()
    told.clear()
    second = as_it_runs(folder, told.append)
    assert not told and generate(second, 2, 5, "To be").samples == generate(first, 2, 5, "To be").samples


def test_what_loses_too_much_runs_in_floats_and_says_so_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begin, "SMALL", 0)
    monkeypatch.setattr(quantise, "LIMIT", -1.0)
    told = list[Progress]()
    first = as_it_runs(folder, told.append)
    assert type(first.model.blocks[0].mlp.down) is torch.nn.Linear and "nats a token" in told[-1].note
    told.clear()
    assert type(as_it_runs(folder, told.append).model.blocks[0].mlp.down) is torch.nn.Linear and not told
    assert generate(first, 1, 5, "To be").samples == generate(load_artifact(folder), 1, 5, "To be").samples


def test_where_nothing_can_be_kept_it_runs_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begin, "SMALL", 0)
    (folder.parents[1] / "home").write_bytes(b"a file where a folder should be")
    told = list[Progress]()
    assert type(as_it_runs(folder, told.append).model.blocks[0].mlp.down) is Int8Linear
    assert told[-1].note.startswith("not kept")
