"""How far samples lie from data, for a model that has no likelihood: the energy score, in a space that learns nothing.

In: grids, and which rows belong together. Out: a number by which checkpoints are compared.

B batch · M samples · S the grid's own axes · F features
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from anew.models.layers.convolution import convolves

SEED, WIDTHS = 0, (32, 64)


def features(x_BS: Tensor) -> Tensor:
    """(B, F): a vector as it is; of a (C, H, W) grid the answers of two layers of convolutions whose weights are random
    and the same for ever, since cells one by one say little of what a grid shows."""
    if not convolves(tuple(x_BS.shape[1:])):
        return x_BS.flatten(1)
    rng = torch.Generator().manual_seed(SEED)
    h_BCHW, found = x_BS, [x_BS.flatten(1) / x_BS[0].numel() ** 0.5]
    for width in WIDTHS:
        fan_in = 9 * h_BCHW.shape[1]
        weight = torch.randn(width, h_BCHW.shape[1], 3, 3, generator=rng) * (2 / fan_in) ** 0.5
        h_BCHW = F.relu(F.conv2d(h_BCHW, weight.to(x_BS.device), stride=2, padding=1))
        found.append(h_BCHW.flatten(1) / h_BCHW[0].numel() ** 0.5)
    return torch.cat(found, 1)


def energy_score(real_BF: Tensor, made_MF: Tensor, same_BM: Tensor, same_MM: Tensor) -> Tensor:
    """The mean over rows y of E|X - y| - ½ E|X - X'|, with X and X' drawn under y's condition (Gneiting & Raftery 2007,
    equation 21): strictly proper, so nothing scores better on the mean than the truth. `same`: which pairs share a
    condition; each row needs two samples of its own."""
    cross_BM, within_MM = torch.cdist(real_BF, made_MF), torch.cdist(made_MF, made_MF)
    others_MM = same_MM & ~torch.eye(len(made_MF), dtype=torch.bool, device=made_MF.device)
    apart_B = (cross_BM * same_BM).sum(1) / same_BM.sum(1)
    spread_M = (within_MM * others_MM).sum(1) / others_MM.sum(1)
    return (apart_B - 0.5 * (same_BM.float() @ spread_M) / same_BM.sum(1)).mean()


def energy_of(x_BS: Tensor, made_MS: Tensor, label_M: Tensor) -> Tensor:
    """The energy score of two samples a row, `made` being one for each row and then another, among all samples of the
    row's label; `label_M` (2 B,) are the samples' labels."""
    same_MM = label_M[:, None] == label_M
    return energy_score(features(x_BS), features(made_MS), same_MM[: len(x_BS)], same_MM)
