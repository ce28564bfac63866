"""From a model's folder to an engine that runs it: in eight bits where that costs nothing that counts, at once from the
second time on.

In: the folder of a decoder. Out: the engine, the codec, and what quantising cost. What was quantised is kept under
ANEW_HOME by the hash of what it was made from, and is then all that is read.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from anew.artifact import Origin, base_of, load_artifact, load_codec, read_config, read_tensors
from anew.contract import Codec
from anew.data.files import sha256_file
from anew.data.shards import spec_of
from anew.engine import quantise
from anew.engine.engine import Engine
from anew.engine.quantise import Quality
from anew.engine.runner import Runner
from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.unfilled import Unfilled


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
            raise Refused(f"{what} {self.folder}", next_command="anew models list")
        self.engine.load(name, read_tensors(folder / "model.safetensors"), origin.scale)
        return origin

    @cached_property
    def weights(self) -> str:
        """SHA-256 of the model's weights, by which its adapters name it."""
        return sha256_file(self.folder / "model.safetensors")


def start(folder: Path, *, int8: bool = True, **settings: Any) -> Started:
    """An engine for the decoder in `folder`; `settings` are the engine's. Refused: another kind of model, or one that
    loses too much in eight bits, with the figure."""
    config = read_config(folder)
    if config.get("model", {}).get("name") != "decoder":
        raise Refused(f"{folder}: the engine runs decoders, not {config.get('model', {}).get('name')}")
    decoder, codec, quality = opened(folder, config) if int8 else in_floats(folder)
    return Started(folder, Engine(Runner(decoder), decoder.spec.ends, **settings), codec, quality)


def in_floats(folder: Path) -> tuple[Decoder, Codec, None]:
    artifact = load_artifact(folder)
    assert isinstance(artifact.model, Decoder)
    return artifact.model, artifact.codec, None


def opened(folder: Path, config: dict[str, Any]) -> tuple[Decoder, Codec, Quality]:
    """The decoder in eight bits: from what was kept, or made, measured and kept now."""
    digest = digest_of(folder)
    found = quantise.kept(digest)
    if found is not None:
        with Unfilled():
            decoder = Decoder(spec_of(config["spec"]), **config["model"]["settings"])
        quantise.fill(decoder, found[0])
        return decoder, load_codec(config["codec"]["name"], config["codec"]["settings"], folder / "codec"), found[1]
    decoder, codec, _ = in_floats(folder)
    quality = quantise.quantise(decoder, held_out(codec), keep_as=digest)
    assert quality is not None
    return decoder, codec, quality


def digest_of(folder: Path) -> str:
    """The hash of the model's settings and weights. The store names a folder by the hash of all that it holds, which
    saves reading it."""
    weights = folder.name if named_by_hash(folder) else sha256_file(folder / "model.safetensors")
    return hashlib.sha256((folder / "config.json").read_bytes() + weights.encode()).hexdigest()


def named_by_hash(folder: Path) -> bool:
    return folder.parent.name == "folders" and re.fullmatch("[0-9a-f]{64}", folder.name) is not None


def held_out(codec: Codec) -> Tensor:
    """Tokens to judge by: the language reference that every Python brings, a text to read and at hand everywhere."""
    from pydoc_data.topics import topics

    if codec.modality != "text":
        raise Refused(f"a model of {codec.modality} has no text to be judged by in eight bits; run it in floats")
    (ids,) = codec.encode(["\n\n".join(topics[name] for name in sorted(topics))])
    return torch.as_tensor(ids)[: quantise.SHOWN + quantise.ENOUGH]
