"""Learning from preferences without a reward model: direct preference optimisation.

In: rows with answers that were chosen, beside them rivals with answers that were rejected. Out: a loss that widens the
gap between the two, measured from where the policy began.

B batch · T tokens
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat, PositiveFloat
from torch import Tensor

from anew.contract import Batch, Unsupported
from anew.models.autoregressive.family import Autoregressive
from anew.models.autoregressive.objective import Objective, counted_nats


class Preference(Objective):
    """`beta`: how dearly the policy pays for leaving its start. `anchor`: how much the chosen answers' own likelihood
    counts beside the gap, which could widen by both answers becoming unlikely."""

    compares = True

    def __init__(
        self,
        policy: Autoregressive,
        start: Autoregressive | None = None,
        *,
        beta: PositiveFloat = 0.1,
        anchor: NonNegativeFloat = 1.0,
    ) -> None:
        super().__init__(policy, start)
        self.beta, self.anchor = beta, anchor

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """-ln σ(β (ln π(c)/π₀(c) - ln π(r)/π₀(r))), Rafailov et al. 2023 (arXiv:2305.18290), equation 7, and beside it
        the chosen answer's negative log-likelihood a token, as in Pang et al. 2024 (arXiv:2404.19733), equation 2."""
        if batch.rival is None:
            raise Unsupported("preferences are learnt from rows with rivals")
        chosen_B, tokens_B, chosen_gain_B = self.gains(batch)
        _, _, rejected_gain_B = self.gains(batch.rival)
        gap_B = chosen_gain_B - rejected_gain_B
        preferred = -F.logsigmoid(self.beta * gap_B).mean()
        likely = (chosen_B / tokens_B).mean()
        stats = {"gap": gap_B.mean(), "right": (gap_B > 0).float().mean(), "chosen_nats_per_token": likely}
        stats |= {"preference_loss": preferred}
        return preferred + self.anchor * likely, {name: value.detach() for name, value in stats.items()}

    def gains(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Of each row's answer: -ln π, how many tokens it has, and ln π - ln π₀, all (B,)."""
        nats_BT, counts_BT = counted_nats(self.policy, batch)
        before_B = (self.nats_at_start(batch) * counts_BT).sum(1)
        nats_B = (nats_BT * counts_BT).sum(1)
        return nats_B, counts_BT.sum(1).clamp(min=1), before_B - nats_B
