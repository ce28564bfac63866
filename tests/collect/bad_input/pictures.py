"""Pictures."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "codecs"))
from bad_pictures import CASES

from bad_input.case import GOOD, case, picture, put


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


@case(records=1, rules=("damaged",), modality="image")
def truncated_png(folder: Path) -> Path:
    put(folder, "in/a.png", picture(64)[:2000])
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("damaged",), modality="image")
def truncated_jpeg(folder: Path) -> Path:
    put(folder, "in/a.jpg", picture(64, kind="JPEG")[:700])
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("too many pixels",), modality="image")
def decompression_bomb_of_a_png(folder: Path) -> Path:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )
    put(folder, "in/a.png", bomb)
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("no picture",), modality="image")
def text_named_png(folder: Path) -> Path:
    put(folder, "in/a.png", GOOD)
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=4, rules=("no picture",), modality="image")
def pictures_called_otherwise(folder: Path) -> Path:
    put(folder, "in/a", picture(seed=1))
    put(folder, "in/b.dat", picture(seed=2))
    put(folder, "in/c.jfif", picture(seed=3, kind="JPEG"))
    put(folder, "in/d.webp.part", picture(seed=4, kind="WEBP"))
    put(folder, "in/e.tif", picture(kind="TIFF"))
    put(folder, "in/f.TIFF", picture(kind="TIFF"))
    put(folder, "in/g.heic", b"\0\0\0\x18ftypheic" + bytes(40))
    return put(folder, "in/h.dat", GOOD).parent


@case(records=1, rules=("small",), modality="image")
def picture_of_one_pixel(folder: Path) -> Path:
    put(folder, "in/a.png", picture(1))
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("empty",), modality="image")
def picture_of_no_bytes(folder: Path) -> Path:
    put(folder, "in/a.png", "")
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(records=1, rules=("no such file",), modality="image")
def labels_of_missing_files(folder: Path) -> Path:
    put(folder, "in/labels.csv", "file,label\nb.png,cat\ngone.png,dog\n")
    return put(folder, "in/b.png", picture(seed=1)).parent


@case(refused="0 usable records", rules=("no picture",), modality="image")
def picture_column_of_text(folder: Path) -> Path:
    return put(folder, "in.csv", "image,label\nhello!,cat\n")


@case(records=9, rules=sorted({one.collect for one in CASES.values()} - {""} | {"near duplicate"}), modality="image")
def pictures_as_people_have_them(folder: Path) -> Path:
    """Of thirteen that can be read four are the same picture in another form."""
    for name, bad in CASES.items():
        put(folder, f"in/{name}/{bad.file}", bad.content)
    return folder / "in"
