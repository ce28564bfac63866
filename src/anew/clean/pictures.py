"""Rules for pictures, and the features by which two of them are near."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from anew.clean import captions
from anew.codecs.picture_files import FORMATS, MOST_PIXELS, flattened, refusal
from anew.data.records import Record
from anew.data.removals import Removed
from anew.recipe import Clean

HASHED_SIDE = 64  # every picture is brought to this size first, or the hash would tell sizes apart
THUMBNAIL = 8
HASH_WIDTH = 16  # of 16 bits
THUMBNAIL_WIDTH = THUMBNAIL * THUMBNAIL * 3 // 2
SAID_WIDTH = 4
WIDTH = HASH_WIDTH + THUMBNAIL_WIDTH + SAID_WIDTH  # of a picture's features, in 16-bit words
MARGIN = 8  # bits, by which groups for the split are wider than what counts as near
MOST_DIFFERENCE = 6.0  # mean of the thumbnails' difference, of 255


def decode(record: Record, settings: Clean) -> tuple[Record, NDArray[np.uint16]] | Removed:
    """The record and its features (WIDTH,), once the whole picture has been unpacked without a fault."""
    assert isinstance(record.value, bytes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; they are refused below
            with Image.open(io.BytesIO(record.value), formats=FORMATS) as file:
                width, height = file.size
                if width * height > MOST_PIXELS:
                    return Removed(record.origin, "too many pixels", f"{width} × {height}, more than {MOST_PIXELS:,}")
                if min(width, height) < settings.min_pixels:
                    return Removed(record.origin, "small", f"{width} × {height}, a side below {settings.min_pixels}")
                return record, np.concatenate([features(ImageOps.exif_transpose(file)), said(record)])
    except Image.DecompressionBombError:
        return Removed(record.origin, "too many pixels", f"more than {MOST_PIXELS:,}")
    except UnidentifiedImageError:
        return Removed(record.origin, "no picture", refusal(record.value))
    except Exception as error:  # damaged files fail in Pillow's decoders in a dozen ways
        return Removed(record.origin, "damaged", (str(error).splitlines() or [type(error).__name__])[0])


def features(picture: Image.Image) -> NDArray[np.uint16]:
    """(WIDTH - SAID_WIDTH,): a perceptual hash of the picture's brightness (PDQ, 256 bits) and its thumbnail in colour,
    as 16-bit words."""
    colour = flattened(picture).convert("RGB")
    reduced = colour.resize((HASHED_SIDE, HASHED_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    bits, _ = pdqhash.compute(np.ascontiguousarray(reduced))
    small = np.asarray(colour.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX), dtype=np.uint8)
    packed = np.packbits(np.asarray(bits, dtype=np.uint8))
    return np.concatenate([packed, small.reshape(-1)]).view(np.uint16)


def said(record: Record) -> NDArray[np.uint16]:
    """(SAID_WIDTH,): the beginning of the digest of what the record's captions and facts say; zeros for none."""
    return np.frombuffer(captions.digest(record)[: 2 * SAID_WIDTH].ljust(2 * SAID_WIDTH, b"\0"), np.uint16)


def near(first: NDArray[np.uint16], second: NDArray[np.uint16], distance: int) -> NDArray[np.bool_]:
    """Which rows of features (…, WIDTH) are near: in the hash's bits, and in colour, to which the hash is blind."""
    bits = np.bitwise_count(first[..., :HASH_WIDTH] ^ second[..., :HASH_WIDTH]).sum(-1, dtype=np.int64)
    colour = slice(HASH_WIDTH, HASH_WIDTH + THUMBNAIL_WIDTH)
    a, b = (np.ascontiguousarray(v[..., colour]).view(np.uint8).astype(np.int16) for v in (first, second))
    return np.asarray((bits <= distance) & (np.abs(a - b).mean(-1) <= MOST_DIFFERENCE))


def alike(first: NDArray[np.uint16], second: NDArray[np.uint16], distance: int) -> NDArray[np.bool_]:
    """Which of them say the same as well: a drawing in another colour may be near, and is not the same."""
    same = (first[..., -SAID_WIDTH:] == second[..., -SAID_WIDTH:]).all(-1)
    return np.asarray(near(first, second, distance) & same)
