"""An autoencoder as a codec: exact repeats, blocks, augmentation, its state."""

import numpy as np
import pytest
import torch

from anew.artifact import load_codec, save_codec
from anew.codecs.image import Image
from anew.codecs.latent import Latent
from anew.models.vae.autoencoder import Autoencoder

SETTINGS = {"latent": 6, "width": 8, "blocks": 1}


@pytest.fixture(scope="module")
def some() -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (40, 12, 12, 1), dtype=np.uint8))


@pytest.fixture(scope="module")
def codec(some: list[np.ndarray]) -> Latent:
    inner = Image()
    inner.fit(some)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Autoencoder(inner.spec, **SETTINGS)
    latent = Latent(inner=inner, model=model, model_name="autoencoder", model_settings=SETTINGS)
    latent.fit(some)
    return latent


def test_the_latent_is_standardised(codec: Latent, some: list[np.ndarray]) -> None:
    z = codec.encode(some)
    assert z.shape == (40, 6) == (40, *codec.spec.shape)
    torch.testing.assert_close(z.mean(0), torch.zeros(6), atol=1e-3, rtol=0)
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(6), atol=1e-2, rtol=0)


def test_company_and_order_change_no_bit(codec: Latent, some: list[np.ndarray]) -> None:
    z = codec.encode(some)
    alone = torch.cat([codec.encode([picture]) for picture in some])
    assert torch.equal(z, alone)
    for a, b in zip(codec.decode(z), [codec.decode(row[None])[0] for row in z], strict=True):
        assert np.array_equal(a, b)
    again = Latent(inner=codec.inner, model=codec.model, model_name="autoencoder", model_settings=SETTINGS)
    again.fit(reversed(some))
    assert torch.equal(again.mean, codec.mean) and torch.equal(again.deviation, codec.deviation)


def test_augmented_copies_differ_and_repeat(codec: Latent, some: list[np.ndarray]) -> None:
    plain, a, b, again = (
        codec.encode(some, None if seed is None else torch.Generator().manual_seed(seed)) for seed in (None, 1, 2, 1)
    )
    assert torch.equal(a, again) and not torch.equal(a, b) and not torch.equal(a, plain)
    shifted = codec.augment(some[0], np.random.default_rng(0))
    assert shifted.shape == some[0].shape and not np.array_equal(shifted, some[0])
    assert np.array_equal(shifted, codec.augment(some[0], np.random.default_rng(0)))


def test_a_state_is_enough(codec: Latent, some: list[np.ndarray], tmp_path) -> None:
    before = torch.get_rng_state()
    again = Latent.from_state(codec.state())
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(again.encode(some), codec.encode(some)) and again.spec == codec.spec
    save_codec(codec, tmp_path)
    opened = load_codec("latent", {}, tmp_path)
    assert torch.equal(opened.encode(some), codec.encode(some))
    assert all(np.array_equal(a, b) for a, b in zip(opened.reconstruct(some), codec.reconstruct(some), strict=True))
