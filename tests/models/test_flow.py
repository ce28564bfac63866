"""Flow matching learns known densities, and its dials do what they say; the judge learns labels."""

from typing import Any

import pytest
import torch
from known_data import CENTRES, CLASSES, clusters, generators, learn

from anew.contract import Batch, Cond, Model, Prompt, RefineOptions, Spec, Unsupported
from anew.models.diffusion.backbones import stack
from anew.models.diffusion.flow import Flow
from anew.models.judges.classifier import Classifier
from anew.models.layers.reading import Told
from anew.testing import check_model
from anew.testing.suite import seeded


@pytest.mark.parametrize(("shape", "backbone"), [((2, 9, 7), "unet"), ((1, 7, 10), "dit")])
def test_flow_keeps_the_contract_over_grids_of_odd_shapes(shape: tuple[int, ...], backbone: Any) -> None:
    make = lambda: Flow(Spec("grid", shape), width=32, depth=1, backbone=backbone, patch=2)  # noqa: E731
    assert len(check_model(make)) == 35


def test_the_judge_keeps_the_contract() -> None:
    spec = Spec("grid", (1, 9, 12), cond=CLASSES)
    assert len(check_model(lambda: Classifier(spec, width=16, blocks=1, features=16))) >= 18


def test_a_judge_needs_labels_and_planes() -> None:
    for spec in (Spec("grid", (1, 9, 9)), Spec("grid", (9,), cond=CLASSES)):
        with pytest.raises(Unsupported):
            Classifier(spec)


@pytest.fixture(scope="module")
def flow() -> Flow:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Flow(Spec("grid", (2,), cond=CLASSES), width=64, depth=2, drop=0.2)
    return learn(model, lambda step, rng: clusters(256, rng), 400)  # type: ignore[return-value]


def last(model: Model, *arguments, **named) -> torch.Tensor:
    return list(model.sample(*arguments, **named))[-1].data


def test_it_learns_a_known_density_by_class(flow: Flow) -> None:
    label_B = torch.arange(4).repeat(100)
    x_BD = last(flow, generators(400), Cond(label_B=label_B), options=RefineOptions(steps=12))
    for k in range(4):
        own_ND = x_BD[label_B == k]
        torch.testing.assert_close(own_ND.mean(0), CENTRES[k], atol=0.1, rtol=0)
        assert 0.1 < float(own_ND.std(0).mean()) < 0.3


def test_without_a_condition_it_draws_from_all_classes(flow: Flow) -> None:
    x_BD = last(flow, generators(400), options=RefineOptions(steps=12))
    shares = torch.bincount(torch.cdist(x_BD, CENTRES).argmin(1), minlength=4) / 400
    assert float((shares - 0.25).abs().max()) < 0.1


def test_guidance_draws_towards_the_class(flow: Flow) -> None:
    cond = Cond(label_B=torch.zeros(200, dtype=torch.long))
    spread = [float(last(flow, generators(200), cond, options=RefineOptions(guidance=g)).std(0).mean()) for g in (1, 3)]
    assert spread[1] < spread[0]


def test_strength_grows_away_from_the_start(flow: Flow) -> None:
    start = clusters(64, torch.Generator().manual_seed(9))
    gone = []
    for strength in (0.0, 0.3, 0.9):
        prompt = Prompt(start=start.x, strength=strength)
        gone.append(float((last(flow, generators(64), start.cond, prompt) - start.x).norm(dim=1).mean()))
    assert gone[0] == 0 < gone[1] < gone[2]


def test_known_cells_pull_the_unknown_ones_along(flow: Flow) -> None:
    values = torch.tensor([[CENTRES[0, 0], 0.0], [CENTRES[2, 0], 0.0]]).repeat(50, 1)
    known = torch.tensor([True, False]).expand(100, 2)
    x_BD = last(flow, generators(100), None, Prompt(values=values, known=known), RefineOptions(steps=24))
    assert torch.equal(x_BD[:, 0], values[:, 0])
    free_BD = last(flow, generators(100), options=RefineOptions(steps=24))
    near, near_free = (float((x_N[:, 1].abs() < 0.8).float().mean()) for x_N in (x_BD, free_BD))
    assert near > 0.7 > 0.65 > near_free


def test_an_unknown_solver_is_refused(flow: Flow) -> None:
    with pytest.raises(Unsupported, match="adams-bashforth"):
        last(flow, generators(1), options=RefineOptions(solver="magic"))


def test_the_judge_reads_classes_it_was_taught() -> None:
    templates_KCHW = torch.randn(4, 1, 12, 12, generator=torch.Generator().manual_seed(5))
    smooth_KCHW = torch.nn.functional.avg_pool2d(templates_KCHW, 3, 1, 1) * 3

    def draw(n: int, rng: torch.Generator) -> Batch:
        label_B = torch.randint(0, 4, (n,), generator=rng)
        return Batch(smooth_KCHW[label_B] + 0.3 * torch.randn(n, 1, 12, 12, generator=rng), Cond(label_B=label_B))

    with torch.random.fork_rng():
        torch.manual_seed(0)
        judge = Classifier(Spec("grid", (1, 12, 12), cond=CLASSES), width=16, blocks=1, features=16)
    learn(judge, lambda step, rng: draw(256, rng), 25)
    held_out = draw(200, torch.Generator().manual_seed(77))
    assert held_out.cond is not None
    right = judge.logits(held_out.x).argmax(1) == held_out.cond.label_B
    assert float(right.float().mean()) > 0.97
    nats_B = judge.score(held_out, torch.Generator())
    assert nats_B.shape == (200,) and float(nats_B.mean()) < 0.3
    assert judge.features(held_out.x).shape == (200, 16)


def test_waves_let_a_network_of_few_cells_learn_sharp_edges(monkeypatch) -> None:
    """A square wave whose pitch is none of theirs, learnt in 200 steps: with waves, and much less without."""
    left = {}
    for few in (4, 0):
        monkeypatch.setattr(stack, "FEW", few)
        with seeded(0):
            net = stack.Stack((2,), 64, 2, 0)
        optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
        rng = torch.Generator().manual_seed(1)
        for _ in range(200):
            x_BD = torch.rand(256, 2, generator=rng) * 2 - 1
            loss = (net(x_BD, Told(torch.ones(256, 64))) - (5.3 * x_BD).sin().sign()).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        left[few] = loss.item()
    assert left[4] < 0.6 * left[0], left
    assert stack.Stack((5,), 64, 2, 0).first.in_features == 5  # of more cells, as of a latent, there are no waves
