"""Weights of a decoder's blocks in four bits, for the kernel's steps alone: each 32 inputs of an output have sixteen evenly
spaced levels of their own, between the least weight and the largest.

In: a decoder with float weights. Out: what the kernel reads of its blocks in place of their int8 maps, once it has proved
as good; kept under ANEW_HOME. These are the levels of llama.cpp's Q4_1, so that a model that came in that form keeps the very
weights that its file held. Activations have a scale for each 32 inputs too, which needs no smoothing.

O outputs · K inputs · G groups of inputs · N rows · V vocabulary
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

GROUP, TOP = 32, 15


class FourBit(NamedTuple):
    """Stands in for an int8 map in the kernel."""

    laid_out: Tensor
    bias_O: Tensor | None
    in_features: int
    out_features: int


def levels(weight_OK: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(O, G, 32) uint8, and the (O, G) float16 of scale and least weight: weight = level · scale + least."""
    weight_OGK = weight_OK.float().unflatten(1, (-1, GROUP))
    least_OG = weight_OGK.amin(2).half()
    scale_OG = ((weight_OGK.amax(2) - least_OG.float()) / TOP).half()
    by_OG1 = scale_OG.float().clamp(min=torch.finfo(torch.float32).tiny)[..., None]
    level_OGK = ((weight_OGK - least_OG.float()[..., None]) / by_OG1).round().clamp(0, TOP)
    return level_OGK.to(torch.uint8), scale_OG, least_OG


def laid_out(weight_OK: Tensor) -> Tensor:
    """(O/16, G, 320) uint8, as `Map` of kernel.cpp has it."""
    filled_OK = F.pad(weight_OK, (0, 0, 0, -len(weight_OK) % 16))
    level_OGK, *ends_OG = levels(filled_OK)
    quads = level_OGK.view(
        -1, 16, level_OGK.shape[1], 4, 2, 4
    )  # sixteen outputs, groups, eights of inputs, halves, fours
    halves = (quads[..., 0, :] | quads[..., 1, :] << 4).permute(0, 2, 3, 1, 4).flatten(2)
    ends = [end.view(-1, 16, end.shape[1]).transpose(1, 2).contiguous().view(torch.uint8) for end in ends_OG]
    return torch.cat([halves, *ends], 2)
