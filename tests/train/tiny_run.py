"""A small whole run: `python tiny_run.py MODEL FOLDER [STEPS]` encodes and trains, or goes on from where it is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from anew.data.loader import Loader
from anew.data.records import Record
from anew.data.shards import Shards, write_shards
from anew.recipe import Train
from anew.train.loop import Finished, Trainer

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "data"))
import plain_parts
import tiny_models

MODELS = {"recurrent": tiny_models.Recurrent, "adversaries": tiny_models.Adversaries, "straight": tiny_models.Straight}


class Classes(plain_parts.Names):
    names = ("a", "b", "c")


def words(split: str, n: int = 200) -> Iterator[Record]:
    rng = np.random.default_rng([len(split), 1])
    for i in range(n):
        word = "".join(chr(97 + int(c)) for c in rng.integers(0, 5, rng.integers(1, 30)).cumsum() % 26)
        yield Record.of(word, None, f"{split}-{i}", None)


def points(split: str, n: int = 200) -> Iterator[Record]:
    rng = np.random.default_rng([len(split), 2])
    for i in range(n):
        label = int(rng.integers(3))
        value = rng.normal(label - 1, 0.3, 4).astype(np.float32)
        yield Record.of(value.tobytes(), Classes.names[label], f"{split}-{i}", None)


def shards(kind: str, folder: Path) -> Shards:
    if kind == "tokens":
        write_shards(words, plain_parts.Letters(context=16), None, lambda r: r.value, folder)
    else:
        write_shards(points, plain_parts.Points(4, 3), Classes(), lambda r: np.frombuffer(r.value, np.float32), folder)
    return Shards(folder)


def settings(**changes) -> Train:
    values = {
        "steps": 24, "batch": 8, "threads": 1, "ema": 0.9, "validate_every": 6, "checkpoint_every": 4,
        "sample_every": 12, "validate_rows": 40, "accumulate": 2, "lr": 3e-3,
    }  # fmt: skip
    return Train(**(values | changes))


def trainer(name: str, folder: Path, seed: int = 1, sampler=None, **changes) -> Trainer:
    kind = MODELS[name]
    data = shards(kind.kinds[0], folder / "shards")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = kind(data.spec)
    train = settings(**changes)
    loader, held_out = Loader(data, "train", train.batch, seed), Loader(data, "validation", train.batch, seed)
    return Trainer(model, train, loader, held_out, folder / "train", seed, sampler)


def draw(folder: Path):
    """A sampler that uses the global generator, as a careless plug-in might."""

    def sampler(model, step):
        torch.randn(3)
        (folder / f"sample-{step}").write_text(str(float(sum(p.detach().sum() for p in model.parameters()))))

    return sampler


if __name__ == "__main__":
    place = Path(sys.argv[2])
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 24
    for event in trainer(sys.argv[1], place, sampler=draw(place), steps=steps).run():
        if isinstance(event, Finished):
            print(event)
