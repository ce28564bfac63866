"""Pictures <-> the latents of an autoencoder that came with a denoiser of diffusers (Rombach et al. 2022, section 3.1).

In: uint8 arrays (H, W, C), or latents. Out: latents (C, H / scale, W / scale), scaled as the denoiser expects them, and
uint8 arrays of the canvas' size. Pictures go through the network one by one, so that none depends on its company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from anew.codecs.image import Image, Picture
from anew.contract import Codec, Spec, Unsupported
from anew.models.borrowed import build, fill, precision


class Canvas(Image):
    """Pictures in colour of one size, which need not be square: values from -1 to 1."""

    def load(self, state: Mapping[str, Any]) -> None:
        sides = {"side": state["high"], "width": state["wide"]}
        super().load(sides | {"channels": 3, "mean": 127.5, "deviation": 127.5})

    def state(self) -> dict[str, Any]:
        return {"high": self.spec.shape[1], "wide": self.spec.shape[2]}


class KL(Codec):
    """Learns nothing: it comes with a denoiser. `inner`: the canvas. `scale`: pixels a side of a latent's cell."""

    modality = "image"
    kind = "grid"
    unit = "dimension"
    lossy = True

    def fit(self, samples: Iterable[Any]) -> None:
        raise Unsupported("this autoencoder comes with an imported model and is not learnt")

    def load(self, state: Mapping[str, Any]) -> None:
        self._state = {"config": dict(state["config"]), "high": int(state["high"]), "wide": int(state["wide"])}
        self.network = build("AutoencoderKL", self._state["config"])
        weights = state["weights"]
        fill(self.network, weights, precision(value.dtype for value in weights.values()))
        config = self.network.config
        self.scale = 2 ** (len(config.block_out_channels) - 1)
        mean, deviation = config.get("latents_mean"), config.get("latents_std")
        measured = mean is not None and deviation is not None
        kind = self.network.dtype
        self._mean = torch.tensor(mean).view(1, -1, 1, 1).to(kind) if measured else config.get("shift_factor") or 0.0
        self._deviation = torch.tensor(deviation).view(1, -1, 1, 1).to(kind) if measured else 1.0
        self._lay(self._state["high"], self._state["wide"])

    def _lay(self, high: int, wide: int) -> None:
        self.inner = Canvas.restore({}, {"high": high, "wide": wide})
        cells = (high // self.scale, wide // self.scale)
        self.spec = Spec("grid", (int(self.network.config.latent_channels), *cells))

    @property
    def networks(self) -> list[Any]:
        return [self.network]

    def resized(self, high: int, wide: int) -> Self:
        """The same network for a canvas of another size, in pixels."""
        if high % self.scale or wide % self.scale:
            raise Unsupported(f"size: its sides are multiples of {self.scale}")
        made = type(self)()
        made.__dict__.update(self.__dict__)
        made._lay(high, wide)
        return made

    def state(self) -> dict[str, Any]:
        return self._state | {"weights": dict(self.network.state_dict())}

    @torch.no_grad()
    def encode(self, samples: Sequence[Picture]) -> Tensor:
        """(B, C, h, w) float32: the posterior's mode, scaled as the denoiser expects it."""
        made = []
        for sample in samples:
            grid = self.inner.canonical(sample).transpose(2, 0, 1)[None].astype(np.float32) / 255
            z = self.network.encode(2 * torch.from_numpy(grid).to(self.network.dtype) - 1).latent_dist.mode()
            made.append(((z - self._mean) * self.network.config.scaling_factor / self._deviation).float())
        return torch.cat(made)

    @torch.no_grad()
    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Picture]:
        assert isinstance(data, Tensor)
        made = []
        for z in data[:, None].to(self.network.dtype):
            z = z * self._deviation / self.network.config.scaling_factor + self._mean
            grid = (self.network.decode(z, return_dict=False)[0] * 0.5 + 0.5).clamp(0, 1)
            made.append((grid[0].permute(1, 2, 0).float().numpy() * 255).round().astype(np.uint8))
        return made

    def size(self, sample: Picture) -> int:
        """Dimensions of the picture on the canvas."""
        return self.inner.size(sample)
