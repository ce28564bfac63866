"""Variational autoencoders (Kingma & Welling 2014): a prior over latents, a decoder, and an encoder that inverts it.

A member writes `encode`, `likelihood` and its own `loss`; drawing from the prior, varying a sample through the
posterior and the bound are shared, and know no network.

B batch · Z latent · S the grid's own axes
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from anew.blocks import in_blocks, noise
from anew.contract import Batch, Chunk, Cond, Model, OnceOptions, Options, Prompt, Unsupported
from anew.models.layers.label import rows_of

COLLAPSED = 0.01  # nats: a latent dimension that says less about a row says nothing


class VAE(Model):
    """p(x) = ∫ p(x | z) N(z; 0, I) dz, where p(x | z) is normal in every cell. `latent_shape` is the shape of z; Z
    below stands for it.

    `classes`: how many labels the networks are told, 0 for none. `draws`: how many the bound of `score` takes from the
    posterior. `observes`: whether a sample carries the noise of p(x | z), or shows its centre. `first_stage`: whether
    it is there for another model to learn behind (Rombach et al. 2022, section 3.1): it is told no condition, and
    draws little by itself.
    """

    family = "vae"
    kinds = ("grid",)
    streams = "once"
    score_kind = "bound"
    options = OnceOptions
    encodes = "grid"
    first_stage: ClassVar[bool] = False
    latent_shape: tuple[int, ...]
    classes: int = 0
    draws: int = 1
    observes: bool = False

    def encode(self, x: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        """(B, *S) -> mean_BZ, logvar_BZ of q(z | x)."""
        raise NotImplementedError

    def likelihood(self, z_BZ: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        """(B, Z) -> (B, *S), the centre of p(x | z), and the log of its standard deviation, which broadcasts to it."""
        raise NotImplementedError

    def decode(self, z_BZ: Tensor, cond: Cond | None = None) -> Tensor:
        """(B, Z) -> (B, *S), the centre of p(x | z)."""
        return self.likelihood(z_BZ, cond)[0]

    def augment(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """(B, *S), changed as the model's own settings allow; unchanged by default."""
        return x

    def posterior(self, x: Tensor, rng: torch.Generator, cond: Cond | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """z_BZ drawn from q(z | x), with its mean_BZ and logvar_BZ (section 2.4)."""
        mean_BZ, logvar_BZ = self.encode(x, cond)
        return mean_BZ + (0.5 * logvar_BZ).exp() * normals(mean_BZ.shape, rng), mean_BZ, logvar_BZ

    def prior_nats(self, z_BZ: Tensor, cond: Cond | None = None) -> Tensor:
        """(B,): -log p(z)."""
        zero = torch.zeros_like(z_BZ)
        return nats_of(z_BZ, zero, zero)

    def draw_prior(self, rngs: Sequence[torch.Generator], temperature: float, cond: Cond | None = None) -> Tensor:
        """z_BZ from the prior, each row by its own generator."""
        return noise(self.latent_shape, rngs) * temperature

    # -------------------------------------------------------------------------------------------- how likely

    @torch.no_grad()
    def score(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """(B,) nats, double: the bound of `draws`, of the grids as they are and their own labels."""
        return self.tight_bound(batch.x, batch.cond, rng, self.draws)

    def tight_bound(self, x: Tensor, cond: Cond | None, rng: torch.Generator, k: int) -> Tensor:
        """(B,) nats, double: -log 1/k Σ p(x, z_i) / q(z_i | x) over k draws z_i from q, in the mean an upper bound on
        -log p(x) (Burda et al. 2016, equation 8). With k = 1 it is the negative evidence lower bound, and it never
        rises with k (theorem 1)."""
        mean_BZ, logvar_BZ = self.encode(x, cond)
        kind, x, mean_BZ, logvar_BZ = mean_BZ.dtype, x.double(), mean_BZ.double(), logvar_BZ.double()
        log_weight_kB = []
        for _ in range(k):
            z_BZ = mean_BZ + (0.5 * logvar_BZ).exp() * normals(mean_BZ.shape, rng)
            centre, log_scale = (v.double() for v in self.likelihood(z_BZ.to(kind), cond))
            posterior_B = nats_of(z_BZ, mean_BZ, 0.5 * logvar_BZ)
            log_weight_kB.append(posterior_B - self.prior_nats(z_BZ, cond) - nats_of(x, centre, log_scale))
        return math.log(k) - torch.stack(log_weight_kB).logsumexp(0)

    @torch.no_grad()
    def diagnose(self, batch: Batch, rng: torch.Generator) -> list[str]:
        """Posterior collapse (Bowman et al. 2016, section 3): a latent that the decoder has learnt to do without. What
        a dimension holds is the divergence of q(z | x) from one normal for all rows of a class, whatever the prior."""
        mean_BZ, logvar_BZ = (v.flatten(1) for v in self.encode(batch.x, batch.cond))
        y_B = rows_of(batch.cond if self.classes else None, len(batch), self.classes, mean_BZ.device)
        within_BZ, kinds = mean_BZ - mean_BZ.mean(0), y_B.unique()
        if 4 * len(kinds) <= len(batch):  # with fewer rows of a class its middle is not told
            middle_KZ = torch.stack([mean_BZ[y_B == y].mean(0) for y in kinds])
            within_BZ = mean_BZ - middle_KZ[torch.searchsorted(kinds, y_B)]
        together_Z = logvar_BZ.exp().mean(0) + within_BZ.square().mean(0)
        silent = 0.5 * (together_Z.log() - logvar_BZ.mean(0)) < COLLAPSED
        if 2 * silent.sum() < silent.numel():
            return []
        return [
            f"posterior collapse: {int(silent.sum())} of {silent.numel()} latent dimensions hold less than {COLLAPSED} "
            "nats about a sample, and what is drawn in them hardly shows; lower beta or raise free_bits"
        ]

    # -------------------------------------------------------------------------------------------- samples

    @torch.no_grad()
    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        """One decoded draw from the prior a generator. `temperature` scales every deviation that is drawn with.

        A `prompt.start` is varied in the latent space: z = √(1 - s²) z_start + s ε, with z_start from q(z | start), ε
        from the prior and s the strength. Where data lie as the prior says, z does too, for every s. Strength 0 is the
        start itself; any other passes through the latent and loses what the decoder cannot paint.
        """
        options = options or OnceOptions()
        if not isinstance(options, OnceOptions):
            raise Unsupported(f"{type(self).__name__} takes OnceOptions, not {type(options).__name__}")
        if options.guidance != 1.0 or options.negative is not None:
            raise Unsupported(f"guidance: {type(self).__name__} is told its condition, and nothing steers it further")
        if cond is not None and not self.classes:
            raise Unsupported(f"{type(self).__name__} is blind to conditions")
        start, strength = self.to_vary(prompt, len(rngs))
        done_B = torch.ones(len(rngs), dtype=torch.bool)
        if start is not None and strength == 0:
            yield Chunk(start, done_B, 1.0)
            return
        temperature = options.temperature
        z_BZ = self.draw_prior(rngs, temperature, cond)
        shake_BS = noise(self.spec.shape, rngs) * temperature if self.observes else None
        if start is not None:
            mean_BZ, logvar_BZ = in_blocks(self.packed_posterior, self.rows)(start, cond).unbind(1)
            deviation_BZ = (0.5 * logvar_BZ).exp() * noise(self.latent_shape, rngs) * temperature
            z_BZ = math.sqrt(1 - strength**2) * (mean_BZ + deviation_BZ) + strength * z_BZ
        centre, log_scale = in_blocks(self.packed_likelihood, self.rows)(z_BZ, cond).unbind(1)
        yield Chunk(centre if shake_BS is None else centre + log_scale.exp() * shake_BS, done_B, 1.0)

    def to_vary(self, prompt: Prompt | None, n: int) -> tuple[Tensor | None, float]:
        """A prompt's start and strength; what else it may hold is refused."""
        prompt = prompt or Prompt()
        if prompt.values is not None or prompt.known is not None:
            raise Unsupported(f"prompt: {type(self).__name__} cannot keep known cells; a flow can")
        if prompt.start is not None and prompt.start.shape != (n, *self.spec.shape):
            raise Unsupported(f"a prompt of shape {tuple(prompt.start.shape)} for {(n, *self.spec.shape)}")
        if not 0 <= prompt.strength <= 1:
            raise Unsupported(f"strength is a share from 0 to 1, not {prompt.strength}")
        return prompt.start, prompt.strength

    def packed_posterior(self, x: Tensor, cond: Cond | None) -> Tensor:
        """(B, 2, Z): `encode` as one tensor."""
        return torch.stack(self.encode(x, cond), 1)

    def packed_likelihood(self, z_BZ: Tensor, cond: Cond | None) -> Tensor:
        """(B, 2, *S): `likelihood` as one tensor."""
        return torch.stack(torch.broadcast_tensors(*self.likelihood(z_BZ, cond)), 1)

    @torch.no_grad()
    def to_latent(self, x: Tensor, cond: Cond | None = None) -> Tensor:
        """The posterior's mean."""
        means: Tensor = in_blocks(self.packed_posterior, self.rows)(x, cond)[:, 0]
        return means

    @torch.no_grad()
    def from_latent(self, z: Tensor, cond: Cond | None = None) -> Tensor:
        """The centre of p(x | z)."""
        return in_blocks(self.decode, self.rows)(z, cond)


def divergence(mean_BZ: Tensor, logvar_BZ: Tensor) -> Tensor:
    """kl_BZ, nats: how far each dimension of q(z | x) is from the standard normal (appendix B)."""
    return 0.5 * (mean_BZ.square() + logvar_BZ.exp() - 1 - logvar_BZ)


def nats_of(x: Tensor, centre: Tensor, log_scale: Tensor) -> Tensor:
    """(B,): -log of the normal density about `centre`, summed over cells."""
    whitened = (x - centre) * (-log_scale).exp()
    return (0.5 * whitened.square() + log_scale + 0.5 * math.log(2 * math.pi)).flatten(1).sum(1)


def normals(shape: Sequence[int], rng: torch.Generator) -> Tensor:
    return torch.randn(tuple(shape), generator=rng, device=rng.device)
