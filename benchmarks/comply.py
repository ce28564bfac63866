"""llm-comply's cases of OpenAI's chat and of Open Responses, against `anew serve` with a model of the store.

    python benchmarks/comply.py [--model smollm2-135m-instruct] [--times 3]

Every case has to pass each time, except those with a picture, which a model of texts refuses. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

PICTURES = {"openai-chat": {"chat-image-input"}, "open-responses": {"image-input"}}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "anew", "serve", asked.model, "--port", str(port)])
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        figures = {form: [run(form, asked.model, port) for _ in range(asked.times)] for form in PICTURES}
    finally:
        server.terminate()
        server.wait()
    failed = {form: sorted(set().union(*(bad for _, bad in runs)) - PICTURES[form]) for form, runs in figures.items()}
    passed = {form: [count for count, _ in runs] for form, runs in figures.items()}
    print(json.dumps({"model": asked.model, "passed": passed, "failed": failed}))
    return 1 if any(failed.values()) else 0


def wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def run(form: str, model: str, port: int) -> tuple[int, set[str]]:
    """How many cases passed, and which failed."""
    command = [
        sys.executable,
        "-m",
        "llm_comply.cli",
        "run",
        "-u",
        f"http://127.0.0.1:{port}/v1",
        "-k",
        "any",
        "-m",
        model,
    ]
    done = subprocess.run([*command, "--format", form, "--json", "--timeout", "300"], capture_output=True, text=True)
    results = json.loads(done.stdout)["results"]
    failed = [one for one in results if one["status"] == "failed"]
    for one in failed:
        if one["id"] not in PICTURES[form]:
            print(f"{one['id']} after {one['duration_ms'] / 1000:.1f} s: {'; '.join(one['errors'])}", file=sys.stderr)
    return sum(one["status"] == "passed" for one in results), {one["id"] for one in failed}


if __name__ == "__main__":
    raise SystemExit(main())
