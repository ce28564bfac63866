"""Sounds for people to look at and to play: waveform over mel spectrogram, sheets of them, players for a page.

In: `Sound`s. Out: uint8 arrays (H, W, 3) and HTML.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from anew.codecs.image import write_image
from anew.codecs.show import GAP, INK, LETTERS, cut
from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file
from anew.models.layers.spectrogram import FLOOR, Spectrogram

Picture = NDArray[np.uint8]
WIDE, WAVE_HIGH, BANDS, ENLARGED = 300, 60, 80, 2  # pixels; mel bands, each so many pixels high
WAVE = (0, 114, 178)
# From quiet to loud: lightness rises evenly, so that it reads in grey too.
HEAT = np.array([(10, 8, 30), (66, 16, 92), (140, 32, 96), (208, 72, 64), (246, 148, 46), (252, 250, 190)], np.float64)
MOST_PLAYED = 24  # players on a page


def heat(share: NDArray[np.float64]) -> Picture:
    """(…, 3): the colours of values from 0 to 1."""
    at = np.clip(share, 0, 1) * (len(HEAT) - 1)
    return np.stack([np.interp(at, np.arange(len(HEAT)), HEAT[:, i]) for i in range(3)], -1).round().astype(np.uint8)


def waveform(sound: Sound, wide: int = WIDE, high: int = WAVE_HIGH) -> Picture:
    """(high, wide, 3): between the lowest and the highest value of each column, full scale at the edges."""
    canvas = np.full((high, wide, 3), 255, np.uint8)
    wave = sound.in_channels(1).wave[0]
    edges = np.linspace(0, len(wave), wide + 1).astype(int)
    for x, (begin, end) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        part = wave[begin : max(end, begin + 1)]
        low, top = (float(part.min()), float(part.max())) if len(part) else (0.0, 0.0)
        first, last = (round((1 - value) / 2 * (high - 1)) for value in (top, low))
        canvas[first : last + 1, x] = WAVE
    return canvas


def spectrogram(sound: Sound, wide: int = WIDE) -> Picture:
    """(BANDS * ENLARGED, wide, 3): mel bands over time, the highest at the top; black is 80 dB below full scale."""
    wave = torch.from_numpy(sound.in_channels(1).wave[0])
    window = 1 << max(9, round(math.log2(0.05 * sound.rate)))
    mel = Spectrogram(sound.rate, BANDS, window, window // 8).mel(wave).flip(0).numpy()
    columns = np.linspace(0, mel.shape[1] - 1, wide).round().astype(int)
    return heat(np.repeat(1 - mel[:, columns].astype(np.float64) / FLOOR, ENLARGED, 0))


def drawn(sound: Sound, wide: int = WIDE) -> Picture:
    """(H, wide, 3): the waveform over the spectrogram."""
    return np.concatenate([waveform(sound, wide), spectrogram(sound, wide)])


def shown(sound: Sound, title: str = "", wide: int = WIDE) -> Picture:
    """(H, wide, 3): the title, the waveform, the spectrogram."""
    body = drawn(sound, wide)
    canvas = Pictures.new("RGB", (wide, body.shape[0] + LETTERS + GAP), "white")
    font = ImageFont.load_default(LETTERS - 3)
    said = cut(title, lambda text: math.ceil(font.getlength(text)))
    ImageDraw.Draw(canvas).text((2, 2), f"{said}  {sound.seconds:.2f} s".strip(), font=font, fill=INK)
    canvas.paste(Pictures.fromarray(body), (0, LETTERS + GAP))
    return np.asarray(canvas)


def sound_sheet(sounds: Sequence[Sound], titles: Sequence[str | None] = (), columns: int = 4) -> Picture:
    """(H, W, 3): several, in rows."""
    named = [*titles, *[None] * (len(sounds) - len(titles))]
    cells = [shown(sound, title or "") for sound, title in zip(sounds, named, strict=True)]
    high, wide = cells[0].shape[:2]
    columns = max(1, min(columns, len(cells)))
    rows = -(-len(cells) // columns)
    made = np.full((rows * (high + GAP) + GAP, columns * (wide + GAP) + GAP, 3), 255, np.uint8)
    for i, cell in enumerate(cells):
        y, x = GAP + i // columns * (high + GAP), GAP + i % columns * (wide + GAP)
        made[y : y + high, x : x + wide] = cell
    return made


def players(
    sounds: Sequence[Sound], titles: Sequence[str | None] = (), loop: bool = False, files: Sequence[bytes] = ()
) -> str:
    """HTML that shows and plays them where it stands, again and again as a `loop`, without another file; beyond
    MOST_PLAYED it says how many are left out. `files`: the WAV files to play, where they say more than the sounds."""
    named = [*titles, *[None] * (len(sounds) - len(titles))]
    lines = []
    for i, (sound, title) in enumerate(list(zip(sounds, named, strict=True))[:MOST_PLAYED]):
        contents = (files[i] if files else sound_file(sound), write_image(drawn(sound)))
        data, picture = (base64.b64encode(one).decode() for one in contents)
        told = escape(title or "sound", quote=True)
        lines.append(
            f'<figure style="display:inline-block;margin:4px"><figcaption>{told}, {sound.seconds:.2f} s</figcaption>'
            f'<img alt="waveform and spectrogram of {told}" src="data:image/png;base64,{picture}"'
            ' style="display:block">'
            f'<audio controls preload="none" {"loop " * loop}title="{told}" src="data:audio/wav;base64,{data}">'
            "</audio></figure>"
        )
    if len(sounds) > MOST_PLAYED:
        lines.append(f"<p>and {len(sounds) - MOST_PLAYED} more</p>")
    return "".join(lines)


__all__ = ["MOST_PLAYED", "drawn", "players", "shown", "sound_sheet", "spectrogram", "waveform"]
