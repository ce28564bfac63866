"""What a sampler that reveals hidden tokens promises: the tokens that were asked for, row by row, over `denoise` alone.

A sampler takes (denoise, x_BT, hidden_BT, rngs, choice, steps=, never_BTV=) and gives a step (x, clean estimate,
progress) for each call of the verb. It runs here on tokens that are independent, whose probabilities are known.

B rows · T tokens · V vocabulary
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from anew.contract import AppendOptions
from anew.testing.decoders import DRAWS, assert_as_told
from anew.testing.suite import check, generators, global_generators_untouched

V, HIDDEN, T = 5, 5, 8


@dataclass
class Answers:
    """The same probabilities at each position, other ones at each, whatever stands elsewhere; and how often it was
    asked."""

    logits_TV: Tensor = field(default_factory=lambda: torch.randn(T, V, generator=torch.Generator().manual_seed(0)))
    calls: int = 0

    def __call__(self, x_BT: Tensor) -> Tensor:
        self.calls += 1
        return self.logits_TV.expand(len(x_BT), -1, -1)


@dataclass(frozen=True)
class UnmaskSubject:
    unmask: Callable[..., Any]

    def steps(
        self,
        n: int,
        steps: int,
        known: Sequence[int] = (),
        seeds: Sequence[int] | None = None,
        answers: Answers | None = None,
        never_BTV: Tensor | None = None,
        **options: Any,
    ) -> list[Any]:
        """Rows of zeros where they are `known`, all else hidden."""
        hidden_BT = torch.ones(n, T, dtype=torch.bool)
        hidden_BT[:, list(known)] = False
        rngs, x_BT = generators(*(range(n) if seeds is None else seeds)), torch.where(hidden_BT, HIDDEN, 0)
        given = {"steps": steps, "never_BTV": never_BTV}
        return list(self.unmask(answers or Answers(), x_BT, hidden_BT, rngs, AppendOptions(**options), **given))

    def made(self, n: int, **more: Any) -> Tensor:
        """(B, T): the rows in the end."""
        x_BT: Tensor = self.steps(n, **{"steps": 4, **more})[-1][0]
        return x_BT


@check()
def as_many_are_revealed_a_step_as_can_be_even(subject: UnmaskSubject) -> None:
    """A step that has nothing to reveal makes no call."""
    for steps, calls in ((1, 1), (3, 3), (7, 7), (20, 7)):
        answers = Answers()
        made = subject.steps(3, steps, known=[2], answers=answers)
        assert answers.calls == calls, f"{answers.calls} calls for 7 tokens in {steps} steps"
        for x_BT, _, progress in made:
            gone_B = 7 - (x_BT == HIDDEN).sum(1)
            assert (gone_B - 7 * progress).abs().max() < 1, f"{gone_B.tolist()} of 7 tokens at {progress:.0%}"
        x_BT, clean_BT, progress = made[-1]
        assert progress == 1.0 and not (x_BT == HIDDEN).any(), "tokens are hidden in the end"
        assert torch.equal(x_BT, clean_BT), "in the end the estimate is not what was revealed"


@check()
def what_is_known_or_revealed_stays(subject: UnmaskSubject) -> None:
    before_BT = torch.full((6, T), HIDDEN)
    for x_BT, clean_BT, _ in subject.steps(6, 5, known=[2, 3]):
        shown_BT = before_BT != HIDDEN
        assert (x_BT[:, 2:4] == 0).all() and (clean_BT[:, 2:4] == 0).all(), "known tokens change"
        assert torch.equal(x_BT[shown_BT], before_BT[shown_BT]), "a token that was revealed changes"
        before_BT = x_BT
    answers = Answers()
    (only,) = subject.steps(1, 5, known=range(T), answers=answers)
    assert answers.calls == 0 and only[2] == 1.0, "rows without a hidden token need no call"


@check()
def tokens_come_as_often_as_they_are_likely(subject: UnmaskSubject) -> None:
    for temperature in (1.0, 0.6):
        x_BT = subject.made(DRAWS, temperature=temperature)
        p_TV = (Answers().logits_TV.double() / temperature).softmax(1)
        for t in (0, T - 1):
            seen_V = torch.bincount(x_BT[:, t], minlength=V).double()
            assert_as_told(seen_V, p_TV[t] * DRAWS, f"position {t}, temperature {temperature}")
        both = torch.bincount(x_BT[:, 0] * V + x_BT[:, 1], minlength=V * V).double()
        assert_as_told(both, (p_TV[0][:, None] * p_TV[1]).flatten() * DRAWS, "two positions together")
    best_BT = subject.made(3, temperature=0.0)
    assert torch.equal(best_BT, Answers().logits_TV.argmax(1).expand(3, -1)), "temperature 0 is not the likeliest"


@check()
def what_may_never_stand_somewhere_does_not(subject: UnmaskSubject) -> None:
    never_BTV = torch.zeros(300, T, V, dtype=torch.bool)
    never_BTV[:, 0, 2:] = True
    x_BT = subject.made(300, never_BTV=never_BTV)
    assert x_BT[:, 0].max() <= 1 and x_BT[:, 1].max() > 1, "a token stands where it may never"


@check()
def each_row_has_its_own_generator_in_unmasking(subject: UnmaskSubject) -> None:
    with global_generators_untouched():
        together = subject.made(9)
    assert torch.equal(together, subject.made(9)), "the same seeds give other tokens"
    assert len(set(map(tuple, together.tolist()))) > 6, "rows share their chance"
    for i in (0, 4, 8):
        assert torch.equal(together[i], subject.made(1, seeds=[i])[0]), f"row {i} alone gives other tokens"
