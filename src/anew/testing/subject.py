"""The model under test with what its checks share: data of its spec, a briefly trained copy, its samples.

B batch · T tokens · V vocabulary · S the grid's own axes
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor

from anew.contract import Batch, Cond, CondSpec, Model, Options, Phase, Prompt, Spec, Unsupported
from anew.testing.suite import generators, seeded

Draw = Callable[[int, torch.Generator], Batch]
Optimisers = dict[str, list[torch.optim.Optimizer]]  # phase -> its optimisers
TRAINING_STEPS = 40
ROWS = 16


class Subject:
    """`make()` builds the model anew, initialised from torch's global generator; a finished model is copied.
    `draw(n, rng)`: n rows to learn from; without it, patterns of the model's spec."""

    def __init__(self, make: Callable[[], Model] | Model, draw: Draw | None = None) -> None:
        self.make: Callable[[], Model] = partial(copy.deepcopy, make) if isinstance(make, Model) else make
        self.spec = self.fresh().spec
        self.kind: type[Model] = type(self.fresh())
        self.draw: Draw = draw or (lambda n, rng: patterns(self.spec, n, rng))

    def fresh(self, seed: int = 0) -> Model:
        with seeded(seed):
            return self.make()

    def batch(self, n: int = ROWS, seed: int = 0) -> Batch:
        return self.draw(n, torch.Generator().manual_seed(seed))

    @cached_property
    def trained(self) -> Model:
        """A model whose conditions and outputs have begun to matter. Do not change it."""
        model, rng = self.fresh(), torch.Generator().manual_seed(1)
        optimisers = {phase.name: optimisers_of(phase) for phase in model.phases()}
        for step in range(TRAINING_STEPS):
            train_step(model, optimisers, self.batch(seed=step), step, rng)
        return model.eval()

    @cached_property
    def plain(self) -> Tensor:
        """Samples of seeds 0 to 5, each under its own condition where there is one."""
        return self.sample(range(6), self.cond(6))

    def options(self, **values: Any) -> Options:
        """The model's kind of options; appending stops after a few tokens."""
        if self.kind.streams == "append":
            values = {"max_new": min(self.spec.shape[0], 12), **values}
        return self.kind.options(**values)

    def sample(
        self,
        seeds: Sequence[int],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
        model: Model | None = None,
    ) -> Tensor:
        """(B, …) whole samples; rows of tokens go on with the end symbol to the longest possible."""
        model = model or self.trained
        options = options or self.options()
        chunks = [chunk.data for chunk in model.sample(generators(*seeds), cond, prompt, options)]
        return self.padded(torch.cat(chunks, 1)) if self.kind.streams == "append" else chunks[-1]

    def padded(self, x_BT: Tensor) -> Tensor:
        missing = self.spec.shape[0] - x_BT.shape[1]
        if missing <= 0 or self.spec.end is None:
            return x_BT
        return torch.cat([x_BT, x_BT.new_full((len(x_BT), missing), self.spec.end)], 1)

    @cached_property
    def takes_conditions(self) -> bool:
        """Whether it samples under the conditions that its data carry; a model may leave them aside and say so."""
        cond = conditions(self.spec.cond, 1, torch.Generator().manual_seed(0))
        if cond is None or self.kind.streams is None:
            return cond is not None
        try:
            next(iter(self.trained.sample(generators(0), cond, None, self.options())))
        except Unsupported:
            return False
        return True

    def cond(self, n: int, seed: int = 3) -> Cond | None:
        if not self.takes_conditions:
            return None
        return conditions(self.spec.cond, n, torch.Generator().manual_seed(seed))

    def is_random(self, model: Model, phase: str, batch: Batch) -> bool:
        """Whether a loss depends on its generator."""
        losses = [model.loss(batch, phase, rng)[0] for rng in generators(0, 1, 2)]
        return not all(torch.equal(losses[0], other) for other in losses[1:])


# ------------------------------------------------------------------------------------------------ training, by hand


def optimisers_of(phase: Phase, lr: float = 3e-3) -> list[torch.optim.Optimizer]:
    """Adam for every role: the one for sparse gradients where the phase says rows."""
    made: list[torch.optim.Optimizer] = []
    for role, group in phase.params.items():
        kind = torch.optim.SparseAdam if role == "rows" else torch.optim.Adam
        made += [kind(list(group), lr=lr)] if group else []
    return made


