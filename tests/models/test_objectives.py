"""What an autoregressive model is adapted by: the papers' formulas, a start that stays, the contract where it binds."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from anew.contract import Batch, Spec, Unsupported
from anew.models.autoregressive.decoder import Decoder
from anew.models.autoregressive.objective import Answers, counted_nats
from anew.models.autoregressive.policy import GroupPolicy, advantages
from anew.models.autoregressive.preference import Preference
from anew.models.autoregressive.transformer import Transformer
from anew.models.layers.lora import adapt, learnt, linears
from anew.testing import check_model
from anew.testing.subject import optimisers_of, sequences, train_step

SPEC = Spec("tokens", (16,), vocab=9, end=0)
WAIVED = {
    "refuses_the_other_kind_with_a_reason": "an objective is laid around a model that is there",
    "sizes_name_settings_of_the_constructor": "its settings have no sizes",
}


def small():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Transformer(SPEC, width=32, layers=1, heads=2, table_rows=64, drop_ngrams=0.0)
    for name, layer in linears(model).items():
        nn.init.normal_(layer.weight, 0, 0.1, generator=torch.Generator().manual_seed(len(name)))
    return model


def laid(kind, **settings):
    model = small()
    adapt(model, (), 4, 8, torch.Generator().manual_seed(0))
    return kind(model, **settings)


def rows(n, rng):
    """Questions of a few symbols; what counts comes after."""
    x_BT = torch.randint(1, 9, (n, 10), generator=rng)
    x_BT[:, 0] = 0
    counts = torch.zeros(n, 10, dtype=torch.bool)
    counts[:, 6:] = True
    return Batch(x_BT, None, torch.ones(n, 10, dtype=torch.bool), counts)


def pairs(n, rng):
    """Rising answers are chosen, falling ones rejected."""
    batch = rows(n, rng)
    up, down = batch.x.clone(), batch.x.clone()
    up[:, 6:], down[:, 6:] = torch.arange(1, 5), torch.arange(5, 1, -1)
    return replace(batch, x=up, rival=replace(batch, x=down))


def taught(objective, draw, steps, rate=1e-2):
    own = {phase.name: optimisers_of(phase, rate) for phase in objective.phases()}
    rng = torch.Generator().manual_seed(1)
    for step in range(steps):
        train_step(objective, own, draw(16, rng), step, rng)
    return objective


# ------------------------------------------------------------------------------------------------ answers


def test_answers_keep_the_contract():
    report = check_model(laid(Answers), waive=WAIVED)
    assert len(report) >= 50


def test_a_whole_model_may_learn_beside_its_start():
    start = small()
    objective = Answers(small(), start)
    taught(objective, lambda n, rng: sequences(SPEC, torch.arange(n) % 3, None, rng), 3)
    assert all(torch.equal(a, b) for a, b in zip(start.parameters(), small().parameters(), strict=True))
    batch = rows(4, torch.Generator().manual_seed(0))
    nats, counts = small().nats(batch)
    assert torch.equal(objective.nats_at_start(batch), nats * counts)


def test_logits_that_nobody_asks_for_are_spared():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        decoder = Decoder(SPEC, width=16, layers=1, heads=2, tied=True)
    for model in (decoder, small()):
        batch = rows(4, torch.Generator().manual_seed(0))
        nats, counts = model.nats(batch)
        found, where = counted_nats(model, batch)
        assert torch.equal(counts, where) and torch.allclose(found, nats * counts, atol=1e-6)
        found.sum().backward()
        silent, where = counted_nats(model, replace(batch, counts=torch.zeros_like(batch.counts)))
        assert not silent.any() and not where.any()


# ------------------------------------------------------------------------------------------------ preferences


def test_the_loss_of_preferences_is_the_papers():
    objective, batch = laid(Preference, beta=0.5, anchor=0.0), pairs(6, torch.Generator().manual_seed(0))
    loss, stats = objective.loss(batch, "all", torch.Generator())
    assert loss.item() == pytest.approx(math.log(2)) and stats["gap"] == 0
    taught(objective, pairs, 5)
    loss, stats = objective.loss(batch, "all", torch.Generator())

    def likely(model, one):
        nats, counts = model.nats(one)
        return -(nats * counts).sum(1)

    start = small()
    gap = likely(objective.policy, batch) - likely(start, batch)
    gap = gap - likely(objective.policy, batch.rival) + likely(start, batch.rival)
    assert loss.item() == pytest.approx((-torch.log(torch.sigmoid(0.5 * gap))).mean().item(), rel=1e-4)
    anchored = laid(Preference, beta=0.5, anchor=2.0).loss(batch, "all", torch.Generator())[0].item()
    assert anchored == pytest.approx(math.log(2) + 2 * (-likely(start, batch) / 4).mean().item(), rel=1e-4)


def test_preferences_widen_the_gap_and_the_anchor_holds_the_chosen():
    held_out = pairs(16, torch.Generator().manual_seed(9))
    gaps, chosen = {}, {}
    for anchor in (0.0, 1.0):
        objective = taught(laid(Preference, anchor=anchor), pairs, 25)
        _, stats = objective.loss(held_out, "all", torch.Generator())
        gaps[anchor], chosen[anchor] = stats["gap"].item(), stats["chosen_nats_per_token"].item()
    assert gaps[0.0] > 2 and gaps[1.0] > 2
    assert chosen[1.0] < chosen[0.0]
    with pytest.raises(Unsupported, match="rivals"):
        objective.loss(rows(2, torch.Generator()), "all", torch.Generator())


def test_preferences_keep_the_contract():
    masks = "pairs weigh the same however much of them counts"
    about_masks = [
        "a_row_that_counts_nowhere_does_not_matter", "masks_left_out_are_masks_of_everything",
        "what_does_not_count_is_only_context", "what_does_not_exist_does_not_matter",
    ]  # fmt: skip

    def wide(n, rng):
        """Rows of the whole context, most of it padding."""
        return pairs(n, rng).map(lambda v: torch.cat([v, v.new_zeros(len(v), 7)], 1))

    report = check_model(laid(Preference), wide, waive=WAIVED | dict.fromkeys(about_masks, masks))
    assert len(report) >= 40


# ------------------------------------------------------------------------------------------------ a reward


def worth(answer, expected):
    """A share: how many of the answer's symbols are a 3."""
    return float((answer == 3).double().mean()) if len(answer) else 0.0


