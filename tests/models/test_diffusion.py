"""What the diffusion family shares, and what EDM and MeanFlow claim, against something known."""

import itertools
import math
from functools import partial
from typing import Any

import pytest
import torch
from known_data import CENTRES, CLASSES, clusters, generators, learn

from anew.contract import Batch, Cond, Model, Prompt, RefineOptions, Spec, Unsupported
from anew.models.diffusion.backbones import suited
from anew.models.diffusion.edm import EDM
from anew.models.diffusion.family import SOLVERS, Diffusion
from anew.models.diffusion.flow import Flow
from anew.models.diffusion.meanflow import MeanFlow

SPREAD = 0.3
MEMBERS = ["flow", "edm", "meanflow"]


def nats_of_clusters(batch: Batch) -> torch.Tensor:
    assert batch.cond is not None and batch.cond.label_B is not None
    square_B = (batch.x - CENTRES[batch.cond.label_B]).square().sum(1) / SPREAD**2
    return 0.5 * square_B + 2 * math.log(SPREAD * math.sqrt(2 * math.pi))


def trained(model: Diffusion, steps: int) -> Diffusion:
    return learn(model, lambda step, rng: clusters(256, rng, SPREAD), steps, fall=True)  # type: ignore[return-value]


@pytest.fixture(scope="module")
def members() -> dict[str, Diffusion]:
    spec, made = Spec("grid", (2,), cond=CLASSES), {}
    with torch.random.fork_rng():
        for name, kind, steps in zip(MEMBERS, (Flow, EDM, MeanFlow), (250, 250, 400), strict=True):
            torch.manual_seed(0)
            made[name] = trained(kind(spec, width=64, depth=2, drop=0.2), steps)
    return made


def last(model: Model, n: int, cond: Cond | None = None, prompt: Prompt | None = None, **options: Any) -> torch.Tensor:
    return list(model.sample(generators(n), cond, prompt, RefineOptions(**options)))[-1].data


def labels(n: int) -> Cond:
    return Cond(label_B=torch.arange(n) % 4)


def one_noise(n: int) -> torch.Tensor:
    return torch.stack([torch.randn(2, generator=rng) for rng in generators(n)])


# ------------------------------------------------------------------------------------------------ the family


@pytest.mark.parametrize("name", MEMBERS)
def test_the_likelihood_is_that_of_the_data(members: dict[str, Diffusion], name: str) -> None:
    held_out = clusters(200, torch.Generator().manual_seed(77), SPREAD)
    nats_B, error_B = members[name].likelihood(held_out, torch.Generator())
    assert abs(float((nats_B - nats_of_clusters(held_out)).mean())) < 0.15
    assert not error_B.any()


@pytest.mark.parametrize("name", MEMBERS)
def test_the_way_to_the_latent_and_back_ends_where_it_began(members: dict[str, Diffusion], name: str) -> None:
    batch, model = clusters(64, torch.Generator().manual_seed(5), SPREAD), members[name]
    z_BD = model.to_latent(batch.x, batch.cond)
    assert float((model.from_latent(z_BD, batch.cond) - batch.x).abs().max()) < 0.02
    assert 0.8 < float(z_BD.std()) < 1.2 and abs(float(z_BD.mean())) < 0.2


@pytest.mark.parametrize("solver", sorted(set(SOLVERS) - {"ancestral"}))
@pytest.mark.parametrize("name", ["flow", "edm"])
def test_more_steps_of_any_solver_come_nearer_to_the_flow(
    members: dict[str, Diffusion], name: str, solver: str
) -> None:
    model, cond = members[name], labels(64)
    exact = model.from_latent(one_noise(64), cond)
    off = [float((last(model, 64, cond, solver=solver, steps=n) - exact).square().mean().sqrt()) for n in (2, 8, 48)]
    assert off[2] < 0.5 * off[1] < 0.5 * off[0] and off[2] < 0.05


@pytest.mark.parametrize("name", ["flow", "edm"])
def test_ancestral_sampling_draws_from_the_classes(members: dict[str, Diffusion], name: str) -> None:
    x_BD = last(members[name], 400, labels(400), solver="ancestral", steps=40)
    for k in range(4):
        own_ND = x_BD[k::4]
        torch.testing.assert_close(own_ND.mean(0), CENTRES[k], atol=0.15, rtol=0)
        assert abs(float(own_ND.std(0).mean()) - SPREAD) < 0.08


@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_known_cells_stay_under_any_solver(members: dict[str, Diffusion], solver: str) -> None:
    values = clusters(32, torch.Generator().manual_seed(3), SPREAD).x
    known = torch.tensor([True, False]).expand(32, 2)
    x_BD = last(members["edm"], 32, None, Prompt(values=values, known=known), solver=solver)
    assert torch.equal(x_BD[:, 0], values[:, 0]) and not torch.equal(x_BD[:, 1], values[:, 1])


@pytest.mark.parametrize("name", ["edm", "meanflow"])
def test_strength_grows_away_from_the_start(members: dict[str, Diffusion], name: str) -> None:
    start = clusters(64, torch.Generator().manual_seed(9), SPREAD)
    gone = []
    for strength in (0.0, 0.3, 0.9):
        made = last(members[name], 64, start.cond, Prompt(start=start.x, strength=strength), steps=8)
        gone.append(float((made - start.x).norm(dim=1).mean()))
    assert gone[0] == 0 < gone[1] < gone[2]


