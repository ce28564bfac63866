"""Each family on data whose density is known: train it by the one loop, and measure how far it ends from the truth.

In: a known density, an arm (a model with its settings), seconds. Out: a `Study`: the divergence with its interval, the
divergence over training, samples, and what is wrong with the model in words.

N points · T tokens · V vocabulary
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anew import registry
from anew.contract import Batch, Codec, Model, Spec
from anew.data.files import write_atomic
from anew.data.progress import Report, silent
from anew.data.records import Record
from anew.data.shards import Shards, write_shards
from anew.recipe import Train, settings_of
from anew.recipes.parts import Part, fit, fix_steps
from anew.recipes.resolve import seed_for
from anew.validate.known import KNOWN, Known, Plane, divergence, divergence_of_samples, verdict
from anew.validate.metric import Metric

TRAINING, HELD_OUT, LOOKED_AT, SAMPLES = 20_000, 2_000, 400, 2_000
BINS = 64  # a side: what a point is cut into for a model of tokens
BLOCK = 500
Items = NDArray[np.generic]


@dataclass(frozen=True)
class Arm:
    """A model on trial: its registered name, settings beside those of `size`, and how it is trained. `items`: how many
    training items it gets; `only`: which of them."""

    label: str
    model: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    size: str = "s"
    train: Mapping[str, Any] = field(default_factory=dict)
    items: int = TRAINING
    only: Callable[[Items], Items] | None = None


@dataclass
class Study:
    """`curve`: (step, divergence) while it learned, in nats where the model tells a density, else of its samples."""

    arm: Arm
    known: Known
    metrics: list[Metric]
    said: list[str]
    samples: Items
    curve: list[tuple[int, float]]


# ------------------------------------------------------------------------------------------------ items as tensors


class Points(Codec):
    """Points of the plane as they are, for models of grids."""

    modality, kind = "point", "grid"
    spec = Spec("grid", (2,))

    def fit(self, samples: Iterable[Items]) -> None:
        pass

    def encode(self, samples: Sequence[Items]) -> Tensor:
        return torch.from_numpy(np.stack(samples).astype(np.float32))

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Items]:
        return [row.double().numpy() for row in data]

    def state(self) -> dict[str, Any]:
        return {}

    def load(self, state: Mapping[str, Any]) -> None:
        pass


class Symbols(Points):
    """Rows of symbols as they are; points of the plane as two of `BINS` symbols each, spread evenly over their cell
    again. `extra` nats turn a cell's probability into the density in it."""

    modality, kind = "symbols", "tokens"

    def __init__(self, known: Known) -> None:
        self.plane = known if isinstance(known, Plane) else None
        vocab, length = (BINS, 2) if self.plane else (known.symbols, known.length)  # type: ignore[attr-defined]
        self.spec = Spec("tokens", (length + 1,), vocab + 1, end=vocab, whole=True)
        self.rng = np.random.default_rng(0)
        self.side = 2 * self.plane.reach / BINS if self.plane else 0.0
        self.extra = 2 * math.log(self.side) if self.plane else 0.0

    def encode(self, samples: Sequence[Items]) -> list[Tensor]:  # type: ignore[override]
        rows = np.stack(samples)
        if self.plane is not None:
            rows = ((rows + self.plane.reach) / self.side).astype(np.int64).clip(0, BINS - 1)
        return list(torch.from_numpy(rows.astype(np.int64)))

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Items]:
        """A row that ends too early, or never, is cut or filled with its last symbol: it is wrong either way."""
        assert self.spec.end is not None
        length, made = self.spec.shape[0] - 1, []
        for row in data:
            kept = row[: int((row != self.spec.end).cumprod(0).sum())][:length].numpy()
            made.append(np.pad(kept, (0, length - len(kept)), "edge") if len(kept) else np.zeros(length, np.int64))
        if self.plane is None:
            return made
        return [(row + self.rng.random(2)) * self.side - self.plane.reach for row in made]


# ------------------------------------------------------------------------------------------------ the study


def study(known: Known, arm: Arm, seconds: float, seed: int, folder: Path, report: Report = silent) -> Study:
    """Train the arm for so many CPU seconds in `folder` and measure it, or find what was measured. One that was killed
    goes on."""
    if (folder / "study.json").is_file():
        return load(known, arm, folder)
    kind = registry.find("models", arm.model)
    codec: Points = Points() if "grid" in kind.kinds and isinstance(known, Plane) else Symbols(known)
    rng = np.random.default_rng(seed)
    training = known.draw(TRAINING, rng)
    training = (training if arm.only is None else arm.only(training))[: arm.items]
    held_out = known.draw(HELD_OUT, rng)
    write_shards(lambda split: records(split, training, held_out), codec, None, lambda r: item_of(r, training),
                 folder / "shards", splits=("train", "validation"))  # fmt: skip
    shards = Shards(folder / "shards")
    settings = settings_of(kind, arm.settings, arm.size, arm.label)  # type: ignore[arg-type]
    train = Train(**{"batch": 512, "lr": 2e-3, "ema": 0.995, "threads": 1, "clock": "cpu", **arm.train})
    part = Part(arm.label, arm.model, settings, train, folder / "train", seed_for(seed, arm.label))
    exam = Exam(known, codec, training, held_out, seed)
    curve = folder / "curve"
    curve.mkdir(exist_ok=True)

    def look(model: Model, step: int) -> None:
        if step:  # 0 is the trial of a forecast
            write_atomic(curve / f"{step:08}", repr(exam.look(model)).encode())

    part = Part(part.stage, part.name, settings, fix_steps(part, shards, seconds), part.folder, part.seed)
    model = fit(part, shards, report, sampler=look)
    metrics, said, samples = exam.judge(model)
    np.save(folder / "samples.npy", samples)
    steps = [(int(path.name), float(path.read_text())) for path in sorted(curve.iterdir())]
    facts = {"metrics": [vars(m) for m in metrics], "said": said, "curve": steps}
    write_atomic(folder / "study.json", json.dumps(facts).encode())
    return load(known, arm, folder)


