"""The Gaussian VAE keeps the contract, its bound is one, and each of its dials does what it says."""

import math
import re

import pytest
import torch
from known_data import CENTRES, CLASSES, clusters, generators, learn

from anew.contract import Batch, Cond, CondSpec, Model, OnceOptions, Options, Prompt, Spec, Unsupported
from anew.errors import RecipeError
from anew.models.vae.autoencoder import Autoencoder
from anew.models.vae.family import VAE, divergence
from anew.models.vae.gaussian import GaussianVAE
from anew.recipe import settings_of
from anew.testing import check_model
from anew.testing.suite import seeded


@pytest.mark.parametrize("settings", [{"scale": "cell"}, {"free_bits": 0.1}, {"components": 3}])
def test_it_keeps_the_contract_under(settings: dict) -> None:
    small = {"width": 8, "latent": 4, "depth": 1, "draws": 2}
    assert len(check_model(lambda: GaussianVAE(Spec("grid", (1, 8, 8)), **small, **settings))) >= 36


# ------------------------------------------------------------------------------------------------ the bound


class LinearGaussian(VAE):
    """z ~ N(0, I), x | z ~ N(Az + b, s² I): the one VAE whose marginal is known, x ~ N(b, AAᵀ + s² I), and whose true
    posterior is normal with deviations that do not depend on x. `q_scale` makes the encoder too wide or too narrow."""

    latent_shape = (2,)

    def __init__(self, q_scale: float) -> None:
        super().__init__(Spec("grid", (3,)))
        rng = torch.Generator().manual_seed(4)
        directions = torch.linalg.qr(torch.randn(3, 2, generator=rng, dtype=torch.double)).Q
        self.a = directions * torch.tensor([1.5, 0.5])  # orthogonal columns: the posterior is diagonal
        self.b, self.s, self.q_scale = torch.tensor([0.3, -0.2, 0.1]).double(), 0.4, q_scale

    def encode(self, x, cond=None):
        precision_Z = 1 + self.a.square().sum(0) / self.s**2
        mean_BZ = (x.double() - self.b) @ self.a / self.s**2 / precision_Z
        return mean_BZ, (self.q_scale**2 / precision_Z).log().expand_as(mean_BZ)

    def likelihood(self, z_BZ, cond=None):
        return z_BZ.double() @ self.a.T + self.b, torch.tensor(self.s).log()

    def true_nats(self, x):
        covariance = self.a @ self.a.T + self.s**2 * torch.eye(3)
        return -torch.distributions.MultivariateNormal(self.b, covariance).log_prob(x)

    def draw(self, n):
        rng = torch.Generator().manual_seed(7)
        z_BZ = torch.randn(n, 2, generator=rng, dtype=torch.double)
        return z_BZ @ self.a.T + self.b + self.s * torch.randn(n, 3, generator=rng, dtype=torch.double)


def bound(model: VAE, x: torch.Tensor, draws: int, cond: Cond | None = None) -> float:
    model.draws = draws
    return float(model.score(Batch(x, cond), torch.Generator().manual_seed(1)).mean())


def test_with_the_true_posterior_one_draw_gives_the_true_density() -> None:
    model = LinearGaussian(1.0)
    x = model.draw(50)
    for draws in (1, 8):
        model.draws = draws
        nats_B = model.score(Batch(x), torch.Generator().manual_seed(1))
        torch.testing.assert_close(nats_B, model.true_nats(x), atol=1e-6, rtol=0)


@pytest.mark.parametrize("q_scale", [0.8, 1.6])
def test_the_bound_tightens_with_its_draws_towards_the_true_density(q_scale: float) -> None:
    model = LinearGaussian(q_scale)
    x = model.draw(2000)
    true = float(model.true_nats(x).mean())
    loose, *tighter = gaps = [bound(model, x, draws) - true for draws in (1, 4, 32, 512)]
    # What one draw loses on the mean is KL(q || p(z | x)), here two dimensions whose deviations are off by q_scale.
    assert loose == pytest.approx(q_scale**2 - 1 - 2 * math.log(q_scale), abs=0.05)
    assert all(after < before for before, after in zip(gaps[:-1], gaps[1:], strict=True)), gaps
    assert abs(tighter[-1]) < 0.01


def test_a_mixture_is_a_density_and_is_what_its_draws_follow() -> None:
    with seeded(0):
        model = GaussianVAE(Spec("grid", (2,)), latent=1, components=3)
    with torch.no_grad():
        model.share.copy_(torch.tensor([0.5, 0.3, 0.2]).log())
        model.middle.copy_(torch.tensor([[-3.0], [0.0], [2.0]]))
        model.log_reach.copy_(torch.tensor([[0.2], [0.5], [0.3]]).log())
        line = torch.linspace(-8, 8, 4001)[:, None]
        density = (-model.prior_nats(line)).exp()
        assert float(density.sum() * 16 / 4000) == pytest.approx(1, abs=1e-4)
        z_B1 = model.draw_prior(generators(2000), 1.0)
        for edge in (-2.9, -1.0, 0.1, 2.0):
            below = float(density[line[:, 0] < edge].sum() * 16 / 4000)
            assert float((z_B1 < edge).float().mean()) == pytest.approx(below, abs=0.04)
        assert torch.equal(model.draw_prior(generators(4), 0.0), torch.full((4, 1), -3.0))


