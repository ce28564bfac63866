"""A subject learnt from a few rows under its name, while all else is drawn as before.

In: rows whose prompts bear the name, and others. Out: the loss of the first, and of the others how far the policy has
gone from what it was. That second part keeps a model from forgetting, as rows of the class do in Ruiz et al. 2023
(arXiv:2208.12242, section 3.3); here the model's own answer is the target, and not a row drawn once, so that it pulls
nowhere at first.

B batch · S the grid's own axes · L prompt length · K tokens of the name
"""

from __future__ import annotations

from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from anew.contract import Batch, Cond, RefineOptions, Unsupported
from anew.models.around import Around
from anew.models.diffusion.family import Diffusion, column, hide, spread_out
from anew.models.layers.lora import as_it_was

HIDDEN = 0.15  # share of the other rows whose prompt is hidden: what guidance steers away from stays as well


class Subject(Around):
    """`name_K`: the tokens by which rows are told apart, to be set before it learns. `keep`: what staying as before
    counts beside the subject."""

    family = "diffusion"
    kinds = ("grid",)
    streams = "refine"
    options = RefineOptions
    policy: Diffusion
    start: Diffusion | None
    name_K: Tensor

    def __init__(
        self, policy: Diffusion, start: Diffusion | None = None, *, keep: Annotated[float, Field(ge=0)] = 1.0
    ) -> None:
        super().__init__(policy, start)
        self.keep = keep
        if hasattr(policy, "drop"):
            policy.drop = 0.0  # type: ignore[assignment] # a hidden name would teach the subject to whoever asks for nothing

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        own_B = self.named(batch.cond)
        own, others = batch.take(own_B), batch.take(~own_B)
        loss, stats = batch.x.new_zeros(()), dict[str, Tensor]()
        if len(own):
            learnt, _ = self.policy.loss(own, phase, rng)
            loss, stats = loss + learnt, {"subject_error": learnt.detach()}
        if len(others) and self.keep:
            strayed = self.strayed(others, rng)
            loss, stats = loss + self.keep * strayed, stats | {"strayed": strayed.detach()}
        return loss, stats

    def named(self, cond: Cond | None) -> Tensor:
        """(B,): whether a row's prompt bears the name. Unsupported without prompts."""
        if cond is None or cond.tokens_BL is None or cond.present_B is None:
            raise Unsupported("a subject is told by its name, and these rows have no prompts")
        spans_BPK = cond.tokens_BL.unfold(1, len(self.name_K), 1)
        return (spans_BPK == self.name_K).all(-1).any(-1) & cond.present_B

    def strayed(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The mean squared difference of the velocity from what it was, on the paths of these rows."""
        noise_BS = torch.randn(batch.x.shape, generator=rng, device=rng.device)
        t_B = spread_out(len(batch), rng)
        t_BS = column(t_B, batch.x)
        path_BS, cond = (1 - t_BS) * noise_BS + t_BS * batch.x, hide(batch.cond, HIDDEN, rng)
        return F.mse_loss(self.policy.velocity(path_BS, t_B, cond), self.before(path_BS, t_B, cond))

    @torch.no_grad()
    def before(self, x_BS: Tensor, t_B: Tensor, cond: Cond | None) -> Tensor:
        """(B, *S): the velocity as it was."""
        if self.start is not None:
            return self.start.velocity(x_BS, t_B, cond)
        with as_it_was(self.policy):
            return self.policy.velocity(x_BS, t_B, cond)


__all__ = ["Subject"]
