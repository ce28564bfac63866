"""LoRA over weights in floats and in eight bits: tokens a second, memory, and the loss that the same steps come to.

    python benchmarks/lora.py MODEL                        # a decoder of the store, two threads
    python benchmarks/lora.py MODEL --threads 1 --steps 20 --clock cpu

Rank 8 on all linear layers but the head, rows of 128 tokens of the language reference that all count, AdamW. Each way
is a process of its own. Its memory is what it holds after the last step, of which the weights are a part that does not
depend on the rows; its loss is that of rows held out. What was learnt over eight bits is judged over floats as well.
The last line of stdout is JSON; exit code 1 when a promise is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import Any

PROMISED, NEAR = 200, 0.02  # tokens a second in floats; nats by which eight bits may differ
CONTEXT, JUDGED = 128, 32  # tokens of a row, rows held out


def main() -> int:
    asked = arguments()
    if asked.way is not None:
        print(json.dumps(learn(asked)))
        return 0
    found = {way: apart(way) for way in ("float32", "int8")}
    for way, one in found.items():
        print(
            f"{way}: {one['tokens_per_second']:.0f} tokens a second; "
            f"held out {one['before']:.4f} to {one['after']:.4f} nats a token ({one['over_floats']:.4f} over floats); "
            f"weights {one['weights'] / 1e6:.0f} MB, "
            f"process {one['held'] / 1e6:.0f} MB"
        )
    floats, eight = found["float32"], found["int8"]
    near = max(abs(eight[name] - floats["after"]) for name in ("after", "over_floats")) <= NEAR
    passed = near and floats["tokens_per_second"] >= PROMISED and eight["held"] < floats["held"]
    settings = {"threads": asked.threads, "rows": asked.rows, "steps": asked.steps, "clock": asked.clock}
    print(json.dumps({"passed": passed, **found, **settings}))
    return 0 if passed else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rows", type=int, default=2)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--way", choices=("float32", "int8"), help=argparse.SUPPRESS)
    return parser.parse_args()


def apart(way: str) -> dict[str, Any]:
    """One way, in a process of its own."""
    made = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--way", way], check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return found


def learn(asked: argparse.Namespace) -> dict[str, Any]:
    import psutil
    import torch

    from anew.contract import Batch
    from anew.deploy.lookup import open_model
    from anew.models.autoregressive.objective import Answers
    from anew.models.layers.frozen import freeze
    from anew.models.layers.lora import adapt, lay_over, learnt
    from anew.recipe import Train
    from anew.train.memory import hand_back
    from anew.train.optimise import PhaseOptimiser, share_of_peak

    torch.set_num_threads(asked.threads)
    artifact = open_model(asked.model)
    model, rows = artifact.model, windows(artifact.codec)
    held_out, rng = rows[:: len(rows) // JUDGED][:JUDGED], torch.Generator().manual_seed(0)
    read = [row for number, row in enumerate(rows) if number % (len(rows) // JUDGED)]
    if asked.way == "int8":
        freeze(model)
    adapt(model, (), 8, 16.0, rng)
    hand_back()
    objective, settings = Answers(model).train(), Train(steps=asked.steps, lr=asked.lr)
    optimiser = PhaseOptimiser(objective.phases()[0], settings)
    now = time.process_time if asked.clock == "cpu" else time.perf_counter

    def batch(chosen: Any) -> Batch:
        x = torch.stack([*chosen])
        return Batch(x, None, torch.ones_like(x, dtype=torch.bool), torch.ones_like(x, dtype=torch.bool))

    def judged(kind: Any) -> float:
        with torch.no_grad():
            losses = [float(kind.loss(batch([row]), "all", rng)[0]) for row in held_out]
        return statistics.fmean(losses)

    before, seconds = judged(objective), []
    for step in range(asked.steps):
        begun = now()
        optimiser.zero_grad()
        chosen = torch.randint(len(read), (asked.rows,), generator=rng).tolist()
        loss, _ = objective.loss(batch([read[i] for i in chosen]), "all", rng)
        loss.backward(inputs=optimiser.params)
        optimiser.step(share_of_peak(step, asked.steps, settings))
        seconds.append(now() - begun)
    held, after = psutil.Process().memory_info().rss, judged(objective)
    plain = open_model(asked.model).model
    lay_over(plain, learnt(model), 2.0)
    return {
        "tokens_per_second": asked.rows * CONTEXT / statistics.median(seconds), "before": before, "after": after,
        "over_floats": judged(Answers(plain)), "weights": sum(p.nbytes for p in model.parameters()), "held": held,
    }  # fmt: skip


def windows(codec: Any) -> list[Any]:
    """The language reference in rows of the context and one more, which the last token is predicted of."""
    from pydoc_data.topics import topics

    (ids,) = codec.encode(["\n\n".join(topics[name] for name in sorted(topics))])
    return [row for row in ids.split(CONTEXT + 1) if len(row) > CONTEXT]


if __name__ == "__main__":
    raise SystemExit(main())
