"""A trained model with encode and decode as a codec: what `latent` and `codes` share.

In: samples of an inner codec, which the model's own encoding takes further. Codecs never train: the model comes
trained, by name, settings and weights, and the state holds the inner codec and the model whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from anew import registry
from anew.blocks import in_blocks
from anew.contract import Codec, Model, Unsupported

ROWS = 64  # the networks run on blocks of so many rows, so that a sample's company changes no bit


class LearnedCodec(Codec):
    """Made either from parts, `Latent(inner=codec, model=model, model_name="autoencoder", model_settings={…})` and
    then fitted, or from a state: `Latent.from_state(state)`, or `Latent()` and `load`.

    `model` has the verbs `encode` and `decode`, and may have `augment(x, rng)`, and `coded`, the rows of a block where
    ROWS of its own would be too many.
    """

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
        rows = getattr(model, "coded", ROWS)
        self._encode: Callable[..., Tensor] = in_blocks(self.encoder(), rows)
        self._decode: Callable[..., Tensor] = in_blocks(self.model.decode, rows)  # type: ignore[arg-type]

    def encoder(self) -> Callable[[Tensor], Tensor]:
        """What the model makes of the inner codec's grids."""
        return self.model.encode  # type: ignore[return-value]

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The codec that `state` was taken of."""
        return cls.restore({}, state)

    def grids(self, samples: Sequence[Any], rng: torch.Generator | None = None) -> Tensor:
        """The inner codec's grids of the samples; with `rng`, each augmented anew by the model."""
        x = self.inner.encode(samples)
        assert isinstance(x, Tensor)
        return x if rng is None or not hasattr(self.model, "augment") else self.model.augment(x, rng)  # type: ignore[operator]

    @torch.no_grad()
    def augment(self, sample: Any, rng: np.random.Generator) -> Any:
        """The sample, changed as the model's own settings allow."""
        if not hasattr(self.model, "augment"):
            return sample
        return self.inner.decode(self.grids([sample], torch.Generator().manual_seed(int(rng.integers(2**62)))))[0]

    def reconstruct(self, samples: Sequence[Any]) -> list[Any]:
        """The samples after one trip through the model: the best that another one, learning its encodings, can do."""
        return self.decode(self.encode(samples))

    def state(self) -> dict[str, Any]:
        return {
            "inner": {"name": name_of(self.inner), "settings": self.inner_settings, "state": self.inner.state()},
            "model": {"name": self.model_name, "settings": self.model_settings, "weights": self.model.state_dict()},
        }

    def load(self, state: Mapping[str, Any]) -> None:
        inner, model = state["inner"], state["model"]
        codec: Codec = registry.find("codecs", inner["name"]).restore(inner["settings"], inner["state"])
        with torch.device("meta"):  # the weights are given: nothing is drawn
            network: Model = registry.find("models", model["name"])(codec.spec, **model["settings"])
        network.load_state_dict(dict(model["weights"]), assign=True)
        self._hold(codec, network, model["name"], dict(model["settings"]), dict(inner["settings"]))

    def size(self, sample: Any) -> int:
        return self.inner.size(sample)


def name_of(codec: Codec) -> str:
    """The registered name of a codec's class."""
    place = f"{type(codec).__module__}:{type(codec).__qualname__}"
    for name, known in registry.names("codecs").items():
        if known == place:
            return name
    raise Unsupported(f"{type(codec).__name__} is not registered as a codec, so that a state cannot name it")
