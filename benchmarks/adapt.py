"""What adapting does to a model: answers learnt and text forgotten, preferences, a reward.

    python benchmarks/adapt.py                          # a small model of its own, made first
    python benchmarks/adapt.py --from smollm2 --steps 100

Everything is read from the standard library. Answers: what does FUNCTION do, and its docstring's first line. What is
not to be forgotten: the language reference, as `help()` has it. Preferences: that line as it is, against the same line
among pleasantries. Reward: sums, of which the answer has to be a JSON object with the key asked for. A small model
learns to answer from rows of which a third does so first, since one that never does has nothing to be rewarded for.
Each part is a run of a ready recipe, whose report's figures are printed.
The last line of stdout is JSON; exit code 1 when a promise is missed.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import pkgutil
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PARTS = ("answers", "preferences", "reward")


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(asked.out or scratch)
        place.mkdir(parents=True, exist_ok=True)
        start = asked.start or base(place, asked)
        found = {part: PART[part](place, start, asked) for part in asked.parts}
    passed = all(result["passed"] for result in found.values())
    print(json.dumps({"passed": passed, "start": start, **found}))
    return 0 if passed else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="start", help="a stored model; without it a small one is made")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--context", type=int, default=128)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--reward-steps", type=int, default=150)
    parser.add_argument("--reward-lr", type=float, default=1e-3)
    parser.add_argument("--base-seconds", type=float, default=120.0)
    parser.add_argument("--out", help="a folder to keep the runs in")
    return parser.parse_args()


# ------------------------------------------------------------------------------------------------ the parts


def answers(place: Path, start: str, asked: argparse.Namespace) -> dict[str, Any]:
    rows = [{"question": question, "answer": answer} for question, answer in described()]
    figures = run("chat-tune", place / "answers", rows, start, asked, **kept(place), **{"deploy.name": "bench-answers"})
    learnt, forgotten = figures["answer_nats_change"], figures["kept_text_change"]
    print(f"answers: {figures['answer_nats_before']:.3f} to {figures['answer_nats']:.3f} nats a token ({learnt:+.1%})")
    print(
        f"  other text: {figures['kept_text_before']:.3f} to {figures['kept_text']:.3f} bits a byte ({forgotten:+.1%})"
    )
    return figures | {"passed": learnt <= -0.2 and forgotten <= 0.05}


def preferences(place: Path, start: str, asked: argparse.Namespace) -> dict[str, Any]:
    rows = [
        {"prompt": q, "chosen": a, "rejected": f"Sure! I am happy to help. {a} Let me know if you need anything else!"}
        for q, a in described()
    ]
    changes = kept(place) | {"deploy.name": "bench-preferences"}
    figures = run("preference-tune", place / "preferences", rows, start, asked, **changes)
    gain, chosen = figures["margin_gain"], figures["chosen_change"]
    print(
        f"preferences: the margin grew by {gain:.2f} nats, the chosen answers' log-likelihood by {chosen:+.3f} a token"
    )
    return figures | {"passed": gain >= 0.5 and chosen >= -0.1}


def reward(place: Path, start: str, asked: argparse.Namespace) -> dict[str, Any]:
    if asked.start is None:
        changes = {
            "adapt.rank": 0,
            "train.steps": 200,
            "train.lr": 2e-3,
            "train.batch": 32,
            "deploy.name": "bench-manners",
        }
        rows = list(additions(30, ('{"sum": %d}', "It is %d.", "sum = %d")))
        run("chat-tune", place / "manners", rows, start, asked, **changes, **kept(place))
        start = "bench-manners"
    changes = {
        "train.steps": asked.reward_steps, "train.lr": asked.reward_lr, "train.batch": 8, "train.validate_every": 50,
        "adapt.objective.max_new": 16, "adapt.objective.group": 8, "deploy.name": "bench-reward",
        "adapt.reward.name": "json", "adapt.reward.keys": ["sum"],
    }  # fmt: skip
    begun = time.process_time()
    rows = list(additions(30, ('{"sum": %d}',)))
    figures = run("reward-tune", place / "reward", rows, start, asked, **changes, **kept(place))
    minutes = (time.process_time() - begun) / 60
    gain, far = figures["reward_gain"], figures["kl_to_start"]
    told = (
        f"{figures['reward_before']:.1%} to {figures['reward']:.1%} of held-out answers as asked, "
        f"{far:.3f} nats a token from the start"
    )
    print(f"reward: {told}, {minutes:.1f} CPU-minutes, report included")
    return figures | {"cpu_minutes": minutes, "passed": gain >= 0.15 and minutes <= 15}


PART = {"answers": answers, "preferences": preferences, "reward": reward}


def run(
    name: str, folder: Path, rows: Sequence[dict[str, str]], start: str, asked: argparse.Namespace, **changes: Any
) -> dict[str, float]:
    """A ready recipe on these rows: its report's figures, and the trainer's tokens a second."""
    from anew.recipe import override, parse
    from anew.recipes import find, pipeline

    data = folder.with_suffix(".jsonl")
    data.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    given = {
        "data.source": str(data), "start": start, "train.steps": asked.steps, "train.batch": asked.batch,
        "train.lr": asked.lr, "train.threads": asked.threads, "adapt.context": asked.context, "train.patience": 10**6,
        "train.sample_every": 10**6, "train.validate_every": 25, "sample.max_new": 60, **changes,
    }  # fmt: skip
    begun = time.perf_counter()
    recipe = parse(override(find(name), given, typed=True))
    figures = dict(pipeline.run(recipe, folder, tell).figures)
    print(f"{name}: {time.perf_counter() - begun:.0f} s in all, {recipe.train.steps} steps", file=sys.stderr)
    return {key: value for key, value in figures.items() if value is not None}


def tell(progress: Any) -> None:
    if progress.stage == "train" and (progress.done % 25 == 0 or progress.note.endswith("disk")):
        print(f"  step {progress.done}: {progress.note}", file=sys.stderr, flush=True)


# ------------------------------------------------------------------------------------------------ data


def base(place: Path, asked: argparse.Namespace) -> str:
    """A small model of the language reference, character by character."""
    from anew.deploy.store import Store
    from anew.recipe import override, parse
    from anew.recipes import find, pipeline

    source = reference(place) / "read"
    changes = {
        "data.source": str(source), "codec.context": 192, "train.minutes": asked.base_seconds / 60,
        "train.clock": "cpu", "train.threads": asked.threads, "model.sparse": False, "deploy.name": "bench-base",
    }  # fmt: skip
    pipeline.run(parse(override(find("text"), changes, typed=True)), place / "base", until="train")
    Store().add(place / "base" / "model", "bench-base")
    return "bench-base"


def kept(place: Path) -> dict[str, str]:
    return {"adapt.keep": str(reference(place) / "held-out")}


def reference(place: Path) -> Path:
    """The language reference as files; every tenth in a folder that is held out. `help()` has it in any Python."""
    from pydoc_data.topics import topics

    folder = place / "reference"
    for number, (name, text) in enumerate(sorted(topics.items())):
        path = folder / ("held-out" if number % 10 == 0 else "read") / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def described() -> Iterator[tuple[str, str]]:
    """Functions of the standard library, each with what its documentation says first."""
    seen = set[str]()
    for module in sorted(m.name for m in pkgutil.iter_modules() if m.name in sys.stdlib_module_names):
        if module.startswith("_") or module in ("antigravity", "this", "idlelib", "test", "turtledemo", "lib2to3"):
            continue
        try:
            members = sorted(vars(importlib.import_module(module)).items())
        except Exception:  # a module of another platform
            continue
        for name, value in members:
            line = (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ").strip()
            if inspect.isfunction(value) and not name.startswith("_") and 20 <= len(line) <= 120 and line not in seen:
                seen.add(line)
                yield f"What does {module}.{name} do?", line


def additions(most: int, manners: Sequence[str]) -> Iterator[dict[str, str]]:
    """Sums in an order of their own, each answered in one of the manners."""
    pairs, rng = [(a, b) for a in range(most) for b in range(most)], random.Random(0)
    rng.shuffle(pairs)
    for a, b in pairs:
        asked = f'What is {a} + {b}? Answer in JSON with the key "sum".'
        yield {"question": asked, "answer": rng.choice(manners) % (a + b)}


if __name__ == "__main__":
    raise SystemExit(main())
