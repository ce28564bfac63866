"""How soon the first token is there: CPU seconds of a whole process, from its start to the end of a text of one token
behind a prompt of 128, beside llama-cpp-python on the same GGUF file and beside a bare `import torch`.

    python benchmarks/first_token.py MODEL.gguf [--runs 7] [--threads 1] [--home FOLDER]

The model is imported and started once, which quantises it and measures what that costs (some minutes; told, and not
judged). What is judged are the starts after that: medians of runs in which the sides take turns, user and system time
of each child as the system counts it. `--home` keeps the imported model for another time. llama-cpp-python is left out,
by name, where it is not installed. The last line is JSON; the exit code says whether every promise that could be
measured was kept.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

PROMPT = 128  # tokens
ABOVE_TORCH, OVER_LLAMA = 0.8, 1.5  # CPU-s more than `import torch`; times llama.cpp's CPU-s
NAME = "first-token"
THEIRS = """
import sys
from llama_cpp import Llama
path, prompt, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
llama = Llama(path, n_threads=threads, n_threads_batch=threads, verbose=False)
print(llama.create_completion(prompt, max_tokens=1, temperature=0)["usage"]["prompt_tokens"])
"""


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory() as made:
        home = asked.home or Path(made)
        env = {**os.environ, "ANEW_HOME": str(home), "OMP_NUM_THREADS": str(asked.threads)}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # as whoever installs it runs it: not compiling it each time
        first = prepared(asked.model, home, env)
        prompt = prompt_of(home)
        sides = {"torch": ["-c", "import torch"], "anew": ours(prompt)}
        if importlib.util.find_spec("llama_cpp") is None:
            print("llama-cpp-python is not installed: left out", flush=True)
        else:
            sides["llama.cpp"] = ["-c", THEIRS, str(asked.model), prompt, str(asked.threads)]
        found = measured(sides, env, asked.runs)
    result: dict[str, Any] = {name: median(values) for name, values in found.items()}
    result |= {"first_start": first, "above_torch": result["anew"] - result["torch"], "threads": asked.threads}
    kept = {"above_torch": result["above_torch"] <= ABOVE_TORCH}
    if "llama.cpp" in result:
        result["over_llama"] = result["anew"] / result["llama.cpp"]
        kept["over_llama"] = result["over_llama"] <= OVER_LLAMA
    print(json.dumps(result | {"runs": found, "kept": kept}, sort_keys=True))
    return 0 if all(kept.values()) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--home", type=Path, help="an ANEW_HOME to keep; default one that is thrown away")
    return parser.parse_args()


def prepared(model: Path, home: Path, env: Mapping[str, str]) -> float:
    """Import the model unless it is there, and start it twice: the first time may quantise it, the second one looks at
    files that are old enough by then to be remembered. CPU seconds of the first."""
    if not (home / "models" / "names" / f"{NAME}.json").is_file():
        cpu_seconds(["-m", "anew", "models", "import", str(model), "--name", NAME], env)
    first = cpu_seconds(ours("Once"), env)
    print(f"the first start took {first:.1f} CPU-s", flush=True)
    cpu_seconds(ours("Once"), env)
    return first


def ours(prompt: str) -> list[str]:
    return ["-m", "anew", "generate", NAME, prompt, "--max-new", "1", "--temperature", "0"]


def prompt_of(home: Path) -> str:
    """The beginning of the language reference's first topics that has just so many tokens."""
    from pydoc_data.topics import topics

    from anew.artifact import load_codec, read_config
    from anew.deploy.store import Store

    folder = Store(home / "models").folder(NAME)
    codec = read_config(folder)["codec"]
    vocabulary = load_codec(codec["name"], codec["settings"], folder / "codec")
    text = " ".join("\n".join(topics[name] for name in sorted(topics)).split())
    lengths = ((end, len(vocabulary.encode([text[:end]])[0])) for end in range(PROMPT, len(text)))
    return text[: next(end for end, length in lengths if length == PROMPT)]


def measured(sides: Mapping[str, Sequence[str]], env: Mapping[str, str], runs: int) -> dict[str, list[float]]:
    """CPU seconds of each side in each run, by turns; one more run before the first is not counted."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for run in range(runs + 1):
        for name, command in sides.items():
            seconds = cpu_seconds(command, env)
            found[name] += [seconds] if run else []
    for name, values in found.items():
        print(f"{name:10} {median(values):.2f} CPU-s  ({min(values):.2f} to {max(values):.2f})", flush=True)
    return found


def cpu_seconds(command: Sequence[str], env: Mapping[str, str]) -> float:
    """User and system time of a Python process, until its end. RuntimeError, with its last words, where it fails."""
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen([sys.executable, *command], env=env, stdout=told, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            told.seek(0)
            raise RuntimeError(told.read().decode(errors="replace")[-2000:])
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
