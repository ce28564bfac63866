"""Clients of others against a served model: each in an environment of its own does what its page in docs/clients says.

    python tests/clients.py NAME [--model smollm2-135m-instruct] [--programs FOLDER]

The server is `anew serve` over the store of ANEW_HOME, on a port of its own. `--programs`: an environment that is there
already. With a model of pictures in the store the pictures are asked for too. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from anew.deploy.store import Store
from anew.errors import NotFound
from throwaway import NOT_RUN, environment

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "examples" / "clients"
# name -> packages, script
CLIENTS: dict[str, tuple[list[str], str]] = {
    "openai": (["openai"], "with_openai.py"),
    "node": (["openai"], "with_openai.mjs"),
    "litellm": (["litellm"], "with_litellm.py"),
    "langchain": (["langchain-openai"], "with_langchain.py"),
    "instructor": (["instructor"], "with_instructor.py"),
    "pydantic-ai": (["pydantic-ai-slim[openai]"], "with_pydantic_ai.py"),
    "agents": (["openai-agents"], "with_agents.py"),
    "llm": (["llm"], "with_llm.sh"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=CLIENTS)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--programs", type=Path, help="of an environment that is there already")
    asked = parser.parse_args()
    try:
        Store().show(asked.model)
    except NotFound:
        print(json.dumps({"client": asked.name, "not run": f"{asked.model} is not in the store: anew models import"}))
        return NOT_RUN
    packages, script = CLIENTS[asked.name]
    if asked.name == "node" and shutil.which("npm") is None:
        print(json.dumps({"client": asked.name, "not run": "npm is not installed"}))
        return NOT_RUN
    with tempfile.TemporaryDirectory() as scratch, served(Path(scratch)) as (where, models):
        env = os.environ | {
            "OPENAI_BASE_URL": where, "OPENAI_API_KEY": "any", "MODEL": asked.model, "LLM_USER_PATH": scratch,
        }  # fmt: skip
        painters = [one["id"] for one in models if one["anew"]["modality"] == "image"]
        env |= {"PAINTER": painters[0]} if painters else {}
        begun = time.monotonic()
        if asked.name == "node":
            version = by_node(Path(scratch), packages, script, env)
        elif asked.programs:
            version = by_python(asked.programs, packages, script, env)
        else:
            with environment(packages) as programs:
                version = by_python(programs, packages, script, env)
    print(json.dumps({"client": asked.name, "version": version, "seconds": round(time.monotonic() - begun, 1)}))
    return 0


@contextmanager
def served(scratch: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Where it is served, and what."""
    env = os.environ | {"ANEW_DATABASE": f"sqlite:///{scratch}/anew.db"}
    command = [sys.executable, "-m", "anew", "serve", "--port", "0"]
    server = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        line = server.stderr.readline()
        found = re.search(r"http://\S+/v1", line)
        if found is None:
            raise RuntimeError(f"the server did not start: {line}{server.stderr.read()}")
        with urlopen(f"{found[0]}/models", timeout=30) as answer:
            yield found[0], json.load(answer)["data"]
    finally:
        server.terminate()
        server.wait(60)


def by_python(programs: Path, packages: list[str], script: str, env: dict[str, str]) -> str:
    """Run it; the version of what was run."""
    env = env | {"PATH": f"{programs}{os.pathsep}{env['PATH']}"}
    env.pop("PYTHONPATH", None)
    run = [programs / "python"] if script.endswith(".py") else ["sh"]
    subprocess.run([*run, SCRIPTS / script], env=env, check=True, timeout=900, stdout=sys.stderr)
    name = packages[0].partition("[")[0]
    asked = f"from importlib.metadata import version; print(version({name!r}))"
    said = subprocess.run([programs / "python", "-c", asked], env=env, check=True, capture_output=True, text=True)
    return said.stdout.strip()


def by_node(scratch: Path, packages: list[str], script: str, env: dict[str, str]) -> str:
    shutil.copy(SCRIPTS / script, scratch)
    install = ["npm", "install", "--no-fund", "--no-audit", "--silent", "--prefix", scratch, *packages]
    subprocess.run(install, check=True, timeout=900, stdout=sys.stderr)
    subprocess.run(["node", scratch / script], env=env, check=True, timeout=900, stdout=sys.stderr)
    manifest = scratch / "node_modules" / packages[0] / "package.json"
    return str(json.loads(manifest.read_text("utf-8"))["version"])


if __name__ == "__main__":
    sys.exit(main())
