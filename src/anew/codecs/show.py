"""Pictures for people to look at: a strip, a moving picture, a map of thumbnails, a heat map over a picture.

In and out: uint8 arrays (H, W, C); files as bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from anew.codecs.image import Picture, contact_sheet, in_colour, on_white
from anew.codecs.origin import IPTC

# Okabe & Ito's colours, told apart by people who see fewer of them; then paler ones of the same.
COLOURS = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#888888", "#b8a900", "#6a3d9a", "#7f3b08"]
SIDE, MARGIN = 1200, 60
CELL, GAP, LETTERS, WIDEST = 112, 8, 16, 240  # pixels of a grid: a cell, around it, of a letter, of a whole text
INK = "#222222"


def strip(frames: Sequence[Picture]) -> Picture:
    """The frames side by side."""
    return contact_sheet(frames, len(frames))


def write_gif(frames: Sequence[Picture], source: str, milliseconds: int = 90, hold: int = 5) -> bytes:
    """A GIF that repeats; the last frame stays `hold` times as long. `source`: how it came about, in its comment."""
    shown = [Pictures.fromarray(contact_sheet([frame], 1, gap=0, least=256)) for frame in frames]
    times = [milliseconds] * (len(shown) - 1) + [milliseconds * hold]
    file = io.BytesIO()
    shown[0].save(
        file, "GIF", save_all=True, append_images=shown[1:], duration=times, loop=0, comment=(IPTC + source).encode()
    )
    return file.getvalue()


def labelled_grid(rows: Sequence[Sequence[Picture]], above: Sequence[str], beside: Sequence[str]) -> Picture:
    """uint8 (H, W, 3): pictures in rows on white, enlarged by a whole number until about CELL pixels wide, with a text
    above each column and beside each row; a longer one is cut."""
    font = ImageFont.load_default(LETTERS)

    def wide(text: str) -> int:
        return math.ceil(font.getlength(text))

    side = max(max(picture.shape[:2]) for row in rows for picture in row)
    times = max(1, round(CELL / side))
    above, beside = [cut(text, wide) for text in above], [cut(text, wide) for text in beside]
    step = max(side * times, *map(wide, above)) + GAP
    left = max(map(wide, beside)) + (2 * GAP if any(beside) else GAP)
    top, down = LETTERS + 2 * GAP, side * times + GAP
    canvas = Pictures.new("RGB", (left + step * len(above), top + down * len(rows)), "white")
    draw = ImageDraw.Draw(canvas)
    for i, text in enumerate(above):
        draw.text((left + step * i + (step - GAP) // 2, top - GAP), text, font=font, fill=INK, anchor="ms")
    for j, (text, row) in enumerate(zip(beside, rows, strict=True)):
        draw.text((left - GAP, top + down * j + side * times // 2), text, font=font, fill=INK, anchor="rm")
        for i, picture in enumerate(row):
            large = in_colour(picture).repeat(times, 0).repeat(times, 1)
            place = left + step * i + (step - GAP - large.shape[1]) // 2, top + down * j
            canvas.paste(Pictures.fromarray(large), place)
    return np.asarray(canvas)


def cut(text: str, wide: Callable[[str], int]) -> str:
    """As much of it as WIDEST pixels hold, on one line."""
    text = " ".join(text.split())[:200]
    if wide(text) <= WIDEST:
        return text
    while wide(text + "…") > WIDEST:
        text = text[:-1]
    return text.rstrip() + "…"


def thumbnail_map(
    places: NDArray[np.float64], pictures: Sequence[Picture], labels: Sequence[str | None], title: str
) -> Picture:
    """Pictures at their places (N, 2) on white, framed in their label's colour; where two would overlap the later one
    is a dot of that colour. A label's name stands where its pictures' middle is, and in the legend."""
    names = sorted({label for label in labels if label is not None})
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    canvas = Pictures.new("RGB", (SIDE, SIDE + MARGIN), "white")
    draw = ImageDraw.Draw(canvas)
    low, high = np.quantile(places, [0.005, 0.995], axis=0)
    spots = np.clip((places - low) / np.maximum(high - low, 1e-9), 0, 1) * (SIDE - 2 * MARGIN) + MARGIN
    spots[:, 1] = SIDE - spots[:, 1]
    side = SIDE // 34
    taken = np.zeros((SIDE // side + 2, SIDE // side + 2), bool)
    framed: list[int] = []
    for i, (x, y) in enumerate(spots):
        cell = int(x) // side, int(y) // side
        if taken[cell]:
            draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=colours.get(str(labels[i]), "#555555"))
        else:
            taken[cell] = True
            framed.append(i)
    for i in framed:
        x, y = (int(v) // side * side for v in spots[i])
        small = thumbnail(pictures[i], side - 6)
        draw.rectangle((x, y, x + side - 2, y + side - 2), fill=colours.get(str(labels[i]), "#555555"))
        canvas.paste(small, (x + (side - 1 - small.width) // 2, y + (side - 1 - small.height) // 2))
    for name, colour in colours.items():
        mine = spots[[i for i, label in enumerate(labels) if label == name]]
        x, y = np.median(mine, axis=0)
        write(draw, (x, y), name, 34, colour, "mm")
    write(draw, (MARGIN, SIDE + MARGIN // 2), title, 20, "#333333", "lm")
    return np.asarray(canvas)


def thumbnail(picture: Picture, side: int) -> Pictures.Image:
    file = Pictures.fromarray(in_colour(picture))
    file.thumbnail((side, side), Pictures.Resampling.LANCZOS)
    return file


def write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, colour: str, anchor: str) -> None:
    """Text with a white rim, so that it can be read on anything."""
    font = ImageFont.load_default(size)
    draw.text(at, text, font=font, fill=colour, anchor=anchor, stroke_width=3, stroke_fill="white")


def heat_over(picture: Picture, heat: NDArray[np.float64], low: float, high: float) -> Picture:
    """(H, W, 3): the picture in grey, and over it in red and yellow where `heat` (h, w) lies between low and high."""
    wide, high_pixels = picture.shape[1], picture.shape[0]
    share = np.clip((heat - low) / max(high - low, 1e-9), 0, 1).astype(np.float32)
    scaled = Pictures.fromarray(share).resize((wide, high_pixels), Pictures.Resampling.BILINEAR)
    warm = np.asarray(scaled, np.float64)[:, :, None]
    grey = on_white(picture).mean(2, keepdims=True).repeat(3, 2)
    colour = np.concatenate([np.full_like(warm, 255), 255 * np.clip(2 * warm - 1, 0, 1), np.zeros_like(warm)], 2)
    over = 0.75 * np.clip(2 * warm, 0, 1)
    return np.rint((1 - over) * grey + over * colour).astype(np.uint8)


__all__ = ["heat_over", "labelled_grid", "strip", "thumbnail_map", "write_gif"]
