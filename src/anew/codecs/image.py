"""Pictures <-> grids (C, H, W) of one size, about zero mean and unit variance.

In: the bytes of picture files, guarded, and uint8 arrays (H, W, C) of any size, grey or colour. Out: float32 grids of
the size and channels that the training pictures have, and uint8 arrays again, exact for pictures of that size.
"""

from __future__ import annotations

import io
import math
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from anew.codecs.origin import IPTC
from anew.contract import Codec, Spec
from anew.errors import DataError

Picture = NDArray[np.uint8]
Form = Literal["png", "jpeg", "webp"]
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MOST_PIXELS = 64_000_000  # of one file; what a larger one unpacks to is not worth the memory
SMALLEST = 8
FRACTION = 1 << 16  # means are summed as whole numbers of this fraction, so that the order cannot matter

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="{}"/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>"""


def read_image(content: bytes, origin: str = "picture", most: int = MOST_PIXELS) -> Picture:
    """uint8 (H, W, 1) where the file is grey, else (H, W, 3); what is transparent lies on white, of an animation
    counts the first frame. DataError, naming `origin`: not a picture, truncated, or of more than `most` pixels by its
    header, which is read before anything is unpacked."""
    with opened(content, origin, most) as file:
        return as_array(file)


def read_clear(content: bytes, origin: str = "picture", most: int = MOST_PIXELS) -> NDArray[np.bool_]:
    """(H, W): where the file is more transparent than not. DataError as `read_image`."""
    with opened(content, origin, most) as file:
        if "A" not in file.mode and "transparency" not in file.info:
            return np.zeros((file.height, file.width), dtype=bool)
        return np.asarray(file.convert("RGBA").getchannel("A")) < 128


@contextmanager
def opened(content: bytes, origin: str, most: int) -> Iterator[Pictures.Image]:
    """The first frame, turned as it was taken. DataError also for what fails in the block."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; they are refused below
            with Pictures.open(io.BytesIO(content), formats=FORMATS) as file:
                if file.width * file.height > most:
                    raise DataError(f"{origin}: {file.width} × {file.height} pixels, more than {most:,}")
                yield ImageOps.exif_transpose(file)
    except DataError:
        raise
    except Pictures.DecompressionBombError:
        raise DataError(f"{origin}: more than {most:,} pixels") from None
    except UnidentifiedImageError:
        raise DataError(f"{origin}: not a {', '.join(FORMATS)} picture") from None
    except Exception as error:  # damaged files fail in Pillow's decoders in a dozen ways
        raise DataError(f"{origin}: damaged or truncated ({error})") from None


def as_array(picture: Pictures.Image) -> Picture:
    if picture.mode.startswith("I"):  # 16 bits a pixel
        deep = np.asarray(picture, dtype=np.int64)
        return (deep >> (8 if deep.max(initial=0) > 255 else 0)).clip(0, 255).astype(np.uint8)[:, :, None]
    if "A" in picture.mode or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        white = Pictures.new("RGBA", clear.size, "white")
        grey = picture.mode in ("LA", "La", "L")
        picture = Pictures.alpha_composite(white, clear).convert("L" if grey else "RGB")
    grey = picture.mode in ("1", "L", "F")
    array = np.asarray(picture.convert("L" if grey else "RGB"), dtype=np.uint8)
    return array[:, :, None] if grey else array


def write_image(picture: Picture, source: str = "", form: Form = "png", quality: int = 100) -> bytes:
    """The file of a uint8 array (H, W), (H, W, 1) or (H, W, 3); PNG is lossless, and `quality` (0 to 100) is of the
    others. `source`: MADE or MENDED, written into it as XMP (IPTC photo metadata 2023.1, Digital Source Type; in PNG
    the iTXt chunk that XMP part 3 names)."""
    array = picture[:, :, 0] if picture.ndim == 3 and picture.shape[2] == 1 else picture
    file, told = io.BytesIO(), XMP.format(IPTC + source) if source else ""
    if form == "png":
        info = PngInfo()
        if told:
            info.add_itxt("XML:com.adobe.xmp", told)
        Pictures.fromarray(array).save(file, "PNG", optimize=True, pnginfo=info)
    else:
        Pictures.fromarray(array).save(file, form, quality=max(quality, 1), xmp=told.encode())  # Pillow's 0 is 75
    return file.getvalue()


