"""What adapts a model is a model around it: an objective, whose samples and scores are those of its policy.

In: a policy, of which some parameters learn, and what it was before. Out: whatever a `Model` promises; a member writes
the loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from anew.contract import Batch, Chunk, Cond, Model, Options, Phase, Prompt


class Around(Model):
    """`start`: a frozen copy of what the policy was; None where its changes can be taken away (an adapter's can).
    Settings are keyword arguments."""

    compares: ClassVar[bool] = False  # its rows come with rivals
    judges: ClassVar[bool] = False  # it needs a reward for what the policy makes

    def __init__(self, policy: Model, start: Model | None = None) -> None:
        nn.Module.__init__(self)
        self.spec, self.policy = policy.spec, policy
        self.start = None if start is None else start.requires_grad_(False)

    def phases(self) -> list[Phase]:
        return self.policy.phases()

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


__all__ = ["Around"]
