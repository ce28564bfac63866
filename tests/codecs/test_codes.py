"""Codes of pictures: one length for all, rows that end early, a state that is enough."""

import numpy as np
import pytest
import torch

from anew.artifact import load_codec, save_codec
from anew.codecs.codes import Codes
from anew.codecs.image import Image
from anew.models.vae.fsq import FSQ

SETTINGS = {"tokens": 5, "levels": (4, 3), "width": 8}


@pytest.fixture(scope="module")
def some() -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (40, 12, 12, 1), dtype=np.uint8))


@pytest.fixture(scope="module")
def codec(some: list[np.ndarray]) -> Codes:
    inner = Image()
    inner.fit(some)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = FSQ(inner.spec, **SETTINGS)
        torch.nn.init.normal_(model.narrow.weight)  # so that noise is told apart before anything is learnt
    return Codes(inner=inner, model=model, model_name="fsq", model_settings=SETTINGS)


def test_every_picture_becomes_as_many_codes(codec: Codes, some: list[np.ndarray]) -> None:
    tokens_BT = codec.encode(some)
    assert tokens_BT.shape == (40, 5) and tokens_BT.dtype == torch.int64
    assert torch.equal(tokens_BT // 12, torch.arange(5).expand(40, -1))  # twelve symbols a place
    assert (codec.spec.shape, codec.spec.vocab, codec.spec.end, codec.spec.whole) == ((6,), 61, 60, True)
    assert len(tokens_BT.unique(dim=0)) > 20


def test_a_row_that_ends_early_is_decoded_from_the_codes_that_it_has(codec: Codes, some: list[np.ndarray]) -> None:
    row, end = codec.encode(some[:1])[0], codec.spec.end
    early, masked = torch.tensor([*row[:2], end, *row[:2]]), torch.arange(5)[None] < 2
    expected = codec.inner.decode(codec._decode(row[None] % 12, masked))[0]
    misplaced = torch.tensor([*row[:2], *row[:3]])
    for cut in (row[:2], early, misplaced):
        assert np.array_equal(codec.decode([cut])[0], expected)
    assert not np.array_equal(codec.decode([row])[0], expected)
    assert np.array_equal(codec.decode([torch.cat([row, row])])[0], codec.decode([row])[0])
    assert codec.decode([row[:0]])[0].shape == (12, 12, 1) and codec.decode([]) == []


def test_augmented_copies_differ_and_repeat(codec: Codes, some: list[np.ndarray]) -> None:
    plain, a, again = (codec.encode(some, s and torch.Generator().manual_seed(s)) for s in (None, 1, 1))
    assert torch.equal(a, again) and not torch.equal(a, plain)


def test_a_state_is_enough(codec: Codes, some: list[np.ndarray], tmp_path) -> None:
    before = torch.get_rng_state()
    save_codec(codec, tmp_path)
    opened = load_codec("codes", {}, tmp_path)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(opened.encode(some), codec.encode(some)) and opened.spec == codec.spec
    assert all(np.array_equal(a, b) for a, b in zip(opened.reconstruct(some), codec.reconstruct(some), strict=True))
