"""A convolutional autoencoder that keeps the plane: a grid (C, H, W) <-> one of a few channels and a smaller side.

Meant as a codec for a model that listens to prompts (Rombach et al. 2022, section 3.1): what stands where in the latent
stands there in the grid. A discriminator of patches gives it its sense of what looks alike.

B batch · C channels · H, W height and width · Z latent (C', H / F, W / F) · F `factor`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from anew.contract import Batch, Cond, Phase, Spec, Unsupported, by_role
from anew.models.layers.convolution import Residual
from anew.models.layers.patches import Patches
from anew.models.layers.warp import warp
from anew.models.vae.family import VAE, divergence, nats_of

STEM = 2  # cells a side that enter as one: narrow layers on many places are slow


class SpatialAutoencoder(VAE):
    """`channels` C' of the latent; `width` D of the layers at half the side, twice that below; `blocks` residual blocks
    a level each way; `factor` F, a power of two from 2; `kl` the weight of the divergence; `alike` the weight of the
    distance in the discriminator's features (Larsen et al. 2016, equation 8), and `adversarial` that of its verdict.
    `mirror` and `shift` bend the training grids."""

    first_stage = True
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 32, "blocks": 1},
        "s": {"width": 64, "blocks": 1},
        "m": {"width": 96, "blocks": 2},
        "l": {"width": 128, "blocks": 2},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        channels: Annotated[int, Field(ge=1)] = 8,
        width: Annotated[int, Field(ge=8, multiple_of=8)] = 64,
        blocks: Annotated[int, Field(ge=0)] = 1,
        factor: Annotated[int, Field(ge=2, le=16)] = 4,
        kl: Annotated[float, Field(ge=0)] = 1e-3,
        alike: Annotated[float, Field(ge=0)] = 0.1,
        adversarial: Annotated[float, Field(ge=0)] = 0.02,
        shift: float = 0.0,
        mirror: bool = False,
    ) -> None:
        super().__init__(spec)
        if len(spec.shape) != 3 or any(side % factor for side in spec.shape[1:]) or factor & (factor - 1):
            raise Unsupported(
                f"SpatialAutoencoder takes grids (C, H, W) whose sides {factor} divides, not {spec.shape}"
            )
        self.kl, self.alike, self.adversarial = kl, alike, adversarial
        self.bend = {"shift": shift, "mirror": mirror}
        self.latent_shape = (channels, *(side // factor for side in spec.shape[1:]))
        self.patches, halvings = Patches(spec.shape, STEM), factor.bit_length() - 2
        widths = [width, *[2 * width] * halvings]
        self.encoder = encoder(self.patches.shape[0], widths, blocks, 2 * channels)
        self.decoder = decoder(channels, widths, blocks, self.patches.shape[0])
        self.log_scale = nn.Parameter(torch.tensor(-1.0))
        self.discriminator = Discriminator(self.patches.shape[0], 64) if alike or adversarial else None

    def encode(self, x: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        mean_BZ, logvar_BZ = self.encoder(self.patches.cut(x)).chunk(2, 1)
        return mean_BZ, logvar_BZ.clamp(-12, 4)

    def likelihood(self, z_BZ: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        return self.patches.join(self.decoder(z_BZ)), self.log_scale

    def augment(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return warp(x, rng, **self.bend)

    # -------------------------------------------------------------------------------------------- learning

    def phases(self) -> list[Phase]:
        judged = [] if self.discriminator is None else list(self.discriminator.parameters())
        apart = {id(parameter) for parameter in judged}
        own = {
            role: [parameter for parameter in group if id(parameter) not in apart]
            for role, group in by_role(self, rest=self.ends()).items()
        }
        coder = Phase("coder", {role: group for role, group in own.items() if group})
        if self.discriminator is None:
            return [coder]
        return [coder, Phase("discriminator", by_role(self.discriminator), every=2, ema=False)]

    def ends(self) -> list[nn.Parameter]:
        return [layer.weight for way in (self.encoder, self.decoder) for layer in (way[0], way[-1])]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        x = self.augment(batch.x, rng)
        if phase == "discriminator":
            return self.verdict(x, rng)
        # 1. The bound a cell, with the divergence weighted by `kl` (Higgins et al. 2017, equation 4).
        z_BZ, *normal = self.posterior(x, rng)
        centre, log_scale = self.likelihood(z_BZ)
        kl_B = divergence(*normal).flatten(1).sum(1)
        loss = (nats_of(x, centre, log_scale) + self.kl * kl_B).mean() / x[0].numel()
        error = F.mse_loss(centre, x).detach()
        stats = {"squared_error": error, "divergence": kl_B.detach().mean()}
        if self.discriminator is None:
            return loss, stats
        # 2. What the discriminator sees in the two, and how much more real the datum looks to it.
        seen_real, real = self.seen(x)
        seen_made, made = self.seen(centre)
        alike = torch.stack([F.l1_loss(a, b.detach()) for a, b in zip(seen_made, seen_real, strict=True)]).mean()
        fooled = F.softplus(real.detach() - made).mean()
        return loss + self.alike * alike + self.adversarial * fooled, stats | {"unlike": alike.detach()}

    def verdict(self, x: Tensor, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The relativistic loss of patches (Jolicoeur-Martineau 2018, section 4.1), with the logits kept small."""
        with torch.no_grad():
            made_BS = self.decode(self.posterior(x, rng)[0])
        (_, real), (_, made) = self.seen(x), self.seen(made_BS)
        loss = F.softplus(made - real).mean() + 1e-3 * (real.square().mean() + made.square().mean())
        return loss, {"gap": (real - made).mean().detach()}

    def seen(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        assert self.discriminator is not None
        found: tuple[list[Tensor], Tensor] = self.discriminator(self.patches.cut(x))
        return found

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The squared error a cell of what comes back: the whole loss stands to a discriminator that moves."""
        return F.mse_loss(self.decode(self.encode(batch.x)[0]), batch.x)


class Discriminator(nn.Module):
    """Patches (B, C, H, W) -> the features of each layer and a logit a place (Isola et al. 2017, section 3.2.2)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        self.second = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.last = nn.Conv2d(2 * width, 1, 3, padding=1)

    def forward(self, x_BCHW: Tensor) -> tuple[list[Tensor], Tensor]:
        first = F.leaky_relu(self.first(x_BCHW), 0.2)
        second = F.leaky_relu(self.second(first), 0.2)
        return [first, second], self.last(second)


def encoder(cells: int, widths: list[int], blocks: int, out: int) -> nn.Sequential:
    """From patches to the latent, half the side at each further width."""
    layers: list[nn.Module] = [nn.Conv2d(cells, widths[0], 3, padding=1), *(Residual(widths[0]) for _ in range(blocks))]
    for before, after in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), *(Residual(after) for _ in range(blocks))]
    return nn.Sequential(*layers, nn.GroupNorm(8, widths[-1]), nn.SiLU(), nn.Conv2d(widths[-1], out, 3, padding=1))


def decoder(channels: int, widths: list[int], blocks: int, cells: int) -> nn.Sequential:
    """And back."""
    layers: list[nn.Module] = [nn.Conv2d(channels, widths[-1], 3, padding=1)]
    for before, after in zip(widths[:0:-1], widths[-2::-1], strict=True):
        layers += [*(Residual(before) for _ in range(blocks)), Double(before, after)]
    layers += [*(Residual(widths[0]) for _ in range(blocks + 1)), nn.GroupNorm(8, widths[0]), nn.SiLU()]
    return nn.Sequential(*layers, nn.Conv2d(widths[0], cells, 3, padding=1))


class Double(nn.Module):
    """Twice the height and width: each cell paints its own 2 × 2 (Shi et al. 2016)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, 4 * after, 3, padding=1)

    def forward(self, h_BCHW: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(h_BCHW), 2)
