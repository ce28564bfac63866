"""The one training loop. It knows phases, batches and a scalar to minimise; not the family, not the data.

In: a model, settings with their steps fixed, a loader. Out: events as it goes; in the folder a journal, checkpoints,
and the weights that the best validation saw, or the last. Killed at any point and run again, it ends at the same bits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from anew.contract import Batch, Model, Phase
from anew.data import manifest
from anew.data.files import sha256_file
from anew.data.loader import Loader
from anew.data.manifest import Manifest, fingerprint_of
from anew.errors import AnewError, Interrupted, Refused
from anew.recipe import Train
from anew.train import checkpoint
from anew.train.checkpoint import Checkpoint
from anew.train.device import autocast, choose_device, keep_exact
from anew.train.ema import Average
from anew.train.journal import DIAGNOSIS, HELD_OUT, TRAIN, Journal
from anew.train.optimise import PhaseOptimiser, share_of_peak
from anew.train.stop import ENOUGH, on_signal

TICK_SECONDS = 0.1
OFTEN = 20  # validations and checkpoints of a run, where its settings do not say
WEIGHTS = "model.safetensors"

# ------------------------------------------------------------------------------------------------ events


@dataclass(frozen=True)
class Tick:
    """A step is done. `per_second`: positions that enter the loss; `seconds` trained, earlier starts included."""

    step: int
    steps: int
    loss: float
    stats: dict[str, float]
    seconds: float
    eta_seconds: float
    per_second: float


@dataclass(frozen=True)
class Validated:
    """The held-out loss after `step` steps, and whether it is the best yet."""

    step: int
    loss: float
    best: bool


@dataclass(frozen=True)
class Diagnosed:
    """What the model says is wrong with itself after `step` steps, one plain sentence."""

    step: int
    what: str


@dataclass(frozen=True)
class Saved:
    step: int


@dataclass(frozen=True)
class Sampled:
    step: int


@dataclass(frozen=True)
class Finished:
    """`reason`: "steps", "patience" or "enough"."""

    step: int
    reason: str


Event = Tick | Validated | Diagnosed | Saved | Sampled | Finished

# ------------------------------------------------------------------------------------------------ the loop


@dataclass
class Progress:
    """What a run knows beside its tensors."""

    step: int = 0
    seconds: float = 0.0
    best_step: int = 0
    best_loss: float | None = None
    worse: int = 0  # validations since the best
    journal: int = 0  # bytes


class Trainer:
    """Trains `model` in `folder`, from the newest whole checkpoint there or from the weights that it has.

    `held_out` None: nothing to validate on, the last weights are kept. `sampler(model, step)` is called now and then
    with the averaged weights in place, to show what the model makes.
    """

    def __init__(
        self,
        model: Model,
        settings: Train,
        loader: Loader,
        held_out: Loader | None,
        folder: Path,
        seed: int,
        sampler: Callable[[Model, int], None] | None = None,
    ) -> None:
        if settings.steps is None:
            raise ValueError("the number of steps is fixed before training starts")
        keep_exact(settings.threads)
        self.settings, self.steps, self.seed, self.folder = settings, settings.steps, seed, folder
        self.loader, self.held_out, self.sampler = loader, held_out, sampler
        self.device = choose_device(settings.device)
        self.model = model.to(self.device)
        self.phases = model.phases()
        self.names = {p: name for name, p in model.named_parameters()}
        check_cover(self.phases, self.names)
        self.optimisers = {phase.name: PhaseOptimiser(phase, settings) for phase in self.phases}
        averaged = {self.names[p]: p for phase in self.phases if phase.ema for p in phase.parameters()}
        self.average = Average(averaged, settings.ema)
        self.rng = torch.Generator(self.device).manual_seed(seed)
        self.progress = Progress()
        self.validate_every = settings.validate_every or max(1, self.steps // OFTEN)
        self.checkpoint_every = settings.checkpoint_every or max(1, self.steps // OFTEN)
        self.sample_every = settings.sample_every or max(1, self.steps // 5)

    # -------------------------------------------------------------------------------------------- one step

    def train_step(self, step: int) -> dict[str, float]:
        """Move every phase that is due at `step` (from 0); what its loss saw, as plain numbers."""
        seen: dict[str, float] = {}
        share = share_of_peak(step, self.steps, self.settings)
        shared = self._micro_batches(step, 0)
        for number, phase in enumerate(self.phases):
            if step % phase.every:
                continue
            parts = self._micro_batches(step, number + 1) if phase.fresh else shared
            optimiser = self.optimisers[phase.name]
            optimiser.zero_grad()
            loss, stats = self._backward(phase, optimiser, parts)
            norm = optimiser.step(share)
            name = f"{phase.name}." if len(self.phases) > 1 else ""
            seen |= {f"{name}loss": loss, f"{name}norm": norm} | {f"{name}{key}": value for key, value in stats.items()}
            if not (math.isfinite(loss) and math.isfinite(norm)):
                raise self._diverged(f"{name}loss is {loss:g} and its gradient's norm {norm:g}")
        self.average.update(step + 1)
        return seen

    def _backward(
        self, phase: Phase, optimiser: PhaseOptimiser, parts: list[tuple[Batch, float]]
    ) -> tuple[float, dict[str, float]]:
        """Gradients of the micro-batches' loss, each weighted by its share of the counted positions."""
        total, stats = 0.0, dict[str, float]()
        for batch, weight in parts:
            with autocast(self.device, self.settings.precision):
                loss, seen = self.model.loss(batch, phase.name, self.rng)
            (loss * weight if weight != 1 else loss).backward(inputs=optimiser.params)
            total += float(loss.detach()) * weight
            for key, value in seen.items():
                stats[key] = stats.get(key, 0.0) + float(value) * weight
        return total, stats

    def _micro_batches(self, step: int, draw: int) -> list[tuple[Batch, float]]:
        """The step's rows, cut once, with the share of the counted positions that each part holds."""
        batch = self.loader.batch(step, draw)
        parts = cut(batch, self.settings.accumulate)
        weight = batch.weight if len(parts) > 1 else 1
        return [(part.to(self.device), part.weight / weight if len(parts) > 1 else 1.0) for part in parts]

    def _diverged(self, what: str) -> AnewError:
        kept = checkpoint.found(self.folder / "checkpoints")
        return AnewError(
            f"training broke down at step {self.progress.step + 1} of {self.steps}: the {what}. "
            + (f"The last good checkpoint is {kept[0]}." if kept else "There is no checkpoint yet."),
            next_command=f"anew run RECIPE --train.lr {self.settings.lr / 3:.2g}",
        )

    # -------------------------------------------------------------------------------------------- the run

    def run(self, stop: Callable[[], bool] | None = None) -> Iterator[Event]:
        """Train to the end, telling each event. Interrupted, with all saved, when `stop()` or on Ctrl-C or SIGTERM."""
        done = manifest.load(self.folder)
        if done is not None:
            self._check_same(done.fingerprint)
            yield Finished(done.counts["step"], done.facts["reason"])
            return
        self._resume()
        journal = Journal(self.folder, self.steps, self.progress.journal)
        clock, enough = Clock(self.progress.seconds, self.progress.step), False
        try:
            with on_signal() as signalled:
                if self.progress.step and self._is_due(self.progress.step):
                    yield from self._look(journal)
                while self.progress.step < self.steps and not (enough or self._is_stalled()):
                    seen = self.train_step(self.progress.step)
                    self.progress.step += 1
                    self.progress.seconds = clock.seconds()
                    journal.write(TRAIN, self.progress.step, seen | {"seconds": round(self.progress.seconds, 3)})
                    tick = clock.is_tick() or self.progress.step == self.steps
                    enough = tick and (self.folder / ENOUGH).exists()
                    if tick:
                        journal.publish()
                        yield self._tick(seen, clock)
                    asked = signalled() or (stop is not None and stop())
                    due = enough or self._is_due(self.progress.step)
                    if due or asked or self.progress.step % self.checkpoint_every == 0:
                        self.save(journal)
                        yield Saved(self.progress.step)
                    if asked:
                        raise Interrupted(
                            f"stopped after step {self.progress.step} of {self.steps}; everything is saved",
                            next_command=f"anew run {self.folder.parent} --resume",
                        )
                    if due:
                        yield from self._look(journal, enough)
                reason = "patience" if self._is_stalled() else "steps" if self.progress.step == self.steps else "enough"
        finally:
            journal.close()
        self._finish(reason)
        yield Finished(self.progress.step, reason)

    def _is_due(self, step: int) -> bool:
        """Whether there is something to look at after `step` steps: all of it comes after a checkpoint."""
        return step == self.steps or step % self.validate_every == 0 or step % self.sample_every == 0

    def _is_stalled(self) -> bool:
        return self.settings.patience is not None and self.progress.worse >= self.settings.patience

    def _look(self, journal: Journal, last: bool = False) -> Iterator[Event]:
        """Validate and sample after a step, with the averaged weights in place."""
        step, last = self.progress.step, last or self.progress.step == self.steps
        self.model.eval()
        with self.average.in_place():
            if step % self.validate_every == 0 or last:
                yield from self._validate(journal)
            if self.sampler is not None and (step % self.sample_every == 0 or last):
                self.sampler(self.model, step)
                yield Sampled(step)
        self.model.train()

    def _validate(self, journal: Journal) -> Iterator[Event]:
        """Judge the weights in place; keep them when they are the best yet, or when the last are to be kept."""
        progress = self.progress
        loss = None if self.held_out is None else self.held_out_loss()
        if loss is not None and not math.isfinite(loss):
            raise self._diverged(f"held-out loss is {loss:g}")
        best = loss is None or progress.best_loss is None or loss < progress.best_loss
        progress.worse = 0 if best else progress.worse + 1
        if best:
            progress.best_loss, progress.best_step = loss, progress.step
        if best or self.settings.keep == "last":
            checkpoint.write_weights(self.folder / WEIGHTS, checkpoint.weights_of(self.model))
        if loss is not None:
            journal.write(HELD_OUT, progress.step, {"loss": loss, "seconds": round(progress.seconds, 3)})
            yield Validated(progress.step, loss, best)
            for what in self.diagnosis():
                journal.write(DIAGNOSIS, progress.step, {"what": what})
                yield Diagnosed(progress.step, what)

    @torch.no_grad()
    def held_out_loss(self) -> float:
        """The mean loss over the first `validate_rows` held-out rows, with the same noise each time."""
        assert self.held_out is not None
        rng = torch.Generator(self.device).manual_seed(self.seed)
        total = weight = 0.0
        rows = -(-self.held_out.rows // self.settings.accumulate)
        for batch in self.held_out.windows(rows, limit=self.settings.validate_rows, spread=True):
            with autocast(self.device, self.settings.precision):
                loss = self.model.validation_loss(batch.to(self.device), rng)
            total, weight = total + float(loss) * batch.weight, weight + batch.weight
        return total / weight

    @torch.no_grad()
    def diagnosis(self) -> list[str]:
        """What the model finds wrong with itself on the first held-out rows."""
        assert self.held_out is not None
        rng = torch.Generator(self.device).manual_seed(self.seed)
        rows = min(self.settings.validate_rows, self.held_out.items)
        batch = next(self.held_out.windows(rows, limit=rows, spread=True))
        return self.model.diagnose(batch.to(self.device), rng)

    def _tick(self, seen: dict[str, float], clock: Clock) -> Tick:
        step, pace = self.progress.step, clock.pace(self.progress.step)
        loss = seen.get("loss", seen.get(f"{self.phases[0].name}.loss", math.nan))
        return Tick(
            step, self.steps, loss, seen, clock.seconds(), (self.steps - step) * pace, self.loader.positions / pace
        )

    # -------------------------------------------------------------------------------------------- to and from disk

    def save(self, journal: Journal) -> None:
        """Write a checkpoint of this step; the journal is on disk first."""
        norms = torch._foreach_norm([p.detach() for p in self.names if p.requires_grad])
        if not all(math.isfinite(float(norm)) for norm in norms):
            raise self._diverged("weights are not finite any more")
        self.progress.journal = journal.flush()
        state = {"progress": asdict(self.progress), "fingerprint": self.fingerprint}
        checkpoint.save(self.folder / "checkpoints", Checkpoint(self.progress.step, self.tensors(), state))

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """What a checkpoint holds, by file."""
        held = {
            "model": checkpoint.weights_of(self.model),
            "average": self.average.values,
            "generators": {"training": self.rng.get_state()},
        }
        return held | {f"optimiser-{name}": o.state(self.names) for name, o in self.optimisers.items()}

    def _resume(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        found = checkpoint.load_newest(self.folder / "checkpoints")
        if found is None:
            return
        self._check_same(found.state["fingerprint"])
        checkpoint.keep_newest(self.folder / "checkpoints", found.step)
        checkpoint.put_weights(self.model, found.tensors["model"])
        self.average.load(found.tensors["average"])
        self.rng.set_state(found.tensors["generators"]["training"])
        for name, optimiser in self.optimisers.items():
            optimiser.load(found.tensors[f"optimiser-{name}"], self.names)
        self.progress = Progress(**found.state["progress"])

    @property
    def fingerprint(self) -> str:
        """What the weights depend on, but for the machine."""
        settings = self.settings.model_dump(mode="json", exclude={"device", "threads", "minutes", "epochs", "clock"})
        settings = {k: v for k, v in settings.items() if (k, v) != ("keep", "best")}  # which could not be said before
        shapes = {name: list(p.shape) for p, name in self.names.items()}
        return fingerprint_of(settings=settings, seed=self.seed, data=self.loader.digest, shapes=shapes)

    def _check_same(self, fingerprint: str) -> None:
        if fingerprint != self.fingerprint:
            raise Refused(
                f"{self.folder} holds a run with other settings or data, which cannot go on with these",
                next_command="anew run RECIPE --out another-folder",
            )

    def _finish(self, reason: str) -> None:
        """Name the result; a folder with a manifest is a finished run."""
        progress = self.progress
        counts = {"step": progress.step, "steps": self.steps, "best_step": progress.best_step}
        counts["positions"] = progress.step * self.loader.positions
        facts = {"reason": reason, "best_loss": progress.best_loss}
        files = {WEIGHTS: sha256_file(self.folder / WEIGHTS)}
        inputs = {"data": self.loader.digest}
        manifest.write(self.folder, Manifest("train", self.fingerprint, inputs, counts, files, facts))


class Clock:
    """Seconds trained and the pace of this start."""

    def __init__(self, before: float, step: int) -> None:
        self._before, self._first_step = before, step
        self._start = self._last = time.perf_counter()

    def seconds(self) -> float:
        return self._before + time.perf_counter() - self._start

    def pace(self, step: int) -> float:
        """Seconds a step, over this start."""
        return (time.perf_counter() - self._start) / max(1, step - self._first_step)

    def is_tick(self) -> bool:
        """Whether it is time to tell again."""
        now = time.perf_counter()
        if now - self._last < TICK_SECONDS:
            return False
        self._last = now
        return True


def cut(batch: Batch, parts: int) -> list[Batch]:
    """The batch in up to `parts` pieces of nearly equal rows."""
    if parts == 1:
        return [batch]
    rows = -(-len(batch) // parts)
    return [batch.take(slice(first, first + rows)) for first in range(0, len(batch), rows)]


def check_cover(phases: list[Phase], names: dict[torch.nn.Parameter, str]) -> None:
    """Raise ValueError unless the phases hold each parameter that requires a gradient exactly once."""
    held = [p for phase in phases for p in phase.parameters()]
    twice = [names[p] for i, p in enumerate(held) if any(p is q for q in held[:i])]
    missing = [name for p, name in names.items() if p.requires_grad and not any(p is q for q in held)]
    if twice or missing:
        raise ValueError(f"phases must cover each trainable parameter once; twice {twice}, missing {missing}")
