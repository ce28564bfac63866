"""Linear maps in eight bits: sums of integers are exact, whoever forms them and whatever they are formed beside."""

from __future__ import annotations

import torch
from torch import nn

from anew.models.layers.int8 import (
    EXACT,
    Int8Linear,
    Packed,
    Plain,
    joined,
    laid_out,
    packs,
    quantised,
    quantised_tokens,
)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_products_are_those_of_the_integers() -> None:
    """At the extremes, where sixteen-bit sums overflow, and beyond what float32 holds in one sum."""
    width = 4 * EXACT + 193
    weight_OK, scale_O = quantised(drawn(24, width).abs().clamp(0.9, 1))
    levels_NK, _ = quantised_tokens(drawn(5, width, seed=1).abs().clamp(0.9, 1))
    exact_NO = (levels_NK.long() - 128) @ weight_OK.long().t()
    assert int(exact_NO.min()) > 2 ** (24 + 1)
    ones_O = torch.ones_like(scale_O)
    for made in (Plain(weight_OK, ones_O), *([Packed(laid_out(weight_OK), ones_O)] if packs() else [])):
        assert torch.equal(made(levels_NK), exact_NO.float()), type(made).__name__


def test_a_token_is_within_half_a_level_and_a_row_of_zeros_is_zero() -> None:
    x_NK = drawn(6, 40)
    x_NK[2] = 0
    levels_NK, scale_N1 = quantised_tokens(x_NK)
    assert ((levels_NK.float() - 128) * scale_N1 - x_NK).abs().max() <= scale_N1.max() * 0.501
    assert (levels_NK[2] == 128).all() and int(levels_NK.min()) >= 1


def test_a_row_has_the_same_bits_beside_any_others() -> None:
    linear = nn.Linear(96, 50)
    with torch.no_grad():
        linear.weight.copy_(drawn(50, 96))
        quick = Int8Linear(*joined([linear]))
        x_ND = drawn(33, 96, seed=3)
        whole = quick(x_ND)
        for rows in (1, 2, 8, 16):
            assert torch.equal(torch.cat([quick(part) for part in x_ND.split(rows)]), whole), f"{rows} rows at a time"
        assert float((whole - linear(x_ND)).norm() / linear(x_ND).norm()) < 0.02


def test_maps_of_one_input_can_be_one() -> None:
    parts = [nn.Linear(32, 8), nn.Linear(32, 4, bias=False), nn.Linear(32, 12)]
    x_BTD = drawn(2, 3, 32)
    with torch.no_grad():
        together = Int8Linear(*joined(parts))(x_BTD)
        apart = torch.cat([Int8Linear(*joined([part]))(x_BTD) for part in parts], -1)
    assert together.shape == (2, 3, 24)
    assert torch.equal(together, apart)