def train_step(model: Model, optimisers: Optimisers, batch: Batch, step: int, rng: torch.Generator) -> None:
    """The contract's training step, for the phases that `optimisers` names."""
    for phase in model.phases():
        if phase.name in optimisers and step % phase.every == 0:
            loss, _ = model.loss(batch, phase.name, rng)
            for one in optimisers[phase.name]:
                one.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            for one in optimisers[phase.name]:
                one.step()


# ------------------------------------------------------------------------------------------------ data of any spec


def patterns(spec: Spec, n: int, rng: torch.Generator) -> Batch:
    """Rows that a model of this spec can learn something from: counting sequences, or a few noisy templates."""
    cond = conditions(spec.cond, n, rng)
    kind_B = torch.randint(0, 4, (n,), generator=rng) if cond is None or cond.label_B is None else cond.label_B
    return sequences(spec, kind_B, cond, rng) if spec.kind == "tokens" else templates(spec, kind_B, cond, rng)


def sequences(spec: Spec, kind_B: Tensor, cond: Cond | None, rng: torch.Generator) -> Batch:
    """Tokens that count up by 1 or more, documents joined by the end symbol; rows of several lengths, where here and
    there a position does not count."""
    n, T = len(kind_B), spec.shape[0] + 1
    symbols = ordinary(spec)
    first_B1 = torch.randint(0, len(symbols), (n, 1), generator=rng)
    x_BT = symbols[(first_B1 + (1 + kind_B[:, None] % 3) * torch.arange(T)) % len(symbols)]
    if spec.end is not None:
        cut_B1 = torch.randint(3, T, (n, 1), generator=rng)
        x_BT[:, : len(spec.opening)] = torch.tensor(spec.opening)
        last_B1 = torch.tensor([spec.ends[row % len(spec.ends)] for row in range(n)])[:, None]
        x_BT = torch.where(torch.arange(T) == cut_B1, last_B1, x_BT)
    length_B1 = torch.randint(T // 2, T + 1, (n, 1), generator=rng)
    length_B1[0] = T
    exists = torch.arange(T) < length_B1
    share_B1 = 0.3 + 0.7 * torch.rand(n, 1, generator=rng)
    counts = exists & (torch.rand(n, T, generator=rng) < share_B1)
    counts[:, : max(1, len(spec.opening))] = False
    return Batch(x_BT, cond, exists, counts)


def ordinary(spec: Spec) -> Tensor:
    """The symbols that neither begin nor end a sequence."""
    return torch.tensor([v for v in range(spec.vocab) if v not in (*spec.opening, *spec.ends)])


def templates(spec: Spec, kind_B: Tensor, cond: Cond | None, rng: torch.Generator) -> Batch:
    """Grids: one of a few fixed templates and a little noise, of about zero mean and unit variance."""
    kinds = spec.cond.classes if spec.cond is not None and spec.cond.classes else 4
    fixed = torch.randn(kinds, *spec.shape, generator=torch.Generator().manual_seed(0))
    return Batch(0.95 * fixed[kind_B] + 0.3 * torch.randn(len(kind_B), *spec.shape, generator=rng), cond)


def conditions(carried: CondSpec | None, n: int, rng: torch.Generator) -> Cond | None:
    """One condition a row, of the first sort that the data carry."""
    if carried is None:
        return None
    if carried.classes:
        return Cond(label_B=torch.randint(0, carried.classes, (n,), generator=rng))
    if carried.attributes:
        return Cond(attributes_BA=torch.randn(n, carried.attributes, generator=rng))
    if carried.states:
        mask_BL = torch.rand(n, carried.states[0], generator=rng) < 0.8
        return Cond(states_BLE=torch.randn(n, *carried.states, generator=rng), mask_BL=mask_BL)
    if carried.tokens:
        return Cond(tokens_BL=torch.randint(0, carried.tokens[1], (n, carried.tokens[0]), generator=rng))
    return None


def other_spec(spec: Spec) -> Spec:
    """A spec of the other kind, with the same conditions."""
    if spec.kind == "tokens":
        return Spec("grid", (1, 8, 8), cond=spec.cond)
    return Spec("tokens", (16,), vocab=12, end=0, cond=spec.cond)


def first_difference(a: Tensor, b: Tensor) -> str:
    """Where two tensors part, in words."""
    if a.shape != b.shape:
        return f"shapes {tuple(a.shape)} and {tuple(b.shape)}"
    at = tuple(int(i) for i in (a != b).nonzero()[0])
    return f"first at {at}: {a[at].item()} and {b[at].item()}"


__all__ = ["Draw", "Optimisers", "Subject", "first_difference", "optimisers_of", "other_spec", "patterns", "train_step"]
