"""Models of pictures of every family, trained for a few steps: they draw badly, and by every rule."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "uses"))
sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from bars import bar
from small_writers import writer

import anew
from anew.artifact import Artifact
from anew.codecs.image import write_image
from anew.engine.pool import Listed

DIALS: dict[str, Any] = {
    "size": "xs", "train.batch": 8, "train.threads": 1, "train.validate_every": 999, "train.sample_every": 999,
    "clean.duplicates": "none",
}  # fmt: skip
LEARNED: dict[str, Any] = {"codec.learned.train": {"batch": 8, "steps": 3}, "codec.learned.copies": 1}
# A flow in a latent, an adversarial network there, one that writes codes; of pictures themselves a VAE, and flows
# without labels, one of them with transparency; a flow in a latent that listens to captions.
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "flow": ("images", {**LEARNED, "train.steps": 12, "train.lr": 0.03, "train.ema": 0.5}),
    "gan": ("digits-gan", {**LEARNED, "train.steps": 2}),
    "codes": (
        "digits-codes",
        {**LEARNED, "train.steps": 2, "codec.learned.train": {"batch": 8, "steps": 20, "lr": 1e-2, "ema": 0.5}},
    ),
    "vae": ("digits-vae", {"train.steps": 2}),
    "pixels": ("digits-pixels", {"train.steps": 2}),
    "clear": ("digits-pixels", {"train.steps": 2, "codec.alpha": True}),
    "prompted": ("text-to-image", {**LEARNED, "train.steps": 12, "train.lr": 0.03, "train.ema": 0.5}),
    "scorer": ("emoji-scorer", {"train.steps": 4, "codec.size": 16, "clean.hold_out": []}),
    "enlarger": ("super-resolution", {"train.steps": 4, "codec.size": 16}),
    "coder": ("autoencoder", {"train.steps": 2, "codec.size": 16}),
}
DATA = {
    "pixels": "plain", "clear": "glass", "prompted": "captioned", "scorer": "captioned", "enlarger": "glass",
    "coder": "plain",
}  # fmt: skip
DO: dict[str, Any] = {"scorer": "score", "enlarger": "enlarge", "coder": "encode"}
TOLD: dict[str, Any] = dict.fromkeys(("flow", "gan", "codes", "vae"), {"labels": ("across", "down")})
TOLD |= dict.fromkeys(("prompted", "judged"), {"captions": True})


class Gallery:
    """A shelf of them and of one that writes; each is trained when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, rng = folder, np.random.default_rng(0)
        for i in range(80):
            label = ("across", "down")[i % 2]
            for path in (folder / "labelled" / label, folder / "plain", folder / "captioned"):
                path.mkdir(parents=True, exist_ok=True)
                (path / f"{i}.png").write_bytes(write_image(bar(rng, label)))
            (folder / "captioned" / f"{i}.txt").write_text(f"a bar {label}\nbar that goes {label}\n")
            bright = bar(rng, label)
            path = folder / "glass" / f"{i}.png"
            path.parent.mkdir(exist_ok=True)
            alpha = np.where(bright > 100, 255, 0).astype(np.uint8)
            path.write_bytes(write_image(np.dstack([bright, bright, bright, alpha])))
        self.trained = cache(self._trained)

    def listed(self) -> Sequence[Listed]:
        """Those that do not draw are the newest."""
        made = [
            Listed(
                name, f"{i:064x}", 1000, 1_700_000_000 - i + 99 * (name in DO), "image", does=DO.get(name, "make"),
                **TOLD.get(name, {}),
            )
            for i, name in enumerate([*MODELS, "judged"])
        ]  # fmt: skip
        return [Listed("writer", f"{99:064x}", 1000, 1_800_000_000, "text"), *made]

    def open(self, name: str) -> Artifact:
        if name == "judged":  # the captioned one, which carries a scorer
            return replace(self.open("prompted"), scorer=self.open("scorer"))
        return writer("bytes", "decoder") if name == "writer" else self.trained(name).artifact

    def _trained(self, name: str) -> anew.api.Trained:
        recipe, own = MODELS[name]
        data = self.folder / DATA.get(name, "labelled")
        return anew.train(recipe, data, out=self.folder / name, **DIALS, **own)
