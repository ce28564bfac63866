"""Codes along time: each book tells what the ones before left over, and a code means the same wherever it stands."""

from __future__ import annotations

import pytest
import torch
from known_data import learn

from anew.contract import Batch, Spec, Unsupported
from anew.models.vae.temporal import ResidualVQ

SPEC = Spec("grid", (1, 12, 16))
SMALL = {"width": 32, "blocks": 1, "books": 3, "codes": 16, "numbers": 4}


def seeded(**settings: object) -> ResidualVQ:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ResidualVQ(SPEC, **(SMALL | settings))  # type: ignore[arg-type]


def sweeps(n: int, seed: int) -> torch.Tensor:
    """A bright band that rises or falls."""
    rng = torch.Generator().manual_seed(seed)
    start_B, slope_B = torch.rand(n, generator=rng) * 11, (torch.rand(n, generator=rng) - 0.5)
    middle_BF = start_B[:, None] + slope_B[:, None] * torch.arange(16)
    away_BMF = torch.arange(12)[None, :, None] - middle_BF[:, None]
    return (2.5 * torch.exp(-away_BMF.square() / 2) - 0.5)[:, None]


def test_each_book_takes_the_nearest_of_what_is_left_over() -> None:
    model = seeded()
    z_BKE = torch.randn(5, 8, 4, generator=torch.Generator().manual_seed(1))
    vectors_BTE, tokens_BT = model.quantise(z_BKE)
    told_BKNE, tokens_BKN = vectors_BTE.unflatten(1, (8, 3)), tokens_BT.unflatten(1, (8, 3))
    left_BKE = z_BKE
    for book in range(3):
        nearest_BK = torch.cdist(left_BKE, model.code_books()[book].expand(5, -1, -1)).argmin(-1)
        assert torch.equal(tokens_BKN[:, :, book], nearest_BK)
        left_BKE = left_BKE - model.code_books()[book][nearest_BK]
    torch.testing.assert_close(told_BKNE.sum(2), z_BKE - left_BKE)
    torch.testing.assert_close(model.look_up(tokens_BT), vectors_BTE)


def test_the_gradient_passes_the_codes_as_if_they_were_not_there() -> None:
    model, z = seeded(), torch.randn(2, 8, 4, requires_grad=True, generator=torch.Generator().manual_seed(0))
    weight_BKE = torch.randn(2, 8, 4, generator=torch.Generator().manual_seed(2))
    vectors_BTE, _ = model.quantise(z)
    (vectors_BTE.unflatten(1, (8, 3)).sum(2) * weight_BKE).sum().backward()
    torch.testing.assert_close(z.grad, weight_BKE)


def test_held_out_grids_come_back_and_more_books_tell_more() -> None:
    model = learn(seeded(early=0.5), lambda step, rng: Batch(sweeps(32, step)), 110, fall=True)
    assert isinstance(model, ResidualVQ)
    held_out = sweeps(64, 10_000)
    with torch.no_grad():
        tokens_BT = model.encode(held_out)
        seen = [torch.arange(24) % 3 < books for books in range(4)]
        errors = [
            float((model.decode(tokens_BT, s.expand(64, -1)) - held_out).square().mean() / held_out.var()) for s in seen
        ]
    assert errors[3] < 0.35 and errors[0] > 2 * errors[1] and errors[1] > errors[2] > errors[3], errors
    assert float(model.validation_loss(Batch(held_out), torch.Generator())) == pytest.approx(
        errors[3] * float(held_out.var()), rel=1e-4
    )
    assert not model.diagnose(Batch(held_out), torch.Generator())


def test_a_code_means_the_same_wherever_it_stands() -> None:
    """Moved by a step, a grid has the codes moved by a step, but for those whose surroundings are cut off."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = ResidualVQ(Spec("grid", (1, 12, 64)), **SMALL)  # type: ignore[arg-type]
    for block in (*model.fine, *model.coarse):
        if hasattr(block, "narrow"):
            torch.nn.init.normal_(block.narrow.weight, std=0.1)
    x = torch.randn(1, 1, 12, 64, generator=torch.Generator().manual_seed(3))
    codes, moved = (model.encode(v).unflatten(1, (32, 3))[0] for v in (x, x.roll(2, 3)))
    assert torch.equal(codes[6:24], moved[7:25])


def test_what_does_not_fit_is_refused_in_words() -> None:
    with pytest.raises(Unsupported, match="multiple of 3"):
        seeded(stride=3)
    with pytest.raises(Unsupported, match="0 tokens"):
        seeded(stride=20)
    with pytest.raises(Unsupported, match="grids"):
        ResidualVQ(Spec("grid", (1, 16)))


def test_a_collapsed_book_is_called_so() -> None:
    model = seeded(codes=64)
    torch.nn.init.zeros_(model.coarse[-1].weight)  # type: ignore[arg-type]
    said = model.diagnose(Batch(sweeps(64, 0)), torch.Generator())
    assert "collapsed" in said[0] and said[1].startswith("24 of 24 tokens say the same")
