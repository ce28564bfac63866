"""Environments that are made for one check and thrown away after it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

NOT_RUN = 77  # the exit code of a check that could not be made, which is neither passed nor failed


@contextmanager
def environment(packages: Sequence[str]) -> Iterator[Path]:
    """A folder of programs, `python` among them, with these packages from wherever pip takes them."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        programs = Path(folder) / ("Scripts" if os.name == "nt" else "bin")
        installing = [programs / "python", "-m", "pip", "install", "--quiet", "--no-compile", *packages]
        subprocess.run(installing, check=True, stdout=sys.stderr)
        yield programs
