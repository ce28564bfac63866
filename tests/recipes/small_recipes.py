"""The recipes of text, pictures and sounds with every dial turned down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anew.recipe import Recipe, override, parse
from anew.recipes import find

TEXT: dict[str, Any] = {
    "train.steps": 8, "train.batch": 4, "train.threads": 1, "size": "xs", "codec.context": 32,
    "validation.samples": 8, "sample.max_new": 60,
}  # fmt: skip
PICTURES: dict[str, Any] = {
    "train.steps": 8, "train.batch": 16, "train.threads": 1, "size": "xs", "codec.largest": 16,
    "codec.learned.train.batch": 16, "codec.learned.copies": 2,
    "judge.train.steps": 8, "judge.train.batch": 16, "validation.samples": 10, "validation.redraws": 2,
}  # fmt: skip
SOUNDS: dict[str, Any] = {
    "train.steps": 8, "train.sample_every": 8, "train.batch": 8, "train.threads": 1, "size": "xs", "codec.mels": 32,
    "codec.window": 512, "codec.hop": 128, "codec.seconds": 0.12, "codec.iterations": 4,
    "codec.learned.train.batch": 8, "codec.learned.copies": 1, "judge.train.steps": 8, "judge.train.batch": 8,
    "validation.samples": 10, "validation.redraws": 2,
}  # fmt: skip


def recipe_for(name: str, data: Path, changes: dict[str, Any]) -> Recipe:
    return parse(override(find(name), changes | {"data.source": str(data), "deploy.name": f"test-{name}"}))
