"""What an autoregressive model can be adapted by: an objective is a model around the one that learns, its policy.

In: a policy, of which some parameters learn, and what it was before. Out: a loss; samples and scores are the policy's.
The policy is looked at without the noise that its own training adds, so that it and its start are the same at first.

B batch · T tokens
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from anew.contract import AppendOptions, Batch, Chunk, Cond, Model, Options, Phase, Prompt
from anew.models.autoregressive.family import Autoregressive
from anew.models.layers.lora import as_it_was


class Objective(Model):
    """`start`: a frozen copy of what the policy was; None where its changes can be taken away (an adapter's can).
    Settings are keyword arguments."""

    family = "autoregressive"
    kinds = ("tokens",)
    streams = "append"
    score_kind = "exact"
    options = AppendOptions
    compares: ClassVar[bool] = False  # its rows come with rivals
    judges: ClassVar[bool] = False  # it needs a reward for what the policy writes

    def __init__(self, policy: Autoregressive, start: Autoregressive | None = None) -> None:
        nn.Module.__init__(self)
        self.spec, self.policy = policy.spec, policy
        self.start = None if start is None else start.requires_grad_(False)

    def phases(self) -> list[Phase]:
        return self.policy.phases()

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

    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        return self.policy.sample(rngs, cond, prompt, options)

    def score(self, batch: Batch, rng: torch.Generator) -> Tensor:
        return self.policy.score(batch, rng)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        raise NotImplementedError

    @torch.no_grad()
    def nats_at_start(self, batch: Batch) -> Tensor:
        """-ln p of each token but the first, (B, T-1), by the policy as it was."""
        if self.start is not None:
            return self.start.nats(batch)[0]
        with as_it_was(self.policy):
            return self.policy.nats(batch)[0]


class Answers(Objective):
    """Mean negative log-likelihood of what counts, in nats a token: of a conversation its answers."""

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        nats_BT, counts_BT = self.policy.nats(batch)
        loss = (nats_BT * counts_BT).sum() / counts_BT.sum().clamp(min=1)
        return loss, {"nats_per_token": loss.detach()}


__all__ = ["Answers", "Objective"]