def load(known: Known, arm: Arm, folder: Path) -> Study:
    """What a finished study found."""
    facts = json.loads((folder / "study.json").read_text("utf-8"))
    metrics, curve = [Metric(**m) for m in facts["metrics"]], [(s, d) for s, d in facts["curve"]]
    return Study(arm, known, metrics, facts["said"], np.load(folder / "samples.npy"), curve)


def records(split: str, training: Items, held_out: Items) -> Iterator[Record]:
    for i, row in enumerate(training if split == "train" else held_out):
        yield Record(row.tobytes(), None, f"{split} {i}", None, f"{i:064x}", split)


def item_of(record: Record, like: Items) -> Items:
    assert isinstance(record.value, bytes)
    return np.frombuffer(record.value, like.dtype)


class Exam:
    """One density's held-out items, and what they say of a model."""

    def __init__(self, known: Known, codec: Points, training: Items, held_out: Items, seed: int) -> None:
        self.known, self.codec, self.training, self.held_out, self.seed = known, codec, training, held_out, seed
        self.units = 1 if isinstance(known, Plane) else held_out.shape[1]

    def look(self, model: Model) -> float:
        """The divergence by a few items, for the curve."""
        rng = np.random.default_rng(self.seed)
        if model.score_kind is None:
            assert isinstance(self.known, Plane)
            points = np.asarray(self.samples(model, LOOKED_AT), np.float64)
            return divergence_of_samples(self.known, points, rng, 2).value
        few = self.held_out[:LOOKED_AT]
        return float((self.nats(model, few) - self.known.nats(few)).mean() / self.units)

    def judge(self, model: Model) -> tuple[list[Metric], list[str], Items]:
        """Metrics, what is wrong in words, and the samples that were looked at."""
        rng, metrics, memorised = np.random.default_rng(self.seed), list[Metric](), None
        samples = self.samples(model, SAMPLES)
        if model.score_kind is not None:
            told = self.nats(model, self.held_out)
            found = divergence(told, self.known.nats(self.held_out), model.score_kind, rng, self.units)
            metrics.append(found)
            seen = self.training[: min(len(self.training), HELD_OUT)]
            own = self.nats(model, seen) - self.known.nats(seen)
            others = rng.choice((told - self.known.nats(self.held_out)) / self.units, len(own))
            memorised = divergence(others, own / self.units, "estimate", rng)
        if isinstance(self.known, Plane):
            metrics.append(divergence_of_samples(self.known, np.asarray(samples, np.float64), rng))
        closeness = metrics[0] if model.score_kind is not None else None
        return metrics, verdict(self.known, closeness, samples, self.training, memorised, rng), samples

    @torch.no_grad()
    def nats(self, model: Model, items: Items) -> NDArray[np.float64]:
        """(N,): the model's -ln p of each item, as a density where the items are points."""
        rng = torch.Generator().manual_seed(self.seed)
        parts = [model.score(self.batch(items[i : i + BLOCK]), rng).double() for i in range(0, len(items), BLOCK)]
        return torch.cat(parts).numpy() + getattr(self.codec, "extra", 0.0)

    def batch(self, items: Items) -> Batch:
        rows = self.codec.encode(list(items))
        if isinstance(rows, Tensor):
            return Batch(rows)
        x_BT = torch.stack(rows)
        assert self.codec.spec.end is not None
        x_BT = torch.cat([torch.full((len(x_BT), 1), self.codec.spec.end), x_BT], 1)
        counts = torch.ones_like(x_BT, dtype=torch.bool)
        counts[:, 0] = False
        return Batch(x_BT, None, None, counts)

    def samples(self, model: Model, n: int) -> Items:
        """n samples of seeds of their own."""
        made: list[Items] = []
        for start in range(0, n, BLOCK):
            rngs = [torch.Generator().manual_seed(self.seed + i) for i in range(start, min(n, start + BLOCK))]
            chunks = [chunk.data for chunk in model.sample(rngs)]
            made += self.codec.decode(torch.cat(chunks, 1) if model.streams == "append" else chunks[-1])
        return np.stack(made)


__all__ = ["KNOWN", "Arm", "Study", "study"]
