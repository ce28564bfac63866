"""The contrastive judge: what is whose negative, and that it learns what prompts say."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from anew.contract import Batch, Cond, CondSpec, Spec, Unsupported
from anew.models.judges.contrastive import Contrastive, holds, naming, sigmoid, softmax
from anew.models.layers.warp import moved, tinted

SPEC = Spec("grid", (3, 12, 12), cond=CondSpec(tokens=(3, 8)))  # tokens 1 to 4: colours, 5 to 8: shapes
SMALL = Contrastive.sizes["xs"] | {"step": 1, "shift": 0.0, "turn": 0.0, "zoom": 0.0, "shear": 0.0, "ripple": 0.0}
INKS = torch.tensor([[2.0, -1, -1], [-1, 2, -1], [-1, -1, 2], [2, 2, -1]])


def judge(**settings: object) -> Contrastive:
    torch.manual_seed(0)
    return Contrastive(SPEC, **{**SMALL, **settings})  # type: ignore[arg-type]


def drawn(n: int, rng: torch.Generator) -> Batch:
    """A bar across or down, a block or a ring, each in one of four inks, and what it is called."""
    ink_B, shape_B = torch.randint(0, 4, (2, n), generator=rng)
    inside = torch.zeros(4, 12, 12, dtype=torch.bool)
    inside[0, 5:7] = inside[1, :, 5:7] = inside[2, 3:9, 3:9] = inside[3, 2:10, 2:10] = True
    inside[3, 4:8, 4:8] = False
    x = torch.where(inside[shape_B][:, None], INKS[ink_B][:, :, None, None], 0.5)
    x = x + 0.1 * torch.randn(x.shape, generator=rng)
    return Batch(x, Cond(tokens_BL=torch.stack([1 + ink_B, 5 + shape_B, torch.zeros_like(ink_B)], 1)))


def learnt(shuffled: bool, steps: int = 80) -> Contrastive:
    model, rng = judge(), torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3)
    for _ in range(steps):
        batch = drawn(48, rng)
        assert batch.cond is not None
        cond = batch.cond.take(torch.randperm(48, generator=rng)) if shuffled else batch.cond
        loss, _ = model.loss(Batch(batch.x, cond), "all", rng)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return model.eval()


@torch.no_grad()
def found_again(model: Contrastive) -> float:
    """R@1 of new grids among all sixteen prompts."""
    batch = drawn(200, torch.Generator().manual_seed(9))
    every = torch.cartesian_prod(torch.arange(1, 5), torch.arange(5, 9), torch.zeros(1, dtype=torch.int64))
    assert batch.cond is not None and batch.cond.tokens_BL is not None
    nearest = every[(model.embed(batch.x) @ model.embed_prompt(Cond(tokens_BL=every)).T).argmax(1)]
    return float((nearest == batch.cond.tokens_BL).all(1).float().mean())


def test_it_finds_the_prompts_of_new_grids_and_by_shuffled_prompts_finds_none() -> None:
    assert found_again(learnt(shuffled=False)) > 0.9
    assert found_again(learnt(shuffled=True)) < 0.25  # 1/16 by chance


def test_a_prompt_holds_wherever_it_says_no_more_than_the_own_one() -> None:
    """A row for each grid: "red heart", "heart", "heart red", "red car"."""
    tokens = torch.tensor([[1, 5, 0], [5, 0, 0], [5, 0, 1], [1, 6, 0]])
    told = [[1, 1, 1, 0], [0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]]
    assert holds(tokens, 9).int().tolist() == told


def losses(logit_BB: Tensor, rival_BB: Tensor) -> tuple[list[float], list[float]]:
    return softmax(logit_BB, rival_BB).tolist(), sigmoid(logit_BB, rival_BB).tolist()


def test_losses_as_worked_out_by_hand() -> None:
    logit = torch.tensor([[2.0, 1.0], [0.0, 3.0]])
    both = ~torch.eye(2, dtype=torch.bool)
    plus = lambda v: math.log1p(math.exp(v))  # noqa: E731
    by_softmax, by_sigmoid = losses(logit, both)
    assert by_softmax == pytest.approx([(plus(-1) + plus(-2)) / 2, (plus(-3) + plus(-2)) / 2], rel=1e-4)
    assert by_sigmoid == pytest.approx(
        [plus(-2) + (plus(1) + plus(0)) / 2, plus(-3) + (plus(1) + plus(0)) / 2], rel=1e-4
    )
    alone = losses(logit, torch.zeros(2, 2, dtype=torch.bool))
    assert alone[0] == pytest.approx([0, 0]) and alone[1] == pytest.approx([plus(-2), plus(-3)], rel=1e-4)


@pytest.mark.parametrize("objective", ["softmax", "sigmoid"])
def test_a_row_without_a_prompt_does_not_count(objective: str) -> None:
    model, batch = (
        judge(objective=objective, tint=0.0, step=0),
        drawn(6, torch.Generator().manual_seed(1)),
    )
    assert batch.cond is not None
    first = torch.arange(6) < 4
    rng = torch.Generator()
    with torch.no_grad():
        some = model.loss(Batch(batch.x, batch.cond.only(first)), "all", rng)[0]
        few = model.loss(batch.take(slice(0, 4)), "all", rng)[0]
        none = model.loss(Batch(batch.x, batch.cond.absent()), "all", rng)[0]
    assert torch.allclose(some, few, atol=1e-5) and none == 0
    with pytest.raises(Unsupported, match="prompts"):
        model.loss(Batch(batch.x), "all", rng)


def test_it_needs_prompts() -> None:
    with pytest.raises(Unsupported, match="prompts"):
        Contrastive(Spec("grid", (3, 12, 12), cond=CondSpec(classes=3)))


def test_tokens_are_named_as_worked_out_by_hand() -> None:
    logit = torch.tensor([[0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [5.0, 5.0, 5.0]])
    cond = Cond(tokens_BL=torch.tensor([[1, 2], [2, 0], [1, 0]]), present_B=torch.tensor([True, True, False]))
    first = math.log(1 + math.e + math.e**2) - (1.0 + 2.0) / 2
    assert float(naming(logit, cond)) == pytest.approx((first + math.log(3)) / 2, rel=1e-5)


def test_grids_are_moved_by_whole_cells_and_tinted_a_little() -> None:
    x = torch.arange(2.0 * 3 * 6 * 5).reshape(2, 3, 6, 5)
    rng = torch.Generator().manual_seed(3)
    by = moved(x, rng, 2)
    assert any(
        torch.equal(by[0, :, 2:4, 2:3], x[0, :, 2 + down : 4 + down, 2 + right : 3 + right])
        for down in range(-2, 3)
        for right in range(-2, 3)
    )
    assert set(by[1].flatten().tolist()) <= set(x[1].flatten().tolist()) and not torch.equal(by, x)
    tint = tinted(x.clone(), rng, 0.1)
    assert not torch.equal(tint, x) and ((tint - x).abs() <= 0.1 * x.abs() + 0.1001).all()
    assert moved(x, rng, 0) is x and tinted(x, rng, 0.0) is x
