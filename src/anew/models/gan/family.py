"""Generative adversarial networks (Goodfellow et al. 2014): a generator makes samples out of noise, a discriminator
tells them from data, and each learns from the other.

A member makes the two networks and writes its own `loss`, a phase for each; sampling, the number that chooses the
weights and the signs of collapse are shared.

B batch · Z latent · S the grid's own axes · F features · M samples
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from anew.blocks import in_blocks, noise
from anew.contract import Batch, Chunk, Cond, Model, OnceOptions, Options, Phase, Prompt, Spec, Unsupported, by_role
from anew.models.gan.signs import signs
from anew.models.layers.energy import energy_of
from anew.models.layers.label import rows_of


class GAN(Model):
    """x = generator(z), z standard normal of `latent_shape`. The discriminator's logit of x says how real x looks."""

    family = "gan"
    kinds = ("grid",)
    streams = "once"
    options = OnceOptions
    rows = 64  # a block costs hardly more than one row of it
    latent_shape: tuple[int, ...]
    generator: nn.Module  # z_BZ, label_B -> (B, *S)
    discriminator: nn.Module  # (B, *S), label_B -> (B,)

    def __init__(self, spec: Spec, *, latent: int, drop: float) -> None:
        super().__init__(spec)
        if spec.cond is not None and (spec.cond.attributes or spec.cond.states or spec.cond.tokens):
            raise Unsupported(f"condition: {type(self).__name__} takes labels, and nothing else yet")
        self.classes = spec.cond.classes if spec.cond is not None else 0
        self.latent_shape, self.drop = (latent,), drop

    # -------------------------------------------------------------------------------------------- the verbs

    def synthesize(self, z_BZ: Tensor, cond: Cond | None) -> Tensor:
        """(B, *S): the sample at z."""
        made_BS: Tensor = self.generator(z_BZ, self.label_of(cond, len(z_BZ), z_BZ.device))
        return made_BS

    def discriminate(self, x: Tensor, cond: Cond | None) -> Tensor:
        """(B,): how real each row looks, as a logit or, in a Wasserstein network, a height."""
        logit_B: Tensor = self.discriminator(x, self.label_of(cond, len(x), x.device))
        return logit_B

    def label_of(self, cond: Cond | None, n: int, device: torch.device) -> Tensor:
        """(B,): the number that stands for each condition."""
        return rows_of(cond, n, self.classes, device)

    # -------------------------------------------------------------------------------------------- learning

    def phases(self) -> list[Phase]:
        """The discriminator goes first; the generator alone is averaged, since a game has no mean of both players."""
        return [
            Phase("discriminator", by_role(self.discriminator), ema=False),
            Phase("generator", by_role(self.generator)),
        ]

    @torch.enable_grad()
    def slope(self, x: Tensor, cond: Cond | None) -> tuple[Tensor, Tensor]:
        """(B,) logits and (B, D) their gradient at x, which can be differentiated in turn. (A finite difference along
        one random direction estimates its square at 1.2 times the cost for vectors and 0.9 times for small grids.)"""
        x = x.detach().requires_grad_()
        logit_B = self.discriminate(x, cond)
        (slope_BS,) = torch.autograd.grad(logit_B.sum(), x, create_graph=True)
        return logit_B, slope_BS.flatten(1)

    def hide(self, cond: Cond | None, n: int, rng: torch.Generator) -> Cond | None:
        """The condition with some rows' hidden, so that both networks know what to do without."""
        hidden_B = torch.rand(n, generator=rng, device=rng.device) < self.drop
        return None if cond is None else cond.only(~hidden_B)

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The energy score of two samples a held-out row, among all of its condition: the game's own loss says how the
        two networks stand to each other, and not how good the samples are."""
        twice = None if batch.cond is None else batch.cond.map(lambda v: torch.cat([v, v]))
        z_MZ = torch.randn(2 * len(batch), *self.latent_shape, generator=rng, device=rng.device)
        label_M = self.label_of(twice, 2 * len(batch), batch.x.device)
        return energy_of(batch.x, self.synthesize(z_MZ, twice), label_M)

    def diagnose(self, batch: Batch, rng: torch.Generator) -> list[str]:
        return signs(self, batch, rng)

    # -------------------------------------------------------------------------------------------- sampling

    @torch.no_grad()
    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        """One call of the generator. `temperature` below 1 draws z nearer to 0: more typical samples, and less various
        (Brock et al. 2019, section 3.1, where values beyond a threshold are drawn anew)."""
        options, name = options or OnceOptions(), type(self).__name__
        if not isinstance(options, OnceOptions):
            raise Unsupported(f"options: {name} takes OnceOptions, not {type(options).__name__}")
        if prompt is not None:
            raise Unsupported(f"prompt: {name} makes a sample whole out of noise; a flow fills in and varies")
        if options.guidance != 1.0 or options.negative is not None:
            raise Unsupported(f"guidance, negative: {name} has no path along which to steer; a flow has")
        z_BZ = noise(self.latent_shape, rngs) * options.temperature
        yield Chunk(self.from_latent(z_BZ, cond), torch.ones(len(rngs), dtype=torch.bool), 1.0)

    @torch.no_grad()
    def from_latent(self, z: Tensor, cond: Cond | None = None) -> Tensor:
        return in_blocks(self.synthesize, self.rows)(z, cond)

    def to_latent(self, x: Tensor, cond: Cond | None = None) -> Tensor:
        raise Unsupported(f"{type(self).__name__} goes from noise to samples alone; a VAE or a flow finds the way back")
