"""Picture files as people have them, made here: each with what it is read as, or with words of its refusal."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

SIDE = 24
ACROSS, DOWN = np.meshgrid(np.arange(SIDE) * 10, np.arange(SIDE) * 10)
COLOUR = np.dstack([ACROSS, DOWN, 255 - ACROSS]).astype(np.uint8)
GREY = ACROSS.astype(np.uint8)[:, :, None]
DEEP = (ACROSS * 257 + DOWN).astype(np.uint16)
OTHER = Image.new("RGB", (SIDE, SIDE), "red")


@dataclass(frozen=True)
class Bad:
    """`read`: the array, None where only its shape is sure; `refused`: words of the refusal. `collect`: the rule that
    strikes it among training data, where one does."""

    file: str
    content: bytes
    read: np.ndarray | None = None
    refused: str = ""
    collect: str = ""
    near: float = 0.0  # largest mean difference from `read`


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(head: tuple[int, int, int, int, int], data: bytes, *more: bytes) -> bytes:
    """Width, height, bits, colour type and interlacing, and the rows with their filters."""
    wide, high, bits, kind, laced = head
    header = struct.pack(">IIBBBBB", wide, high, bits, kind, 0, 0, laced)
    parts = [chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def interlaced(grey: np.ndarray) -> bytes:
    """Adam7, which Pillow does not write."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = [b"\0" + row.tobytes() for x, y, dx, dy in passes for row in grey[y::dy, x::dx]]
    return png((grey.shape[1], grey.shape[0], 8, 0, 1), b"".join(rows))


def turned(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    return saved(picture, "PNG", exif=exif)


def palette() -> bytes:
    picture = Image.new("P", (SIDE, SIDE), 1)
    picture.putpalette([0, 0, 0, 9, 99, 199])
    picture.paste(0, (0, 0, 12, SIDE))
    return saved(picture, "PNG", transparency=0)


RGB, JPEG = Image.fromarray(COLOUR), saved(Image.fromarray(COLOUR), "JPEG", quality=100)
PNG = saved(RGB, "PNG")
HALF = np.dstack([COLOUR, np.where(ACROSS < 120, 0, 255).astype(np.uint8)])
ON_WHITE = np.where(HALF[:, :, 3:] == 0, 255, COLOUR).astype(np.uint8)
PALETTE = np.full((SIDE, SIDE, 3), 255, np.uint8)
PALETTE[:, 12:] = (9, 99, 199)
DEEP_ROWS = b"".join(b"\0" + np.dstack([DEEP] * 3)[y].astype(">u2").tobytes() for y in range(SIDE))
FLOATS = Image.fromarray(ACROSS.astype(np.float32))
LA = Image.merge("LA", [Image.fromarray(GREY[:, :, 0]), Image.fromarray(HALF[:, :, 3])])
TEXT_BOMB = chunk(b"zTXt", b"anew\0\0" + zlib.compress(bytes(64 << 20), 9))

CASES = {
    "truncated PNG": Bad("a.png", PNG[: len(PNG) // 2], refused="truncated", collect="damaged"),
    "truncated JPEG": Bad("a.jpg", JPEG[: len(JPEG) // 2], refused="truncated", collect="damaged"),
    "truncated GIF": Bad("a.gif", saved(RGB, "GIF")[:-200], refused="truncated", collect="damaged"),
    "header alone": Bad("a.png", PNG[:33], refused="truncated", collect="no picture"),
    "animated GIF": Bad("a.gif", saved(RGB, "GIF", save_all=True, append_images=[OTHER] * 3), COLOUR, near=12),
    "animated WebP": Bad("a.webp", saved(RGB, "WEBP", save_all=True, append_images=[OTHER], lossless=True), COLOUR),
    "animated PNG": Bad("a.png", saved(RGB, "PNG", save_all=True, append_images=[OTHER]), COLOUR),
    "pair of JPEGs": Bad("a.jpg", saved(RGB, "MPO", save_all=True, append_images=[OTHER], quality=100), COLOUR, near=2),
    "CMYK JPEG": Bad("a.jpg", saved(RGB.convert("CMYK"), "JPEG", quality=100), COLOUR, near=3),
    "16 bits of grey": Bad("a.png", saved(Image.fromarray(DEEP), "PNG"), (DEEP >> 8).astype(np.uint8)[:, :, None]),
    "16 bits of colour": Bad(
        "a.png", png((SIDE, SIDE, 16, 2, 0), DEEP_ROWS), np.dstack([(DEEP >> 8).astype(np.uint8)] * 3)
    ),
    "palette with transparency": Bad("a.png", palette(), PALETTE),
    "transparent colour": Bad("a.png", saved(Image.fromarray(HALF), "PNG"), ON_WHITE),
    "transparent grey": Bad("a.png", saved(LA, "PNG"), np.where(HALF[:, :, 3:] == 0, 255, GREY).astype(np.uint8)),
    "interlaced": Bad("a.png", interlaced(GREY[:, :, 0]), GREY),
    "turned by its EXIF": Bad("a.png", turned(RGB), np.rot90(COLOUR, -1)),
    "JPEG by the name of a PNG": Bad("a.png", JPEG, COLOUR, near=2),
    "giant by its header": Bad(
        "a.png", png((60_000, 60_000, 8, 0, 0), bytes(9000)), refused="pixels", collect="too many pixels"
    ),
    "one pixel": Bad("a.png", saved(RGB.crop((0, 0, 1, 1)), "PNG"), COLOUR[:1, :1], collect="small"),
    "no bytes": Bad("a.png", b"", refused="not a PNG", collect="empty"),
    "no picture": Bad("a.png", b"hello, world" * 9, refused="not a PNG", collect="no picture"),
    "TIFF of floats": Bad("a.png", saved(FLOATS, "TIFF"), refused="TIFF, not a PNG", collect="no picture"),
    "SVG": Bad("a.png", b"<?xml version='1.0'?>\n<svg/>", refused="SVG, not a PNG", collect="no picture"),
    "AVIF": Bad("a.jpg", b"\0\0\0 ftypavif" + bytes(90), refused="AVIF, not a PNG", collect="no picture"),
    "film": Bad("a.gif", b"\0\0\0 ftypisom" + bytes(90), refused="MP4 video, not a PNG", collect="no picture"),
    "bomb of a text": Bad("a.png", PNG[:33] + TEXT_BOMB + PNG[33:], refused="damaged", collect="damaged"),
}
