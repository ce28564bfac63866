"""The network behind a velocity: what it is told (times, a label or a prompt), and a backbone that listens to it.

Vectors get a residual stack, planes (C, H, W) a U-Net or a transformer; flow, EDM and MeanFlow share them all.

B batch · S the grid's own axes · D width · F frequencies
"""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.contract import Cond, Spec, Unsupported
from anew.models.layers.reading import Told, heard, reader

Backbone = Literal["auto", "stack", "unet", "dit"]
BACKBONES = {"stack": "stack:Stack", "unet": "unet:UNet", "dit": "dit:DiT"}
FREQUENCIES, PITCH = 32, 1000.0


class Network(nn.Module):
    """(x_BS, cond, one or more numbers t_B, times above all) -> (B, *S). `patch` 0: of a size that suits the grid.
    `pitches`: for each number the highest frequency in which it is told; what differentiates by it wants a low one."""

    def __init__(
        self,
        spec: Spec,
        *,
        width: int,
        depth: int,
        backbone: Backbone = "auto",
        patch: int = 0,
        pitches: tuple[float, ...] = (PITCH,),
    ) -> None:
        super().__init__()
        self.pitches, self.label = pitches, reader(spec, width)
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES * len(pitches), width), nn.SiLU(), nn.Linear(width, width))
        module, _, name = BACKBONES[suited(backbone, spec.shape)].partition(":")
        kind = getattr(import_module(f"{__name__}.{module}"), name)
        prompted = spec.cond is not None and spec.cond.tokens is not None
        self.body = kind(spec.shape, width, depth, patch or patch_of(spec.shape), prompted)

    def hear(self, cond: Cond | None, n: int) -> Told:
        """What a condition of n rows says, for networks that are asked several times under the same one."""
        return heard(self.label, cond, n)

    def forward(self, x_BS: Tensor, cond: Cond | Told | None, *times: Tensor) -> Tensor:
        waves_BF = torch.cat([waves(*one) for one in zip(times, self.pitches, strict=True)], 1)
        told = cond if isinstance(cond, Told) else self.hear(cond, len(x_BS))
        told = replace(told, vector_BD=F.silu(self.time(waves_BF) + told.vector_BD))
        answer_BS: Tensor = self.body(x_BS, told)
        return answer_BS

    def ends(self) -> list[nn.Parameter]:
        """The matrices next to the data, which a matrix optimiser had better leave alone."""
        return [self.body.first.weight, self.body.last.weight]


def suited(backbone: Backbone, shape: tuple[int, ...]) -> str:
    """The backbone's name, "auto" resolved. Unsupported: one for planes over what is none."""
    planes = len(shape) == 3 and min(shape[1:]) >= 4
    if backbone == "auto":
        return "unet" if planes else "stack"
    if backbone not in BACKBONES:
        raise Unsupported(f"backbone {backbone!r}: there are auto, {', '.join(BACKBONES)}")
    if backbone != "stack" and not planes:
        raise Unsupported(f"backbone {backbone!r} takes planes (C, H, W) of 4 × 4 or more, not {shape}; stack does")
    return backbone


def patch_of(shape: tuple[int, ...]) -> int:
    """Cells a side that enter a network for planes as one: wide layers on few places run at several times the speed of
    narrow ones on many."""
    side = min(shape[1:], default=1)
    return 4 if side >= 28 else 2 if side >= 14 else 1


def waves(t_B: Tensor, pitch: float = PITCH) -> Tensor:
    """(B, 2 F): cosines and sines of t at frequencies from 1 to `pitch`."""
    angle_BF = t_B[:, None] * torch.logspace(0, math.log10(pitch), FREQUENCIES, device=t_B.device)
    return torch.cat([angle_BF.cos(), angle_BF.sin()], 1)
