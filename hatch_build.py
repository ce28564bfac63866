"""Builds the engine's kernel, where there is a compiler, while the package is built or installed. Without one, or where
it fails, the package is what it is without: the engine runs on torch alone.

    python hatch_build.py    builds it in place, for a checkout that is used without installing
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import zlib
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # in place, no backend is needed
    BuildHookInterface = object  # type: ignore[assignment,misc]

FOLDER = Path(__file__).parent / "src" / "anew" / "engine"
SOURCES = ("kernel.cpp", "kernel_maps.h")
FLAGS = (
    "-std=c++17", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-exceptions", "-fPIC", "-shared", "-Wno-psabi",
)  # fmt: skip
KINDS = {  # of processor: what each may use
    "avx2": ("-mavx2", "-mfma"),
    "avx512": ("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512vnni", "-mfma"),
}


class KernelHook(BuildHookInterface):  # type: ignore[misc,valid-type]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        built = build()
        if built:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
            build_data["artifacts"] += [f"/src/anew/engine/{path.name}" for path in built]


def build() -> list[Path]:
    """The libraries that could be built, next to their source; with threads where the compiler has OpenMP."""
    compiler = os.environ.get("CXX") or next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), None)
    if platform.machine().lower() not in ("x86_64", "amd64"):  # elsewhere its loops were slower than torch
        compiler = None
    mark = f"-DSOURCE={zlib.crc32(b''.join((FOLDER / name).read_bytes() for name in SOURCES))}u"
    built = []
    for kind, flags in KINDS.items() if compiler else ():
        path = FOLDER / f"kernel-{kind}.so"
        for threads in (("-fopenmp",), ()):
            if runs([str(compiler), *FLAGS, *flags, *threads, mark, str(FOLDER / SOURCES[0]), "-o", str(path)]):
                built.append(path)
                break
    return built


def runs(command: list[str]) -> bool:
    """Whether it succeeds; what a compiler has to say is for whoever reads a build's log."""
    try:
        return subprocess.run(command, timeout=300).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    sys.exit(0 if build() else "no kernel was built")
