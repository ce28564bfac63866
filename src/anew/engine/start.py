"""From a model's folder to one that runs fast: in eight bits where that costs nothing that counts, at once from the
second time on.

In: the folder of a model. Out: the artifact as people run it, or an engine and what quantising cost. What was quantised
is kept under ANEW_HOME by the hash of what it was made from, and is then all that is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from anew.artifact import Artifact, Origin, base_of, load_artifact, read_config, read_tensors
from anew.contract import Codec
from anew.data.digests import Digests
from anew.data.progress import Progress, Report, silent
from anew.engine import forms, quantise
from anew.engine.engine import Engine
from anew.engine.quantise import Quality
from anew.engine.runner import Runner
from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder

SMALL = 32 << 20  # bytes of weights up to which a model is fast as it is


@dataclass(frozen=True)
class Started:
    """`folder`: where it was started from. `quality` None: the model runs in floats."""

    folder: Path
    engine: Engine
    codec: Codec
    quality: Quality | None

    def load(self, name: str, folder: Path) -> Origin:
        """Let requests name the adapter in `folder`; gives what it was learnt over. It runs over floats and eight bits,
        whichever that was. Refused for one of another model."""
        origin = base_of(folder)
        if origin is None or origin.weights != self.weights:
            what = f"{name} is {'no adapter' if origin is None else f'an adapter of {origin.ref}'}, and not one of"
            merging = "" if origin is None else f"anew models merge {origin.ref} {folder} --name {name}-merged"
            raise Refused(f"{what} {self.folder}", next_command=merging or "anew models list")
        self.engine.load(name, read_tensors(folder / "model.safetensors"), origin.scale)
        return origin

    @cached_property
    def weights(self) -> str:
        """SHA-256 of the model's weights, by which its adapters name it."""
        return Digests().of(self.folder / "model.safetensors")


def start(folder: Path, *, int8: bool = True, report: Report = silent, **settings: Any) -> Started:
    """An engine for the decoder in `folder`; `settings` are the engine's. Refused: another kind of model, or one that
    loses too much in eight bits, with the figure."""
    name = read_config(folder).get("model", {}).get("name")
    if name != "decoder":
        raise Refused(f"{folder}: the engine runs decoders, not {name}")
    artifact, quality = in_int8(folder, report) if int8 else (load_artifact(folder), None)
    assert isinstance(artifact.model, Decoder)
    engine = Engine(Runner(artifact.model), artifact.model.spec.ends, **settings)
    return Started(folder, engine, artifact.codec, quality)


def as_it_runs(folder: Path, report: Report = silent) -> Artifact:
    """The model in `folder`: a large decoder of texts in eight bits if the guard allows that, anything else in floats.
    What there is to say goes to `report`."""
    config = read_config(folder)
    decodes = config.get("model", {}).get("name") == "decoder" and config.get("modality") in ("text", "code", "chat")
    weights = folder / "model.safetensors"
    if not decodes or "adapts" in config or (weights.is_file() and weights.stat().st_size < SMALL):
        return load_artifact(folder)
    try:
        return in_int8(folder, report)[0]
    except Refused:
        return load_artifact(folder)


def in_int8(folder: Path, report: Report = silent) -> tuple[Artifact, Quality]:
    """The artifact with its decoder in eight bits: from what was kept, or made, measured and kept now. Refused, now and
    ever after, where it loses too much."""
    digest = forms.digest_of(folder)
    forms.claim(digest, folder)
    quantise.refused(digest)
    found = quantise.kept(digest)
    if found is not None:
        return load_artifact(folder, lambda decoder: quantise.fill(decoder, found[0])), found[1]
    artifact = load_artifact(folder)
    assert isinstance(artifact.model, Decoder)
    tokens = held_out(artifact.codec)
    report(Progress("note", 0, note=f"measuring int8 on {len(tokens) - quantise.SHOWN:,} tokens, once"))
    try:
        quality = quantise.quantise(artifact.model, tokens, keep_as=digest, report=report)
    except Refused as why:
        report(Progress("note", 0, note=why.message))
        raise
    assert quality is not None
    return artifact, quality


def held_out(codec: Codec) -> Tensor:
    """Tokens to judge by: the language reference that every Python brings, a text to read and at hand everywhere."""
    from pydoc_data.topics import topics

    if codec.modality != "text":
        raise Refused(f"a model of {codec.modality} has no text to be judged by in eight bits; run it in floats")
    (ids,) = codec.encode(["\n\n".join(topics[name] for name in sorted(topics))])
    return torch.as_tensor(ids)[: quantise.SHOWN + quantise.ENOUGH]
