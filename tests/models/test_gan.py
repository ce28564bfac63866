"""The adversarial networks: their mathematics against what is known, and the signs of a game gone wrong, planted."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from anew import registry
from anew.contract import Batch, Cond, CondSpec, Model, OnceOptions, Prompt, Spec, Unsupported
from anew.models.layers.energy import energy_score, features
from anew.testing.subject import patterns, train_step
from anew.testing.suite import seeded

GRID = Spec("grid", (1, 8, 8), cond=CondSpec(classes=3))


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(name: str, spec: Spec, **settings: Any) -> Model:
    with seeded(0):
        return registry.find("models", name)(spec, **settings)


def learned(model: Model, draw: Any, steps: int, lr: float = 4e-3, fall: bool = True) -> Model:
    chance = rng(1)
    optimisers = {p.name: [torch.optim.Adam(list(p.parameters()), lr, betas=(0.0, 0.9))] for p in model.phases()}
    for step in range(steps):
        for (one,) in optimisers.values():
            one.param_groups[0]["lr"] = lr * (1 - step / steps if fall else 1)
        train_step(model, optimisers, draw(step), step, chance)
    return model.eval()


# ------------------------------------------------------------------------------------------------ eight Gaussians


CENTRES = torch.stack([torch.tensor([math.cos(i * math.pi / 4), math.sin(i * math.pi / 4)]) for i in range(8)]) * 1.4
DEVIATION = 0.07


def ring(n: int, seed: int) -> Batch:
    which = torch.randint(0, 8, (n,), generator=rng(seed))
    return Batch(CENTRES[which] + DEVIATION * torch.randn(n, 2, generator=rng(seed + 10**6)))


def modes(x_N2: Tensor) -> int:
    """Modes with at least a quarter of their share of the samples within three deviations."""
    nearest = torch.cdist(x_N2, CENTRES).min(1)
    counts = torch.bincount(nearest.indices[nearest.values < 3 * DEVIATION], minlength=8)
    return int((counts >= len(x_N2) / 8 / 4).sum())


# ------------------------------------------------------------------------------------------------ mathematics


def test_the_slope_of_a_plane_is_its_normal_and_can_be_differentiated() -> None:
    model, plane = made("wgan", Spec("grid", (5,))), nn.Linear(5, 1)
    model.discriminator = Flat(plane)
    with torch.no_grad():
        logit_B, slope_BD = model.slope(torch.randn(4, 5, generator=rng()), None)
    assert logit_B.shape == (4,) and torch.equal(slope_BD, plane.weight.expand(4, 5))
    slope_BD.square().sum().backward()
    assert torch.allclose(plane.weight.grad, 8 * plane.weight)


class Flat(nn.Module):
    def __init__(self, plane: nn.Linear) -> None:
        super().__init__()
        self.plane = plane

    def forward(self, x_BS: Tensor, label_B: Tensor) -> Tensor:
        return self.plane(x_BS).squeeze(1)


def test_the_energy_score_is_known_for_a_normal_distribution_and_least_at_the_truth() -> None:
    """E|X - Y| = 2 / √π for two standard normal numbers, so the truth scores 1 / √π."""
    n = 1500
    y_N1, x_N1 = torch.randn(n, 1, generator=rng(0)), torch.randn(n, 1, generator=rng(1))
    same = torch.ones(n, n, dtype=torch.bool)

    def score(x_N1: Tensor) -> float:
        return float(energy_score(y_N1, x_N1, same, same))

    assert score(x_N1) == pytest.approx(1 / math.sqrt(math.pi), rel=0.03)
    for wrong in (x_N1 + 0.5, 0.5 * x_N1, 1.7 * x_N1, torch.zeros_like(x_N1), x_N1.abs()):
        assert score(wrong) > score(x_N1) + 0.01


def test_the_score_under_labels_minds_the_label() -> None:
    """Samples of the right mixture under the wrong labels score worse."""
    label = torch.arange(200) % 2
    y = 3.0 * label[:, None] + torch.randn(200, 1, generator=rng(0))
    x = 3.0 * label[:, None] + torch.randn(200, 1, generator=rng(1))
    same = label[:, None] == label
    assert energy_score(y, x, same, same) < 0.5 * energy_score(y, x.roll(1, 0), same, same)


def test_the_space_of_the_score_never_changes() -> None:
    x = torch.linspace(-1, 1, 2 * 64).view(2, 1, 8, 8)
    assert torch.equal(features(x), features(x))
    assert float(features(x).sum()) == pytest.approx(SUM_OF_FEATURES, rel=1e-4)
    assert torch.equal(features(x.flatten(1)), x.flatten(1))


SUM_OF_FEATURES = 16.248667


# ------------------------------------------------------------------------------------------------ what is promised


def test_the_modes_of_a_ring_are_found() -> None:
    model = made("gan", Spec("grid", (2,)), latent=8, width=64, depth=2, penalty=0.05)
    held_out = ring(256, 10**7)
    before = model.validation_loss(held_out, rng())
    learned(model, lambda step: ring(128, step), 400)
    assert modes(model.from_latent(torch.randn(2000, 8, generator=rng(9)))) >= 7
    assert model.validation_loss(held_out, rng()) < before - 0.05
    assert model.diagnose(held_out, rng()) == []


def test_a_wasserstein_network_learns_the_classes_of_vectors() -> None:
    """A class is a template and a little noise; each sample lies nearest to its own."""
    spec = Spec("grid", (6,), cond=CondSpec(classes=3))
    model = made("wgan", spec, latent=8, width=64, depth=1)
    learned(model, lambda step: patterns(spec, 64, rng(step)), 200)
    held_out = patterns(spec, 96, rng(10**6))
    assert held_out.cond is not None and held_out.cond.label_B is not None
    label_B = held_out.cond.label_B
    centres = torch.stack([held_out.x[label_B == i].mean(0) for i in range(3)])
    x = model.from_latent(torch.randn(96, 8, generator=rng()), held_out.cond)
    assert float((torch.cdist(x, centres).argmin(1) == label_B).float().mean()) > 0.95
    assert model.diagnose(held_out, rng()) == []


def test_temperature_narrows_the_samples() -> None:
    model = learned(made("gan", GRID, width=64), lambda step: patterns(GRID, 32, rng(step)), 20)
    label = Cond(label_B=torch.zeros(32, dtype=torch.long))
    spreads = []
    for temperature in (0.0, 0.5, 1.0):
        chances = [rng(i) for i in range(32)]
        *_, last = model.sample(chances, label, None, OnceOptions(temperature=temperature))
        spreads.append(float(last.data.std(0).mean()))
    assert spreads[0] == 0 and spreads[1] < 0.8 * spreads[2]


def test_what_cannot_be_done_is_refused_in_words() -> None:
    model = made("gan", GRID, width=64)
    x = torch.zeros(1, 1, 8, 8)
    for asked, words in (
        ({"options": OnceOptions(guidance=2.0)}, "guidance.*flow has"),
        ({"prompt": Prompt(start=x, strength=0.5)}, "prompt.*flow"),
        ({"cond": Cond(attributes_BA=torch.zeros(1, 2))}, "labels or none"),
    ):
        with pytest.raises(Unsupported, match=words):
            next(iter(model.sample([rng()], **asked)))
    with pytest.raises(Unsupported, match="from noise to samples alone"):
        model.to_latent(x)
    with pytest.raises(Unsupported, match="the model gan takes grids"):
        made("wgan", GRID)
    with pytest.raises(Unsupported, match="labels, and nothing else"):
        made("gan", Spec("grid", (4,), cond=CondSpec(attributes=2)))


# ------------------------------------------------------------------------------------------------ signs, planted


class Deaf(nn.Module):
    """A generator that hears the label and not the noise, of all classes or of some."""

    def __init__(self, inner: nn.Module, classes: tuple[int, ...]) -> None:
        super().__init__()
        self.inner, self.classes = inner, torch.tensor(classes)

    def forward(self, z_BZ: Tensor, label_B: Tensor) -> Tensor:
        deaf_B1 = torch.isin(label_B, self.classes)[:, None]
        return self.inner(torch.where(deaf_B1, 0.0, z_BZ), label_B)


def test_a_generator_that_ignores_its_noise_is_named_and_one_that_hears_it_is_not() -> None:
    """Of all classes, of one, of none; and a generator that ignores its noise scores worse."""
    batch, losses = patterns(GRID, 96, rng(5)), []
    planted: list[tuple[tuple[int, ...], str]] = [
        ((0, 1, 2), "Mode collapse: whatever the noise"),
        ((1,), "in 1 of 3 classes .*: 1\\)"),
        ((), ""),
    ]
    for classes, words in planted:
        model = made("gan", GRID, width=64)
        model.generator = Deaf(model.generator, classes)  # type: ignore[arg-type]
        learned(model, lambda step: patterns(GRID, 32, rng(step)), 60)
        said = model.diagnose(batch, rng())
        found = [one for one in said if "Mode collapse" in one]
        assert bool(found) == bool(words) and all(re.search(words, one) for one in found), said
        losses.append(float(model.validation_loss(batch, rng())))
    assert losses[0] > losses[2]


@pytest.mark.parametrize("name", ["gan", "wgan"])
def test_a_learning_rate_of_a_twentieth_is_named(name: str) -> None:
    """Not at every look: what jumps about comes by the data now and then."""
    model, said = made(name, Spec("grid", (2,)), latent=8, width=64, depth=2), list[str]()

    def draw(step: int) -> Batch:
        if step % 15 == 14:
            said.extend(model.diagnose(ring(256, 10**7), rng()))
        return ring(128, step)

    learned(model, draw, 60, lr=0.05, fall=False)
    assert any("Divergence" in one or "Worse than noise" in one for one in said), said
