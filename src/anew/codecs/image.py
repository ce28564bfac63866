"""Pictures <-> grids (C, H, W) of one size, about zero mean and unit variance.

In: the bytes of picture files, guarded, and uint8 arrays (H, W, C) of any size: grey, colour, or colour and straight
alpha (not multiplied into the colours). Out: float32 grids of the size and channels that the training pictures have,
and uint8 arrays again, exact for pictures of that size.
"""

from __future__ import annotations

import io
import math
import re
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
from anew.codecs.picture_files import FORMATS, MOST_PIXELS, flattened, laid_on_white, refusal, see_through
from anew.codecs.provenance import chunks_of, exif_of
from anew.contract import Codec, Spec
from anew.errors import DataError

Picture = NDArray[np.uint8]
Form = Literal["png", "jpeg", "webp"]
SMALLEST = 8
FEW_COLOURS = 1024  # of which 256 look the same
SIZE = re.compile(r"([1-9][0-9]{0,4})(?:x([1-9][0-9]{0,4}))?")
MOST_RATIO = 4.0  # of the longer side to the shorter
CLEAR = 0.01  # share of a picture's pixels that are not opaque, from which on it is one with transparency
CLEAR_WHITE = np.array([255, 255, 255, 0], np.uint8)
FRACTION = 1 << 16  # means are summed as whole numbers of this fraction, so that the order cannot matter

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="{}"/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>"""


def read_image(content: bytes, origin: str = "picture", most: int = MOST_PIXELS, alpha: bool = False) -> Picture:
    """uint8 (H, W, 1) where the file is grey, else (H, W, 3); what is transparent lies on white or, with `alpha`, comes
    as (H, W, 4). Of an animation counts the first frame; CMYK becomes RGB by Pillow's plain rule, without its ICC
    profile; of 16 bits count the upper 8, unless none is above 255. DataError, naming `origin`: not a picture,
    truncated, or of more than `most` pixels by its header, which is read before anything is unpacked."""
    with opened(content, origin, most) as file:
        return as_array(file, alpha)


def read_clear(content: bytes, origin: str = "picture", most: int = MOST_PIXELS) -> NDArray[np.bool_]:
    """(H, W): where the file is more transparent than not. DataError as `read_image`."""
    with opened(content, origin, most) as file:
        if not see_through(file):
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
        raise DataError(f"{origin}: {refusal(content)}") from None
    except Exception as error:  # damaged files fail in Pillow's decoders in a dozen ways
        raise DataError(f"{origin}: damaged or truncated ({error})") from None


def as_array(picture: Pictures.Image, alpha: bool = False) -> Picture:
    if alpha and see_through(picture) and not picture.mode.startswith("I"):
        return np.asarray(picture.convert("RGBA"), dtype=np.uint8)
    array = np.asarray(flattened(picture), dtype=np.uint8)
    return array[:, :, None] if array.ndim == 2 else array


def on_white(picture: Picture) -> Picture:
    """(H, W, 3) of (H, W, 4); anything else as it is."""
    if picture.shape[2] < 4:
        return picture
    return np.asarray(laid_on_white(Pictures.fromarray(picture)).convert("RGB"), dtype=np.uint8)


def write_image(
    picture: Picture, source: str = "", form: Form = "png", quality: int = 100, notes: Mapping[str, str] | None = None
) -> bytes:
    """The file of a uint8 array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), which a JPEG lays on white; PNG is lossless,
    and `quality` (0 to 100) is of the others. `source`: MADE or MENDED, written into it as XMP (IPTC photo metadata
    2023.1, Digital Source Type; in PNG the iTXt chunk that XMP part 3 names). `notes`: see `codecs.provenance`."""
    array = on_white(picture) if form == "jpeg" and picture.ndim == 3 else picture
    array = array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array
    file, told = io.BytesIO(), XMP.format(IPTC + source) if source else ""
    if form == "png":
        Pictures.fromarray(array).save(file, "PNG", optimize=True, pnginfo=chunks_of(told, notes or {}))
    else:  # Pillow's quality of 0 is 75
        exif = exif_of(notes or {})
        Pictures.fromarray(array).save(file, form, quality=max(quality, 1), xmp=told.encode(), exif=exif)
    return file.getvalue()


def paletted(png: bytes) -> bytes:
    """A picture of few colours, as spectrograms and scores are, in 256 of them, with what its file said of it; any
    other, and one that would not be smaller, as it is."""
    with Pictures.open(io.BytesIO(png)) as picture:
        if picture.convert("RGB").getcolors(FEW_COLOURS) is None:
            return png
        few = picture.convert("RGB").quantize(256, dither=Pictures.Dither.NONE)
        told, file = PngInfo(), io.BytesIO()
        for keyword, text in getattr(picture, "text", {}).items():
            told.add_itxt(keyword, text)
        few.save(file, "PNG", optimize=True, pnginfo=told)
    return min(png, file.getvalue(), key=len)


def contact_sheet(pictures: Sequence[Picture], columns: int = 10, gap: int = 2, least: int = 640) -> Picture:
    """uint8 (H, W, 3): the pictures in rows on grey, enlarged by a whole number until about `least` pixels wide.
    Smaller pictures are centred in the cell of the largest; what is transparent lies on white."""
    colour = [in_colour(p) for p in pictures]
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


def in_colour(picture: Picture) -> Picture:
    """(H, W, 3) of any."""
    return np.repeat(picture, 3, 2) if picture.shape[2] == 1 else on_white(picture)


class Image(Codec):
    """`size`: the side of the square grid in pixels, or "48x32", its width and height; None takes the training
    pictures' median shorter side, at most `largest`, and with `aspect` "data" about their median ratio of width to
    height. `channels`: 1, 3 or 4; None is 1 when every training picture is grey and, with `alpha`, 4 when most of them
    have transparent pixels. Other pictures are scaled until they just cover the grid, and the middle is kept.

    Of four channels the first three are the picture laid on white, and the last is alpha, so that the first three alone
    are a picture too. Colours come out straight again: white where nothing is seen of them."""

    modality = "image"
    kind = "grid"
    unit = "dimension"

    def __init__(
        self, *, size: int | str | None = None, channels: int | None = None, largest: int = 64, alpha: bool = False,
        aspect: Literal["square", "data"] = "square",
    ) -> None:  # fmt: skip
        asked = None if size is None else sides_of(size)
        if min(asked or (largest,)) < SMALLEST or largest < SMALLEST:
            raise DataError(f"pictures have a side of {SMALLEST} pixels or more")
        if asked and aspect == "data":
            raise DataError("a size says the aspect too: leave codec.size or codec.aspect out")
        if channels not in (None, 1, 3, 4):
            raise DataError(f"pictures have 1 channel (grey), 3 (colour) or 4 (colour and alpha), not {channels}")
        if alpha and channels in (1, 3):
            raise DataError(f"{channels} channels hold no alpha: leave codec.alpha or codec.channels out")
        self.size_asked, self.channels_asked, self.largest, self.alpha = asked, channels, largest, alpha
        self.aspect = aspect

    def fit(self, samples: Iterable[Picture]) -> None:
        sides, ratios = Counter[Any](), Counter[Any]()
        count = clear = 0
        seen, with_alpha = Moments(), Moments()
        colour = False
        for given in samples:
            picture = on_white(given)
            colour = colour or not is_grey(picture)
            sides[min(picture.shape[:2])] += 1
            ratios[picture.shape[1] / picture.shape[0]] += 1
            count += 1
            values = picture.astype(np.float64)
            seen.add(values.mean(), np.square(values).mean())
            alpha = given[:, :, 3].astype(np.float64) if given.shape[2] == 4 else np.full(1, 255.0)
            clear += int((alpha < 255).mean() >= CLEAR)
            three = (3 * values.mean(), 3 * np.square(values).mean())
            with_alpha.add((three[0] + alpha.mean()) / 4, (three[1] + np.square(alpha).mean()) / 4)
        if not count:
            raise DataError("no usable pictures to learn from", next_command="anew clean --help")
        shorter = min(max(middle_of(sides), SMALLEST), self.largest)
        ratio = middle_of(ratios) if self.aspect == "data" else 1.0
        wide, high = self.size_asked or covering(shorter, ratio)
        channels = self.channels_asked or (4 if self.alpha and 2 * clear > count else 3 if colour else 1)
        mean, deviation = (with_alpha if channels == 4 else seen).over(count)
        self.load({"side": high, "width": wide, "channels": channels, "mean": mean, "deviation": deviation})

    def encode(self, samples: Sequence[Picture]) -> Tensor:
        return self.scaled(np.stack([self.canonical(picture) for picture in samples]))

    def scaled(self, pictures: Picture) -> Tensor:
        """(B, C, H, W) of pictures (B, H, W, C) that have its channels, at the size that they are of."""
        grid = pictures.transpose(0, 3, 1, 2).astype(np.float32)
        if self.transparent:
            grid[:, :3] = 255 + (grid[:, :3] - 255) * (grid[:, 3:] / 255)
        return (torch.from_numpy(grid) - self.mean) / self.deviation

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Picture]:
        assert isinstance(data, Tensor)
        values = data * self.deviation + self.mean
        if self.transparent:
            values = straight(values)
        return list(values.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy())

    @property
    def transparent(self) -> bool:
        """Whether its grids have an alpha channel."""
        return self.spec.shape[0] == 4

    def canonical(self, picture: Picture) -> Picture:
        """The picture as the grid holds it: uint8 (H, W, channels)."""
        own = self.channelled(picture)
        if own.shape[:2] == (self.high, self.wide):
            return own
        if self.transparent:
            return self.fitted_with_alpha(own)
        file = Pictures.fromarray(own[:, :, 0] if own.shape[2] == 1 else own)
        fitted = ImageOps.fit(file, (self.wide, self.high), Pictures.Resampling.LANCZOS)
        return np.asarray(fitted, dtype=np.uint8).reshape(self.high, self.wide, -1)

    def channelled(self, picture: Picture) -> Picture:
        """uint8 (H, W, channels), of the picture's own size; straight, and white where nothing is seen."""
        channels = self.spec.shape[0]
        if channels == 4:
            if picture.shape[2] != 4:
                picture = np.dstack([in_colour(picture), np.full(picture.shape[:2], 255, np.uint8)])
            return np.where(picture[:, :, 3:] == 0, CLEAR_WHITE, picture)
        picture = on_white(picture)
        if picture.shape[2] == channels:
            return picture
        if channels == 3:
            return in_colour(picture)
        return np.asarray(Pictures.fromarray(picture).convert("L"), dtype=np.uint8)[:, :, None]

    def fitted_with_alpha(self, picture: Picture) -> Picture:
        """(H, W, 4); what is scaled is the picture laid on white and its alpha, lest colours that nobody sees
        come out at edges."""
        parts = [Pictures.fromarray(on_white(picture)), Pictures.fromarray(picture[:, :, 3])]
        fitted = [ImageOps.fit(one, (self.wide, self.high), Pictures.Resampling.LANCZOS) for one in parts]
        grid = torch.from_numpy(np.dstack([np.asarray(one, np.float32) for one in fitted])).permute(2, 0, 1)
        return np.asarray(straight(grid).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy())

    def state(self) -> dict[str, Any]:
        told = {"side": self.high, "channels": self.spec.shape[0], "mean": self.mean, "deviation": self.deviation}
        return told if self.wide == self.high else told | {"width": self.wide}

    def load(self, state: Mapping[str, Any]) -> None:
        """`side`: the height; the `width` is the same where it is left out."""
        self.high, self.mean, self.deviation = int(state["side"]), float(state["mean"]), float(state["deviation"])
        self.wide = int(state.get("width", self.high))
        self.spec = Spec("grid", (int(state["channels"]), self.high, self.wide))

    def size(self, sample: Picture) -> int:
        """Dimensions of the picture as the grid holds it."""
        return math.prod(self.spec.shape)


