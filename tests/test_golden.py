"""The built-in models learn as they did: losses of ten steps from one seed, against those written down.

A change of a model's mathematics shows here, wanted or not. Wanted: `python tests/test_golden.py` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from anew import registry
from anew.contract import CondSpec, Spec
from anew.testing.subject import Subject, optimisers_of, train_step
from anew.testing.suite import generators

GOLDEN = Path(__file__).parent / "golden" / "losses.json"
STEPS = 10
TOLERANCE = 2e-3  # of the loss: other processors round otherwise, and ten steps let that grow
CLASSES = CondSpec(classes=3)
# Settings are given rather than left to defaults, which are tuned: the mathematics is what is written down.
MODELS: dict[str, tuple[Spec, dict[str, Any]]] = {
    "transformer": (
        Spec("tokens", (24,), vocab=11, end=0),
        {"width": 64, "layers": 2, "heads": 2, "table_rows": 2**12},
    ),
    "decoder": (
        Spec("tokens", (24,), vocab=11, end=0),
        {"width": 64, "layers": 2, "heads": 4, "kv_heads": 2, "qk_norm": True, "pattern": "lg", "window": 6},
    ),
    "autoencoder": (Spec("grid", (1, 12, 12)), {"width": 16, "latent": 16, "kl": 0.1}),
    "flow": (Spec("grid", (8,), cond=CLASSES), {"width": 128, "depth": 2, "drop": 0.1}),
    "masked": (
        Spec("tokens", (24,), vocab=11, end=0, cond=CLASSES),
        {"width": 64, "layers": 2, "heads": 2, "ngrams": 4, "table_rows": 2**12, "prefix": 0.25, "drop_ngrams": 0.3},
    ),
    "gan": (
        Spec("grid", (1, 8, 8), cond=CLASSES),
        {"latent": 16, "width": 64, "blocks": 1, "penalty": 0.1, "drop": 0.1},
    ),
    "wgan": (Spec("grid", (8,), cond=CLASSES), {"latent": 16, "width": 64, "depth": 1, "critic_steps": 3, "drop": 0.1}),
    "edm": (
        Spec("grid", (1, 8, 8), cond=CLASSES),
        {"width": 32, "depth": 1, "backbone": "unet", "patch": 2, "noise_mean": -0.5, "noise_spread": 1.2, "drop": 0.1},
    ),
    "meanflow": (
        Spec("grid", (1, 8, 8), cond=CLASSES),
        {"width": 32, "depth": 1, "backbone": "dit", "patch": 2, "apart": 0.5, "guidance": 1.0, "drop": 0.1},
    ),
    "classifier": (Spec("grid", (1, 12, 12), cond=CLASSES), {"width": 16, "features": 32, "smoothing": 0.0}),
}


def losses(name: str) -> list[float]:
    """The loss of a held-out batch before and after ten steps, and midway; from a fixed generator each time."""
    torch.set_num_threads(1)
    kind, (spec, settings) = registry.find("models", name), MODELS[name]
    subject = Subject(lambda: kind(spec, **settings))
    model, rng = subject.fresh(), torch.Generator().manual_seed(1)
    optimisers = {phase.name: optimisers_of(phase) for phase in model.phases()}
    found = []
    for step in range(STEPS + 1):
        if step % 5 == 0:
            with torch.no_grad():
                held_out = subject.batch(seed=1000)
                found += [float(model.loss(held_out, phase.name, generators(2)[0])[0]) for phase in model.phases()]
        train_step(model, optimisers, subject.batch(seed=step), step, rng)
    return [round(loss, 6) for loss in found]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_losses_are_the_ones_written_down(name: str) -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))[name]
    assert losses(name) == pytest.approx(golden, rel=TOLERANCE, abs=1e-4), f"as they are now: {losses(name)}"


def test_nothing_is_written_down_that_is_not_looked_at() -> None:
    assert set(json.loads(GOLDEN.read_text("utf-8"))) == set(MODELS)


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps({name: losses(name) for name in sorted(MODELS)}, indent=1) + "\n", "utf-8")
