"""Known faults of what anew is installed with: pip-audit over requirements.lock, where its feed can be reached.

    python tests/audit.py

The last line is JSON. The exit code is 0 where the feed knew of none, 1 where it did, and 77 where it could not be
asked: then nothing is known, and nothing has passed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from throwaway import NOT_RUN, environment

LOCK = Path(__file__).parent.parent / "requirements.lock"


def main() -> int:
    try:
        with environment(["pip-audit"]) as programs:
            asking = [
                programs / "pip-audit",
                "-r",
                LOCK,
                "--disable-pip",
                "--format",
                "json",
                "--progress-spinner",
                "off",
            ]
            done = subprocess.run(asking, capture_output=True, text=True, timeout=900)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return not_run(f"{type(error).__name__}: {error}")
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return not_run((done.stderr.strip().splitlines() or ["it said nothing"])[-1])
    skipped = [one["name"] for one in found if "skip_reason" in one]
    faulty = {one["name"]: [fault["id"] for fault in one["vulns"]] for one in found if one.get("vulns")}
    if skipped and not faulty:  # it calls that no known fault
        return not_run(f"of {len(found)} packages the feed does not know {len(skipped)}: {', '.join(skipped)}")
    print(json.dumps({"audit": "run", "packages": len(found), "faults": faulty, "skipped": skipped}))
    return 1 if faulty else 0


def not_run(why: str) -> int:
    print(json.dumps({"audit": "not run", "why": why[:300]}))
    return NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
