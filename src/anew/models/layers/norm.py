"""Normalisation and activation without parameters. In and out: (…, D)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def rms_norm(x: Tensor) -> Tensor:
    """x / √(mean x² + ε) over the last axis: Zhang & Sennrich 2019 (arXiv:1910.07467), equation 4, gain left out, since
    the linear map that follows can hold it."""
    return F.rms_norm(x, (x.shape[-1],), eps=1e-6)


def relu2(x: Tensor) -> Tensor:
    """max(x, 0)²: So et al. 2021 (Primer, arXiv:2109.08668), section 4."""
    return F.relu(x).square()
