"""What an autoregressive model can be adapted by: an objective is a model around the one that learns, its policy.

In: a policy, of which some parameters learn, and what it was before. Out: a loss; samples and scores are the policy's.
The policy is looked at without the noise that its own training adds, so that it and its start are the same at first.

B batch · T tokens
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from anew.contract import AppendOptions, Batch, Cond
from anew.models.around import Around
from anew.models.autoregressive.family import Autoregressive
from anew.models.layers.lora import as_it_was


class Objective(Around):
    """An objective around a policy that writes from left to right."""

    family = "autoregressive"
    kinds = ("tokens",)
    streams = "append"
    score_kind = "exact"
    options = AppendOptions
    policy: Autoregressive
    start: Autoregressive | None

    def __init__(self, policy: Autoregressive, start: Autoregressive | None = None) -> None:
        super().__init__(policy, start)

    def extend(
        self,
        x_BT: Tensor,
        exists_BT: Tensor | None = None,
        state: Any = None,
        cond: Cond | None = None,
        rng: torch.Generator | None = None,
    ) -> tuple[Tensor, Any]:
        return self.policy.extend(x_BT, exists_BT, state, cond, rng)

    def state_bytes(self, rows: int, positions: int) -> int:
        return self.policy.state_bytes(rows, positions)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        raise NotImplementedError

    @torch.no_grad()
    def nats_at_start(self, batch: Batch) -> Tensor:
        """-ln p of each token that counts, (B, T-1), by the policy as it was."""
        if self.start is not None:
            return counted_nats(self.start, batch)[0]
        with as_it_was(self.policy):
            return counted_nats(self.policy, batch)[0]


class Answers(Objective):
    """Mean negative log-likelihood of what counts, in nats a token: of a conversation its answers."""

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        nats_BT, counts_BT = counted_nats(self.policy, batch)
        loss = (nats_BT * counts_BT).sum() / counts_BT.sum().clamp(min=1)
        return loss, {"nats_per_token": loss.detach()}


def counted_nats(model: Autoregressive, batch: Batch) -> tuple[Tensor, Tensor]:
    """-ln p of each token but the first that counts, 0 elsewhere (B, T-1), and where they count. A model whose logits
    are a map of its states is spared those that nobody asks for: of a large vocabulary they are a large part."""
    if batch.counts is None or batch.cond is not None or not hasattr(model, "states"):
        nats_BT, counts_BT = model.nats(batch)
        return nats_BT * counts_BT, counts_BT
    counts_BT = batch.counts[:, 1:] if batch.exists is None else (batch.counts & batch.exists)[:, 1:]
    h_BTD, _ = model.states(batch.x[:, :-1], None if batch.exists is None else batch.exists[:, :-1])
    nats_N = F.cross_entropy(model.logits(h_BTD[counts_BT]), batch.x[:, 1:][counts_BT], reduction="none")
    return nats_N.new_zeros(counts_BT.shape).masked_scatter(counts_BT, nats_N), counts_BT


__all__ = ["Answers", "Objective", "counted_nats"]
