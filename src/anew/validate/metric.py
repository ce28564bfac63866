"""A measured figure: its value, its interval, how many items it stands on and what kind of claim it is.

In comes whatever a metric measured; out goes one value that reports, cards and `--json` all show the same way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

MetricKind = Literal["exact", "bound", "estimate", "surrogate"]


class Unmeasured(Exception):
    """A figure cannot be measured on this data; the message says why. A report lists it instead of failing."""


@dataclass(frozen=True)
class Metric:
    """One figure. `low` and `high` are its 95 % interval; None says that there is none, as of one item alone.

    kind says what may be claimed: an "exact" value, a "bound" that the truth cannot be worse than, an "estimate"
    with an error, or a "surrogate" that only stands in for the thing meant. `better` says which direction is good.
    `passed` belongs to a control: a check of the measurement itself (a planted fault that it must find), which says
    nothing good or bad of the model; None for every other figure.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = ""
    kind: MetricKind | None = None
    better: Literal["lower", "higher"] | None = None
    note: str = ""
    passed: bool | None = None

    def __post_init__(self) -> None:
        for field in ("value", "low", "high"):
            number = getattr(self, field)
            if number is not None:
                object.__setattr__(self, field, float(number))  # a numpy scalar is not JSON
        if self.n == 1 and self.low == self.high:  # one item drawn again and again is no interval
            object.__setattr__(self, "low", None)
            object.__setattr__(self, "high", None)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, and as `shown` the value and the interval as people read them. What is not finite becomes
        None, since JSON has no word for it."""
        shown = {"value": amount(self.value, self.unit), "interval": self.interval()}
        return {k: _plain(v) for k, v in asdict(self).items()} | {"shown": shown}

    def text(self) -> str:
        """`1.234 bits per byte [1.201, 1.26]`, as people read it; a share in per cent."""
        interval = self.interval(", ")
        return amount(self.value, self.unit) + (f" [{interval}]" if interval else "")

    def interval(self, between: str = " to ") -> str:
        """The interval without its unit (per cent for a share), or nothing."""
        if self.low is None or self.high is None:
            return ""
        sign = " %" if self.unit == "share" else ""
        ends = (amount(end, "share").removesuffix(" %") if sign else short(end) for end in (self.low, self.high))
        return between.join(ends) + sign

    def noted(self, note: str) -> Metric:
        return replace(self, note=f"{self.note}; {note}" if self.note else note)


def by_name(metrics: Iterable[Metric]) -> dict[str, dict[str, Any]]:
    """name -> plain JSON. ValueError when two figures share a name."""
    made: dict[str, dict[str, Any]] = {}
    for metric in metrics:
        if metric.name in made:
            raise ValueError(f"two figures are called {metric.name!r}")
        made[metric.name] = metric.to_json()
    return made


def amount(number: float | None, unit: str) -> str:
    """A number with its unit; a share in per cent."""
    if unit == "share" and number is not None and math.isfinite(number):
        return f"{short(float(f'{100 * number:.3g}'))} %"
    return f"{short(number)} {unit}".rstrip()


def short(number: float | None) -> str:
    """Four significant digits, with separators for thousands and never an exponent between 0.0001 and a million."""
    if number is None or not math.isfinite(number):
        return "—"
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}"
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.4g}" if abs(number) >= 1e-4 else f"{number:.2e}"


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
