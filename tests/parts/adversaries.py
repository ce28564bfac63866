"""A small generative adversarial network: two phases that play against each other, and no score."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from anew.contract import Chunk, Model, OnceOptions, Phase, Spec, Unsupported, by_role, in_blocks, noise


class Adversaries(Model):
    family = "gan"
    kinds = ("grid",)
    streams = "once"
    options = OnceOptions
    sizes = {"xs": {"width": 16}}

    def __init__(self, spec: Spec, *, width: int = 32, latent: int = 4) -> None:
        super().__init__(spec)
        size = math.prod(spec.shape)
        self.latent = latent
        self.generator = nn.Sequential(nn.Linear(latent, width), nn.SiLU(), nn.Linear(width, size))
        self.judge = nn.Sequential(nn.Linear(size, width), nn.SiLU(), nn.Linear(width, 1))

    def phases(self) -> list[Phase]:
        return [Phase("judge", by_role(self.judge), ema=False), Phase("generator", by_role(self.generator))]

    def loss(self, batch, phase, rng):
        """Non-saturating (Goodfellow et al. 2014, section 3)."""
        fake_BN = self.generator(torch.randn(len(batch), self.latent, generator=rng))
        if phase == "generator":
            loss = F.softplus(-self.judge(fake_BN)).mean()
        else:
            real_BN = batch.x.flatten(1)
            loss = (F.softplus(self.judge(fake_BN.detach())) + F.softplus(-self.judge(real_BN))).mean()
        return loss, {phase: loss.detach()}

    def synthesize(self, z_BZ):
        return self.generator(z_BZ).unflatten(1, self.spec.shape)

    @torch.no_grad()
    def sample(self, rngs, cond=None, prompt=None, options=None):
        options = options or OnceOptions()
        if not isinstance(options, OnceOptions) or options.guidance != 1 or options.negative is not None:
            raise Unsupported("options: a model that draws at once takes OnceOptions, and has no guidance or negative")
        if cond is not None or prompt is not None:
            raise Unsupported("neither condition nor prompt: this generator sees its latent alone")
        z_BZ = noise((self.latent,), rngs) * options.temperature
        data = in_blocks(self.synthesize, self.rows)(z_BZ)
        yield Chunk(data, torch.ones(len(rngs), dtype=torch.bool), 1.0)