@pytest.mark.parametrize("name", ["flow", "edm", "meanflow"])
def test_guidance_draws_towards_the_class(members: dict[str, Diffusion], name: str) -> None:
    cond = Cond(label_B=torch.zeros(200, dtype=torch.long))
    spread = [float(last(members[name], 200, cond, guidance=g, solver="heun", steps=8).std(0).mean()) for g in (1, 3)]
    assert spread[1] < spread[0]


def test_a_backbone_that_does_not_fit_is_refused() -> None:
    assert [suited("auto", shape) for shape in ((8,), (1, 8, 8), (3, 2, 9))] == ["stack", "unet", "stack"]
    for backbone, shape, said in (("unet", (8,), "planes"), ("dit", (4, 5), "planes"), ("magic", (8,), "unet")):
        with pytest.raises(Unsupported, match=said):
            Flow(Spec("grid", shape), backbone=backbone)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ EDM


def test_the_velocity_is_the_denoisers(members: dict[str, Diffusion]) -> None:
    model, cond = members["edm"], labels(16)
    assert isinstance(model, EDM)
    x_BD, t_B = one_noise(16), torch.linspace(0.05, 0.98, 16)
    clean_BD = model.denoise(x_BD / t_B[:, None], (1 - t_B) / t_B, cond)
    torch.testing.assert_close(
        model.velocity(x_BD, t_B, cond), (clean_BD - x_BD) / (1 - t_B[:, None]), atol=1e-4, rtol=1e-4
    )
    ends = model.velocity(x_BD, torch.arange(16) % 2 * 1.0, cond)
    assert ends.isfinite().all()


def test_each_level_of_noise_weighs_alike_at_first() -> None:
    """With a network that says nothing the error that it is to predict has unit variance at every level."""
    for low in (-5.0, 0.0, 3.0):
        model = EDM(Spec("grid", (64,)), width=32, depth=1, noise_mean=low, noise_spread=0.1)
        rng = torch.Generator().manual_seed(0)
        loss, _ = model.loss(Batch(torch.randn(512, 64, generator=rng)), "all", rng)
        assert abs(float(loss.detach()) - 1) < 0.05


def test_the_times_shorten_towards_the_data() -> None:
    times = EDM(Spec("grid", (2,)), width=32, depth=1).times(0.0, 18)
    sigmas = [(1 - t) / t for t in times[1:-1]]
    assert len(times) == 19 and times[0] == 0 and times[-1] == 1
    assert sigmas == sorted(sigmas, reverse=True) and sigmas[-1] == pytest.approx(0.002, rel=1e-4)
    assert sigmas[0] == pytest.approx(57.6, rel=0.01)  # i = 1 of 18 in equation 5


# ------------------------------------------------------------------------------------------------ MeanFlow


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, on loading its forward derivatives
def test_the_change_over_time_is_the_derivative_along_the_path(members: dict[str, Diffusion]) -> None:
    model = members["meanflow"]
    assert isinstance(model, MeanFlow)
    x_BD, slope_BD = one_noise(8), one_noise(16)[8:]
    t_B, end_B, cond = torch.linspace(0.1, 0.6, 8), torch.linspace(0.5, 0.9, 8), labels(8)
    change_BD = model.change(x_BD, t_B, end_B, slope_BD, cond, torch.arange(8))
    verb = partial(model.mean_velocity, cond=cond)
    along = (slope_BD, torch.ones(8), torch.zeros(8))
    exact_BD = torch.func.jvp(verb, (x_BD, t_B, end_B), along)[1]
    torch.testing.assert_close(change_BD, exact_BD, atol=0.01, rtol=0.01)


def test_jumps_are_longer_far_from_the_data(members: dict[str, Diffusion]) -> None:
    model = members["meanflow"]
    assert model.times(0.0, 1) == [0.0, 1.0] and model.times(0.0, 2) == pytest.approx([0.0, 0.6, 1.0])
    for begin in (0.0, 0.3, 0.9):
        moments = model.times(begin, 7)
        assert moments[0] == begin and moments[-1] == 1.0 and len(moments) == 8
        lengths = [b - a for a, b in itertools.pairwise(moments)]
        assert lengths == sorted(lengths, reverse=True)


def test_one_jump_lands_near_where_the_flow_ends(members: dict[str, Diffusion]) -> None:
    model, cond = members["meanflow"], labels(128)
    exact = model.from_latent(one_noise(128), cond)
    jumped, stepped = (last(model, 128, cond, steps=1, solver=solver) for solver in ("jump", "euler"))
    off = [float((x_BD - exact).square().mean().sqrt()) for x_BD in (jumped, stepped)]
    assert off[0] < 0.25 and off[0] < 0.6 * off[1]


def test_learned_guidance_draws_towards_the_class_in_one_call_and_another_is_refused(
    members: dict[str, Diffusion],
) -> None:
    cond = Cond(label_B=torch.zeros(200, dtype=torch.long))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        guided = MeanFlow(Spec("grid", (2,), cond=CLASSES), width=64, depth=2, drop=0.2, guidance=1.5)
    away = [float(last(m, 200, cond, steps=2)[:, 0].mean()) for m in (members["meanflow"], trained(guided, 300))]
    assert away[1] > away[0] + 0.05  # the other classes lie to the left of the first
    with pytest.raises(Unsupported, match=r"guidance.*model\.guidance"):
        last(guided, 2, labels(2), guidance=2.0)
