"""Variational autoencoders (Kingma & Welling 2014): a prior over latents, a decoder, and an encoder that inverts it.

A member writes `encode`, `decode`, `nats` and its own `loss`; sampling from the prior and the bound are shared.

B batch · Z latent · S the grid's own axes
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from anew.contract import Batch, Chunk, Cond, Model, OnceOptions, Options, Prompt, Unsupported, in_blocks, noise


class VAE(Model):
    """p(x) = ∫ p(x | z) N(z; 0, I) dz. `latent_shape` is the shape of z; Z below stands for it."""

    family = "vae"
    kinds = ("grid",)
    streams = "once"
    score_kind = "bound"
    options = OnceOptions
    encodes = "grid"
    latent_shape: tuple[int, ...]

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, *S) -> mean_BZ, logvar_BZ of q(z | x)."""
        raise NotImplementedError

    def decode(self, z_BZ: Tensor) -> Tensor:
        """(B, Z) -> (B, *S), the centre of p(x | z)."""
        raise NotImplementedError

    def nats(self, x: Tensor, centre: Tensor) -> Tensor:
        """(B,): -log p(x | z), given the decoded centre."""
        raise NotImplementedError

    def augment(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """(B, *S), changed as the model's own settings allow; unchanged by default."""
        return x

    def posterior(self, x: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """z_BZ drawn from q(z | x), and its KL divergence from the prior, (B,) nats (appendix B of the paper)."""
        mean_BZ, logvar_BZ = self.encode(x)
        draw_BZ = torch.randn(mean_BZ.shape, generator=rng, device=rng.device)
        kl_B = 0.5 * (mean_BZ.square() + logvar_BZ.exp() - 1 - logvar_BZ).flatten(1).sum(1)
        return mean_BZ + (0.5 * logvar_BZ).exp() * draw_BZ, kl_B

    @torch.no_grad()
    def score(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """(B,) nats: the negative evidence lower bound (equation 3), with one draw from q."""
        z_BZ, kl_B = self.posterior(batch.x, rng)
        return self.nats(batch.x, self.decode(z_BZ)) + kl_B

    @torch.no_grad()
    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        """One decoded draw from the prior a generator. The family has neither condition nor known cells."""
        options = options or OnceOptions()
        if not isinstance(options, OnceOptions):
            raise Unsupported(f"{type(self).__name__} takes OnceOptions, not {type(options).__name__}")
        if prompt is not None:
            raise Unsupported(f"{type(self).__name__} draws from its prior and takes no prompt; a flow does")
        if cond is not None or options.guidance != 1.0 or options.negative is not None:
            raise Unsupported(f"{type(self).__name__} is blind to conditions and cannot be guided by one")
        z_BZ = noise(self.latent_shape, rngs) * options.temperature
        yield Chunk(self.from_latent(z_BZ), torch.ones(len(rngs), dtype=torch.bool), 1.0)

    @torch.no_grad()
    def to_latent(self, x: Tensor, cond: Cond | None = None) -> Tensor:
        """The posterior's mean."""
        means: Tensor = in_blocks(lambda rows: self.encode(rows)[0], self.rows)(x)
        return means

    @torch.no_grad()
    def from_latent(self, z: Tensor, cond: Cond | None = None) -> Tensor:
        return in_blocks(self.decode, self.rows)(z)
