"""The exact likelihood of flows against densities that are known: eight normal clusters, a checkerboard.

    python benchmarks/flow_likelihood.py [--model flow] [--seconds 60]

Each density is learned from its own draws for so many CPU-seconds on one thread; then 2,000 held-out points are scored
by the probability flow and by the density itself. The difference of the means is the divergence of the data from the
model, and has to be at most 0.15 nats a point. One line of JSON a density, and a last one; exit code 1 where it is
missed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time

import torch
from torch import Tensor

from anew import registry
from anew.contract import Batch, Model, Spec

LIMIT, HELD_OUT, BATCH = 0.15, 2000, 512
SPREAD = 0.15  # of a cluster
CELL = 0.9  # of the board, whose 4 × 4 then have about unit variance


def eight_clusters(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points, and -log p of each."""
    angle_K = torch.arange(8) * math.pi / 4
    centres_KD = 1.4 * torch.stack([angle_K.cos(), angle_K.sin()], 1)
    x_BD = centres_KD[torch.randint(0, 8, (n,), generator=rng)] + SPREAD * torch.randn(n, 2, generator=rng)
    square_BK = (x_BD[:, None] - centres_KD).square().sum(-1) / SPREAD**2
    return x_BD, math.log(8) + 2 * math.log(SPREAD) + math.log(2 * math.pi) - torch.logsumexp(-0.5 * square_BK, 1)


def checkerboard(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Uniform over the eight dark squares of 4 × 4."""
    row_B = torch.randint(0, 4, (n,), generator=rng)
    column_B = 2 * torch.randint(0, 2, (n,), generator=rng) + row_B % 2
    corner_BD = torch.stack([row_B, column_B], 1) - 2.0
    return CELL * (corner_BD + torch.rand(n, 2, generator=rng)), torch.full((n,), math.log(8 * CELL**2))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="flow", help="of the diffusion family")
    parser.add_argument("--seconds", type=float, default=60.0, help="of CPU time to learn for")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    found = {}
    for draw in (eight_clusters, checkerboard):
        torch.manual_seed(0)
        model = registry.find("models", asked.model)(Spec("grid", (2,)), width=128, depth=3)
        steps = learn(model, draw, asked.seconds)
        x_BD, true_B = draw(HELD_OUT, torch.Generator().manual_seed(1))
        begun = time.process_time()
        off_B = model.score(Batch(x_BD), torch.Generator()) - true_B
        found[draw.__name__] = {
            "nats": round(float((off_B + true_B).mean()), 4), "truth": round(float(true_B.mean()), 4),
            "above_truth": round(float(off_B.mean()), 4), "error": round(float(off_B.std() / math.sqrt(HELD_OUT)), 4),
            "steps": steps, "points_scored_per_second": round(HELD_OUT / (time.process_time() - begun)),
        }  # fmt: skip
        print(json.dumps({draw.__name__: found[draw.__name__]}), flush=True)
    kept = all(abs(one["above_truth"]) <= LIMIT for one in found.values())
    print(json.dumps({"kept": kept, "model": asked.model, "seconds": asked.seconds} | found, sort_keys=True))
    return 0 if kept else 1


def learn(model: Model, draw, seconds: float) -> int:
    """AdamW with a rate that falls as the time goes, the mean of the last weights kept; the number of steps."""
    rng, begun, steps = torch.Generator().manual_seed(0), time.process_time(), 0
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, fused=True)
    mean = [p.detach().clone() for p in model.parameters()]
    while (gone := (time.process_time() - begun) / seconds) < 1:
        optimiser.param_groups[0]["lr"] = 2e-3 * (1 + math.cos(math.pi * gone)) / 2
        loss, _ = model.loss(Batch(draw(BATCH, rng)[0]), "all", rng)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        share = 0.01 if steps > 1000 else 10 / (steps + 10)
        torch._foreach_lerp_(mean, [p.detach() for p in model.parameters()], share)
        steps += 1
    with torch.no_grad():
        for p, value in zip(model.parameters(), mean, strict=True):
            p.copy_(value)
    model.eval()
    return steps


if __name__ == "__main__":
    sys.exit(main())
