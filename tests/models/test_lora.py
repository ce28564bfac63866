"""Low-rank changes over linear layers: nothing at first, the paper's formula, frozen bases, only changes learn."""

import pytest
import torch
from torch import nn

from anew.contract import Batch, Spec, Unsupported
from anew.models.autoregressive.objective import Answers
from anew.models.autoregressive.rnn import RNN
from anew.models.autoregressive.transformer import Transformer
from anew.models.layers.lora import Changed, adapt, as_it_was, lay_over, learnt, linears, merge
from anew.testing.subject import optimisers_of, sequences, train_step

SPEC = Spec("tokens", (16,), vocab=9, end=0)


def small(**changes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Transformer(SPEC, width=32, layers=2, heads=2, table_rows=64, **changes)
    for name, layer in linears(model).items():  # output projections begin at zero, and nothing would show
        nn.init.normal_(layer.weight, 0, 0.2, generator=torch.Generator().manual_seed(len(name)))
    return model.eval()


def logits(model):
    with torch.no_grad():
        return model.extend(torch.arange(12)[None] % 9)[0]


def learned(model, steps=5):
    objective = Answers(model)
    own = {phase.name: optimisers_of(phase, 1e-2) for phase in objective.phases()}
    rng = torch.Generator().manual_seed(1)
    kinds_B = torch.arange(8) % 4
    for step in range(steps):
        batch = sequences(SPEC, kinds_B, None, rng)
        train_step(objective, own, batch, step, rng)
    return model


@pytest.mark.parametrize("layers", [(), ("blocks.*.up", "*.qkv"), ("head",)])
def test_it_begins_as_its_base_and_learns_alone(layers):
    model, before = small(), small()
    adapt(model, layers, 2, 4, torch.Generator().manual_seed(0))
    assert torch.equal(logits(model), logits(before))
    count = {(): 8, ("blocks.*.up", "*.qkv"): 4, ("head",): 1}[layers]
    assert len(learnt(model)) == 2 * count
    held = {p for phase in model.phases() for p in phase.parameters()}
    assert held == {p for p in model.parameters() if p.requires_grad} and len(held) == 2 * count
    learned(model)
    assert not torch.equal(logits(model), logits(before))
    for name, value in before.state_dict().items():
        path, _, last = name.rpartition(".")
        known = model.state_dict()
        assert torch.equal(known[name if name in known else f"{path}.base.{last}"], value)
    with as_it_was(model):
        assert torch.equal(logits(model), logits(before))


def test_the_formula():
    layer = nn.Linear(3, 2)
    model = nn.Module()
    model.part = layer
    down, up = torch.randn(1, 3, generator=torch.Generator().manual_seed(0)), torch.tensor([[1.0], [2.0]])
    lay_over(model, {"part.down": down, "part.up": up}, 0.5)
    x = torch.ones(4, 3)
    assert torch.allclose(model.part(x), layer(x) + 0.5 * (x @ down.T) @ up.T)


def test_stored_changes_come_back_stack_and_merge():
    model = small()
    adapt(model, (), 2, 4, torch.Generator().manual_seed(0))
    weights = learnt(learned(model))
    again = small()
    lay_over(again, weights, 2.0)
    assert torch.equal(logits(again), logits(model))
    lay_over(again, weights, -2.0)
    assert torch.allclose(logits(again), logits(small()), atol=1e-5)
    merge(model)
    twin = small()
    assert model.state_dict().keys() == twin.state_dict().keys()
    twin.load_state_dict(model.state_dict())
    lay_over(model, weights, -2.0)
    assert torch.allclose(logits(model), logits(small()), atol=1e-4)
    assert not any(isinstance(m, Changed) for m in twin.modules())


def test_what_does_not_fit_is_refused():
    with pytest.raises(Unsupported, match="no layer is called 'nowhere"):
        adapt(small(), ("nowhere.*",), 2, 4, torch.Generator())
    with pytest.raises(Unsupported, match="does not have"):
        lay_over(small(), {"elsewhere.down": torch.ones(1, 3), "elsewhere.up": torch.ones(2, 1)}, 1.0)
    with pytest.raises(Unsupported, match="not its own"):
        lay_over(small(), {"head.down": torch.ones(1, 3), "head.up": torch.ones(2, 1)}, 1.0)


def test_a_recurrent_network_has_its_head_alone_to_change():
    model = RNN(SPEC, width=16)
    adapt(model, ("head",), 2, 4, torch.Generator().manual_seed(0))
    batch = Batch(torch.arange(10)[None] % 9)
    assert Answers(model).loss(batch, "all", torch.Generator())[0].isfinite()


def test_a_convolution_is_changed_as_its_merged_weights_would_change_it():
    rng = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(6, 2, 1)).eval()
    x = torch.randn(3, 4, 9, 9, generator=rng)
    plain = net(x)
    adapt(net, (), 2, 4.0, rng)
    assert torch.equal(net(x), plain)  # nothing was learnt yet
    for layer in (net[0], net[2]):
        nn.init.normal_(layer.changes[0].up, generator=rng)
    changed, held = net(x).detach(), learnt(net)
    assert sorted(held) == ["0.down", "0.up", "2.down", "2.up"] and held["0.down"].shape == (2, 4, 3, 3)
    assert (changed - plain).abs().max() > 0.1
    merge(net)
    assert isinstance(net[0], nn.Conv2d) and torch.allclose(net(x), changed, atol=1e-5)
    with pytest.raises(Unsupported, match="'0' by 6 × 4 × 5 × 5 weights, not its own"):
        lay_over(net, {"0.down": torch.zeros(2, 4, 5, 5), "0.up": torch.zeros(6, 2)}, 1.0)
