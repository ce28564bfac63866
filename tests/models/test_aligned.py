"""Grids that run along with a prompt: the likeliest path, how long tokens last, what a row takes and where it ends."""

from __future__ import annotations

from itertools import combinations, pairwise, product

import pytest
import torch
from torch import Tensor

from anew.contract import Batch, Cond, CondSpec, RefineOptions, Spec, Unsupported
from anew.models.diffusion.aligned import Aligned, PacedOptions
from anew.models.layers.alignment import likeliest_path

COLUMNS, LASTS = 24, {1: 2, 2: 3, 3: 5}  # token -> how many columns it takes
HIGH = {1: (2.0, -1.0), 2: (-1.0, 2.0), 3: (2.0, 2.0)}  # and what they hold
HELD_OUT = [(1, 2, 3), (3, 1, 2), (2, 3, 1)]
PROMPTS = [
    prompt
    for length in (2, 3)
    for prompt in product((1, 2, 3), repeat=length)
    if all(a != b for a, b in pairwise(prompt)) and prompt not in HELD_OUT
]
NOTHING = -2.0


@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_the_best_of_all(seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    tokens_B, places_B = torch.tensor([3, 4, 2, 1]), torch.tensor([7, 6, 2, 5])
    score = torch.randn(4, 4, 7, generator=rng)
    found = likeliest_path(score, tokens_B, places_B)
    for row, (tokens, places) in enumerate(zip(tokens_B.tolist(), places_B.tolist(), strict=True)):
        paths = [
            [sum(f >= cut for cut in cuts) for f in range(places)]
            for cuts in combinations(range(1, places), tokens - 1)
        ]
        worth = [sum(float(score[row, at, f]) for f, at in enumerate(path)) for path in paths]
        assert found[row, :places].tolist() == paths[worth.index(max(worth))]
        assert (found[row, places:] == tokens - 1).all()


def test_a_row_of_fewer_places_than_tokens_has_no_path() -> None:
    assert likeliest_path(torch.zeros(1, 4, 2), torch.tensor([4]), torch.tensor([2]))[0].tolist() == [3, 3]


def grid_of(prompt: tuple[int, ...], rng: torch.Generator) -> Tensor:
    held = [torch.tensor(HIGH[token])[:, None].expand(2, LASTS[token]) for token in prompt]
    made = torch.cat(held, 1)
    made = made + 0.1 * torch.randn(made.shape, generator=rng)
    return torch.cat([made, torch.full((2, COLUMNS - made.shape[1]), NOTHING)], 1)[None]


def rows_of(prompts: list[tuple[int, ...]], rng: torch.Generator) -> Batch:
    tokens = torch.tensor([[*prompt, 0, 0][:3] for prompt in prompts])
    return Batch(torch.stack([grid_of(prompt, rng) for prompt in prompts]), Cond(tokens_BL=tokens))


@pytest.fixture(scope="module")
def learnt() -> Aligned:
    rng = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Aligned(
            Spec("grid", (1, 2, COLUMNS), cond=CondSpec(tokens=(3, 3))), width=64, depth=2, reading=64, readers=1
        )
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(300):
        model.loss(rows_of(PROMPTS, rng), "all", rng)[0].backward()
        optimiser.step()
        optimiser.zero_grad()
    return model.eval()


def drawn(model: Aligned, prompt: tuple[int, ...], seed: int = 0, options: RefineOptions | None = None) -> Tensor:
    cond = Cond(tokens_BL=torch.tensor([[*prompt, 0, 0][:3]]))
    *_, last = model.sample([torch.Generator().manual_seed(seed)], cond, None, options)
    return last.data[0, 0]


def columns(grid: Tensor) -> int:
    return int((grid > NOTHING + 0.01).any(0).sum())


def test_each_token_gets_its_columns_and_the_rest_is_nothing(learnt: Aligned) -> None:
    for prompt in HELD_OUT:
        grid, at = drawn(learnt, prompt), 0
        for token in prompt:
            part = grid[:, at : at + LASTS[token]].mean(1)
            assert (part - torch.tensor(HIGH[token])).abs().max() < 0.7, (prompt, token)
            at += LASTS[token]
        assert abs(columns(grid) - at) <= 1 and torch.equal(grid[:, -4:], torch.full((2, 4), grid[0, -1].item()))
        assert abs(grid[0, -1].item() - NOTHING) < 1e-5


def test_what_learns_finds_out_which_column_is_whose(learnt: Aligned) -> None:
    batch = rows_of([(1, 3, 2), (2, 1, 3)], torch.Generator().manual_seed(1))
    x = batch.x.flatten(1, 2)
    ends = learnt.ends(x)
    assert ends.tolist() == [10, 10]
    path = learnt.path(learnt.read(batch.cond, 2), x[:, :, :10].transpose(1, 2), ends)
    assert path.tolist() == [[0] * 2 + [1] * 5 + [2] * 3, [0] * 3 + [1] * 2 + [2] * 5]


def test_a_higher_pace_takes_fewer_columns(learnt: Aligned) -> None:
    taken = [columns(drawn(learnt, (3, 3, 2), options=PacedOptions(pace=pace))) for pace in (0.6, 0.8, 1.0, 1.5, 2.0)]
    assert taken == sorted(taken, reverse=True) and len(set(taken)) == 5
    assert taken[0] == pytest.approx(taken[2] / 0.6, abs=1) and taken[4] == pytest.approx(taken[2] / 2, abs=1)


def test_what_does_not_fit_is_refused(learnt: Aligned) -> None:
    with pytest.raises(Unsupported, match="columns of 24"):
        drawn(learnt, (3, 3, 3), options=PacedOptions(pace=0.5))
    with pytest.raises(Unsupported, match="pace"):
        drawn(learnt, (1, 2), options=PacedOptions(pace=0.0))


def test_a_stretch_lies_within_its_row(learnt: Aligned) -> None:
    learnt.segment, before = 6, learnt.segment
    rng, firsts = torch.Generator().manual_seed(0), set()
    for _ in range(40):
        stretch, inside = learnt.stretch(torch.tensor([10, 4]), 10, rng)
        assert stretch.shape == (2, 6) and inside[0].all() and inside[1].tolist() == [True] * 4 + [False] * 2
        assert int(stretch[0].max()) < 10
        firsts.add(int(stretch[0, 0]))
    learnt.segment = before
    assert firsts == set(range(5))


def test_the_first_token_says_whose_the_others_are() -> None:
    """Of two speakers the second draws everything 2 higher."""

    def prompts(rng: torch.Generator) -> Batch:
        who, said = (torch.randint(low, low + 2, shape, generator=rng) for low, shape in ((1, (16, 1)), (3, (16, 3))))
        x = torch.cat([torch.zeros(16, 1), (2.0 * said - 7 + 2.0 * who - 3).repeat_interleave(2, 1)], 1)
        return Batch(x[:, None, None], Cond(tokens_BL=torch.cat([who, said], 1)))

    spec = Spec("grid", (1, 1, 7), cond=CondSpec(tokens=(4, 4)))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Aligned(spec, width=32, depth=1, reading=32, readers=1, led=True)
    assert model.lead is not None
    rng, optimiser = torch.Generator().manual_seed(0), torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(80):
        model.loss(prompts(rng), "all", rng)[0].backward()
        optimiser.step()
        optimiser.zero_grad()
    tokens = Cond(tokens_BL=torch.tensor([[1, 3, 4, 3], [2, 3, 4, 3]]))
    led = model.eval().read(tokens, 2).mean_BLM[:, 1:3, 0].detach()  # of the last, few steps do not settle the columns
    assert (led[1] - led[0] > 1.2).all(), led
    torch.nn.init.zeros_(model.lead.weight)
    assert (model.read(tokens, 2).mean_BLM[:, 1:3, 0].detach() - led).abs().max() > 0.2, "by way of `lead`"


def test_products_in_bfloat16_learn_the_same_paths() -> None:
    batch = rows_of(PROMPTS, torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        spec = Spec("grid", (1, 2, COLUMNS), cond=CondSpec(tokens=(3, 3)))
        model = Aligned(spec, width=64, depth=2, reading=64, readers=1)
    exact, _ = model.loss(batch, "all", torch.Generator().manual_seed(1))
    with torch.autocast("cpu", torch.bfloat16):
        loss, told = model.loss(batch, "all", torch.Generator().manual_seed(1))
        read = model.read(batch.cond, len(batch))
    loss.backward()
    assert read.mean_BLM.dtype == read.log_columns_BL.dtype == torch.float32
    assert (loss - exact).abs() < 0.05 * exact and all(p.grad is not None for p in model.parameters())


def test_what_is_left_out_is_drawn_while_learning_alone() -> None:
    batch = rows_of(PROMPTS, torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        spec = Spec("grid", (1, 2, COLUMNS), cond=CondSpec(tokens=(3, 3)))
        model = Aligned(spec, width=32, depth=1, reading=32, readers=1, dropout=0.5)
    for p in model.parameters():  # blocks begin with adding nothing
        torch.nn.init.normal_(p, std=0.3, generator=torch.Generator().manual_seed(p.numel()))
    read = [model.read(batch.cond, len(batch), torch.Generator().manual_seed(seed)).mean_BLM for seed in (1, 1, 2)]
    assert torch.equal(read[0], read[1]) and not torch.equal(read[0], read[2])
    learning, seed = model.loss(batch, "all", torch.Generator().manual_seed(1))[0], torch.Generator().manual_seed
    assert torch.equal(learning, model.loss(batch, "all", seed(1))[0])
    judged = model.eval().loss(batch, "all", seed(1))[0]
    whole = model.read(batch.cond, len(batch)).mean_BLM
    assert judged != learning and torch.equal(whole, model.read(batch.cond, len(batch)).mean_BLM)
    model.dropout = model.flow.dropout = 0.0
    assert torch.equal(model.train().loss(batch, "all", seed(1))[0], judged), "nothing is left out where it is judged"