def rewarded(**settings):
    objective = laid(GroupPolicy, **{"max_new": 6, "group": 6, **settings})
    objective.reward = worth
    return objective


def test_advantages_are_the_papers():
    found = advantages(torch.tensor([[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]]))
    assert torch.allclose(found, torch.tensor([[-1.0, 1.0, 1.0, -1.0], [0.0, 0.0, 0.0, 0.0]]), atol=1e-3)


def test_what_is_written_follows_the_question_and_alone_counts():
    objective, batch = rewarded(), rows(3, torch.Generator().manual_seed(0))
    written = objective.write(batch, torch.Generator().manual_seed(5), 2)
    assert len(written) == 6
    assert torch.equal(written.x[:, :6], batch.x.repeat_interleave(2, 0)[:, :6])
    assert not written.counts[:, :6].any() and (written.counts.sum(1) >= 1).all()
    again = objective.write(batch, torch.Generator().manual_seed(5), 2)
    assert torch.equal(again.x, written.x) and torch.equal(again.counts, written.counts)
    for x, counts in zip(written.x, written.counts, strict=True):
        answer = x[counts]
        assert (answer[:-1] != 0).all() and (len(answer) == 6 or answer[-1] == 0)


def test_the_gradient_is_that_of_the_log_likelihood_times_the_advantage():
    objective, batch = rewarded(beta=0.0), rows(2, torch.Generator().manual_seed(0))
    loss, stats = objective.loss(batch, "all", torch.Generator().manual_seed(3))
    loss.backward()
    got = [p.grad.clone() for phase in objective.phases() for p in phase.parameters()]
    objective.zero_grad()
    written = objective.write(batch, torch.Generator().manual_seed(3), 6)
    reward = objective.rewards(written, batch, 6).view(2, 6)
    assert stats["reward"].item() == pytest.approx(reward.mean().item())
    nats, counts = objective.policy.nats(written)
    plain = ((nats * counts).sum(1) / counts.sum(1) * advantages(reward).view(-1)).mean()
    plain.backward()
    for a, p in zip(got, [p for phase in objective.phases() for p in phase.parameters()], strict=True):
        assert torch.allclose(a, p.grad, atol=1e-6)


def test_the_reward_rises_and_the_price_of_leaving_holds_it():
    held_out = rows(64, torch.Generator().manual_seed(7))
    found, far = {}, {}
    for beta in (0.0, 1.0):
        objective = rewarded(beta=beta)
        before = -objective.validation_loss(held_out, torch.Generator().manual_seed(0)).item()
        taught(objective, rows, 25, 2e-2)
        found[beta] = -objective.validation_loss(held_out, torch.Generator().manual_seed(0)).item() - before
        far[beta] = objective.loss(held_out, "all", torch.Generator().manual_seed(0))[1]["kl_per_token"].item()
    assert found[0.0] > 0.3
    assert 0 <= far[1.0] < far[0.0]
    assert learnt(objective.policy)


def test_a_reward_is_needed():
    objective = laid(GroupPolicy)
    with pytest.raises(Unsupported, match="reward"):
        objective.loss(rows(2, torch.Generator()), "all", torch.Generator())