def contact_sheet(pictures: Sequence[Picture], columns: int = 10, gap: int = 2, least: int = 640) -> Picture:
    """uint8 (H, W, 3): the pictures in rows on grey, enlarged by a whole number until about `least` pixels wide.
    Smaller pictures are centred in the cell of the largest."""
    colour = [np.repeat(p, 3, 2) if p.shape[2] == 1 else p[:, :, :3] for p in pictures]
    high, wide = (max(p.shape[i] for p in colour) for i in (0, 1))
    columns = max(1, min(columns, len(colour)))
    lines = -(-len(colour) // columns)
    made = np.full((lines * (high + gap) + gap, columns * (wide + gap) + gap, 3), 128, np.uint8)
    for i, picture in enumerate(colour):
        y = gap + i // columns * (high + gap) + (high - picture.shape[0]) // 2
        x = gap + i % columns * (wide + gap) + (wide - picture.shape[1]) // 2
        made[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    times = max(1, round(least / made.shape[1]))
    return made.repeat(times, 0).repeat(times, 1)


class Image(Codec):
    """`size`: the side of the square grid in pixels; None takes the training pictures' median shorter side, at most
    `largest`. `channels`: 1 or 3; None is 1 when every training picture is grey. Other pictures are scaled until
    their shorter side fits and the middle is kept."""

    modality = "image"
    kind = "grid"
    unit = "dimension"

    def __init__(self, *, size: int | None = None, channels: int | None = None, largest: int = 64) -> None:
        if size is not None and size < SMALLEST or largest < SMALLEST:
            raise DataError(f"pictures have a side of {SMALLEST} pixels or more")
        if channels not in (None, 1, 3):
            raise DataError(f"pictures have 1 channel (grey) or 3 (colour), not {channels}")
        self.size_asked, self.channels_asked, self.largest = size, channels, largest

    def fit(self, samples: Iterable[Picture]) -> None:
        sides: Counter[int] = Counter()
        count = total = squares = 0
        colour = False
        for picture in samples:
            colour = colour or not is_grey(picture)
            sides[min(picture.shape[:2])] += 1
            values = picture.astype(np.float64)
            count += 1
            total += round(float(values.mean()) * FRACTION)
            squares += round(float(np.square(values).mean()) * FRACTION)
        if not count:
            raise DataError("no usable pictures to learn from", next_command="anew clean --help")
        middle = sorted(sides.elements())[(count - 1) // 2]
        side = self.size_asked or min(max(middle, SMALLEST), self.largest)
        mean = total / count / FRACTION
        deviation = math.sqrt(max(squares / count / FRACTION - mean**2, 1.0))
        self.load({"side": side, "channels": self.channels_asked or (3 if colour else 1), "mean": mean,
                   "deviation": deviation})  # fmt: skip

    def encode(self, samples: Sequence[Picture]) -> Tensor:
        grid = np.stack([self.canonical(picture) for picture in samples]).transpose(0, 3, 1, 2)
        return (torch.from_numpy(grid.astype(np.float32)) - self.mean) / self.deviation

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Picture]:
        assert isinstance(data, Tensor)
        values = (data * self.deviation + self.mean).round().clamp(0, 255).to(torch.uint8)
        return list(values.permute(0, 2, 3, 1).contiguous().cpu().numpy())

    def canonical(self, picture: Picture) -> Picture:
        """The picture as the grid holds it: uint8 (side, side, channels)."""
        channels = self.spec.shape[0]
        if picture.shape == (self.side, self.side, channels):
            return picture
        grey = picture.shape[2] == 1
        file = Pictures.fromarray(picture[:, :, 0] if grey else picture).convert("L" if channels == 1 else "RGB")
        fitted = ImageOps.fit(file, (self.side, self.side), Pictures.Resampling.LANCZOS)
        return np.asarray(fitted, dtype=np.uint8).reshape(self.side, self.side, channels)

    def state(self) -> dict[str, Any]:
        return {"side": self.side, "channels": self.spec.shape[0], "mean": self.mean, "deviation": self.deviation}

    def load(self, state: Mapping[str, Any]) -> None:
        self.side, self.mean, self.deviation = int(state["side"]), float(state["mean"]), float(state["deviation"])
        self.spec = Spec("grid", (int(state["channels"]), self.side, self.side))

    def size(self, sample: Picture) -> int:
        """Dimensions of the picture as the grid holds it."""
        return math.prod(self.spec.shape)


def is_grey(picture: Picture) -> bool:
    """One channel, or three that agree everywhere."""
    return picture.shape[2] == 1 or bool((picture == picture[:, :, :1]).all())
