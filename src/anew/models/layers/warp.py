"""Small random changes of a grid, for networks that should not mind them.

In: (B, C, H, W) and a generator. Out: the same shape, bent, moved or tinted. Each row draws its own change.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def warp(
    x_BCHW: Tensor,
    rng: torch.Generator,
    *,
    shift: float = 0.0,
    turn: float = 0.0,
    zoom: float = 0.0,
    shear: float = 0.0,
    ripple: float = 0.0,
    mirror: bool = False,
) -> Tensor:
    """Each row moved by up to `shift` cells, turned by up to `turn` degrees, scaled by a factor of up to 1 ± `zoom`,
    sheared by up to `shear`, rippled by `ripple` cells (standard deviation of a smooth random field; Simard et al.
    2003, section 2) and, with `mirror`, flipped left to right half of the time. Edges repeat."""
    if not (shift or turn or zoom or shear or ripple or mirror):
        return x_BCHW
    B, _, H, W = x_BCHW.shape

    def draw(reach: float) -> Tensor:
        return (2 * torch.rand(B, generator=rng, device=x_BCHW.device) - 1) * reach

    angle_B, grow_B, slant_B = draw(math.radians(turn)), (1 + draw(zoom)), draw(shear)
    stretch_B = 1 + draw(zoom / 2)
    right_B, down_B = draw(2 * shift / W), draw(2 * shift / H)
    sign_B = torch.where(draw(1.0) < 0, -1.0, 1.0) if mirror else torch.ones_like(angle_B)
    cos_B, sin_B = angle_B.cos(), angle_B.sin()
    top_B3 = torch.stack([sign_B * cos_B * grow_B * stretch_B, (slant_B - sin_B) * grow_B, right_B], 1)
    bottom_B3 = torch.stack([sin_B * grow_B * stretch_B, cos_B * grow_B / stretch_B, down_B], 1)
    place_BHW2 = F.affine_grid(torch.stack([top_B3, bottom_B3], 1), [B, 1, H, W], align_corners=False)
    if ripple:
        coarse_B2hw = torch.randn(B, 2, 4, 4, generator=rng, device=x_BCHW.device)
        field_B2HW = F.interpolate(coarse_B2hw, (H, W), mode="bicubic", align_corners=True)
        cells_2 = x_BCHW.new_tensor([2 * ripple / W, 2 * ripple / H])
        place_BHW2 = place_BHW2 + field_B2HW.permute(0, 2, 3, 1) * cells_2
    return F.grid_sample(x_BCHW, place_BHW2, mode="bilinear", padding_mode="border", align_corners=False)


def moved(x_BCHW: Tensor, rng: torch.Generator, reach: int) -> Tensor:
    """Each row moved by a whole number of cells, up to `reach` along either axis, so that no cell is mixed. Edges
    repeat."""
    if not reach:
        return x_BCHW
    B, _, H, W = x_BCHW.shape
    by_2B = torch.randint(-reach, reach + 1, (2, B), generator=rng, device=x_BCHW.device)
    down_BH = (torch.arange(H, device=x_BCHW.device) + by_2B[0, :, None]).clamp(0, H - 1)
    right_BW = (torch.arange(W, device=x_BCHW.device) + by_2B[1, :, None]).clamp(0, W - 1)
    row_B11 = torch.arange(B, device=x_BCHW.device)[:, None, None]
    return x_BCHW.permute(0, 2, 3, 1)[row_B11, down_BH[:, :, None], right_BW[:, None]].permute(0, 3, 1, 2).contiguous()


def tinted(x_BCHW: Tensor, rng: torch.Generator, reach: float) -> Tensor:
    """Each row's values scaled by up to 1 ± `reach` and each of its channels raised by up to `reach`."""
    if not reach:
        return x_BCHW
    B, C = x_BCHW.shape[:2]
    by_BC = (2 * torch.rand(B, 1 + C, generator=rng, device=x_BCHW.device) - 1) * reach
    return x_BCHW * (1 + by_BC[:, :1, None, None]) + by_BC[:, 1:, None, None]
