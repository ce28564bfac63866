"""What adapters cost in the engine: the time of a step of eight rows, without any, and with ever more of them.

    python benchmarks/adapters.py MODEL                 # a decoder of the store, in eight bits; --floats: in floats

Changes of rank 8 at random over all layers but the head; what they hold does not matter here. Columns: before any
adapter was loaded; loaded and asked for by nobody; by one row; by all rows the same; by each row its own. Each round
times every column once, in turn; figures are medians, ratios are taken round by round. The last line of stdout is JSON;
exit code 1 when rows that ask for none got slower by more than 3 %.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

ROWS, PROMPT, ALLOWED = 8, 100, 0.03


def main() -> int:
    asked = arguments()
    import torch

    from anew.deploy.lookup import locate
    from anew.engine.runner import Span
    from anew.engine.start import start
    from anew.models.layers.lora import linears

    torch.set_num_threads(asked.threads)
    engine = start(locate(asked.model), int8=not asked.floats).engine
    runner, rng = engine.runner, torch.Generator().manual_seed(0)
    prompts = torch.randint(1, runner.decoder.spec.vocab, (ROWS, PROMPT), generator=rng).tolist()
    shapes = {n: (m.in_features, m.out_features) for n, m in linears(runner.decoder).items() if n != "head"}

    def adapter() -> dict[str, Any]:
        return {
            f"{name}.{part}": 0.01 * torch.randn(shape, generator=rng)
            for name, (wide, out) in layers(shapes).items()
            for part, shape in (("down", (asked.rank, wide)), ("up", (out, asked.rank)))
        }

    def steps(under: list[Any]) -> Callable[[], float]:
        memories = [runner.open(PROMPT + 64, way) for way in under]
        with torch.inference_mode():
            for memory, prompt in zip(memories, prompts, strict=True):
                runner.read([Span(memory, 0, prompt, False)])

        def timed() -> float:
            rows = [(prompt[-1], PROMPT, memory) for memory, prompt in zip(memories, prompts, strict=True)]
            begun = clock()
            with torch.inference_mode():
                for _ in range(asked.steps):
                    runner.step(rows)
            return (clock() - begun) / asked.steps

        return timed

    clock = time.process_time if asked.clock == "cpu" else time.perf_counter
    before = steps([()] * ROWS)
    for _ in range(3):
        before()
    alone = [before() for _ in range(asked.rounds)]  # no map takes changes yet, which cannot be undone
    for number in range(ROWS):
        engine.load(f"adapter-{number}", adapter(), 1.0)
    held = engine.scheduler.held // ROWS
    ways = [((one, 1.0),) for one in engine.adapters.values()]
    columns = {
        "nobody": steps([()] * ROWS), "one row": steps([ways[0], *[()] * (ROWS - 1)]),
        "all the same": steps([ways[0]] * ROWS), "each its own": steps(ways),
    }  # fmt: skip
    found: dict[str, list[float]] = {name: [] for name in columns}
    for _ in range(asked.rounds):
        for name, timed in columns.items():
            found[name].append(timed())
    median = statistics.median(alone)
    times = {"before": median} | {name: statistics.median(values) for name, values in found.items()}
    print(f"an adapter holds {held / 1e6:.1f} MB; a step of {ROWS} rows:")
    for name, seconds in times.items():
        print(f"  {name:13} {1e3 * seconds:7.1f} ms  {seconds / median:.3f} ×")
    passed = times["nobody"] <= (1 + ALLOWED) * median
    print(json.dumps({"passed": passed, "bytes": held, "seconds": times, "rank": asked.rank, "int8": not asked.floats}))
    return 0 if passed else 1


def layers(shapes: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The widths of the layers that an adapter changes; joint maps stand for several, which are there by themselves."""
    return {name: shape for name, shape in shapes.items() if name.rpartition(".")[2] not in ("qkv", "gate_up")}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--floats", action="store_true")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
