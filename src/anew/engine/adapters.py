"""Adapters as the engine runs them: changes fitted to a decoder's maps as they are, joined and in eight bits or not.

In: an adapter's stored weights, by the layers that they change. Out: changes by the maps that run in place of those
layers. Several layers of one input are one map in eight bits, whose change is theirs, one below the other; and what
smoothing divided a map's inputs by (`engine.smooth`) is multiplied into the change, which then computes the same.

D width in · O width out · r rank
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.lora import Changed
from anew.models.layers.mixed import Changes, Laid, mix

if TYPE_CHECKING:
    from anew.engine.runner import Memory

JOINT = {"attention": {"qkv": ("q", "k", "v"), "out": ("out",)}, "mlp": {"gate_up": ("gate", "up"), "down": ("down",)}}
counter = itertools.count()


@dataclass(frozen=True, eq=False)
class Adapter:
    """`number`: of this loading; no other has it."""

    name: str
    changes: Changes
    scale: float
    number: int = field(default_factory=counter.__next__)

    @property
    def nbytes(self) -> int:
        return sum(down.nbytes + up.nbytes for down, up in self.changes.values())


Under = tuple[tuple[Adapter, float], ...]  # what a sequence is written under, each with its weight


@dataclass(frozen=True)
class Spot:
    """A map that runs, and the layers that it stands for."""

    module: nn.Module
    layers: tuple[str, ...]


def spots(decoder: Decoder) -> Iterator[tuple[str, Spot]]:
    """Each map that runs, by name."""
    for number, block in enumerate(decoder.blocks):
        for part, kinds in JOINT.items():
            owner, place = getattr(block, part), f"blocks.{number}.{part}"
            for joint, layers in kinds.items():
                module = getattr(owner, joint, None)
                if module is not None:
                    yield f"{place}.{joint}", Spot(module, tuple(f"{place}.{layer}" for layer in layers))
                    continue
                for layer in layers:
                    module = getattr(owner, layer)
                    if module is not None:
                        yield f"{place}.{layer}", Spot(module, (f"{place}.{layer}",))
    if decoder.head is not None:
        yield "head", Spot(decoder.head, ("head",))


def ready(decoder: Decoder) -> None:
    """Let changes lie over every map, row by row. As long as none does, nothing is different."""
    for name, spot in spots(decoder):
        mix(spot.module, name)


def lying_over(memories: Sequence[Memory | None]) -> Laid:
    """What lies over rows of these memories (None: a row that is padding), in an order that is each row's own."""
    asked: dict[Adapter, list[float]] = {}
    for row, memory in enumerate(memories):
        for adapter, weight in () if memory is None else memory.under:
            asked.setdefault(adapter, [0.0] * len(memories))[row] = weight * adapter.scale
    ordered = sorted(asked.items(), key=lambda one: (one[0].name, one[0].number))
    return [(adapter.changes, torch.tensor(scales)[:, None]) for adapter, scales in ordered]


# ------------------------------------------------------------------------------------------------ fitting


def fitted(decoder: Decoder, name: str, weights: Mapping[str, Tensor], scale: float) -> Adapter:
    """An adapter of this decoder. Refused where its weights are no layer's, or not of its shape."""
    left, changes = {path.rpartition(".")[0] for path in weights}, dict[str, tuple[Tensor, Tensor]]()
    for place, spot in spots(decoder):
        layers = [layer for layer in spot.layers if layer in left]
        if layers:
            changes[place] = joined(decoder, spot, name, weights)
            left.difference_update(layers)
    if left:
        raise Refused(f"{name} changes {min(left)!r}, which this model does not have")
    return Adapter(name, changes, scale)


def joined(decoder: Decoder, spot: Spot, name: str, weights: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """A map's change: those of its layers one below the other, each from ranks of its own."""
    downs, ups = list[Tensor](), list[Tensor]()
    for layer in spot.layers:
        linear = plain(spot.module if len(spot.layers) == 1 else decoder.get_submodule(layer))
        down_rD = weights.get(f"{layer}.down", torch.zeros(0, linear.in_features)).float()
        up_Or = weights.get(f"{layer}.up", torch.zeros(linear.out_features, 0)).float()
        if (*up_Or.shape, *down_rD.shape) != (linear.out_features, len(down_rD), len(down_rD), linear.in_features):
            what = f"{layer!r} by {tuple(up_Or.shape)} × {tuple(down_rD.shape)} weights, not its own"
            raise Refused(f"{name} changes {what}")
        divided = smoothing(decoder, layer)
        downs.append(down_rD)
        ups.append(up_Or if divided is None else up_Or / divided[:, None])
    down_rD, divided = torch.cat(downs), getattr(spot.module, "smooth_K", None)
    return down_rD if divided is None else down_rD * divided, torch.block_diag(*ups)


def smoothing(decoder: Decoder, layer: str) -> Tensor | None:
    """What a layer's outputs were divided by: of a gated network's upper half what the lower one reads, (O,)."""
    place, _, last = layer.rpartition(".")
    if last != "up" or decoder.get_submodule(place).gate is None:
        return None
    return getattr(decoder.get_submodule(f"{place}.down"), "smooth_K", None)


def plain(layer: nn.Module) -> nn.Linear:
    """The layer that knows its widths, under what lies over it."""
    return layer.base if isinstance(layer, Changed) else layer  # type: ignore[return-value]
