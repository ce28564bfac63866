"""Charts and picture sheets for reports: the same bytes for the same values, readable in light and in dark.

Charts are SVG written by hand: a few hundred bytes, no fonts to embed, colours that follow the reader's scheme.
Pictures, uint8 (H, W, C), become PNG sheets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anew.codecs.image import contact_sheet, in_colour, write_image
from anew.validate.metric import short

WIDTH = 520
STYLE = """<style>
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#333}
.rule{stroke:#d8dbe0}.whisker{stroke:#222;stroke-width:1.5}.other{fill:#9aa4b2}.ours{fill:#1f6feb}.strong{font-weight:600}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.c0{stroke:#1f6feb}.c1{stroke:#d9480f}.c2{stroke:#2b8a3e}.c3{stroke:#862e9c}
@media(prefers-color-scheme:dark){text{fill:#d6dae1}.rule{stroke:#3a404a}.whisker{stroke:#eee}.other{fill:#6b7686}
.ours{fill:#58a6ff}.c0{stroke:#58a6ff}.c1{stroke:#ff922b}.c2{stroke:#69db7c}.c3{stroke:#da77f2}}
</style>"""
DASHES = ("", "7 3", "2 3", "9 3 2 3")  # a second sign beside the colour, for those who do not see it
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Series:
    """One line of a chart."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Bar:
    """One bar, with its interval where there is one; `ours` is the model's."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    ours: bool = False


# ------------------------------------------------------------------------------------------------ charts


def lines(series: Sequence[Series], x_label: str, y_label: str, height: int = 300) -> bytes:
    """A line chart. The first points of a steep curve may lie above the chart, so that its end can be read."""
    shown = [thinned(s) for s in series if len(s.x)]
    left, right, top, bottom = 58, WIDTH - 30, 34, height - 44
    xs, ys = (np.concatenate([np.asarray(v, float) for v in vs] or [np.zeros(1)]) for vs in zip(*shown, strict=True))
    ys = ys[np.isfinite(ys)] if np.isfinite(ys).any() else np.zeros(1)
    highest = float(ys.max())
    if highest > 4 * abs(float(np.quantile(ys, 0.8))):
        highest = float(np.quantile(ys, 0.95))
    x_ticks, y_ticks = ticks(float(xs.min()), float(xs.max())), ticks(float(ys.min()), highest)
    x_of = scale(float(xs.min()), float(xs.max()), left, right)
    y_of = scale(min(y_ticks[0], float(ys.min())), max(y_ticks[-1], highest), bottom, top)
    parts = [
        f'<clipPath id="in"><rect x="{left}" y="{top - 2}" '
        f'width="{right - left}" height="{bottom - top + 4}"/></clipPath>'
    ]
    for tick in y_ticks:
        parts.append(f'<line class="rule" x1="{left}" x2="{right}" y1="{y_of(tick):.1f}" y2="{y_of(tick):.1f}"/>')
        parts.append(f'<text x="{left - 7}" y="{y_of(tick) + 4:.1f}" text-anchor="end">{short(tick)}</text>')
    for tick in x_ticks:
        parts.append(f'<text x="{x_of(tick):.1f}" y="{bottom + 18}" text-anchor="middle">{short(tick)}</text>')
    parts.append(f'<text x="{(left + right) / 2}" y="{height - 8}" text-anchor="middle">{escape(x_label)}</text>')
    parts.append(f'<text x="{left - 50}" y="14">{escape(y_label)}</text>')
    at = float(right)
    for i, (s, (x, y)) in reversed(list(enumerate(zip(series_with_points(series), shown, strict=True)))):
        path = " ".join(f"{x_of(a):.1f},{y_of(b):.1f}" for a, b in zip(x, y, strict=True) if math.isfinite(b))
        look = f'class="line c{i % 4}" stroke-dasharray="{DASHES[i % 4]}"'
        parts.append(f'<polyline {look} clip-path="url(#in)" points="{path}"/>')
        parts.append(f'<text x="{at}" y="14" text-anchor="end">{escape(s.label)}</text>')
        at -= 7.2 * len(s.label) + 8
        parts.append(f'<line {look} x1="{at - 22:.1f}" x2="{at:.1f}" y1="10" y2="10"/>')
        at -= 36
    return svg(parts, height, f"{y_label} over {x_label}: " + ", ".join(s.label for s in series))


def bars(items: Sequence[Bar], unit: str) -> bytes:
    """Horizontal bars from zero, each with its value and its interval as a whisker."""
    step, top, left, right = 34, 10, 190, WIDTH - 74
    height = top + step * len(items) + 34
    largest = max([b.high if b.high is not None else b.value for b in items if math.isfinite(b.value)] or [1.0])
    x_of = scale(0.0, largest or 1.0, left, right)
    parts = []
    for tick in ticks(0.0, largest or 1.0):
        parts.append(f'<line class="rule" x1="{x_of(tick):.1f}" x2="{x_of(tick):.1f}" y1="{top}" y2="{height - 36}"/>')
        parts.append(f'<text x="{x_of(tick):.1f}" y="{height - 20}" text-anchor="middle">{short(tick)}</text>')
    for i, bar in enumerate(items):
        y = top + step * i
        width = max(x_of(bar.value) - left, 0) if math.isfinite(bar.value) else 0
        strong, colour = (' class="strong"', "ours") if bar.ours else ("", "other")
        parts.append(f'<rect class="{colour}" x="{left}" y="{y + 6}" width="{width:.1f}" height="20" rx="3"/>')
        parts.append(
            f'<text x="{left - 9}" y="{y + 21}" text-anchor="end"{strong}>{escape(clipped(bar.label, 28))}</text>'
        )
        end = bar.value
        if bar.low is not None and bar.high is not None:
            low, high, end = x_of(max(bar.low, 0.0)), x_of(bar.high), max(bar.high, bar.value)
            path = f"M{low:.1f} {y + 16}H{high:.1f}M{low:.1f} {y + 11}v10M{high:.1f} {y + 11}v10"
            parts.append(f'<path class="whisker" d="{path}"/>')
        at = x_of(end) + 7 if math.isfinite(end) else left + 7
        parts.append(f'<text x="{at:.1f}" y="{y + 21}"{strong}>{short(bar.value)}</text>')
    parts.append(f'<text x="{(left + right) / 2}" y="{height - 3}" text-anchor="middle">{escape(unit)}</text>')
    return svg(parts, height, f"{unit}: " + "; ".join(f"{b.label} {short(b.value)}" for b in items))


def svg(parts: Sequence[str], height: int, title: str) -> bytes:
    box = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label={quoteattr(title)}>'
    return "\n".join([head, STYLE, *parts, "</svg>\n"]).encode()


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about as many as asked."""
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{i * step:.10g}") for i in range(first, last + 1)] or [low]


def scale(low: float, high: float, start: float, end: float) -> Any:
    """The map of [low, high] onto [start, end]; a single value goes to the middle."""
    if not high > low:
        return lambda value: (start + end) / 2
    return lambda value: start + (value - low) / (high - low) * (end - start)


def thinned(series: Series, most: int = 250) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most so many points, each the mean of those it stands for."""
    x, y = (np.asarray(v, float) for v in (series.x, series.y))
    if len(x) <= most:
        return x, y
    cuts = np.linspace(0, len(x), most + 1).astype(int)[:-1]
    sizes = np.diff(np.append(cuts, len(x)))
    return np.add.reduceat(x, cuts) / sizes, np.add.reduceat(y, cuts) / sizes


def series_with_points(series: Sequence[Series]) -> list[Series]:
    return [s for s in series if len(s.x)]


def clipped(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# ------------------------------------------------------------------------------------------------ pictures


def sheet(pictures: Sequence[ArrayLike], columns: int = 10, gap: int = 2, least: int = 640) -> bytes:
    """A PNG of pictures in rows: see `codecs.image.contact_sheet`."""
    return write_image(contact_sheet([coloured(p) for p in pictures], columns, gap, least))


def pairs(samples: Sequence[ArrayLike], nearest: Sequence[ArrayLike], columns: int = 10, least: int = 640) -> bytes:
    """Each sample with its nearest training item below it, in rows of such pairs."""
    columns = max(1, min(columns, len(samples)))
    ordered: list[ArrayLike] = []
    blank = np.full_like(coloured(samples[0]), 128)
    for start in range(0, len(samples), columns):
        for group in (samples, nearest):
            row = list(group[start : start + columns])
            ordered += row + [blank] * (columns - len(row))
    return sheet(ordered, columns, least=least)


def coloured(picture: ArrayLike) -> Picture:
    """uint8 (H, W, 3) of a uint8 picture (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), the last laid over white."""
    array = np.asarray(picture)
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise ValueError(f"a picture is uint8 (H, W) or (H, W, C), not {array.dtype} {array.shape}")
    array = array[:, :, None] if array.ndim == 2 else array
    return in_colour(array)
