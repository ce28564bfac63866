"""Three models on the contract, each a few thousand weights: one phase over tokens, two phases, one with noise.

B batch, T tokens, V vocabulary, D width, Z latent."""

import torch
import torch.nn.functional as F
from torch import nn

from anew.contract import Model, Phase, by_role


class Recurrent(Model):
    """A GRU language model, its table's gradient sparse."""

    family, kinds, streams, score_kind = "autoregressive", ("tokens",), "append", "exact"

    def __init__(self, spec, *, width=16):
        super().__init__(spec)
        self.table = nn.Embedding(spec.vocab, width, sparse=True)
        self.cell = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, spec.vocab)

    def loss(self, batch, phase, rng):
        h_BTD, _ = self.cell(self.table(batch.x[:, :-1]))
        nats_BT = F.cross_entropy(self.head(h_BTD).transpose(1, 2), batch.x[:, 1:], reduction="none")
        counts = torch.ones_like(nats_BT) if batch.counts is None else batch.counts[:, 1:].float()
        loss = (nats_BT * counts).sum() / counts.sum()
        return loss, {"bits": loss.detach() / 0.6931}


class Adversaries(Model):
    """A GAN whose critic moves each step and whose maker moves every second one, on rows of its own."""

    family, kinds, streams = "gan", ("grid",), "once"

    def __init__(self, spec, *, width=16, latent=4):
        super().__init__(spec)
        (d,) = spec.shape
        self.latent = latent
        self.maker = nn.Sequential(nn.Linear(latent, width), nn.SiLU(), nn.Linear(width, d))
        self.critic = nn.Sequential(nn.Linear(d, width), nn.SiLU(), nn.Linear(width, 1))

    def phases(self):
        return [
            Phase("critic", by_role(self.critic), ema=False),
            Phase("maker", by_role(self.maker), every=2, fresh=True),
        ]

    def loss(self, batch, phase, rng):
        made = self.maker(torch.randn(len(batch), self.latent, generator=rng))
        if phase == "maker":
            return F.softplus(-self.critic(made)).mean(), {}
        loss = F.softplus(self.critic(made.detach())).mean() + F.softplus(-self.critic(batch.x)).mean()
        return loss, {"real": self.critic(batch.x).mean().detach()}


class Straight(Model):
    """Flow matching with an MLP, and a class condition."""

    family, kinds, streams, score_kind = "diffusion", ("grid",), "refine", "bound"

    def __init__(self, spec, *, width=32):
        super().__init__(spec)
        (d,) = spec.shape
        self.table = nn.Embedding(3, width)
        self.inner = nn.Sequential(nn.Linear(d + 1, width), nn.SiLU(), nn.Linear(width, width))
        self.outer = nn.Linear(width, d)

    def velocity(self, x, t, cond):
        h = self.inner(torch.cat([x, t], 1))
        return self.outer(F.silu(h if cond is None else h + self.table(cond.label_B)))

    def loss(self, batch, phase, rng):
        noise = torch.randn(batch.x.shape, generator=rng)
        t = torch.rand(len(batch), 1, generator=rng)
        loss = F.mse_loss(self.velocity((1 - t) * noise + t * batch.x, t, batch.cond), batch.x - noise)
        return loss, {}
