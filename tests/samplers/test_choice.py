"""Choosing a token: each dial as worked out by hand, and no row changed by what another asks for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from anew.contract import AppendOptions
from anew.samplers.choice import SHORT, Row, choose, likely, masked, nucleus, pick, reach, shifted, typical

torch.set_num_threads(1)

P = torch.tensor([0.1, 0.0, 0.45, 0.3, 0.15])
LOGITS = st.lists(st.floats(-12, 12, width=32), min_size=2, max_size=40)


def seeded(number):
    return torch.Generator().manual_seed(number)


def kept(p_RV):
    return (p_RV[0] > 0).nonzero()[:, 0].tolist()


def row(**options):
    read, said = options.pop("read", []), options.pop("said", [])
    return Row(AppendOptions(**options), seeded(0), read, None, said)


# ------------------------------------------------------------------------------------------------ truncation


@pytest.mark.parametrize(
    ("mass", "tokens"), [(0.3, [2]), (0.44, [2]), (0.46, [2, 3]), (0.8, [2, 3, 4]), (0.95, [0, 2, 3, 4])]
)
def test_the_nucleus_is_the_smallest_set(mass, tokens):
    assert kept(nucleus(P[None].double(), mass)) == tokens


def test_typical_tokens_are_as_informative_as_the_mean():
    """Of [0.5, 0.25, 0.125, 0.125] the entropy is 1.75 bits: 2 bits are nearest, then 1 and 3."""
    p_1V = torch.tensor([[0.5, 0.25, 0.125, 0.125]], dtype=torch.float64)
    assert kept(typical(p_1V, 0.2)) == [1]
    assert kept(typical(p_1V, 0.3)) == [0, 1]
    assert kept(typical(p_1V, 0.9)) == [0, 1, 2, 3]


@given(LOGITS, st.floats(0.01, 0.999))
def test_no_smaller_set_holds_the_mass(logits, mass):
    p_1V = torch.softmax(torch.tensor([logits], dtype=torch.float64), 1)
    entropy = -sum(p * math.log(p) for p in p_1V[0].tolist() if p)
    order = {nucleus: -p_1V[0], typical: (-p_1V[0].log() - entropy).abs()}
    for cut, far_V in order.items():
        left_V = cut(p_1V, mass)[0]
        inside = left_V > 0
        assert torch.equal(left_V[inside], p_1V[0][inside])
        assert left_V.sum() > mass - 1e-9
        furthest = far_V[inside].max()
        assert (far_V[~inside & (p_1V[0] > 0)] >= furthest - 1e-9).all()
        assert p_1V[0][far_V < furthest - 1e-9].sum() < mass + 1e-9  # without the furthest ones it would not do


def test_a_set_of_more_than_a_few_is_found_as_well():
    """A row whose nucleus is wider than the short search, beside one whose nucleus is not: each as if alone."""
    logits_RV = torch.randn(2, 3 * SHORT, generator=seeded(0)) * torch.tensor([[0.1], [8.0]])
    p_RV = torch.softmax(logits_RV.double(), 1)
    for mass in (0.5, 0.9, 0.999):
        ranked_RV = p_RV.sort(dim=1, descending=True).values
        many_R = (ranked_RV.cumsum(1) - ranked_RV < mass).sum(1)
        assert many_R[0] > SHORT > many_R[1]
        assert (nucleus(p_RV, mass) > 0).sum(1).tolist() == many_R.tolist()
        for i in range(2):
            alone = slice(i, i + 1)
            assert torch.equal(reach(-p_RV[alone], p_RV[alone], mass), reach(-p_RV, p_RV, mass)[alone])


def test_truncations_follow_each_other():
    """Top-k first: the nucleus is that of what is left of it."""
    chance = (torch.arange(999, dtype=torch.float64) + 0.5) / 999
    logits = P.log().expand(999, -1)
    drawn = pick(logits, chance, AppendOptions(top_k=2, top_p=0.59))
    assert set(drawn.tolist()) == {2}
    assert set(pick(logits, chance, AppendOptions(top_k=2, top_p=0.61)).tolist()) == {2, 3}
    assert set(pick(logits, chance, AppendOptions(min_p=0.34, top_p=0.8)).tolist()) == {2, 3}


@pytest.mark.parametrize("temperature", [1e-6, 1e-300, 5e-324])
def test_however_cold_the_likeliest_is_drawn(temperature):
    logits_RV = torch.tensor([[1.0, 2.5, -40.0, 2.25], [-3.0, -torch.inf, -1.0, -2.0]])
    assert pick(logits_RV, torch.tensor([0.9, 0.1]).double(), AppendOptions(temperature=temperature)).tolist() == [1, 2]


# ------------------------------------------------------------------------------------------------ bias and penalties


def test_penalties_and_bias_move_the_logits_they_say():
    logits_V = torch.tensor([2.0, -2.0, 1.0, 0.5])
    assert shifted(logits_V, row(repetition=2.0, read=[0], said=[1])).tolist() == [1.0, -4.0, 1.0, 0.5]
    assert shifted(logits_V, row(presence=0.5, read=[3], said=[0, 0, 2])).tolist() == [1.5, -2.0, 0.5, 0.5]
    assert shifted(logits_V, row(frequency=0.25, read=[3], said=[0, 0, 2])).tolist() == [1.5, -2.0, 0.75, 0.5]
    assert shifted(logits_V, row(bias=((1, 3.0), (3, -100.0)))).tolist() == [2.0, 1.0, 1.0, -99.5]


def test_the_mask_comes_before_the_penalties():
    """A forbidden token stays forbidden however it is biased, and a penalty moves what is allowed."""
    logits_RV = torch.tensor([[5.0, 4.0, 3.0, 0.0]])
    mask_RV = torch.tensor([[False, True, True, True]])
    wish = row(temperature=0.0, bias=((0, 99.0),), frequency=2.0, said=[1])
    assert choose(logits_RV, [wish], 3, mask_RV)[0].tolist() == [2]


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_row_that_may_say_nothing_ends(allowed):
    logits_1V = masked(torch.zeros(1, 4), torch.tensor([allowed]), 3)
    token = int(choose(logits_1V, [row()], 3)[0])
    assert allowed[token] if any(allowed) else token == 3


# ------------------------------------------------------------------------------------------------ rows

WISHES = [
    {}, {"temperature": 0.0}, {"temperature": 1.7}, {"top_k": 3}, {"top_p": 0.6}, {"min_p": 0.2}, {"typical": 0.5},
    {"repetition": 1.4}, {"presence": 0.7, "frequency": 0.2}, {"bias": ((2, 4.0),)}, {"top_p": 0.6, "temperature": 0.7},
]  # fmt: skip


@pytest.mark.parametrize("vocab", [7, 2000])
def test_a_row_is_what_it_is_alone_whatever_the_others_ask_for(vocab):
    logits_RV = torch.randn(len(WISHES), vocab, generator=seeded(3))
    said = [[i % vocab, 2, 2] for i in range(len(WISHES))]

    def rows(which):
        return [Row(AppendOptions(**WISHES[i], logprobs=i % 3), seeded(i), [1], None, list(said[i])) for i in which]

    for seed in range(5):
        logits_RV = logits_RV.roll(seed, 1)
        together, told = choose(logits_RV, rows(range(len(WISHES))), 0)
        for i in range(len(WISHES)):
            alone, own = choose(logits_RV[i : i + 1], rows([i]), 0)
            assert int(alone) == int(together[i]) and own == told[i : i + 1]


def test_a_done_row_says_the_end_and_draws_nothing():
    wish = row()
    token_R, told = choose(torch.zeros(3, 5), [None, wish, None], 4)
    assert token_R[[0, 2]].tolist() == [4, 4] and told == [None] * 3
    assert float(torch.rand((), dtype=torch.float64, generator=wish.rng)) == float(
        torch.rand(2, dtype=torch.float64, generator=seeded(0))[1]
    )


def test_log_probabilities_are_those_of_the_model_itself():
    """Before mask, bias, penalties and temperature."""
    mask_RV = torch.tensor([[True, False, False, True, True]])
    wish = row(logprobs=2, temperature=9.0, bias=((0, 5.0),), repetition=3.0, said=[0])
    token_R, ((logp, best),) = choose(P.log()[None], [wish], 4, mask_RV)
    assert logp == pytest.approx(math.log(P[token_R[0]]), abs=1e-6)
    assert [token for token, _ in best] == [2, 3] and best[0][1] == pytest.approx(math.log(0.45), abs=1e-6)
    (none, (everything, ranked)) = likely(torch.randn(2, 9), torch.tensor([0, 1]), [None, 9])
    assert none is None and sum(math.exp(p) for _, p in ranked) == pytest.approx(1) and (1, everything) in ranked
