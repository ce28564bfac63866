"""A trained autoencoder as a codec: samples <-> the latent in which another model learns.

In: samples of an inner codec. Out: float32 latents, each dimension of zero mean and unit variance over the training
samples, and samples again. Codecs never train: the model comes trained, by name, settings and weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from anew import registry
from anew.contract import Codec, Model, Spec, Unsupported, in_blocks
from anew.errors import DataError

ROWS = 64  # the networks run on blocks of so many rows, so that a sample's company changes no bit
FRACTION = 1 << 12  # latents are summed as whole numbers of this fraction, so that the order cannot matter


class Latent(Codec):
    """Made either from parts, `Latent(inner=codec, model=model, model_name="autoencoder", model_settings={…})` and
    then fitted, or from a state: `Latent.from_state(state)`, or `Latent()` and `load`.

    `model` has the verbs encode(x) -> mean, logvar and decode(z) -> x of the VAE family, and may have
    `augment(x, rng)`. The state holds the inner codec and the model whole.
    """

    kind = "grid"
    lossy = True

    def __init__(
        self,
        *,
        inner: Codec | None = None,
        model: Model | None = None,
        model_name: str = "",
        model_settings: Mapping[str, Any] | None = None,
        inner_settings: Mapping[str, Any] | None = None,
    ) -> None:
        if inner is not None and model is not None:
            self._hold(inner, model, model_name, dict(model_settings or {}), dict(inner_settings or {}))

    def _hold(
        self, inner: Codec, model: Model, name: str, settings: dict[str, Any], inner_settings: dict[str, Any]
    ) -> None:
        self.inner, self.inner_settings = inner, inner_settings
        self.model_name, self.model_settings = name, settings
        self.model = model.eval().requires_grad_(False)
        self.modality, self.unit = inner.modality, inner.unit  # type: ignore[misc]
        self._means: Callable[..., Tensor] = in_blocks(lambda x: self.model.encode(x)[0], ROWS)  # type: ignore[operator]
        self._decode: Callable[..., Tensor] = in_blocks(self.model.decode, ROWS)  # type: ignore[arg-type]

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Latent:
        """The codec that `state` was taken of."""
        return cls.restore({}, state)

    @torch.no_grad()
    def fit(self, samples: Iterable[Any]) -> None:
        """Measure each dimension's mean and deviation over the samples."""
        count, total, squares = 0, None, None
        for batch in batched(samples, 64):
            whole = (self._means(self.inner.encode(batch)).double() * FRACTION).round().to(torch.int64)
            count += len(whole)
            total = whole.sum(0) if total is None else total + whole.sum(0)
            squares = whole.square().sum(0) if squares is None else squares + whole.square().sum(0)
        if total is None or squares is None:
            raise DataError("no usable samples to measure the latent on")
        mean = total.double() / count / FRACTION
        variance = squares.double() / count / FRACTION**2 - mean.square()
        self._scale(mean.float(), variance.clamp(min=1e-6).sqrt().float())

    def _scale(self, mean: Tensor, deviation: Tensor) -> None:
        self.mean, self.deviation = mean, deviation
        self.spec = Spec("grid", tuple(mean.shape))

    @torch.no_grad()
    def encode(self, samples: Sequence[Any], rng: torch.Generator | None = None) -> Tensor:
        """(B, Z) float32, the posterior's mean. With `rng`, each sample is first augmented anew by the model."""
        x = self.inner.encode(samples)
        if rng is not None and hasattr(self.model, "augment"):
            x = self.model.augment(x, rng)  # type: ignore[operator]
        return (self._means(x) - self.mean) / self.deviation

    @torch.no_grad()
    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Any]:
        assert isinstance(data, Tensor)
        return self.inner.decode(self._decode(data * self.deviation + self.mean))

    @torch.no_grad()
    def augment(self, sample: Any, rng: np.random.Generator) -> Any:
        """The sample, changed as the model's own settings allow."""
        if not hasattr(self.model, "augment"):
            return sample
        seed = torch.Generator().manual_seed(int(rng.integers(2**62)))
        return self.inner.decode(self.model.augment(self.inner.encode([sample]), seed))[0]  # type: ignore[operator]

    def reconstruct(self, samples: Sequence[Any]) -> list[Any]:
        """The samples after one trip through the latent: the best that a model of it can do."""
        return self.decode(self.encode(samples))

    def state(self) -> dict[str, Any]:
        return {
            "inner": {"name": name_of(self.inner), "settings": self.inner_settings, "state": self.inner.state()},
            "model": {"name": self.model_name, "settings": self.model_settings, "weights": self.model.state_dict()},
            "mean": self.mean,
            "deviation": self.deviation,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        inner, model = state["inner"], state["model"]
        codec: Codec = registry.find("codecs", inner["name"]).restore(inner["settings"], inner["state"])
        with torch.device("meta"):  # the weights are given: nothing is drawn
            network: Model = registry.find("models", model["name"])(codec.spec, **model["settings"])
        network.load_state_dict(dict(model["weights"]), assign=True)
        self._hold(codec, network, model["name"], dict(model["settings"]), dict(inner["settings"]))
        self._scale(state["mean"], state["deviation"])

    def size(self, sample: Any) -> int:
        return self.inner.size(sample)


def name_of(codec: Codec) -> str:
    """The registered name of a codec's class."""
    place = f"{type(codec).__module__}:{type(codec).__qualname__}"
    for name, known in registry.names("codecs").items():
        if known == place:
            return name
    raise Unsupported(f"{type(codec).__name__} is not registered as a codec, so that a state cannot name it")


def batched(samples: Iterable[Any], n: int) -> Iterator[list[Any]]:
    items = iter(samples)
    while batch := list(islice(items, n)):
        yield batch
