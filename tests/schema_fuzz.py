"""Made-up requests for every endpoint, by its own OpenAPI document: none may end in an error of the server.

    python tests/schema_fuzz.py [--cases 5000] [--programs FOLDER] [--options="--…"]

schemathesis, in an environment of its own, against `anew serve` with a small model of random weights. Around it a
request whose answer is known is asked. The last line is JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from throwaway import environment

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from serve_process import TINY, Server, put_tiny

# most made-up names of models are no model's, and answered with 404 before anything else is looked at
HOOKS = f"""
import schemathesis

@schemathesis.hook
def map_body(context, body):
    return body | {{"model": "{TINY}"}} if isinstance(body, dict) and len(body) % 4 else body

@schemathesis.hook
def filter_case(context, case):  # it reads the model's name in an answer, and would delete it
    return not (case.method == "DELETE" and case.path.startswith("/v1/anew/models"))
"""
KNOWN = {"model": TINY, "prompt": "The sum of", "max_tokens": 24, "seed": 7}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=5000, help="at least, over all endpoints")
    parser.add_argument("--each", type=int, default=200, help="cases an endpoint, in one round")
    parser.add_argument("--seconds", type=int, default=3600, help="at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=Path, help="of an environment that is there already")
    parser.add_argument("--options", default="", help="of anew serve, in one string")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        home = Path(scratch)
        put_tiny(home)
        (home / "hooks.py").write_text(HOOKS)
        env = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(home)}
        server = stack.enter_context(Server(home, asked.options.split()))
        programs = asked.programs or stack.enter_context(environment(["schemathesis"]))
        before, begun = server.post("/v1/completions", KNOWN)["choices"], time.monotonic()
        cases, failed, rounds = 0, False, 0
        while cases < asked.cases and not failed and time.monotonic() < begun + asked.seconds:
            done = subprocess.run(
                [
                    programs / "schemathesis", "run", f"http://127.0.0.1:{server.port}/openapi.json",
                    "--checks", "not_a_server_error", "--seed", str(asked.seed + rounds), "--phases", "fuzzing",
                    "--max-examples", str(asked.each), "--request-timeout", "60", "--max-failures", "20",
                    "--suppress-health-check", "all", "--max-time", str(asked.seconds),
                ],
                capture_output=True, text=True, cwd=home, env=env,
            )  # fmt: skip
            print(done.stdout[-6000:], done.stderr[-2000:], file=sys.stderr)
            found = re.search(r"(\d+) generated", done.stdout)
            failed, rounds = done.returncode != 0, rounds + 1
            cases += int(found[1]) if found else 0
            if not found:
                break
        right = server.post("/v1/completions", KNOWN)["choices"] == before
        told = {"cases": cases, "server errors": failed, "right": right, "memory": server.rss // 10**6}
    print(json.dumps(told | {"seconds": round(time.monotonic() - begun, 1)}))
    return 0 if right and not failed and cases >= asked.cases else 1


if __name__ == "__main__":
    sys.exit(main())
