"""The demonstration behind `make demo`: two models from real data, through all five stages, then where things lie.

It types the commands that a person would: `anew run digits` and `anew run stdlib`.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ANEW = Path(sys.executable).with_name("anew")


def run(recipe: str) -> tuple[dict[str, Any], float]:
    """`anew run RECIPE --json`: its progress on the terminal, its closing object and the seconds it took."""
    print(f"\n$ anew run {recipe}", file=sys.stderr, flush=True)
    begun = time.monotonic()
    process = subprocess.Popen([ANEW, "run", recipe, "--json"], stdout=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is anew's: it saves, and says how to go on
    said, _ = process.communicate()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if process.returncode:
        sys.exit(process.returncode)
    return json.loads(said.splitlines()[-1]), time.monotonic() - begun


def describe(recipe: str, result: dict[str, Any], seconds: float) -> None:
    """What came of it, from the run's own figures."""
    print(f"\n{recipe}: {seconds:.0f} s")
    for line in result["summary"]:
        print(f"  {line}")
    print(f"  in the store as {result['model']}")
    for name, path in sorted(result["paths"].items()):
        print(f"  {name:<12} {path}")


def main() -> None:
    made = {recipe: run(recipe) for recipe in ("digits", "stdlib")}
    for recipe, (result, seconds) in made.items():
        describe(recipe, result, seconds)
    code = made["stdlib"][0]["paths"].get("samples")
    if code and Path(code).is_file():
        print("\ngenerated code, from " + code)
        print("\n".join("  | " + line for line in Path(code).read_text("utf-8").splitlines()[:30]))
    print(f"\nthe five stages of both: {sum(seconds for _, seconds in made.values()):.0f} s")
    print("next:")
    for command in (
        "anew generate digits -n 100 --label 7 --out sevens.png",
        "anew generate stdlib 'def read('",
        "anew run text --data FOLDER     # your own texts",
        "anew run images --data FOLDER   # your own pictures",
        "anew models list",
    ):
        print(f"  .venv/bin/{command}")


if __name__ == "__main__":
    main()
