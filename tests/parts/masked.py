"""Masked discrete diffusion over tokens (Sahoo et al. 2024, arXiv:2406.07524): known positions anywhere, a bound.

It stands where the contract is least like its neighbours: tokens that do not append, masks without a left to right.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from anew.contract import Chunk, Model, Prompt, RefineOptions, Spec, Unsupported, in_blocks


class Masked(Model):
    family = "diffusion"
    kinds = ("tokens",)
    streams = "refine"
    score_kind = "bound"
    options = RefineOptions
    sizes = {"xs": {"width": 16}}

    def __init__(self, spec: Spec, *, width: int = 24) -> None:
        super().__init__(spec)
        self.hidden = spec.vocab  # the mask's own symbol
        self.embed, self.place = nn.Embedding(spec.vocab + 2, width), nn.Embedding(spec.shape[0] + 1, width)
        self.mix = nn.Sequential(nn.Linear(3 * width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))
        self.head = nn.Linear(width, spec.vocab)

    def logits(self, x_BT):
        """(B, T, V): what each position sees of itself and of its two neighbours."""
        outside = F.pad(self.embed(x_BT) + self.place.weight[: x_BT.shape[1]], (0, 0, 1, 1))
        return self.head(self.mix(torch.cat([outside[:, :-2], outside[:, 1:-1], outside[:, 2:]], 2)))

    def nats(self, batch, rng):
        """Each row's own noise level t; counted positions hidden with probability t, and weighed by 1 / t."""
        exists = torch.ones_like(batch.x, dtype=torch.bool) if batch.exists is None else batch.exists
        counts = exists.clone() if batch.counts is None else batch.counts & exists
        counts[:, 0] = False
        t_B1 = torch.rand(len(batch.x), 1, generator=rng).clamp(min=1e-3)
        hide_BT = (torch.rand(batch.x.shape, generator=rng) < t_B1) & counts
        seen_BT = batch.x.masked_fill(hide_BT, self.hidden).masked_fill(~exists, self.hidden + 1)
        nats_BT = F.cross_entropy(self.logits(seen_BT).transpose(1, 2), batch.x, reduction="none")
        return nats_BT * hide_BT / t_B1, counts

    def loss(self, batch, phase, rng):
        nats_BT, counts = self.nats(batch, rng)
        loss = nats_BT.sum() / counts.sum().clamp(min=1)
        return loss, {"bound_per_token": loss.detach()}

    @torch.no_grad()
    def score(self, batch, rng):
        return torch.stack([self.nats(batch, rng)[0].sum(1) for _ in range(8)]).mean(0)

    @torch.no_grad()
    def sample(self, rngs, cond=None, prompt=None, options=None):
        options, prompt = options or RefineOptions(), prompt or Prompt()
        if not isinstance(options, RefineOptions) or options.guidance != 1 or options.negative is not None:
            raise Unsupported("options: it takes RefineOptions, and has no guidance or negative")
        if cond is not None:
            raise Unsupported("condition: it was not trained under one")
        if prompt.start is not None or options.solver is not None:
            raise Unsupported("neither start, strength nor solver: there is no path to begin midway")
        B, T = len(rngs), self.spec.shape[0]
        x_BT = torch.full((B, T), self.hidden)
        if prompt.values is not None:
            if prompt.values.shape[0] != B or prompt.values.shape[1] > T:
                raise Unsupported(f"prompt: {tuple(prompt.values.shape)} cells for {(B, T)}")
            n = prompt.values.shape[1]
            x_BT[:, :n] = torch.where(prompt.known, prompt.values, x_BT[:, :n])
        logits, steps = in_blocks(self.logits, self.rows), options.steps or 4
        for i in range(steps):
            share = (i + 1) / steps
            guess_BT, order_BT = (torch.stack(rows) for rows in zip(*self.draw(logits, x_BT, rngs), strict=True))
            reveal = (x_BT == self.hidden) & (order_BT < share if i + 1 < steps else True)
            x_BT = torch.where(reveal, guess_BT, x_BT)
            estimate = torch.where(x_BT == self.hidden, guess_BT, x_BT)
            yield Chunk(estimate, torch.full((B,), i + 1 == steps), share)

    def draw(self, logits, x_BT, rngs):
        for p_TV, rng in zip(logits(x_BT).softmax(2), rngs, strict=True):
            yield torch.multinomial(p_TV, 1, generator=rng)[:, 0], torch.rand(len(p_TV), generator=rng)
