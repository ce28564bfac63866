"""Likelihood: every token once, the right units, a model whose probabilities are known."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from anew.codecs.image import Image
from anew.codecs.text import Bytes, Characters
from anew.contract import Model, Spec
from anew.models.autoregressive.transformer import Transformer
from anew.validate.likelihood import bits_per_code, bits_per_dimension, bits_per_unit, cut, likelihood
from anew.validate.metric import Unmeasured


class Known(Model):
    """Says 1/2 to a token that repeats the one before it, and spreads the rest evenly."""

    kinds, family, score_kind = ("tokens",), "autoregressive", "exact"

    def __init__(self, spec):
        super().__init__(spec)
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.widths = []

    def score(self, batch, rng):
        self.widths.append(batch.x.shape[1])
        same = batch.x[:, 1:] == batch.x[:, :-1]
        p = torch.where(same, 0.5, 0.5 / (self.spec.vocab - 1))
        return (-p.double().log() * batch.counts[:, 1:]).sum(1)


SAMPLES = ["aab", "", "é" * 200, "mixed " * 9]


def expected(sample):
    line = [256, *sample.encode(), 256]
    return sum(math.log(2) if a == b else math.log(2 * 256) for a, b in zip(line, line[1:], strict=False))


@pytest.mark.parametrize("stride", [None, 1, 7, 16])
@pytest.mark.parametrize("rows", [1, 5])
def test_it_is_the_sum_over_every_token_once(stride, rows):
    codec = Bytes(context=16)
    model = Known(codec.spec)
    found = likelihood(model, codec, SAMPLES, torch.Generator(), stride=stride, rows=rows)
    np.testing.assert_allclose(found.nats, [expected(s) for s in SAMPLES])
    assert found.units.tolist() == [3, 0, 400, 54] and found.lengths.tolist() == [3, 0, 200, 54]
    assert max(model.widths) == 17 and found.kind == "exact"
    bits, nats = bits_per_unit(found, np.random.default_rng(0), 200)
    assert bits.name == "bits_per_byte" and bits.low <= bits.value <= bits.high
    assert math.isclose(bits.value, found.nats.sum() / math.log(2) / 457)
    assert math.isclose(nats.value, found.nats.sum() / 257)


def test_windows_predict_each_token_once_with_context():
    tokens = torch.arange(100)
    predicted = []
    for window in cut(0, tokens, 16, 8):
        assert len(window.x) <= 17
        predicted += window.x[-window.new :].tolist()
        assert window.x[-window.new] == 1 or len(window.x) - window.new >= 8
    assert predicted == list(range(1, 100))


def test_strides_agree_with_one_window_where_all_fits():
    codec = Characters(context=64)
    codec.fit(["to be or not to be " * 9])
    torch.manual_seed(0)
    model = Transformer(codec.spec, width=32, layers=1, heads=2, table_rows=64)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.2)
    whole = likelihood(model, codec, ["to be or not"], torch.Generator())
    from anew.contract import Batch

    end = torch.tensor([codec.spec.end])
    x = torch.cat([end, codec.encode(["to be or not"])[0], end])[None]
    np.testing.assert_allclose(whole.nats, model.score(Batch(x), torch.Generator()).numpy(), rtol=1e-5)


@pytest.mark.parametrize("begins", [(7, 9), ()])
def test_what_begins_a_sample_is_read_and_not_predicted(begins):
    codec = Bytes(context=16)
    codec.spec = replace(codec.spec, begins=begins, stops=(3,))
    torch.manual_seed(0)
    model = Transformer(codec.spec, width=16, layers=1, heads=2, ngrams=1)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.2)
    found = likelihood(model, codec, ["to be"], torch.Generator())
    opening = torch.tensor(begins or (256,))
    x = torch.cat([opening, codec.encode(["to be"])[0], torch.tensor([256])])[None]
    logits = model.extend(x[:, :-1])[0].detach().log_softmax(2)
    expected = -logits[0].gather(1, x[0, 1:, None])[len(opening) - 1 :].sum()
    np.testing.assert_allclose(found.nats, [float(expected)], rtol=1e-5)
    windows = list(cut(0, torch.arange(40), 16, 8, 3))
    assert [t for w in windows for t in w.x[-w.new :].tolist()] == list(range(3, 40))
    assert max(len(w.x) for w in windows) == 17


def test_reading_stops_at_the_limit_and_training_mode_is_kept():
    codec = Bytes(context=16)
    model = Known(codec.spec).train()
    found = likelihood(model, codec, ["abcd"] * 10, torch.Generator(), max_units=10)
    assert len(found.nats) == 3 and model.training


def test_what_cannot_be_compared_is_not_measured():
    codec = Bytes(context=16)
    model = Known(codec.spec)
    with pytest.raises(Unmeasured, match="no held-out"):
        likelihood(model, codec, [], torch.Generator())
    model.score_kind = None
    with pytest.raises(Unmeasured, match="no probabilities"):
        likelihood(model, codec, SAMPLES, torch.Generator())
    codec.lossy = True
    with pytest.raises(Unmeasured, match="exactly"):
        likelihood(Known(codec.spec), codec, SAMPLES, torch.Generator())


class Gaussian(Model):
    """Independent normal cells of a known mean and deviation: a density that can be worked out by hand."""

    family, kinds, streams, score_kind = "diffusion", ("grid",), None, "exact"

    def score(self, batch, rng):
        return -torch.distributions.Normal(0.2, 1.5).log_prob(batch.x).flatten(1).sum(1)


def test_bits_per_dimension_are_those_of_a_known_density() -> None:
    """Grey values drawn from the very density: its entropy, in bits of whole values, is the answer."""
    rng = np.random.default_rng(0)
    codec = Image(size=8)
    codec.load({"side": 8, "channels": 1, "mean": 120.0, "deviation": 10.0})
    values = rng.normal(120 + 10 * 0.2, 10 * 1.5, (200, 8, 8, 1))
    pictures = list(np.rint(values).clip(0, 255).astype(np.uint8))
    model = Gaussian(codec.spec)
    found = bits_per_dimension(model, codec, pictures, codec.deviation, torch.Generator().manual_seed(0), rng)
    entropy = 0.5 * np.log2(2 * np.pi * np.e * 15.0**2)
    assert found.low < entropy + 0.02 and found.value == pytest.approx(entropy, abs=0.03) and found.kind == "bound"
    model.score_kind = None
    with pytest.raises(Unmeasured, match="no probabilities"):
        bits_per_dimension(model, codec, pictures, 10.0, torch.Generator(), rng)


def test_bits_of_a_code_are_those_of_a_row_with_its_end_over_its_codes() -> None:
    class Four(Image):
        """Four codes a picture, the same one three times."""

        kind = "tokens"

        def encode(self, samples):
            return torch.tensor([[5, 5, 5, 6]] * len(samples))

    codec = Four()
    codec.spec = Spec("tokens", (5,), vocab=9, end=8, whole=True)

    class Same(Known):
        def score(self, batch, rng):
            return super().score(replace(batch, counts=torch.ones_like(batch.x)), rng)

    found = bits_per_code(Same(codec.spec), codec, [None] * 40, torch.Generator(), np.random.default_rng(0), draws=50)
    # 1 bit for each of the two that repeat; 1 + 3 for each of the two others, and for the end.
    assert found.value == pytest.approx((2 * 1 + 3 * 4) / 4) and found.kind == "exact" and found.n == 40
