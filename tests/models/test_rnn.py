"""The recurrent network: what it remembers, what it skips, what it refuses."""

import pytest
import torch

from anew.contract import Batch, Cond, CondSpec, Spec, Unsupported
from anew.models.autoregressive.rnn import RNN

SPEC = Spec("tokens", (24,), vocab=7, end=0)


def seeded(spec: Spec, **settings: object) -> RNN:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = RNN(spec, **settings)  # type: ignore[arg-type]
        torch.nn.init.normal_(model.head.weight)
    return model.eval()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@torch.no_grad()
def test_tokens_that_do_not_exist_are_as_good_as_not_there(cell: str) -> None:
    """At any place, and for each row its own."""
    model = seeded(SPEC, cell=cell, width=16, layers=2)
    rng = torch.Generator().manual_seed(0)
    x_BT = torch.randint(0, 7, (5, 12), generator=rng)
    exists_BT = torch.rand(5, 12, generator=rng) < 0.6
    _, begun = model.extend(x_BT[:, :3])
    logits_BTV, state = model.extend(x_BT[:, 3:], exists_BT[:, 3:], begun)
    for row in range(5):
        there = exists_BT[row, 3:]
        _, alone = model.extend(x_BT[row : row + 1, :3])
        expected, alone = model.extend(x_BT[row, 3:][there][None], None, alone)
        torch.testing.assert_close(logits_BTV[row, there], expected[0], atol=1e-5, rtol=1e-5)
        for mine, theirs in zip(state.memories, alone.memories, strict=True):
            for a, b in zip(mine, theirs, strict=True):
                torch.testing.assert_close(a[row], b[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_it_remembers_the_first_token_to_the_last(cell: str) -> None:
    """The last token repeats the first, and what lies between says nothing: ln 2 is what forgetting costs."""
    model = seeded(Spec("tokens", (12,), vocab=4, end=0), cell=cell, width=32, layers=1)
    rng = torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    counts = torch.zeros(64, 13, dtype=torch.bool)
    counts[:, -1] = True
    for _ in range(150):
        x = torch.full((64, 13), 3)
        x[:, 0], x[:, 1] = 0, torch.randint(1, 3, (64,), generator=rng)
        x[:, -1] = x[:, 1]
        loss, _ = model.loss(Batch(x, counts=counts), "all", rng)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.1


def test_a_label_is_heard_at_every_token() -> None:
    model = seeded(Spec("tokens", (24,), vocab=7, end=0, cond=CondSpec(classes=3)), width=16)
    torch.nn.init.normal_(model.labels.weight)
    x_BT, label_B = torch.zeros(2, 20, dtype=torch.long), torch.tensor([0, 2])
    logits_BTV, state = model.extend(x_BT, None, None, Cond(label_B=label_B))
    assert (logits_BTV[0] - logits_BTV[1]).abs().amax(1).min() > 1e-3
    after_BTV, _ = model.extend(x_BT[:, :1], None, state)
    assert (after_BTV[0] - after_BTV[1]).abs().max() > 1e-3


def test_what_it_cannot_be_is_refused_in_words() -> None:
    with pytest.raises(Unsupported, match=r"cell 'elman': .* gru, lstm"):
        RNN(SPEC, cell="elman")  # type: ignore[arg-type]
    with pytest.raises(Unsupported, match="0 layers"):
        RNN(SPEC, layers=0)
    with pytest.raises(Unsupported, match="end symbol"):
        RNN(Spec("tokens", (24,), vocab=7))
