"""Charts of tables for reports: each column's distribution in real and synthetic rows, and how columns go together.

In: frames of real and of synthetic rows. Out: SVG, as in `plots`.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from anew.codecs.columns import Number
from anew.validate.metric import short
from anew.validate.plots import WIDTH, clipped, svg
from anew.validate.tables import Frame, correlations, numbers_of

Floats = NDArray[np.float64]
BARS = 12  # of a column's histogram
SHOWN = 24  # columns
ACROSS = 3


def histograms(real: Frame, made: Frame) -> bytes:
    """A small chart a column: real rows in grey, synthetic ones in colour, over the same bins."""
    wide, high = WIDTH / ACROSS, 118
    parts = ['<rect class="other" x="4" y="4" width="10" height="10"/><text x="18" y="14">real</text>']
    parts.append('<rect class="ours" x="60" y="4" width="10" height="10"/><text x="74" y="14">synthetic</text>')
    shown = range(min(len(real.columns), SHOWN))
    for k in shown:
        left, top = 4 + (k % ACROSS) * wide, 26 + (k // ACROSS) * high
        labels, a_M, b_M = shares_of(real, made, k)
        most = max(float(a_M.max()), float(b_M.max()), 1e-9)
        step = (wide - 18) / len(a_M)
        parts.append(
            f'<text class="strong" x="{left:.1f}" y="{top + 12}">{escape(clipped(real.columns[k].name, 22))}</text>'
        )
        for m, pair in enumerate(zip(a_M, b_M, strict=True)):
            for side, (share, look) in enumerate(zip(pair, ("other", "ours"), strict=True)):
                tall = 62 * share / most
                x = left + step * (m + 0.46 * side)
                place = f'x="{x:.1f}" y="{top + 82 - tall:.1f}" width="{0.42 * step:.1f}" height="{tall:.1f}"'
                parts.append(f'<rect class="{look}" {place}/>')
        parts.append(
            f'<line class="rule" x1="{left:.1f}" x2="{left + wide - 18:.1f}" y1="{top + 82}" y2="{top + 82}"/>'
        )
        parts.append(f'<text x="{left:.1f}" y="{top + 98}">{escape(clipped(labels[0], 11))}</text>')
        end = escape(clipped(labels[-1], 11))
        parts.append(f'<text x="{left + wide - 18:.1f}" y="{top + 98}" text-anchor="end">{end}</text>')
    lines = -(-len(shown) // ACROSS)
    return svg(parts, 30 + lines * high, f"Histograms of {len(shown)} columns, real and synthetic")


def shares_of(real: Frame, made: Frame, k: int) -> tuple[list[str], Floats, Floats]:
    """The first and last label of a column's bins, and both tables' shares in them; the last bin of a number that is
    missing somewhere is for that."""
    column, a_N, b_N = real.columns[k], real.values_NK[:, k], made.values_NK[:, k]
    if isinstance(column, Number):
        there = a_N[~np.isnan(a_N)]
        low, high = (float(np.quantile(there, q)) for q in (0.005, 0.995)) if len(there) else (0.0, 1.0)
        edges = np.linspace(low, high if high > low else low + 1, BARS + 1)
        counted = [np.histogram(np.clip(v[~np.isnan(v)], edges[0], edges[-1]), edges)[0] / len(v) for v in (a_N, b_N)]
        if column.missing:
            counted = [np.append(c, np.isnan(v).mean()) for c, v in zip(counted, (a_N, b_N), strict=True)]
        return [str(column.value_at(low)), str(column.value_at(high))], *counted  # type: ignore[return-value]
    there = [place for place, value in enumerate(column.values) if value is not None][:BARS]
    counts = [np.array([np.mean(v == place) for place in there] + [np.isnan(v).mean()]) for v in (a_N, b_N)]
    kept = len(there) + (None in column.values)
    names = [*(str(column.values[place]) for place in there), "missing"][:kept]
    return [names[0], names[-1] if kept > 1 else ""], counts[0][:kept], counts[1][:kept]


def correlation_maps(real: Frame, made: Frame) -> bytes | None:
    """Correlations of the numbers, real on the left and synthetic on the right; None with fewer than two numbers."""
    numbers = numbers_of(real)[:SHOWN]
    if len(numbers) < 2:
        return None
    side = (WIDTH - 40) / 2
    cell = side / len(numbers)
    parts = []
    for place, (title, frame) in enumerate((("real", real), ("synthetic", made))):
        left = 4 + place * (side + 24)
        parts.append(f'<text class="strong" x="{left:.1f}" y="14">{title}</text>')
        found_JJ = np.nan_to_num(correlations(frame.values_NK[:, numbers]))
        for j, row in enumerate(found_JJ):
            for i, value in enumerate(row):
                colour = "#1f6feb" if value > 0 else "#d9480f"
                at = f'x="{left + i * cell:.1f}" y="{24 + j * cell:.1f}" width="{cell:.1f}" height="{cell:.1f}"'
                names = f"{real.columns[numbers[j]].name}, {real.columns[numbers[i]].name}"
                told = f"<title>{escape(names)}: {short(float(value))}</title>"
                parts.append(f'<rect {at} fill="{colour}" fill-opacity="{min(1.0, abs(value)):.3f}">{told}</rect>')
    bottom = 24 + side
    legend = legend_of([real.columns[k].name for k in numbers])
    for line, text in enumerate(legend):
        parts.append(f'<text x="4" y="{bottom + 20 + 17 * line:.0f}">{escape(text)}</text>')
    return svg(parts, round(bottom + 26 + 17 * len(legend)), "Correlations of numbers in real and synthetic rows")


def legend_of(names: Sequence[str], most: int = 76) -> list[str]:
    """The columns in order, in lines, and what the colours say."""
    lines = ["blue: rise together · orange: one falls as the other rises · in order:"]
    held = ""
    for name in names:
        if held and len(held) + len(name) + 2 > most:
            lines.append(held + ",")
            held = ""
        held += (", " if held else "") + clipped(name, 40)
    return [*lines, held]
