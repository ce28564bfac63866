"""What every test of a planted fault does: run one check of a suite, and see that it fails by that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from anew.contract import Spec
from anew.testing import ConformanceError

torch.set_num_threads(1)
TOKENS = Spec("tokens", (16,), 9, 0)
Made = Callable[[], Any]


def caught(run: Callable[..., Any], part: Any, check: str, *arguments: Any) -> str:
    with pytest.raises(ConformanceError) as told:
        run(part, *arguments, only=[check])
    assert set(told.value.report.failures) == {check}
    return told.value.report.failures[check]


def named(fault: Any) -> str:
    name = getattr(fault, "__name__", str(fault))
    return name if name != "<lambda>" else type(fault()).__name__
