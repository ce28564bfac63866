"""How likely a model finds given answers: nats of each, told apart from what is asked.

In: a model of tokens, a codec whose samples say what counts, samples. Out: one entry a sample, from which changes by
adapting are worked out pair by pair: the same samples, before and after.

B batch · T tokens
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.contract import Batch, Codec, Model
from anew.validate.interval import bootstrap, clopper_pearson, ratio_of_sums
from anew.validate.metric import Metric, Unmeasured

ROWS = 16
Floats = NDArray[np.float64]


def row_of(codec: Codec, sample: Any, context: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A sample as a model learns from it, from what begins it to its end, and what counts of it; of a long one the last
    tokens."""
    (ids,), (counted,) = codec.encode([sample]), codec.counted([sample])
    end = ids.new_tensor([codec.spec.end])
    before = end if codec.spec.begins is None else ids.new_tensor(codec.spec.begins)
    counts = torch.cat([torch.zeros(len(before), dtype=torch.bool), counted])
    x, counts = torch.cat([before, ids, end])[-context - 1 :], counts[-context - 1 :]
    counts[0] = False
    return x, counts


def together(rows: Sequence[tuple[torch.Tensor, torch.Tensor]], end: int) -> Batch:
    """Rows of several lengths as one batch, padded to the right."""
    shape = len(rows), max(len(x) for x, _ in rows)
    x_BT = torch.full(shape, end, dtype=torch.long)
    exists_BT, counts_BT = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.bool)
    for number, (x, counts) in enumerate(rows):
        x_BT[number, : len(x)], exists_BT[number, : len(x)], counts_BT[number, : len(x)] = x, True, counts
    return Batch(x_BT, None, exists_BT, counts_BT)


def batches(codec: Codec, samples: Sequence[Any], context: int) -> Iterator[Batch]:
    """The samples in their order, some rows at a time."""
    assert codec.spec.end is not None
    for first in range(0, len(samples), ROWS):
        yield together([row_of(codec, s, context) for s in samples[first : first + ROWS]], codec.spec.end)


@torch.no_grad()
def answer_nats(model: Model, codec: Codec, samples: Sequence[Any]) -> tuple[Floats, NDArray[np.int64]]:
    """-ln p of what counts in each sample (N,), and how many tokens that is. Unmeasured without samples or a score."""
    if not samples:
        raise Unmeasured("nothing was held out")
    if model.score_kind is None:
        raise Unmeasured(f"{type(model).__name__} gives no probabilities")
    end, context = codec.spec.end, model.spec.shape[0]
    assert end is not None
    rows = [row_of(codec, sample, context) for sample in samples]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))  # rows of about one length: little padding
    nats, tokens = np.zeros(len(rows)), np.array([int(counts.sum()) for _, counts in rows])
    was_training, rng = model.training, torch.Generator().manual_seed(0)
    model.eval()
    for first in range(0, len(order), ROWS):
        some = order[first : first + ROWS]
        nats[some] = model.score(together([rows[i] for i in some], end), rng).numpy()
    model.train(was_training)
    return nats, tokens


def change(
    name: str, before: Floats, after: Floats, weights: Floats, rng: np.random.Generator, note: str, draws: int = 1000
) -> list[Metric]:
    """A loss before, after, and by what share it changed: each item's nats before and after, over its weight (tokens,
    bytes). The items are drawn together, so that the share's interval is of their difference."""
    items = np.stack([before, after, weights], 1)[weights > 0]
    if not len(items):
        raise Unmeasured("nothing held out has anything to score")

    def loss(column: int) -> Any:
        return lambda rows: float(rows[:, column].sum() / rows[:, 2].sum())

    made = []
    for label, column in ((f"{name}_before", 0), (name, 1)):
        low, high = bootstrap(items, loss(column), rng, draws)
        made.append(Metric(label, loss(column)(items), low, high, len(items), note, "exact", "lower"))
    share: Any = lambda rows: float(rows[:, 1].sum() / rows[:, 0].sum() - 1)  # noqa: E731
    low, high = bootstrap(items, share, rng, draws)
    made.append(Metric(f"{name}_change", share(items), low, high, len(items), "share", "exact", "lower", "paired"))
    return made


def preference(
    chosen: tuple[Floats, Floats], rejected: tuple[Floats, Floats], tokens: Floats, rng: np.random.Generator, draws: int
) -> list[Metric]:
    """How far chosen answers are ahead of rejected ones, before and after: nats of each (before, after), and the chosen
    ones' tokens. `chosen_change`: what the chosen answers' log-likelihood gained, a token."""
    margins = [rejected[when] - chosen[when] for when in (0, 1)]
    made = []
    for name, values in (
        ("margin_before", margins[0]),
        ("margin", margins[1]),
        ("margin_gain", margins[1] - margins[0]),
    ):
        low, high = bootstrap(values, None, rng, draws)
        made.append(
            Metric(name, values.mean(), low, high, len(values), "nats", "exact", "higher", "chosen over rejected")
        )
    for name, margin in (("preferred_before", margins[0]), ("preferred", margins[1])):
        right = int((margin > 0).sum())
        low, high = clopper_pearson(right, len(margin))
        made.append(
            Metric(name, right / len(margin), low, high, len(margin), "share", "exact", "higher", "margin above 0")
        )
    gained = np.stack([chosen[0] - chosen[1], tokens], 1)
    low, high = bootstrap(gained, ratio_of_sums, rng, draws)
    made.append(
        Metric("chosen_change", ratio_of_sums(gained), low, high, len(gained), "nats a token", "exact", "higher",
               "log-likelihood of the chosen answers")
    )  # fmt: skip
    return made


def rewarded(before: Floats, after: Floats, rng: np.random.Generator, draws: int) -> list[Metric]:
    """The mean reward of one answer to each question, before and after, and the gain, paired."""
    made = []
    for name, values in (("reward_before", before), ("reward", after), ("reward_gain", after - before)):
        low, high = bootstrap(values, None, rng, draws)
        made.append(
            Metric(name, values.mean(), low, high, len(values), "share", "estimate", "higher", "held-out questions")
        )
    return made
