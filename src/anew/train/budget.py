"""A time budget made into steps and validations, once: a few timed steps on a throw-away copy before step 0.

The answer is written into the run's folder, so that a run that goes on is the same run.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from anew.contract import Model
from anew.data.files import write_atomic
from anew.data.loader import Loader
from anew.recipe import Train
from anew.train.build import twin
from anew.train.journal import TRAIN, Journal
from anew.train.loop import OFTEN, Trainer
from anew.train.memory import needed_bytes

NAME = "budget.json"
Sampler = Callable[[Model, int], None]
MOST_STEPS = 100_000_000
SCRATCH = ".trial-"
FEWEST, LOOKING = 4, 0.05  # validations there are in any case, and the share of a run's time that they may take
WARM, TIMED = 3, 5  # rounds of the phases: first ones that do not count, and at least so many that do


@dataclass(frozen=True)
class Costs:
    """Seconds of a step, a validation, a checkpoint and a call of the sampler, and how large a checkpoint is."""

    step: float
    validation: float
    checkpoint: float
    sample: float
    checkpoint_bytes: int

    def seconds(self, steps: int, settings: Train) -> float:
        """What a run of so many steps takes, with all that it does between them."""
        validations, checkpoints, samples = stops(steps, settings)
        between = validations * self.validation + checkpoints * self.checkpoint + samples * self.sample
        return steps * self.step + between


def fit_into(
    model: Model, settings: Train, loader: Loader, seconds: float, folder: Path, sampler: Sampler | None = None
) -> Train:
    """The settings with the steps that fit into `seconds` of their clock, this measurement included; at least one.

    Where validations would take more than LOOKING of it, they are fewer: FEWEST, or twice the patience. `folder` is the
    run's; what was found stands in its budget.json and is not measured again.
    """
    place = folder / NAME
    if place.is_file():
        found = json.loads(place.read_text())
        return with_steps(settings, found["steps"], found.get("validations"))
    now = clock(settings)
    start = now()
    needed_bytes(model, settings, loader)
    costs = measure(model, settings, loader, max(0.5, seconds / 50), folder, sampler)
    left = seconds - (now() - start)
    looks = None
    if settings.validate_every is None and OFTEN * costs.validation > max(0.0, LOOKING * left):
        fewest = max(FEWEST, 2 * (settings.patience or 0))  # or nothing would stop early
        looks = min(OFTEN, max(fewest, int(LOOKING * left / costs.validation)))
    steps = most(lambda n: costs.seconds(n, with_steps(settings, n, looks)) <= left)
    found = {"steps": steps, "validations": looks, "seconds": seconds, "clock": settings.clock, "costs": vars(costs)}
    write_atomic(place, json.dumps(found, sort_keys=True, indent=1).encode())
    return with_steps(settings, steps, looks)


def with_steps(settings: Train, steps: int, looks: int | None) -> Train:
    """The settings for so many steps, with so many validations among them; None: as many as they say."""
    every = settings.validate_every if looks is None else -(-steps // looks)
    return settings.model_copy(update={"steps": steps, "minutes": None, "validate_every": every})


def measure(
    model: Model,
    settings: Train,
    loader: Loader,
    at_most: float,
    folder: Path | None = None,
    sampler: Sampler | None = None,
) -> Costs:
    """Time a throw-away copy of the model at its real work for about `at_most` seconds; `folder`: on whose disk."""
    now = clock(settings)
    with scratch_folder(folder) as place:
        # no warm-up: a rate of nearly nothing makes denormal numbers, which processors are slow with
        changed = settings.model_copy(update={"steps": MOST_STEPS, "warmup": 0.0})
        trial = Trainer(twin(model), changed, loader, loader.of_split("validation"), place, 0)
        journal = Journal(place, MOST_STEPS, 0)
        cycle = math.lcm(*(phase.every for phase in trial.phases))
        times: list[float] = []
        begun = now()
        while not enough(len(times) - WARM, (now() - begun) / at_most):
            start = now()
            for _ in range(cycle):
                journal.write(TRAIN, trial.progress.step, trial.train_step(trial.progress.step))
                trial.progress.step += 1
            times.append((now() - start) / cycle)
        validation = 0.0 if trial.held_out is None else timed(now, lambda: (trial.held_out_loss(), trial.diagnosis()))
        checkpoint = timed(now, lambda: trial.save(journal))
        sample = 0.0 if sampler is None else timed(now, lambda: sampler(trial.model.eval(), 0))
        journal.close()
        size = sum(file.stat().st_size for file in place.rglob("checkpoints/*/*"))
    return Costs(undisturbed(times[WARM:]), validation, checkpoint, sample, size)


@contextmanager
def scratch_folder(beside: Path | None) -> Iterator[Path]:
    """A folder for a trial's files, inside `beside`; what a killed process left there of its own goes first."""
    if beside is not None:
        beside.mkdir(parents=True, exist_ok=True)
        for left in beside.glob(f"{SCRATCH}*"):
            shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=beside) as place:
        yield Path(place)


def undisturbed(times: Sequence[float]) -> float:
    """The median of the faster half: what else the machine does makes a step slower and never faster, and is over
    before the run is, whose number of steps is decided here."""
    return median(sorted(times)[: (len(times) + 1) // 2])


def enough(timed: int, share: float) -> bool:
    """Whether so many timed rounds in such a share of the time are enough; slow steps get some more time."""
    return timed >= 1 and share >= (1 if timed >= TIMED else 4)


def clock(settings: Train) -> Callable[[], float]:
    """The clock that the settings count in, in seconds."""
    return time.process_time if settings.clock == "cpu" else time.perf_counter


def timed(now: Callable[[], float], work: Callable[[], object]) -> float:
    start = now()
    work()
    return now() - start


def stops(steps: int, settings: Train) -> tuple[int, int, int]:
    """How many validations, checkpoints and samplings a run of so many steps makes."""
    part = max(1, steps // OFTEN)
    every = {
        "validate": settings.validate_every or part,
        "save": settings.checkpoint_every or part,
        "sample": settings.sample_every or max(1, steps // 5),
    }
    validations, samples = -(-steps // every["validate"]), -(-steps // every["sample"])
    # a checkpoint comes before each validation and each sample; where they fall together it is one
    apart = set(every.values())
    checkpoints = sum(-(-steps // n) for n in apart if not any(n % m == 0 for m in apart - {n}))
    return validations, checkpoints, samples


def most(fits: Callable[[int], bool]) -> int:
    """The largest n from 1 on that fits."""
    low, high = 1, 2
    while high < MOST_STEPS and fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
