"""The autoencoder keeps the contract, and reconstructs grids that it has not seen."""

import math

import pytest
import torch
from known_data import bars, learn

from anew.contract import Batch, Spec, Unsupported
from anew.models.vae.autoencoder import Autoencoder
from anew.testing import check_model


@pytest.mark.parametrize("shape", [(1, 12, 12), (3, 9, 14)])
def test_it_keeps_the_contract(shape: tuple[int, ...]) -> None:
    still = {"shift": 0.0, "turn": 0.0, "zoom": 0.0, "shear": 0.0, "ripple": 0.0}  # noise that is bent is other noise
    assert len(check_model(lambda: Autoencoder(Spec("grid", shape), width=8, latent=8, **still))) >= 30


@pytest.mark.parametrize("side", [8, 9, 15, 28, 33])
@pytest.mark.parametrize("size", ["xs", "s"])
def test_any_side_goes_through(side: int, size: str) -> None:
    model = Autoencoder(Spec("grid", (2, side, side + 3)), **Autoencoder.sizes[size])
    x = torch.zeros(2, 2, side, side + 3)
    assert model.decode(model.encode(x)[0]).shape == x.shape


def test_small_and_flat_grids_are_refused() -> None:
    for shape in ((1, 7, 9), (12,), (8, 8)):
        with pytest.raises(Unsupported, match="8"):
            Autoencoder(Spec("grid", shape))


def test_it_reconstructs_held_out_grids_and_its_bound_is_one() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Autoencoder(Spec("grid", (1, 12, 12)), width=16, latent=12, shift=0, turn=0, zoom=0, shear=0, ripple=0)
    learn(model, lambda step, rng: Batch(bars(64, step)), 150)
    held_out = bars(64, 10_000)
    error = (model.decode(model.encode(held_out)[0]) - held_out).square().mean()
    assert error < 0.1 * held_out.var()
    # The negative bound cannot lie below the entropy of the data: log 144 nats against a density of any height, so
    # it is compared with what a Gaussian fitted to each cell pays.
    nats = model.score(Batch(held_out), torch.Generator().manual_seed(1)).mean()
    plain = 144 * (0.5 * math.log(2 * math.pi * float(held_out.var())) + 0.5)
    assert nats < plain
