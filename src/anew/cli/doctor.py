"""`anew doctor`: what this machine has, what is wrong with it, and the command that mends it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from anew.cli.terminal import Json, columns, show
from anew.data.progress import size

NEEDED_MEMORY, NEEDED_DISK = 2e9, 2e9  # bytes: what the ready recipes run in, with room to spare


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` is the command to type when it is not well."""

    name: str
    well: bool
    found: str
    mend: str = ""


def doctor(*, as_json: Json = False) -> int:
    """Look at this machine and say what is wrong and what mends it. Exit code 1 when something is wrong."""
    findings = list(examine())
    rows = [("ok" if f.well else "WRONG", f.name, f.found + (f"   try: {f.mend}" if f.mend else "")) for f in findings]
    well = all(f.well for f in findings)
    show(columns(rows), as_json, {"well": well, "findings": [asdict(f) for f in findings]})
    return 0 if well else 1


def examine() -> Iterator[Finding]:
    from anew.data.home import home

    yield Finding("anew", True, f"{version('anew')}, Python {platform.python_version()}, {platform.platform()}")
    yield from machine()
    yield from place(home())
    yield from torch_itself()
    yield from packages()
    yield kernel()
    yield sandbox()


def machine() -> Iterator[Finding]:
    """Cores and memory that this process may use."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding("cores", True, f"{cores} of {os.cpu_count()}")
    memory = psutil.virtual_memory()
    enough = memory.available >= NEEDED_MEMORY
    found = f"{size(memory.available)} free of {size(memory.total)}"
    yield Finding("memory", enough, found, "" if enough else "close other programs, or use --size xs")


def place(folder: Path) -> Iterator[Finding]:
    """ANEW_HOME: may it be written to, and has its disk room."""
    import psutil

    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".doctor-{os.getpid()}"
        probe.write_bytes(b"anew")
        probe.unlink()
        yield Finding("home", True, f"{folder}, writable")
    except OSError as error:
        yield Finding(
            "home", False, f"{folder}: {error.strerror}", "export ANEW_HOME=FOLDER, one that you may write to"
        )
        return
    free = psutil.disk_usage(str(folder)).free
    enough = free >= NEEDED_DISK
    yield Finding("disk", enough, f"{size(free)} free there", "" if enough else "anew models gc, anew runs rm NAME")


def torch_itself() -> Iterator[Finding]:
    """torch: its version, the devices that it sees, and one real product, timed."""
    try:
        import torch
    except ImportError as error:
        yield Finding("torch", False, f"cannot be imported: {error}", f"{sys.executable} -m pip install 'torch>=2.13'")
        return
    devices = ["cpu"] + ["cuda"] * torch.cuda.is_available() + ["mps"] * torch.backends.mps.is_available()
    capability = torch.backends.cpu.get_cpu_capability()
    yield Finding("torch", True, f"{torch.__version__}, {capability}, devices {', '.join(devices)}")
    from anew.train.device import measured_rate

    yield Finding("speed", True, f"{measured_rate() / 1e9:.0f} GFLOP/s in float32, {torch.get_num_threads()} threads")


def packages() -> Iterator[Finding]:
    """Every package that anew asks for, and which extras are there."""
    from packaging.requirements import Requirement

    asked = [Requirement(text) for text in requires("anew") or []]
    wrong = []
    for one in (r for r in asked if r.marker is None or r.marker.evaluate({"extra": ""})):
        have = installed(one.name)
        if have is None or not one.specifier.contains(have, prereleases=True):
            wrong.append(f"{one} ({have or 'missing'})")
    mend = f"{sys.executable} -m pip install --upgrade anew" if wrong else ""
    yield Finding("packages", not wrong, "; ".join(wrong) or "all there", mend)
    pip = find_spec("pip") is not None
    found = "there" if pip else "missing; known data sets are fetched by it"
    yield Finding("pip", pip, found, "" if pip else f"{sys.executable} -m ensurepip")
    if find_spec("transformers") is None:
        yield Finding("extra peers", True, "not installed; only the benchmarks need it", "")
    else:
        yield Finding("extra peers", True, f"transformers {installed('transformers')}")


def kernel() -> Finding:
    """Whether the engine has its kernel, which makes small models quicker and is not needed."""
    from anew.engine.kernel import library

    found = library()
    if found is None:
        mend = f"apt-get install g++, then {sys.executable} -m pip install --force-reinstall --no-deps anew"
        there = "not there (it is built for x86 with AVX2, where a C++ compiler is); the engine runs on torch alone"
        return Finding("kernel", True, there, mend if platform.machine() in ("x86_64", "AMD64") else "")
    return Finding("kernel", True, f"built for {found[1]}, its sums exact")


def sandbox() -> Finding:
    """Whether generated code can be run: nothing else needs it."""
    from anew.errors import Refused
    from anew.safety.sandbox import run_python

    try:
        ran = run_python("pass")
    except Refused as why:
        return Finding("sandbox", True, f"{why.message}; generated code is not run", why.next_command or "")
    return Finding("sandbox", ran.outcome == "finished", f"bubblewrap, an empty program in {ran.seconds:.2f} s")


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
