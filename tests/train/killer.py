"""Runs tiny_run and kills itself with SIGKILL at a named moment: `python killer.py MOMENT COUNT MODEL FOLDER [STEPS]`.

`COUNT` 1 is the first time that the moment comes."""

import os
import signal
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
import tiny_run

from anew.train import budget, checkpoint, loop

moment, count = sys.argv[1], int(sys.argv[2])
name, place = sys.argv[3], Path(sys.argv[4])
steps = int(sys.argv[5]) if len(sys.argv) > 5 else 24
came = 0


def die_if_due():
    global came
    came += 1
    if came == count:
        os.kill(os.getpid(), signal.SIGKILL)


def before(owner, attribute, when=lambda *a, **k: True):
    """`owner.attribute`, with death at its door."""
    real = getattr(owner, attribute)

    def wrapped(*args, **kwargs):
        if when(*args, **kwargs):
            die_if_due()
        return real(*args, **kwargs)

    setattr(owner, attribute, wrapped)


def half_written(tensors, path):
    real_save(tensors, path)
    if came + 1 == count:
        os.truncate(path, path.stat().st_size // 2)
    die_if_due()


real_save = checkpoint.save_file
kind = tiny_run.MODELS[name]
match moment:
    case "loss":  # inside a step; for a model of two phases also between them
        before(kind, "loss", lambda *a: torch.is_grad_enabled())
    case "validation":
        before(kind, "loss", lambda *a: not torch.is_grad_enabled())
    case "write":
        checkpoint.save_file = half_written
    case "rename":
        before(os, "replace", lambda a, b: "step-" in Path(b).name)
    case "best":
        before(os, "replace", lambda a, b: Path(b).name == loop.WEIGHTS)
    case "finish":
        before(os, "replace", lambda a, b: Path(b) == place / "train" / "manifest.json")
    case "pruning":
        before(checkpoint.shutil, "rmtree", lambda p, *a, **k: "step-" in Path(p).name)
    case "measure":
        before(budget.Trainer, "train_step")
    case "sample":
        pass


def sampler(model, step):
    tiny_run.draw(place)(model, step)
    if moment == "sample":
        die_if_due()


trainer = tiny_run.trainer(name, place, sampler=sampler, steps=steps)
if moment == "measure":
    budget.fit_into(trainer.model, trainer.settings, trainer.loader, 1.0, place / "train")
list(trainer.run())
