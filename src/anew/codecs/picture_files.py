"""Which picture files are read, and what else a file is that was given for one; what of a picture is taken for its
colours. Needs no torch.

In: a path; the first bytes of a file, which may be anything; a picture as Pillow has it. Out: a file's bytes, as many
as a picture has; the name of its format; the picture in eight bits, grey or in colour.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from anew.errors import DataError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MOST_BYTES = 256 << 20  # of a picture's file
MOST_PIXELS = 64_000_000  # of one file, by its header; what a larger one unpacks to is not worth the memory

STARTS = {
    b"II*\0": "TIFF", b"MM\0*": "TIFF", b"II+\0": "TIFF", b"MM\0+": "TIFF", b"8BPS": "Photoshop", b"%PDF": "PDF",
    b"%!PS": "PostScript", b"\0\0\1\0": "icon", b"\0\0\0\x0cjP  ": "JPEG 2000", b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\xff\x0a": "JPEG XL", b"\0\0\0\x0cJXL ": "JPEG XL", b"qoif": "QOI", b"v/1\1": "OpenEXR", b"SIMPLE  =": "FITS",
    b"P4\n": "PBM", b"P5\n": "PGM", b"P6\n": "PPM", b"PF\n": "PFM", b"\x1aE\xdf\xa3": "Matroska video",
}  # fmt: skip
BRANDS = {b"heic": "HEIF", b"heix": "HEIF", b"mif1": "HEIF", b"msf1": "HEIF", b"avif": "AVIF", b"avis": "AVIF"}


def begins_one(content: bytes) -> bool:
    """Whether the file begins as one of FORMATS does; BMP's two letters begin much else, and are no sign."""
    return content.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8")) or content[8:12] == b"WEBP"


def refusal(content: bytes) -> str:
    """Why a file that none of FORMATS opens is not taken: it is broken, or what else it is, where that is known."""
    if begins_one(content):
        return "damaged or truncated: its beginning alone is that of a picture"
    head = content[:512].lstrip(b"\xef\xbb\xbf\r\n\t ")
    name = next((name for start, name in STARTS.items() if content.startswith(start)), None)
    if content[4:8] == b"ftyp":
        name = BRANDS.get(content[8:12], "MP4 video")
    elif head.startswith(b"<svg") or (head.startswith((b"<?xml", b"<!--", b"<!DOCTYPE")) and b"<svg" in head):
        name = "SVG"
    return f"{'' if name is None else f'{name}, '}not a {', '.join(FORMATS)} picture"


def read_file(path: Path) -> bytes:
    """DataError: more than a picture's file has."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DataError(f"{path}: more than {MOST_BYTES:,} bytes")
    return content


def see_through(picture: Image.Image) -> bool:
    """Whether it says which of its pixels are transparent."""
    return "A" in picture.mode or "transparency" in picture.info


def flattened(picture: Image.Image) -> Image.Image:
    """In grey (L) where it is grey, else RGB; of 16 bits count the upper 8, unless none is above 255, and what is
    transparent lies on white."""
    if picture.mode.startswith("I"):  # 16 bits a pixel
        deep = np.asarray(picture, dtype=np.int64)
        return Image.fromarray((deep >> (8 if deep.max(initial=0) > 255 else 0)).clip(0, 255).astype(np.uint8))
    grey = picture.mode in ("1", "F", "L", "LA", "La")
    if see_through(picture):
        picture = laid_on_white(picture.convert("RGBA"))
    return picture.convert("L" if grey else "RGB")


def laid_on_white(picture: Image.Image) -> Image.Image:
    """Of an RGBA picture."""
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)


__all__ = ["FORMATS", "MOST_PIXELS", "begins_one", "flattened", "laid_on_white", "read_file", "refusal", "see_through"]
