"""Named checks over one subject: run all of them, tell all failures together.

In: a subject (what is checked, with the means to make it) and the modules that hold the checks. Out: a Report, or
ConformanceError carrying it. A check is a function whose name says what holds; it raises when it does not.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Check:
    """A promise: its name, what shows it, and the subjects that it binds."""

    name: str
    run: Callable[[Any], None]
    binds: Callable[[Any], bool]


def check(*conditions: Callable[[Any], bool]) -> Callable[[Callable[[Any], None]], Check]:
    """Make a function a check of every subject for which all `conditions` hold."""

    def made(function: Callable[[Any], None]) -> Check:
        return Check(function.__name__, function, lambda subject: all(holds(subject) for holds in conditions))

    return made


@dataclass(frozen=True)
class Report:
    """What was checked. `ran`: names in order; `failures`: name -> why; `waived`: name -> the reason given;
    `apart`: checks that do not bind this subject."""

    subject: str
    ran: tuple[str, ...]
    failures: Mapping[str, str]
    waived: Mapping[str, str]
    apart: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ran)

    def __str__(self) -> str:
        head = f"{self.subject}: {len(self.ran)} checks ran, {len(self.failures)} failed"
        return "\n".join([head, *(f"  {name}: {why}" for name, why in self.failures.items())])


class ConformanceError(AssertionError):
    """Some checks failed; `report` holds all of them."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


def run_checks(
    name: str,
    subject: Any,
    modules: tuple[ModuleType, ...],
    waive: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
) -> Report:
    """Every check of `modules` that binds the subject, except the waived; ConformanceError when any fails."""
    waive = waive or {}
    checks = [value for module in modules for value in vars(module).values() if isinstance(value, Check)]
    unknown = (set(waive) | set(only or ())) - {one.name for one in checks}
    if unknown:
        raise ValueError(f"no check is called {', '.join(sorted(unknown))}")
    ran, apart, failures = [], [], {}
    for one in checks:
        try:
            if not one.binds(subject):
                apart.append(one.name)
                continue
            if one.name in waive or (only is not None and one.name not in only):
                continue
            ran.append(one.name)
            one.run(subject)
        except Exception as error:  # a part under test may raise anything, and the other checks still run
            failures[one.name] = explain(error)
    report = Report(name, tuple(ran), failures, dict(waive), tuple(apart))
    if failures:
        raise ConformanceError(report)
    return report


def explain(error: Exception) -> str:
    """A check's own words, or what the part raised and where."""
    if type(error) is AssertionError and str(error):
        return str(error)
    at = traceback.extract_tb(error.__traceback__)[-1]
    said = str(error).strip().split("\n")[0] or at.line
    return f"{type(error).__name__}: {said} ({Path(at.filename).name}:{at.lineno} in {at.name})"


# ------------------------------------------------------------------------------------------------ what checks share


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """torch's global generator seeded for the construction of a part, and put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def generators(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


@contextmanager
def global_generators_untouched() -> Iterator[None]:
    """Fails when what runs inside draws from torch's, numpy's or Python's global generator."""
    of_torch, of_numpy, of_python = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    yield
    assert torch.equal(of_torch, torch.get_rng_state()), "it drew from torch's global generator"
    assert repr(of_numpy) == repr(np.random.get_state()), "it drew from numpy's global generator"  # noqa: NPY002
    assert of_python == random.getstate(), "it drew from Python's global generator"


@contextmanager
def refused(*names: str, by: tuple[type[Exception], ...]) -> Iterator[None]:
    """What runs inside must raise one of `by`, and its message must hold one of `names`."""
    try:
        yield
    except by as error:
        said = str(error)
        assert said.strip(), f"{type(error).__name__} gives no reason"
        assert not names or any(name in said for name in names), f"the refusal names none of {names}: {said!r}"
    else:
        raise AssertionError("it was accepted, and " + " or ".join(one.__name__ for one in by) + " is due")
