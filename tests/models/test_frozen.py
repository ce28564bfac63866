"""Weights in eight bits that do not learn: the product and the gradient of the rounded map, and no float kept."""

import copy

import pytest
import torch
from torch import nn

from anew.contract import Batch, Spec
from anew.models.autoregressive.decoder import Decoder
from anew.models.autoregressive.objective import Answers
from anew.models.layers.frozen import Frozen, Product, freeze
from anew.models.layers.lora import adapt, lay_over, learnt, linears
from anew.testing.suite import seeded
from anew.train.build import twin


def drawn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_product_and_gradient_are_those_of_the_rounded_map():
    linear = nn.Linear(24, 10).double()
    with torch.no_grad():
        linear.weight.copy_(drawn(10, 24))
    frozen, x = Frozen(linear), drawn(2, 3, 24, seed=1)
    rounded = frozen.weight_OK.double() * frozen.scale_O[:, None].double()
    assert (rounded - linear.weight).abs().amax(1).le(linear.weight.abs().amax(1) / 253).all()
    torch.testing.assert_close(frozen(x), nn.functional.linear(x, rounded, linear.bias))
    assert torch.autograd.gradcheck(
        lambda x_NK: Product.apply(x_NK, frozen.weight_OK, frozen.scale_O.double()), drawn(4, 24).requires_grad_()
    )


def small():
    with seeded(1):
        decoder = Decoder(Spec("tokens", (32,), vocab=31, end=0), width=32, layers=2, heads=2, kv_heads=1)
        for p in decoder.parameters():
            if p.ndim > 1:
                nn.init.normal_(p, std=0.2)
    return decoder.eval()


def learned(decoder, steps=20):
    adapt(decoder, (), 4, 8, torch.Generator().manual_seed(0))
    objective, x_BT = Answers(decoder), torch.randint(1, 31, (4, 24), generator=torch.Generator().manual_seed(0))
    changes = [p for p in decoder.parameters() if p.requires_grad]
    optimiser, rng = torch.optim.Adam(changes, 1e-2), torch.Generator()
    for _ in range(steps):
        optimiser.zero_grad()
        loss, _ = objective.loss(Batch(x_BT), "all", rng)
        loss.backward()
        optimiser.step()
    return float(loss.detach())


def held(model):
    return sum(p.nbytes for p in model.parameters())


@pytest.mark.parametrize("order", ["before", "after"])
def test_an_adapter_learns_over_it_and_runs_over_floats(order):
    floats, rounded = small(), small()
    before = held(floats.blocks)
    plain = learned(floats)
    if order == "before":
        freeze(rounded)
    found = learned(rounded)
    if order == "after":
        freeze(rounded)
        assert not any(type(layer) is nn.Linear for layer in linears(rounded).values())
    else:
        changes = sum(value.nbytes for value in learnt(rounded).values())
        assert held(rounded.blocks) - changes < 0.35 * before
    assert abs(found - plain) < 0.02 * plain
    if order == "before":
        again = small()
        lay_over(again, learnt(rounded), 2.0)
        loss, _ = Answers(again).loss(
            Batch(torch.randint(1, 31, (4, 24), generator=torch.Generator().manual_seed(0))), "all", torch.Generator()
        )
        assert abs(float(loss.detach()) - found) < 0.1 * found


def test_a_twin_shares_what_is_frozen_and_nothing_else():
    decoder = small()
    freeze(decoder)
    adapt(decoder, ("*.down",), 2, 4, torch.Generator().manual_seed(0))
    other = twin(decoder)
    pairs = list(zip(decoder.parameters(), other.parameters(), strict=True))
    assert all((a is b) == (not a.requires_grad) for a, b in pairs) and any(a is b for a, b in pairs)
    assert sum(a.requires_grad for a, _ in pairs) == 4
    assert copy.deepcopy(decoder).state_dict().keys() == other.state_dict().keys()
