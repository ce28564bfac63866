"""How well a model predicts held-out samples: bits per byte and nats per character, exact or bounded, by sample.

In: a model of tokens with a score, its codec, samples. Out: each sample's nats beside its size, so that an interval can
be drawn over samples; `bits_per_unit` makes the figure of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.contract import Batch, Codec, Cond, Model, ScoreKind
from anew.validate.interval import bootstrap, ratio_of_sums
from anew.validate.metric import Metric, Unmeasured

ROWS = 32


@dataclass(frozen=True)
class Likelihood:
    """One entry a sample: -ln p of it and of its end, its size in the codec's units, its length (characters)."""

    nats: NDArray[np.float64]
    units: NDArray[np.int64]
    lengths: NDArray[np.int64]
    tokens: NDArray[np.int64]
    unit: str
    kind: ScoreKind

    @property
    def bits_per_unit(self) -> float:
        return float(self.nats.sum() / math.log(2) / self.units.sum())

    @property
    def nats_per_character(self) -> float:
        return float(self.nats.sum() / self.lengths.sum())


@dataclass(frozen=True)
class Window:
    """A row to score: the tokens x, of which the last `new` are predicted for their sample number `item`."""

    item: int
    x: torch.Tensor
    new: int


@torch.no_grad()
def likelihood(
    model: Model,
    codec: Codec,
    samples: Iterable[Any],
    rng: torch.Generator,
    *,
    labels: Sequence[int | None] | None = None,
    max_units: int | None = None,
    stride: int | None = None,
    rows: int = ROWS,
) -> Likelihood:
    """Score each sample from its beginning to its end symbol, every token once.

    A sample longer than the context is scored in windows that overlap by context - `stride` tokens (default: half of
    it), so that each prediction but a sample's first sees at least that much. A bound's windows are bounded each given
    what stands to its left, so that they add up to a bound on the sample. Reading stops after `max_units`; the
    sample that passes the limit is the last one. Unmeasured where the codec is lossy or the model has no score.
    """
    if codec.lossy or codec.spec.kind != "tokens":
        raise Unmeasured(f"{type(codec).__name__} does not keep samples exactly, so its nats are not those of the data")
    if model.score_kind is None:
        raise Unmeasured(f"{type(model).__name__} gives no probabilities")
    context, end, opening = model.spec.shape[0], codec.spec.end, codec.spec.opening
    assert end is not None
    units, lengths, tokens = list[int](), list[int](), list[int]()

    def windows() -> Iterator[Window]:
        for item, sample in enumerate(samples):
            encoded = codec.encode([sample])[0]
            units.append(codec.size(sample))
            lengths.append(len(sample))
            tokens.append(len(encoded) + 1)
            whole = torch.cat([encoded.new_tensor(opening), encoded, encoded.new_tensor([end])])
            yield from cut(item, whole, context, stride or max(1, context // 2), len(opening))
            if max_units is not None and sum(units) >= max_units:
                return

    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    found: dict[int, float] = {}
    for group in in_groups(windows(), rows):
        batch = together(group, end, labels).to(device)
        for window, nats in zip(group, model.score(batch, rng).tolist(), strict=True):
            found[window.item] = found.get(window.item, 0.0) + nats
    model.train(was_training)
    if not units:
        raise Unmeasured("no held-out samples")
    each = np.array([found[item] for item in range(len(units))])
    return Likelihood(each, np.array(units), np.array(lengths), np.array(tokens), codec.unit, model.score_kind)


def bits_per_unit(found: Likelihood, rng: np.random.Generator, draws: int = 1000) -> list[Metric]:
    """Bits per unit of the data, and nats per character, each with its interval over samples."""
    made = []
    for name, scale, sizes, unit in (
        (f"bits_per_{found.unit}", 1 / math.log(2), found.units, f"bits per {found.unit}"),
        ("nats_per_character", 1.0, found.lengths, "nats per character"),
    ):
        pairs = np.stack([found.nats * scale, sizes], 1)
        if not sizes.any():
            raise Unmeasured("the held-out samples are all empty")
        low, high = bootstrap(pairs[sizes > 0], ratio_of_sums, rng, draws)
        value, kind, n = ratio_of_sums(pairs), found.kind, len(pairs)
        made.append(Metric(name, value, low, high, n, unit, kind, "lower", "end symbols included"))
    return made


@torch.no_grad()
def bits_per_dimension(
    model: Model,
    codec: Codec,
    samples: Sequence[Any],
    scale: float,
    rng: torch.Generator,
    redraw: np.random.Generator,
    *,
    labels: Sequence[int | None] | None = None,
    draws: int = 1000,
) -> Metric:
    """How many bits the model needs for a whole-number value of a grid, at most: -log2 of its density, averaged over
    noise that spreads each value evenly over its unit (Theis et al. 2016, section 3.1), which bounds the probability of
    the value itself. `scale`: how many of the values' units one unit of the codec's grid is. Unmeasured: as above.
    """
    if codec.lossy or codec.spec.kind != "grid":
        raise Unmeasured(f"{type(codec).__name__} does not keep samples exactly, so its nats are not those of the data")
    if model.score_kind is None:
        raise Unmeasured(f"{type(model).__name__} gives no probabilities")
    x = torch.as_tensor(codec.encode(samples))
    x = x + (torch.rand(x.shape, generator=rng) - 0.5) / scale
    cells = x[0].numel()
    nats = []
    for first in range(0, len(x), ROWS):
        rows = slice(first, first + ROWS)
        nats += model.score(Batch(x[rows], condition(None if labels is None else labels[rows])), rng).tolist()
    bits = np.array(nats) / math.log(2) / cells + math.log2(scale)
    low, high = bootstrap(bits, None, redraw, draws)
    kind: ScoreKind = "bound" if model.score_kind == "exact" else model.score_kind
    note = "of whole-number values, spread evenly over their unit"
    return Metric("bits_per_dimension", bits.mean(), low, high, len(bits), "bits per dimension", kind, "lower", note)


@torch.no_grad()
def bits_per_code(
    model: Model,
    codec: Codec,
    samples: Sequence[Any],
    rng: torch.Generator,
    redraw: np.random.Generator,
    *,
    labels: Sequence[int | None] | None = None,
    draws: int = 1000,
) -> Metric:
    """How many bits the model needs for a code of a codec that makes one row of them of a sample, all rows of one
    length: of the codes, which say what their codec's own would, and not of the samples. Unmeasured: no score."""
    if model.score_kind is None:
        raise Unmeasured(f"{type(model).__name__} gives no probabilities")
    codes_NT, end = torch.as_tensor(codec.encode(samples)), codec.spec.end
    x, bits = torch.nn.functional.pad(codes_NT, (1, 1), value=end), list[float]()
    for first in range(0, len(x), ROWS):
        rows = slice(first, first + ROWS)
        nats = model.score(Batch(x[rows], condition(None if labels is None else labels[rows])), rng)
        bits += (nats / math.log(2) / codes_NT.shape[1]).tolist()
    low, high = bootstrap(np.array(bits), None, redraw, draws)
    note = "of the codec's codes, which are not the sample"
    return Metric("bits_per_code", np.mean(bits), low, high, len(bits), "bits", model.score_kind, "lower", note)


def condition(labels: Sequence[int | None] | None) -> Cond | None:
    if labels is None:
        return None
    ids = torch.tensor([label or 0 for label in labels])
    return Cond(label_B=ids, present_B=torch.tensor([label is not None for label in labels]))


# ------------------------------------------------------------------------------------------------ windows


def cut(item: int, tokens: torch.Tensor, context: int, stride: int, given: int = 1) -> Iterator[Window]:
    """Windows of at most context + 1 tokens that predict every token but the first `given` exactly once."""
    done = given
    while done < len(tokens):
        last = min(len(tokens), context + 1 if done == given else done + stride)
        yield Window(item, tokens[max(0, last - context - 1) : last], last - done)
        done = last


def in_groups(windows: Iterator[Window], rows: int) -> Iterator[list[Window]]:
    """Rows of nearly the same length together: little padding, bounded memory."""
    held: list[Window] = []
    for window in windows:
        held.append(window)
        if len(held) == 64 * rows:
            yield from sorted_groups(held, rows)
            held = []
    yield from sorted_groups(held, rows)


def sorted_groups(held: list[Window], rows: int) -> Iterator[list[Window]]:
    held = sorted(held, key=lambda w: len(w.x))
    return (held[first : first + rows] for first in range(0, len(held), rows))


def together(group: Sequence[Window], end: int, labels: Sequence[int | None] | None) -> Batch:
    """The windows as one batch, padded to the right."""
    width = max(len(w.x) for w in group)
    x = torch.full((len(group), width), end, dtype=torch.long)
    exists = torch.zeros(x.shape, dtype=torch.bool)
    counts = torch.zeros(x.shape, dtype=torch.bool)
    for row, window in enumerate(group):
        length = len(window.x)
        x[row, :length], exists[row, :length] = window.x, True
        counts[row, length - window.new : length] = True
    mine = None if labels is None else [labels[w.item] for w in group]
    return Batch(x, condition(mine), exists, counts)
