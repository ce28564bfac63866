"""Made-up requests for every endpoint, by its own OpenAPI document: none may end in an error of the server.

    python tests/schema_fuzz.py [--cases 5000] [--paths REGEX] [--programs FOLDER] [--options="--…"]

schemathesis, in an environment of its own, against `anew serve` with a small model of random weights. Around it a
request whose answer is known is asked. The last line is JSON: cases, what was answered, and where the time went.
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
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from throwaway import environment

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from serve_process import TINY, Server, put_tiny

# most made-up names are no model's, no file's and so on, and answered with 404 before anything else is looked at
HOOKS = f"""
import json
import os
import schemathesis

THERE = json.loads(os.environ["THERE"])

@schemathesis.hook
def map_body(context, body):
    return body | {{"model": "{TINY}"}} if isinstance(body, dict) and len(body) % 4 else body

@schemathesis.hook
def map_path_parameters(context, path_parameters):
    method, path = context.operation.method.upper(), context.operation.path
    there = next((known for start, known in THERE.items() if path.startswith(start)), {{}})
    return path_parameters if method == "DELETE" or len(str(path_parameters)) % 4 == 0 else path_parameters | there

@schemathesis.hook
def filter_case(context, case):  # it reads the model's name in an answer, and would delete it
    return not (case.method == "DELETE" and case.path_parameters == {{"name": "{TINY}"}})
"""


def there(server: Server) -> dict[str, dict[str, str]]:
    """Something at each address whose things clients make, by how it begins."""
    made = {"/v1/models/": {"name": TINY}, "/v1/anew/models/": {"name": TINY}, "/v1/anew/recipes/": {"name": "digits"}}
    response = server.post("/v1/responses", {"model": TINY, "input": "a", "max_output_tokens": 2})
    files = {purpose: server.send_file(b"{}\n", purpose)["id"] for purpose in ("batch", "fine-tune")}
    batch = {"input_file_id": files["batch"], "endpoint": "/v1/completions", "completion_window": "24h"}
    job = {"training_file": files["fine-tune"], "model": TINY}
    created = {"/v1/batches": server.post("/v1/batches", batch), "/v1/responses": response}
    created["/v1/fine_tuning/jobs"] = server.post("/v1/fine_tuning/jobs", job)
    made |= {f"{where}/": {"id": one["id"]} for where, one in created.items()}
    return made | {"/v1/files/": {"id": files["batch"]}}


KNOWN = {"model": TINY, "prompt": "The sum of", "max_tokens": 24, "seed": 7}


ANSWER = re.compile(r" [0-9a-f]{16} (\S+) (\S+) (\d{3}) (\d+) ms$", re.M)  # a line of the server's log


@dataclass
class Told:
    """What the server's own log says of its answers."""

    statuses: Counter[int]
    failed: Counter[str]
    seconds: Counter[str]

    @classmethod
    def of(cls, log: str) -> Told:
        told = cls(Counter(), Counter(), Counter())
        for method, path, status, took in ANSWER.findall(log):
            where = f"{method} /{'/'.join(path.split('/')[1:4])}"
            told.statuses[int(status)] += 1
            told.seconds[where] += int(took) / 1000
            if int(status) >= 500:
                told.failed[f"{where} {status}"] += 1
        return told


def round_of(asked: argparse.Namespace, number: int, server: Server, programs: Path, known: str) -> tuple[int, bool]:
    """Cases of one run of schemathesis, and whether an answer was an error of the server; 0 where it did not run."""
    command = [
        programs / "schemathesis", "run", f"http://127.0.0.1:{server.port}/openapi.json",
        "--checks", "not_a_server_error",
        "--seed", str(asked.seed + number), "--phases", "fuzzing", "--max-examples", str(asked.each),
        "--workers", str(asked.workers), "--request-timeout", "60", "--max-failures", "20",
        "--suppress-health-check", "all", *(("--include-path-regex", asked.paths) if asked.paths else ()),
    ]  # fmt: skip
    env = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(server.home), "THERE": known}
    done = subprocess.run(command, capture_output=True, text=True, cwd=server.home, env=env)
    print(done.stdout[-6000:], done.stderr[-2000:], file=sys.stderr)
    found = re.search(r"(\d+) generated", done.stdout)
    return (int(found[1]) if found else 0), done.returncode != 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=5000, help="at least, over all endpoints")
    parser.add_argument("--each", type=int, default=60, help="cases an endpoint, in one round")
    parser.add_argument("--workers", type=int, default=2, help="endpoints at a time")
    parser.add_argument("--paths", default="", help="a regular expression of those that are asked")
    parser.add_argument("--seconds", type=int, default=3600, help="after which no round is begun")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=Path, help="of an environment that is there already")
    parser.add_argument("--options", default="", help="of anew serve, in one string")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        home = Path(scratch)
        put_tiny(home)
        (home / "hooks.py").write_text(HOOKS)
        server = stack.enter_context(Server(home, ["--log", "info", *asked.options.split()]))
        programs = asked.programs or stack.enter_context(environment(["schemathesis"]))
        before, begun = server.post("/v1/completions", KNOWN)["choices"], time.monotonic()
        cases, failed, rounds, known = 0, False, 0, json.dumps(there(server))
        while cases < asked.cases and not failed and time.monotonic() < begun + asked.seconds:
            more, failed = round_of(asked, rounds, server, programs, known)
            cases, rounds = cases + more, rounds + 1
            if not more:
                break
        right = server.post("/v1/completions", KNOWN)["choices"] == before
        told = {"cases": cases, "server errors": failed, "right": right, "memory": server.rss // 10**6}
        log = Told.of(server.log.read_text(errors="replace"))
    told |= {"answers": dict(sorted(log.statuses.items())), "failed": dict(log.failed)}
    slowest = {where: round(seconds, 1) for where, seconds in log.seconds.most_common(12)}
    print(json.dumps(told | {"slowest": slowest, "seconds": round(time.monotonic() - begun, 1)}))
    return 0 if right and not failed and cases >= asked.cases else 1


if __name__ == "__main__":
    sys.exit(main())
