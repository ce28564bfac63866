"""Learning from a reward for what the model writes itself: group relative policy optimisation.

In: rows whose counted part is the expected answer; what stands before it is asked. Out: a loss that makes those of a
group's own answers likelier that the reward finds better than the group's mean. Each step writes anew with the weights
that it moves, so that the ratio of the new policy to the old one is 1 in value, and clipping it would change nothing.

B questions · G answers to each · N = B G rows · T tokens
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor

from anew.contract import AppendOptions, Batch, Prompt, Unsupported
from anew.models.autoregressive.family import Autoregressive
from anew.models.autoregressive.objective import Objective, counted_nats

Reward = Callable[[Tensor, Tensor], float]  # of the tokens of an answer, beside those of the expected one
LITTLE = 1e-4  # added to a group's deviation
ROWS = 64  # written side by side, at most


class GroupPolicy(Objective):
    """`group` answers to each question, of up to `max_new` tokens. `beta`: how dearly the policy pays for leaving its
    start. The `reward` is given before training begins."""

    judges = True

    def __init__(
        self,
        policy: Autoregressive,
        start: Autoregressive | None = None,
        *,
        group: PositiveInt = 8,
        max_new: PositiveInt = 64,
        beta: NonNegativeFloat = 0.04,
    ) -> None:
        super().__init__(policy, start)
        self.group, self.max_new, self.beta = group, max_new, beta
        self.reward: Reward | None = None

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Shao et al. 2024 (arXiv:2402.03300), equation 3 with one update of each group: the mean over a row's tokens
        of  π/sg(π) A - β KL,  KL by equation 4, the advantage A as in section 4.1.2."""
        written = self.write(batch, rng, self.group)
        reward_BG = self.rewards(written, batch, self.group).view(-1, self.group)
        nats_NT, counts_NT = counted_nats(self.policy, written)
        over_NT = nats_NT - self.nats_at_start(written)  # ln π₀/π
        kl_NT = over_NT.exp() - over_NT - 1
        gained_NT = (nats_NT.detach() - nats_NT).exp() * advantages(reward_BG).view(-1, 1) - self.beta * kl_NT
        tokens_N = counts_NT.sum(1).clamp(min=1)
        loss = -((gained_NT * counts_NT).sum(1) / tokens_N).mean()
        kl = (kl_NT.detach() * counts_NT).sum() / counts_NT.sum().clamp(min=1)
        stats = {"reward": reward_BG.mean(), "kl_per_token": kl, "tokens": tokens_N.double().mean()}
        return loss, {name: value.float() for name, value in stats.items()}

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The mean reward of one answer to each question, negative."""
        return -self.rewards(self.write(batch, rng, 1), batch, 1).mean()

    # -------------------------------------------------------------------------------------------- answers

    @torch.no_grad()
    def write(self, batch: Batch, rng: torch.Generator, each: int) -> Batch:
        """`each` answers to every row's question, (N, T) rows in which they count."""
        asked = [question for question, _ in self.parts(batch) for _ in range(each)]
        seeds = torch.randint(2**62, (len(asked),), generator=rng, device=rng.device).tolist()
        rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        values, known = padded(asked, self.spec.end or 0)
        rows, self.policy.rows = self.policy.rows, min(ROWS, len(asked))
        try:
            options = AppendOptions(max_new=self.max_new)
            chunks = [chunk.data for chunk in self.policy.sample(rngs, None, Prompt(values, known), options)]
        finally:
            self.policy.rows = rows
        ends = torch.tensor(self.spec.ends)
        answers = [until(answer, ends) for answer in torch.cat(chunks, 1).cpu()]
        before = torch.tensor(self.opening, dtype=torch.long)
        lines = [torch.cat([before, q, a])[-self.policy.context - 1 :] for q, a in zip(asked, answers, strict=True)]
        x_NT, exists_NT = padded(lines, self.spec.end or 0)
        counts_NT = exists_NT.clone()
        for row, (line, answer) in enumerate(zip(lines, answers, strict=True)):
            counts_NT[row, : max(1, len(line) - len(answer))] = False
        return Batch(x_NT, None, exists_NT, counts_NT).to(batch.x.device)

    @property
    def opening(self) -> tuple[int, ...]:
        """What stands before a question."""
        return self.spec.opening if self.spec.begins is None else self.spec.begins

    def rewards(self, written: Batch, batch: Batch, each: int) -> Tensor:
        """(N,) what each written answer is worth beside the one that its row expects."""
        if self.reward is None:
            raise Unsupported("a reward is needed to learn from")
        expected = [answer for _, answer in self.parts(batch)]
        answers = [answer for _, answer in self.parts(written)]
        worth = [self.reward(answer, expected[row // each]) for row, answer in enumerate(answers)]
        return torch.tensor(worth, device=batch.x.device)

    def parts(self, batch: Batch) -> list[tuple[Tensor, Tensor]]:
        """The tokens of each row's question, without what begins every row, and of its last answer."""
        if batch.counts is None:
            raise Unsupported("rows that say which part of them is the answer are needed")
        found, before = [], list(self.opening)
        for x, counts in zip(batch.x.cpu(), batch.counts.cpu(), strict=True):
            stop = int(counts.nonzero().max()) + 1 if counts.any() else 1
            start = int((~counts[:stop]).nonzero().max()) + 1
            begun = len(before) if x[: len(before)].tolist() == before else 0
            found.append((x[begun:start], x[start:stop]))
        return found


def advantages(reward_BG: Tensor) -> Tensor:
    """How much better than its group each answer is, in the group's deviations: section 4.1.2."""
    mean_B1 = reward_BG.mean(1, keepdim=True)
    return (reward_BG - mean_B1) / (reward_BG.std(1, keepdim=True, unbiased=False) + LITTLE)


def padded(rows: list[Tensor], filler: int) -> tuple[Tensor, Tensor]:
    """Rows of several lengths as (N, T), and where they exist."""
    values = torch.full((len(rows), max(len(row) for row in rows)), filler, dtype=torch.long)
    exists = torch.zeros(values.shape, dtype=torch.bool)
    for number, row in enumerate(rows):
        values[number, : len(row)], exists[number, : len(row)] = row, True
    return values, exists


def until(answer: Tensor, ends: Tensor) -> Tensor:
    """The answer with the symbol that ends it, where one does."""
    at = torch.isin(answer, ends).nonzero()
    return answer[: int(at[0]) + 1] if len(at) else answer