def test_each_class_has_a_prior_of_its_own_and_so_has_the_absent_label() -> None:
    with seeded(0):
        model = GaussianVAE(Spec("grid", (2,), cond=CondSpec(classes=2)), latent=1, components=2)
    with torch.no_grad():
        model.middle.copy_(torch.tensor([[[-4.0], [-2.0]], [[3.0], [5.0]], [[0.0], [9.0]]]))
        model.log_reach.fill_(math.log(0.1))
    cond = Cond(label_B=torch.tensor([0, 1, 0, 1])).only(torch.tensor([True, True, False, False]))
    for many in range(8):
        z_B = model.draw_prior(generators(32)[4 * many : 4 * many + 4], 1.0, cond)[:, 0]
        assert z_B[0] < -1 and z_B[1] > 2 and all(min(abs(z), abs(z - 9)) < 1 for z in z_B[2:].tolist())
    places = torch.tensor([-4.0, 3.0, 0.0, 9.0])[:, None]
    nats = model.prior_nats(places, cond)
    assert torch.allclose(nats, nats[0].expand(4), atol=1e-4)  # each at the middle of a component of its own prior
    assert (model.prior_nats(places.flip(0), cond) > nats + 10).all()


# ------------------------------------------------------------------------------------------------ what it learns


def four(step: int, rng: torch.Generator) -> Batch:
    return clusters(256, rng)


def small(**settings) -> GaussianVAE:
    with seeded(0):
        return GaussianVAE(Spec("grid", (2,), cond=CLASSES), **{"width": 16, "depth": 1, "latent": 4, **settings})


@pytest.fixture(scope="module")
def vae() -> GaussianVAE:
    return learn(small(drop=0.2), four, 600)  # type: ignore[return-value]


def last(model: Model, n: int, cond=None, prompt=None, options: Options | None = None) -> torch.Tensor:
    return list(model.sample(generators(n), cond, prompt, options))[-1].data


def test_it_learns_a_known_density_by_class(vae: GaussianVAE) -> None:
    label_B = torch.arange(4).repeat(100)
    x_BD = last(vae, 400, Cond(label_B=label_B))
    for k in range(4):
        own_ND = x_BD[label_B == k]
        torch.testing.assert_close(own_ND.mean(0), CENTRES[k], atol=0.1, rtol=0)
        assert 0.1 < float(own_ND.std(0).mean()) < 0.35  # most of it the noise of p(x | z), which is drawn
    held_out = clusters(1000, torch.Generator().manual_seed(9))
    true = 2 * (0.5 + math.log(0.2) + 0.5 * math.log(2 * math.pi))  # the entropy, given the class
    assert true - 0.05 < bound(vae, held_out.x, 64, held_out.cond) < true + 0.15
    blind = bound(vae, held_out.x, 64)
    assert blind > true + math.log(4) - 0.05  # not knowing which of four costs log 4 at least


def test_temperature_draws_nearer_to_the_middle(vae: GaussianVAE) -> None:
    cond = Cond(label_B=torch.zeros(200, dtype=torch.long))
    spread = [float(last(vae, 200, cond, options=OnceOptions(temperature=t)).std(0).mean()) for t in (0.0, 0.5, 1.0)]
    assert 0 == spread[0] < spread[1] < 0.8 * spread[2]


def test_strength_grows_away_from_the_start_and_ends_in_the_prior(vae: GaussianVAE) -> None:
    start = clusters(64, torch.Generator().manual_seed(9))
    gone = []
    for strength in (0.0, 0.3, 1.0):
        x_BD = last(vae, 64, None, Prompt(start=start.x, strength=strength))
        gone.append(float((x_BD - start.x).norm(dim=1).mean()))
    assert gone[0] == 0 < gone[1] < 0.7 * gone[2]
    assert torch.equal(x_BD, last(vae, 64)), "strength 1 is not a plain draw"


def test_a_latent_that_is_not_used_is_told(vae: GaussianVAE) -> None:
    held_out, rng = clusters(256, torch.Generator().manual_seed(9)), torch.Generator()
    said = learn(small(beta=50.0), four, 200).diagnose(held_out, rng)
    assert re.match(r"posterior collapse: [34] of 4 .* beta", said[0])


def test_free_bits_keep_a_latent_that_would_collapse() -> None:
    """Too dear a divergence is saved on to the last nat, but for what of it is free."""
    used = []
    for free in (0.0, 0.2):
        model = learn(small(free_bits=free, beta=8.0, components=1), four, 200)
        kl_BZ = divergence(*model.encode(clusters(256, torch.Generator()).x))
        used.append(float(kl_BZ.detach().mean()))
    assert used[0] < 0.05 < used[1] < 0.4


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("kind", [GaussianVAE, Autoencoder])
@pytest.mark.parametrize(("key", "value"), [("width", 0), ("width", 12), ("latent", 0), ("latent", -3)])
def test_sizes_that_make_no_network_are_refused_in_words(kind: type, key: str, value: int) -> None:
    with pytest.raises(RecipeError, match=f"model.{key}: Input should be"):
        settings_of(kind, {key: value}, "s", "model")


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(Unsupported, match="free_bits"):
        small(free_bits=0.1)
    with pytest.raises(Unsupported, match="known cells"):
        last(small(), 2, None, Prompt(values=torch.zeros(2, 2), known=torch.ones(2, 2, dtype=torch.bool)))
    with pytest.raises(Unsupported, match="strength"):
        last(small(), 2, None, Prompt(start=torch.zeros(2, 2), strength=1.5))
