"""Vector drawings (SVG) to small pictures."""

from __future__ import annotations

import resvg_py


def render(svg: str, side: int) -> bytes:
    """PNG, RGBA, `side` × `side` for a square drawing."""
    return resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side, skip_system_fonts=True)
