"""Revealing hidden tokens: sampling from `denoise`, the verb of masked diffusion, and from nothing else of a model.

In: the verb (guidance, condition and batching already inside it), rows with hidden tokens, which of them to reveal and
in what order, a generator a row. Out: one `Step` a network call. A row's steps are its own, whatever its company.

B batch · T tokens · V vocabulary
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from anew.samplers.choice import Choice, pick

Denoise = Callable[[Tensor], Tensor]  # x_BT -> logits_BTV of what stands at each position
Order = Callable[[Tensor, Tensor], Tensor]  # (p_BTV, turn_BT uniform) -> (B, T): the highest are revealed first


class Step(NamedTuple):
    """The rows after a step, and the same with a guess where a token is still hidden. `progress` runs to 1."""

    x_BT: Tensor
    clean_BT: Tensor
    progress: float


def ancestral(p_BTV: Tensor, turn_BT: Tensor) -> Tensor:
    """Any order, each as likely: the reverse process of Sahoo et al. 2024 (arXiv:2406.07524), in which
    whichever token is hidden is as likely to be the next."""
    return turn_BT


def confident(p_BTV: Tensor, turn_BT: Tensor) -> Tensor:
    """Where the model is surest first, as in MaskGIT (Chang et al. 2022, arXiv:2202.04200). Sureness is
    the probability of the likeliest token, not of the one drawn, so that the order prefers no token to another."""
    return p_BTV.amax(2)


@torch.no_grad()
def unmask(
    denoise: Denoise,
    x_BT: Tensor,
    hidden_BT: Tensor,
    rngs: Sequence[torch.Generator],
    choice: Choice,
    *,
    order: Order = ancestral,
    steps: int,
    never_BTV: Tensor | None = None,
) -> Iterator[Step]:
    """Reveal each row's `hidden_BT` tokens in `steps` steps, as even as can be; `never_BTV` says what stands nowhere.

    A step that reveals nothing makes no call. With a step for each token, `ancestral` is the process in continuous time
    (Zheng et al. 2024, arXiv:2409.02908, the first-hitting sampler). A token's chance is drawn in double precision,
    since in single rare tokens come too seldom, and once: until the token is revealed it makes the guesses.
    """
    turn_BT, chance_BT = chances(rngs, x_BT), chances(rngs, x_BT)
    many_B1 = left_B1 = hidden_BT.sum(1, keepdim=True)
    clean_BT = x_BT
    for step in range(1, steps + 1):
        due_B1 = left_B1 - many_B1 * (steps - step) // steps
        if due_B1.any():
            logits_BTV = denoise(x_BT).double()
            if never_BTV is not None:
                logits_BTV = logits_BTV.masked_fill(never_BTV, -torch.inf)
            drawn_BT = pick(logits_BTV.flatten(0, 1), chance_BT.flatten(), choice).view_as(x_BT)
            first_BT = order(logits_BTV.softmax(2), turn_BT).masked_fill(~hidden_BT, -torch.inf)
            place_BT = first_BT.argsort(dim=1, descending=True, stable=True).argsort(1)
            shown_BT = hidden_BT & (place_BT < due_B1)
            clean_BT = torch.where(hidden_BT, drawn_BT, x_BT)
            x_BT = torch.where(shown_BT, drawn_BT, x_BT)
            hidden_BT = hidden_BT & ~shown_BT
            left_B1 = left_B1 - due_B1
        if due_B1.any() or step == steps:
            yield Step(x_BT, clean_BT, step / steps)


def chances(rngs: Sequence[torch.Generator], x_BT: Tensor) -> Tensor:
    """(B, T) uniform, each row from its own generator."""
    drawn = [torch.rand(x_BT.shape[1], dtype=torch.float64, generator=rng, device=rng.device) for rng in rngs]
    return torch.stack(drawn).to(x_BT.device)
