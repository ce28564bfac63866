"""A trained autoencoder as a codec: samples <-> the latent in which another model learns.

In: samples of an inner codec. Out: float32 latents, each dimension (of planes each channel) of zero mean and unit
variance over the training samples, and samples again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from anew.codecs.learned import ROWS, LearnedCodec
from anew.contract import Spec
from anew.errors import DataError

FRACTION = 1 << 12  # latents are summed as whole numbers of this fraction, so that the order cannot matter


class Latent(LearnedCodec):
    """Its model has the verbs encode(x) -> mean, logvar and decode(z) -> x of the VAE family."""

    kind = "grid"

    def encoder(self) -> Callable[[Tensor], Tensor]:
        return lambda x: self.model.encode(x)[0]  # type: ignore[operator,no-any-return]

    @property
    def scale(self) -> int | None:
        """Places a side of the inner grid that a cell of the latent stands for; None of a latent that is no plane."""
        inner, own = self.inner.spec.shape, self.spec.shape
        planes = len(inner) == len(own) == 3 and all(
            a % b == 0 and a // b == inner[1] // own[1] for a, b in zip(inner[1:], own[1:], strict=True)
        )
        return inner[1] // own[1] if planes else None

    @torch.no_grad()
    def fit(self, samples: Iterable[Any]) -> None:
        """Measure each dimension's mean and deviation over the samples; of planes (C, H, W) they are a channel's, since
        a place where all samples are alike has next to no deviation to divide by."""
        count, total, squares = 0, None, None
        for batch in batched(samples, ROWS):
            whole = (self._encode(self.grids(batch)).double() * FRACTION).round().to(torch.int64)
            count += len(whole)
            total = whole.sum(0) if total is None else total + whole.sum(0)
            squares = whole.square().sum(0) if squares is None else squares + whole.square().sum(0)
        if total is None or squares is None:
            raise DataError("no usable samples to measure the latent on")
        mean, square = total.double() / count / FRACTION, squares.double() / count / FRACTION**2
        if mean.ndim == 3:
            mean, square = (v.mean((1, 2), keepdim=True).expand_as(v) for v in (mean, square))
        variance = square - mean.square()
        self._scale(mean.float(), variance.clamp(min=1e-6).sqrt().float())

    def _scale(self, mean: Tensor, deviation: Tensor) -> None:
        self.mean, self.deviation = mean.contiguous(), deviation.contiguous()
        self.spec = Spec("grid", tuple(mean.shape))

    @torch.no_grad()
    def encode(self, samples: Sequence[Any], rng: torch.Generator | None = None) -> Tensor:
        """(B, Z) float32, the posterior's mean. With `rng`, each sample is first augmented anew by the model."""
        return (self._encode(self.grids(samples, rng)) - self.mean) / self.deviation

    @torch.no_grad()
    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Any]:
        assert isinstance(data, Tensor)
        return self.inner.decode(self._decode(data * self.deviation + self.mean))

    def state(self) -> dict[str, Any]:
        return super().state() | {"mean": self.mean, "deviation": self.deviation}

    def load(self, state: Mapping[str, Any]) -> None:
        super().load(state)
        self._scale(state["mean"], state["deviation"])


def batched(samples: Iterable[Any], n: int) -> Iterator[list[Any]]:
    items = iter(samples)
    while batch := list(islice(items, n)):
        yield batch
