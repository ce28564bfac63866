"""Kill whole runs with SIGKILL, start them again, and compare every weight with an uninterrupted run's.

    python benchmarks/kill.py [--kills 20] [--seed 0] [--only NAME] [--keep FOLDER]

Runs go through the recipes' pipeline, and every registered model is among them: as the model itself, as a learned codec
or as the judge; a student learns from another run's model. A process kills itself at the exact moment: inside a step's
loss (which may lie between two phases, or inside the codec's training), in the middle of a checkpoint's write, before
its rename, before the best weights' rename, while old checkpoints are removed, during validation, while samples are
drawn, and while step time is measured. Each model and each moment comes at least once, then at random; so is which time
the moment comes. `--only NAME`: runs of one scenario alone. Passed: the finished folders hold the same safetensors
files with the same SHA-256. The last line is JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from anew import registry
from anew.recipe import START, parse, read
from anew.recipes import pipeline
from anew.train import budget, checkpoint, forecast, loop, memory

TRAIN = {"threads": 1, "batch": 16, "ema": 0.9, "validate_rows": 32, "checkpoint_every": 5, "validate_every": 8}
STEPS = {"steps": 24, "sample_every": 12}


def text(**model: Any) -> dict[str, Any]:
    train = TRAIN | STEPS | {"optimiser": "muon"}
    return {"modality": "text", "codec": {"name": "characters", "context": 32}, "model": model, "train": train}


def pictures(learned: str = "", judge: str = "", train: dict[str, Any] | None = None, **model: Any) -> dict[str, Any]:
    """In pixels, or behind a learned codec."""
    codec: dict[str, Any] = {"name": "image"}
    if learned:
        codec["learned"] = {"name": learned, "copies": 2, "train": TRAIN | {"steps": 16}}
    made = {"modality": "image", "codec": codec, "model": model, "train": TRAIN | STEPS | (train or {})}
    return made | ({"judge": {"name": judge, "train": TRAIN | {"steps": 12}}} if judge else {})


TEACHER = "autoencoder, flow and classifier"
SCENARIOS: dict[str, dict[str, Any]] = {
    "transformer": text(name="transformer", table_rows=1024),
    "decoder": text(name="decoder", width=32, layers=2, heads=4, kv_heads=2, pattern="lg", window=8),
    "rnn": text(name="rnn"),
    "masked": text(name="masked", table_rows=1024),
    TEACHER: pictures("autoencoder", judge="classifier", name="flow"),
    "student": pictures(name="student") | {"codec": {"name": START}, "start": TEACHER},
    "spatial autoencoder, flow and contrastive": pictures("spatial-autoencoder", judge="contrastive", name="flow")
    | {"data": "captioned"},
    "meanflow": pictures("autoencoder", name="meanflow"),
    "edm": pictures(name="edm", width=32),
    "vae": pictures(name="vae"),
    "gan": pictures("autoencoder", train={"accumulate": 2}, name="gan"),
    "wgan": pictures("autoencoder", name="wgan"),
    "fsq": pictures("fsq", name="transformer", table_rows=1024),
    "vq": pictures("vq", name="rnn"),
    "enlarger": pictures(name="enlarger"),
}
MOMENTS = ("loss", "validation", "write", "rename", "best", "prune", "sample", "measure")

# ------------------------------------------------------------------------------------------------ the killed process


def parts(values: dict[str, Any]) -> set[str]:
    """The models that a recipe trains."""
    learned, judge = values["codec"].get("learned", {}), values.get("judge", {})
    return {values["model"]["name"]} | {part["name"] for part in (learned, judge) if part}


def child(moment: str, when: int, recipe: Path, folder: Path) -> None:
    """Carry the recipe through to its judge; die when `moment` comes for the `when`-th time (0: never, but count)."""
    came: Counter[str] = Counter()

    def reach(name: str) -> bool:
        came[name] += 1
        return name == moment and came[name] == when

    def die(name: str) -> None:
        if reach(name):
            os.kill(os.getpid(), signal.SIGKILL)

    def at_door(owner: Any, attribute: str, name: Callable[..., str | None]) -> None:
        real = getattr(owner, attribute)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if (found := name(*args, **kwargs)) is not None:
                die(found)
            return real(*args, **kwargs)

        setattr(owner, attribute, wrapped)

    def write(tensors: Any, path: Path) -> None:
        save(tensors, path)
        if not measuring and reach("write"):
            os.truncate(path, path.stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    def renamed(source: Any, target: Any) -> str | None:
        if measuring:
            return None
        return "rename" if "step-" in Path(target).name else "best" if Path(target).name == loop.WEIGHTS else None

    measuring: list[bool] = []

    def as_trial(owner: Any, attribute: str) -> None:
        real = getattr(owner, attribute)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            measuring.append(True)
            try:
                return real(*args, **kwargs)
            finally:
                measuring.pop()

        setattr(owner, attribute, wrapped)

    save, checkpoint.save_file = checkpoint.save_file, write
    for owner, attribute in ((budget, "measure"), (forecast, "measure"), (memory, "weigh")):
        as_trial(owner, attribute)
    at_door(os, "replace", renamed)
    at_door(checkpoint.shutil, "rmtree", lambda path, *a, **k: "prune" if Path(path).name[:5] == "step-" else None)
    at_door(loop.Trainer, "train_step", lambda *a: "measure" if measuring else None)
    at_door(pipeline.Run, "show_samples", lambda *a: None if measuring else "sample")
    asked = parse(read(recipe))
    for kind in {registry.find("models", name) for name in parts(read(recipe))}:
        at_door(kind, "loss", lambda *a: "loss" if torch.is_grad_enabled() and not measuring else None)
        at_door(kind, "validation_loss", lambda *a: None if measuring else "validation")
    run = pipeline.kind_of(asked)(asked, folder, lambda progress: None)
    run.collect()
    run.clean()
    run.train()
    if run.recipe.judge is not None:
        run.judge()
    print(json.dumps(came))


# ------------------------------------------------------------------------------------------------ the parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=SCENARIOS, metavar="NAME", help=", ".join(SCENARIOS))
    parser.add_argument("--keep", type=Path, help="work here and keep what was made")
    asked = parser.parse_args()
    chosen = [asked.only] if asked.only else list(SCENARIOS)
    if asked.kills < len(chosen):
        parser.error(f"fewer than {len(chosen)} kills do not reach every model")
    with tempfile.TemporaryDirectory() as scratch:
        suite = Suite((asked.keep or Path(scratch)).resolve(), np.random.default_rng(asked.seed), chosen)
        results = [suite.kill(i) for i in range(asked.kills)]
    same = sum(r["same"] for r in results)
    killed = sorted(set[str]().union(*(parts(SCENARIOS[r["scenario"]]) for r in results)))
    missed = [] if asked.only else sorted(registry.MODELS.keys() - set(killed))
    told = {"kills": len(results), "same": same, "models": killed, "missed": missed, "points": results}
    print(json.dumps(told, sort_keys=True))
    return 0 if same == len(results) and not missed else 1


class Suite:
    """Uninterrupted runs to compare with, made when first needed, and the kills."""

    def __init__(self, place: Path, rng: np.random.Generator, chosen: Sequence[str]) -> None:
        self.place, self.rng, self.count = place, rng, 0
        self.whole: dict[str, tuple[dict[str, str], dict[str, int]]] = {}
        place.mkdir(parents=True, exist_ok=True)
        data = make_data(place / "data")
        for name, values in SCENARIOS.items():
            recipe = {"name": "killed", "seed": 3, "size": "xs", "clean": {"duplicates": "none"}} | values
            recipe["data"] = {"source": str(data[values.get("data", values["modality"])])}
            recipe |= {"start": str(self.whole_folder(values["start"]))} if "start" in values else {}
            timed = {key: value for key, value in values["train"].items() if key != "steps"} | {"minutes": 0.05}
            for file, made in ((f"{name}.toml", recipe), (f"{name} timed.toml", recipe | {"train": timed})):
                (place / file).write_text(pipeline.resolved_toml(parse(made), only_set=True))
        self.names = [str(name) for name in rng.permutation(chosen)]
        self.moments = [str(moment) for moment in rng.permutation(MOMENTS)]

    def kill(self, number: int) -> dict[str, Any]:
        """Scenarios and moments in turn while there are new ones, then at random."""
        self.count += 1
        name = self.names[number] if number < len(self.names) else str(self.rng.choice(self.names))
        moment = self.moment_in(name)
        total = 10 if moment == "measure" else self.uninterrupted(name)[1][moment]
        when = int(self.rng.integers(1, total + 1))
        folder, recipe = (
            self.place / f"kill-{self.count}",
            self.place / f"{name}{' timed' * (moment == 'measure')}.toml",
        )
        killed = self.run(moment, when, recipe, folder)
        assert killed.returncode == -signal.SIGKILL, f"{name} was not killed at {moment} {when}: {killed.stderr}"
        resumed = self.run("none", 0, recipe, folder)
        assert resumed.returncode == 0, resumed.stderr
        if moment == "measure":  # the steps were found after the kill: the run to compare with takes them over
            whole = self.place / f"whole-{self.count}"
            assert self.run("none", 0, folder / "resolved.toml", whole).returncode == 0
            expected = hashes(whole)
        else:
            expected = self.uninterrupted(name)[0]
        point = {"scenario": name, "moment": moment, "when": when, "of": total, "same": hashes(folder) == expected}
        print(json.dumps(point | {"files": len(expected)}), flush=True)
        return point

    def moment_in(self, name: str) -> str:
        """One that comes in runs of that scenario: a new one while there are any. A judge, say, draws no samples."""
        comes = {"measure", *self.uninterrupted(name)[1]}
        for moment in self.moments:
            if moment in comes:
                self.moments.remove(moment)
                return moment
        return str(self.rng.choice([moment for moment in MOMENTS if moment in comes]))

    def whole_folder(self, name: str) -> Path:
        return self.place / f"whole {name}"

    def uninterrupted(self, name: str) -> tuple[dict[str, str], dict[str, int]]:
        """The hashes of the run that nothing disturbed, and how often each moment came."""
        if name not in self.whole:
            folder = self.whole_folder(name)
            if (start := SCENARIOS[name].get("start")) is not None:
                self.uninterrupted(start)
            run = self.run("none", 0, self.place / f"{name}.toml", folder)
            assert run.returncode == 0, run.stderr
            self.whole[name] = hashes(folder), json.loads(run.stdout.splitlines()[-1])
        return self.whole[name]

    def run(self, moment: str, when: int, recipe: Path, folder: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, __file__, "--child", moment, str(when), str(recipe), str(folder)]
        return subprocess.run(command, capture_output=True, text=True)


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(folder.rglob("*.safetensors"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def make_data(folder: Path) -> dict[str, Path]:
    """Seeded texts, pictures of two classes, and the same pictures with captions."""
    from PIL import Image

    rng = np.random.default_rng(0)
    words = np.array("king queen sword enter exit night day love war moon the a of".split())
    (folder / "text").mkdir(parents=True, exist_ok=True)
    for i in range(40):
        (folder / "text" / f"{i}.txt").write_text("\n".join(" ".join(rng.choice(words, 12)) for _ in range(8)))
    for label, tilt in (("flat", 0), ("steep", 1)):
        (folder / "image" / label).mkdir(parents=True, exist_ok=True)
        (folder / "captioned").mkdir(exist_ok=True)
        for i in range(60):
            cells = np.add.outer(np.arange(16) * tilt, np.arange(16)) * 8 + rng.integers(0, 90, (16, 16))
            for place in (folder / "image" / label / f"{i}.png", folder / "captioned" / f"{label}-{i}.png"):
                Image.fromarray(cells.astype(np.uint8)).save(place)
            (folder / "captioned" / f"{label}-{i}.txt").write_text(f"a {label} {words[i % len(words)]}")
    return {kind: folder / kind for kind in ("text", "image", "captioned")}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[5]))
        sys.exit(0)
    sys.exit(main())
