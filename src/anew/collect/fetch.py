"""Fetches one pinned archive by pip, npm or apt-get, whatever registry, proxy and certificates they are set up for, and
runs none of it.

A wheel and an npm package are only downloaded. Of a source archive pip wants to know the metadata, for which it would
run its setup.py; it is given a build backend of ours that answers with the name and version and never looks at the
archive.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from anew.data.files import sha256_file
from anew.errors import DataError

SECONDS = 600
BACKEND = """
import os
class Backend:
    def prepare_metadata_for_build_wheel(self, folder, config_settings=None):
        os.makedirs(os.path.join(folder, "{info}"), exist_ok=True)
        with open(os.path.join(folder, "{info}", "METADATA"), "w") as file:
            file.write("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        return "{info}"
__legacy__ = Backend()
"""


def fetch(name: str, version: str, archive: str, sha256: str, keep: Path, client: str = "pip") -> Path:
    """The archive in the folder `keep`, downloaded by `client` (pip, npm, apt) unless it is there already. DataError:
    no network, no client, another hash."""
    kept = keep / archive
    if not kept.is_file():
        keep.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=keep, prefix=".download-") as folder:
            download(name, version, archive, Path(folder), kept, client)
            shutil.move(Path(folder) / archive, kept)
    if (found := sha256_file(kept)) != sha256:
        kept.unlink()
        message = f"{archive}: SHA-256 is {found}, not the pinned {sha256}; the file was thrown away"
        raise DataError(message, next_command=f"anew data get {name}")
    return kept


def download(name: str, version: str, archive: str, folder: Path, kept: Path, client: str) -> None:
    asked = CLIENTS[client](name, version, archive, folder)
    or_else = f"or put {archive} into {kept.parent} by hand"
    try:
        environment = {**os.environ, **asked.environment}
        run = subprocess.run(
            asked.command, env=environment, cwd=folder, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"{archive}: no answer in {SECONDS} seconds; try again, {or_else}") from None
    except FileNotFoundError:
        message = f"{archive}: {client} is not installed; install it, {or_else}"
        raise DataError(message, next_command=asked.by_hand) from None
    if not (folder / archive).is_file():
        said = [line for line in run.stderr.splitlines() if "err" in line.lower() or "No module" in line]
        why = said[asked.telling].strip() if said else f"{client} said nothing"
        message = f"{archive}: cannot be downloaded ({why}); connect to a network, {or_else}"
        raise DataError(message, next_command=asked.by_hand)


@dataclass(frozen=True)
class Command:
    """What downloads the archive into the folder, the same for people to type, and which of its errors tells most."""

    command: list[str]
    environment: dict[str, str]
    by_hand: str
    telling: int


def by_pip(name: str, version: str, archive: str, folder: Path) -> Command:
    source = not archive.endswith(".whl")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += (
        ["--no-binary", ":all:", "--use-pep517", "--no-build-isolation"] if source else ["--only-binary", ":all:"]
    )
    backend = folder / "backend" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").touch()
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    (backend / "build_meta.py").write_text(BACKEND.format(name=name, version=version, info=info))
    command += ["--dest", str(folder), f"{name}=={version}"]
    by_hand = f"{sys.executable} -m pip download --no-deps {name}=={version}"
    return Command(command, {"PYTHONPATH": str(backend.parent)} if source else {}, by_hand, -1)


def by_npm(name: str, version: str, archive: str, folder: Path) -> Command:
    command = [shutil.which("npm") or "npm", "pack", "--loglevel=error", "--ignore-scripts"]
    command += ["--pack-destination", str(folder), f"{name}@{version}"]
    return Command(command, {}, f"npm pack {name}@{version}", 0)


def by_apt(name: str, version: str, archive: str, folder: Path) -> Command:
    """Only downloads, into the folder that it runs in; nothing is installed, and no rights are needed."""
    command = [shutil.which("apt-get") or "apt-get", "download", "--quiet=2", f"{name}={version}"]
    return Command(command, {"LC_ALL": "C"}, f"apt-get download {name}={version}", 0)


CLIENTS = {"pip": by_pip, "npm": by_npm, "apt": by_apt}
