"""Masked diffusion: its bound against every way to hide a row, and what it fills, keeps, ends and refuses."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F

from anew.contract import AppendOptions, Batch, Cond, CondSpec, Prompt, RefineOptions, Spec, Unsupported
from anew.models.diffusion.masked import Masked, UnmaskOptions

torch.set_num_threads(1)
LABELLED = Spec("tokens", (8,), vocab=9, end=8, cond=CondSpec(classes=2))
SMALL = {"width": 32, "layers": 2, "heads": 2, "table_rows": 512, "ngrams": 3}


def generators(n):
    return [torch.Generator().manual_seed(seed) for seed in range(n)]


def built(spec, seed=0, **settings):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Masked(spec, **{**SMALL, **settings})


def counting(n, rng):
    """Label 0 counts up from 0 to 3 and label 1 down from 4 to 7, modulo 8, after an end."""
    label_B = torch.randint(0, 2, (n,), generator=rng)
    first_B1 = torch.randint(0, 4, (n, 1), generator=rng) + 4 * label_B[:, None]
    x_BT = (first_B1 + torch.arange(-1, 8) * (1 - 2 * label_B[:, None])) % 8
    x_BT[:, 0] = 8
    return Batch(x_BT, Cond(label_B=label_B))


@pytest.fixture(scope="module")
def model():
    model, rng = built(LABELLED), torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(150):
        loss, _ = model.loss(counting(32, rng), "all", rng)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def last(model, n, *arguments, **named):
    *_, chunk = model.sample(generators(n), *arguments, **named)
    return chunk.data


# ------------------------------------------------------------------------------------------------ the bound


def test_what_knows_nothing_pays_for_every_token_alike():
    """Zero weights in the head: each hidden token costs ln V, so every draw of the bound is N ln V."""
    batch = counting(5, generators(1)[0])
    batch = Batch(batch.x, None, None, torch.arange(9) < torch.tensor([[0], [1], [3], [7], [9]]))
    nats_B = built(LABELLED).eval().score(batch, generators(1)[0])
    assert torch.allclose(nats_B, torch.tensor([0, 0, 2, 6, 8]).double() * math.log(9), rtol=1e-5)


def test_the_bound_is_the_mean_over_every_way_to_hide_the_row():
    """Uria et al. 2014: N times the mean over 1 to N hidden tokens, over all sets of so many, of the nats of each."""
    model = built(Spec("tokens", (4,), vocab=5, end=4)).eval()
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.5, generator=torch.Generator().manual_seed(3))
    x_BT, told = torch.tensor([[4, 1, 0, 3, 2]]), 0.0
    with torch.no_grad():
        for n in range(1, 5):
            costs = []
            for places in itertools.combinations(range(1, 5), n):
                seen_BT = x_BT.clone()
                seen_BT[:, places] = model.hidden
                costs.append(F.cross_entropy(model.denoise(seen_BT)[0, list(places)], x_BT[0, list(places)]))
            told += float(torch.stack(costs).mean())
    drawn_B = model.score(Batch(x_BT.expand(2000, -1)), generators(1)[0])
    assert abs(float(drawn_B.mean()) - told) < 4 * float(drawn_B.std()) / 2000**0.5
    assert float(drawn_B.std()) > 0.05, "nothing varies, so that nothing is shown"


def test_a_symbol_that_does_not_exist_is_seen_by_none(model):
    x_BT = counting(3, generators(1)[0]).x
    shorter = model.denoise(x_BT[:, :7].masked_fill(torch.arange(7) == 4, model.hidden))
    padded_BT = F.pad(x_BT[:, :7], (0, 2), value=model.absent).masked_fill(torch.arange(9) == 4, model.hidden)
    assert torch.allclose(shorter[:, 4], model.denoise(padded_BT)[:, 4], atol=1e-4)


# ------------------------------------------------------------------------------------------------ filling, ending


def test_a_blank_is_filled_from_both_sides(model):
    """One neighbour leaves two values open, up or down; two leave one."""
    batch = counting(64, torch.Generator().manual_seed(9))
    x_BT, known = batch.x[:, 1:], torch.ones(64, 8, dtype=torch.bool)
    known[:, 3:6] = False
    made_BT = last(model, 64, None, Prompt(values=x_BT, known=known), UnmaskOptions(temperature=0.5))
    assert torch.equal(made_BT[known], x_BT[known])
    assert float((made_BT == x_BT).all(1).float().mean()) > 0.95


def test_an_end_is_not_drawn_before_a_known_token():
    eager = built(LABELLED).eval()
    known = torch.zeros(64, 8, dtype=torch.bool)
    known[:, 4] = True
    made_BT = last(eager, 64, None, Prompt(values=torch.zeros(64, 8, dtype=torch.long), known=known))
    assert (made_BT[:, :4] != 8).all() and (made_BT[:, 5:] == 8).any()


def test_nothing_shows_after_an_end_in_any_chunk():
    model = built(LABELLED).eval()
    for chunk in model.sample(generators(64), options=UnmaskOptions(steps=6)):
        ended_BT = (chunk.data == 8).cumsum(1) > 0
        assert ended_BT.any() and (chunk.data[ended_BT] == 8).all()


def test_max_new_counts_from_the_prompts_end(model):
    head = counting(4, generators(1)[0]).x[:, 1:4]
    for max_new in (0, 1, 4):
        made_BT = last(model, 4, None, Prompt(values=head), UnmaskOptions(max_new=max_new))
        assert torch.equal(made_BT[:, :3], head) and (made_BT[:, 3 + max_new :] == 8).all()
        assert max_new == 0 or (made_BT[:, 3 : 3 + max_new] != 8).any()


def test_the_more_guidance_the_more_the_class_decides(model):
    """Label 0 begins below 4."""
    cond = Cond(label_B=torch.zeros(64, dtype=torch.long))

    def share(guidance):
        options = UnmaskOptions(guidance=guidance, steps=6, temperature=1.5)
        return float((last(model, 64, cond, options=options)[:, 0] < 4).float().mean())

    assert share(0.0) + 0.15 < share(1.0) < share(4.0)


def test_a_lower_temperature_draws_likelier_tokens(model):
    hot, cold = (last(model, 48, options=UnmaskOptions(temperature=t)) for t in (1.5, 0.3))
    steps = [((x_BT[:, 1:] - x_BT[:, :-1]) % 8 == 1) | ((x_BT[:, :-1] - x_BT[:, 1:]) % 8 == 1) for x_BT in (hot, cold)]
    assert steps[0].float().mean() + 0.05 < steps[1].float().mean()


# ------------------------------------------------------------------------------------------------ refusals


def test_it_says_what_it_cannot():
    model = built(LABELLED).eval()
    values = torch.zeros(1, 9, dtype=torch.long)
    for said, arguments in {
        "magic": (None, None, UnmaskOptions(solver="magic")),
        "AppendOptions": (None, None, AppendOptions()),
        "9 tokens; the model holds 8": (None, Prompt(values=values), None),
        "start": (None, Prompt(start=values[:, :8], strength=0.5), None),
        "guidance": (None, None, UnmaskOptions(guidance=2.0)),
    }.items():
        with pytest.raises(Unsupported, match=said):
            last(model, 1, *arguments)
    for spec in (Spec("tokens", (8,), vocab=5), Spec("grid", (8,))):
        with pytest.raises(Unsupported):
            Masked(spec)
    with pytest.raises(Unsupported, match="heads"):
        Masked(LABELLED, width=36, heads=4)


def test_the_familys_plain_options_do(model):
    a, b = (last(model, 3, options=options) for options in (RefineOptions(steps=4), UnmaskOptions(steps=4)))
    assert torch.equal(a, b)
