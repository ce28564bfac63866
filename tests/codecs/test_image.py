"""Pictures survive the codec; files that are none, or too much, are refused."""

import io
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image as Pictures

from anew.codecs.image import Image, read_image, write_image
from anew.codecs.label import Label
from anew.errors import DataError


def pictures(rng: np.random.Generator, shapes: list[tuple[int, int, int]]) -> list[np.ndarray]:
    return [rng.integers(0, 256, shape, dtype=np.uint8) for shape in shapes]


def file_of(picture: Pictures.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize("channels", [1, 3])
def test_its_own_size_is_exact(channels: int) -> None:
    some = pictures(np.random.default_rng(0), [(12, 12, channels)] * 40)
    codec = Image()
    codec.fit(some)
    grid = codec.encode(some)
    assert grid.shape == (40, *codec.spec.shape) == (40, channels, 12, 12) and grid.dtype == torch.float32
    assert abs(float(grid.mean())) < 0.01 and abs(float(grid.std()) - 1) < 0.01
    assert all(np.array_equal(a, b) for a, b in zip(some, codec.decode(grid), strict=True))


def test_mixed_sizes_and_colours_become_one() -> None:
    some = pictures(np.random.default_rng(1), [(20, 31, 1), (16, 16, 3), (64, 18, 1), (9, 9, 1), (200, 300, 3)])
    codec = Image()
    codec.fit(some)
    assert codec.spec.shape == (3, 18, 18)
    assert all(picture.shape == (18, 18, 3) for picture in codec.decode(codec.encode(some)))


def test_the_order_of_fitting_does_not_matter() -> None:
    some = pictures(np.random.default_rng(2), [(10 + i % 7, 11, 1) for i in range(50)])
    one, other = Image(), Image()
    one.fit(some)
    other.fit(reversed(some))
    assert one.state() == other.state()


def test_the_middle_is_kept() -> None:
    wide = np.zeros((10, 30, 1), np.uint8)
    wide[:, 10:20] = 255
    codec = Image(size=10, channels=1)
    codec.fit([wide])
    assert codec.canonical(wide).mean() > 250


def test_the_size_is_capped_and_can_be_asked_for() -> None:
    large = pictures(np.random.default_rng(3), [(100, 100, 1)])
    capped, asked = Image(largest=32), Image(size=80)
    capped.fit(large)
    asked.fit(large)
    assert capped.spec.shape == (1, 32, 32) and asked.spec.shape == (1, 80, 80)


def test_a_state_is_enough() -> None:
    some = pictures(np.random.default_rng(4), [(9, 9, 3)] * 5)
    codec = Image()
    codec.fit(some)
    again = Image.restore({}, codec.state())
    assert torch.equal(codec.encode(some), again.encode(some)) and again.spec == codec.spec


def test_what_is_transparent_lies_on_white() -> None:
    clear = Pictures.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert (read_image(file_of(clear)) == 255).all()
    palette = Pictures.new("P", (8, 8), 0)
    palette.putpalette([9, 9, 9] * 256)
    assert (read_image(file_of(palette, transparency=0)) == 255).all()


def test_modes_are_read_as_grey_or_colour() -> None:
    assert read_image(file_of(Pictures.new("1", (8, 9), 1))).shape == (9, 8, 1)
    assert read_image(file_of(Pictures.new("LA", (8, 8), (7, 255)))).tolist() == np.full((8, 8, 1), 7).tolist()
    assert read_image(file_of(Pictures.fromarray(np.full((8, 8), 65535, np.uint16)))).max() == 255
    assert read_image(file_of(Pictures.new("CMYK", (8, 8)), "JPEG")).shape == (8, 8, 3)


def test_png_is_lossless() -> None:
    for picture in pictures(np.random.default_rng(5), [(7, 9, 1), (7, 9, 3)]):
        assert np.array_equal(read_image(write_image(picture)), picture)


def bomb(side: int) -> bytes:
    """A small PNG that unpacks to side × side pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_bad_files_are_refused_by_name() -> None:
    good = file_of(Pictures.effect_noise((64, 64), 60))
    animation = file_of(Pictures.new("L", (8, 8)), "GIF")
    bad = [
        b"",
        b"not a picture",
        good[: len(good) // 2],
        good[:30],
        bomb(9_000),
        bomb(60_000),
        b"GIF89a" + b"\xff" * 40,
    ]
    bad += [file_of(Pictures.new("L", (8, 8)), "TIFF"), animation[:20]]
    for content in bad:
        with pytest.raises(DataError, match="cat.png"):
            read_image(content, "cat.png")


def test_labels_are_places_in_sorted_order() -> None:
    label = Label()
    label.fit(iter(["cat", "dog", "ant", "cat"]))
    assert label.encode(["ant", "dog"]).tolist() == [0, 2] and label.decode(torch.tensor([1, 0])) == ["cat", "ant"]
    assert Label.restore({}, label.state()).encode(["cat"]).dtype == torch.int64
    with pytest.raises(DataError, match="did you mean 'cat'"):
        label.encode(["cats"])
