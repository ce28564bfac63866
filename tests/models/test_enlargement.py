"""The enlarger: what it makes coarse is what Pillow would, and it begins at interpolation and learns beyond it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from anew.contract import Batch, Spec, Unsupported
from anew.models.enlargement.residual import FACTORS, Enlarger, coarse, interpolated, oriented

SPEC = Spec("grid", (1, 16, 16))


def smooth(high: int, wide: int) -> np.ndarray:
    """Waves, away from black and white, so that nothing is cut off in either library."""
    y, x = np.mgrid[:high, :wide]
    return (128 + 50 * np.sin(x / 2.3) + 40 * np.cos(y / 3.1)).round().astype(np.uint8)


def edges(n: int, rng: torch.Generator) -> torch.Tensor:
    """(n, 1, 16, 16): sharp steps from left to right, which interpolation blurs."""
    begin_B = torch.randint(4, 12, (n, 1, 1, 1), generator=rng)
    return (torch.arange(16).expand(n, 1, 16, 16) >= begin_B) * 2.0 - 1


@pytest.mark.parametrize("factor", FACTORS)
def test_cells_are_made_coarse_and_interpolated_as_pillow_does(factor: int) -> None:
    given = smooth(24, 32)
    grid = torch.from_numpy(given.astype(np.float32))[None, None]
    for made, side in ((coarse(grid, factor), 1 / factor), (interpolated(grid, factor), factor)):
        size = (round(32 * side), round(24 * side))
        theirs = np.asarray(Image.fromarray(given).resize(size, Image.Resampling.BICUBIC), np.float32)
        assert made.shape[2:] == theirs.shape and np.abs(made[0, 0].numpy() - theirs).max() <= 1.5, "two roundings"


def test_what_is_made_coarse_keeps_within_its_bounds() -> None:
    sharp = torch.zeros(1, 1, 16, 16)
    sharp[..., 7:] = 1.0
    made = coarse(sharp, 2)
    assert made.min() == 0 and made.max() == 1, "a cubic kernel overshoots, and no file could hold that"


def test_it_begins_at_interpolation_and_learns_beyond_it() -> None:
    torch.manual_seed(0)
    model, rng = Enlarger(SPEC, width=16, blocks=1, symmetries=False), torch.Generator().manual_seed(0)
    held_out = Batch(edges(64, torch.Generator().manual_seed(9)))
    assert model.validation_loss(held_out, rng) == pytest.approx(1.0, abs=1e-6)
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3)
    for _ in range(100):
        loss, seen = model.loss(Batch(edges(16, rng)), "all", rng)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert seen.keys() == {f"squared_error_{factor}" for factor in FACTORS}
    assert model.validation_loss(held_out, rng) < 0.5


def test_a_part_comes_out_as_it_does_within_the_whole() -> None:
    torch.manual_seed(1)
    model = Enlarger(SPEC, width=8, blocks=2)
    torch.nn.init.normal_(model.ends[0].weight, std=0.1)
    for block in model.blocks:
        torch.nn.init.normal_(block.second.weight, std=0.1)
    with torch.no_grad():
        x = torch.randn(1, 1, 30, 30)
        inner, reach = slice(12, 18), model.reach
        around = slice(inner.start - reach, inner.stop + reach)
        whole, part = model.enlarge(x, 2), model.enlarge(x[:, :, around, around], 2)
        own = part[:, :, 2 * reach : -2 * reach, 2 * reach : -2 * reach]
        assert torch.allclose(own, whole[:, :, 24:36, 24:36], atol=1e-5)
        nearer = slice(inner.start - 1, inner.stop + 1)
        less = model.enlarge(x[:, :, nearer, nearer], 2)[:, :, 2:-2, 2:-2]
        assert not torch.allclose(less, whole[:, :, 24:36, 24:36], atol=1e-3), "reach says more than it sees"


def test_a_square_has_eight_orientations() -> None:
    rng, grid = torch.Generator().manual_seed(0), torch.arange(9.0).view(1, 1, 3, 3)
    assert len({tuple(oriented(grid, rng).flatten().tolist()) for _ in range(200)}) == 8


@pytest.mark.parametrize("shape", [(4,), (3, 7, 9), (2, 3, 16, 16)])
def test_grids_that_are_none_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(Unsupported, match="8 × 8"):
        Enlarger(Spec("grid", shape))