def sides_of(size: int | str) -> tuple[int, int]:
    """Width and height of "48x32", or of the side of a square. DataError where it is neither."""
    found = SIZE.fullmatch(str(size))
    if found is None:
        raise DataError(f"codec.size {str(size)[:40]!r}: a side in pixels, or a width and a height such as 48x32")
    return int(found[1]), int(found[2] or found[1])


def covering(shorter: int, ratio: float) -> tuple[int, int]:
    """Width and height about `ratio` wide to high. What halves the shorter side up to thrice halves the longer too."""
    step = math.gcd(shorter, 8)
    longer = max(shorter, step * round(shorter * min(max(ratio, 1 / ratio), MOST_RATIO) / step))
    return (longer, shorter) if ratio >= 1 else (shorter, longer)


def middle_of(counts: Counter[Any]) -> Any:
    """The lower median."""
    return sorted(counts.elements())[(counts.total() - 1) // 2]


class Moments:
    """Sums of means and of mean squares, as whole numbers of FRACTION."""

    def __init__(self) -> None:
        self.total = self.squares = 0

    def add(self, mean: float, square: float) -> None:
        self.total += round(float(mean) * FRACTION)
        self.squares += round(float(square) * FRACTION)

    def over(self, count: int) -> tuple[float, float]:
        """Mean and deviation."""
        mean = self.total / count / FRACTION
        return mean, math.sqrt(max(self.squares / count / FRACTION - mean**2, 1.0))


def straight(values: Tensor) -> Tensor:
    """(…, 4, H, W), 0 to 255: colours as they were before they were laid on white, which is all that is left of them
    where alpha, as a whole number, is none."""
    colour, alpha = values[..., :3, :, :].clamp(0, 255), values[..., 3:, :, :].round().clamp(0, 255)
    share = alpha.clamp(min=1) / 255
    return torch.cat([torch.where(alpha > 0, (colour - 255) / share + 255, 255.0), alpha], -3)


def is_grey(picture: Picture) -> bool:
    """One channel, or three that agree everywhere."""
    return picture.shape[2] == 1 or bool((picture == picture[:, :, :1]).all())
