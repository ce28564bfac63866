"""Pictures survive the codec; files that are none, or too much, are refused."""

import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pictures

sys.path.insert(0, str(Path(__file__).parent))
from bad_pictures import CASES

from anew.codecs.image import Image, contact_sheet, is_grey, on_white, read_image, write_image
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


def test_grids_can_be_wide_or_high_as_asked_or_as_the_pictures_are() -> None:
    rng = np.random.default_rng(4)
    wide = pictures(rng, [(32, 48, 3), (64, 96, 3), (40, 41, 3), (20, 30, 3), (32, 49, 3)])
    codec = Image(size="48x32")
    codec.fit(wide)
    assert codec.spec.shape == (3, 32, 48) and codec.encode(wide).shape == (5, 3, 32, 48)
    assert np.array_equal(codec.decode(codec.encode(wide[:1]))[0], wide[0])
    again = Image.restore({}, codec.state())
    assert again.spec == codec.spec and torch.equal(again.encode(wide), codec.encode(wide))
    own, high = Image(aspect="data"), Image(aspect="data", largest=16)
    own.fit(wide)
    high.fit([one.transpose(1, 0, 2) for one in wide])
    assert own.spec.shape == (3, 32, 48) and high.spec.shape == (3, 24, 16)
    for wrong in ({"size": "48 by 32"}, {"size": "48x4"}, {"size": "x32"}, {"size": "48x32", "aspect": "data"}):
        with pytest.raises(DataError, match="side|codec.size|aspect"):
            Image(**wrong)  # type: ignore[arg-type]


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


# ------------------------------------------------------------------------------------------------ transparency


def with_alpha(rng: np.random.Generator, shape: tuple[int, int], values: tuple[int, ...]) -> np.ndarray:
    """Random colours, white where nothing is seen of them."""
    alpha = rng.choice(np.array(values, np.uint8), shape)
    colour = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    return np.dstack([np.where(alpha[:, :, None] == 0, 255, colour).astype(np.uint8), alpha])


@pytest.mark.parametrize("values", [(0, 255), tuple(range(256))], ids=["clear or opaque", "any"])
def test_transparency_is_exact_at_its_own_size_and_its_colours_alone_are_a_picture(values: tuple[int, ...]) -> None:
    some = [with_alpha(np.random.default_rng(i), (12, 12), values) for i in range(20)]
    codec = Image(alpha=True)
    codec.fit(some)
    grid = codec.encode(some)
    assert codec.spec.shape == (4, 12, 12) and abs(float(grid.mean())) < 0.01 and abs(float(grid.std()) - 1) < 0.01
    assert all(np.array_equal(a, b) for a, b in zip(some, codec.decode(grid), strict=True))
    colours = (grid * codec.deviation + codec.mean)[:, :3].permute(0, 2, 3, 1).numpy()
    assert max(float(np.abs(a - on_white(b)).max()) for a, b in zip(colours, some, strict=True)) <= 1


def test_what_a_model_makes_is_a_picture_whatever_it_is() -> None:
    codec = Image(channels=4)
    codec.fit([with_alpha(np.random.default_rng(0), (8, 8), (0, 255))])
    made = codec.decode(4 * torch.randn(50, 4, 8, 8, generator=torch.Generator().manual_seed(0)))
    assert all(one.shape == (8, 8, 4) and (one[one[:, :, 3] == 0] == (255, 255, 255, 0)).all() for one in made)


def test_colours_that_nobody_sees_do_not_come_out_where_a_picture_is_scaled() -> None:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[:, 32:] = (0, 200, 0, 255)  # beside black that is transparent
    codec = Image(size=8, channels=4)
    codec.fit([picture])
    made = codec.canonical(picture)
    seen = made[made[:, :, 3] > 64].astype(int)
    assert len(seen) == 32 and (np.abs(seen[:, :3] - (0, 200, 0)) <= 8).all()
    assert (made[:, 0] == (255, 255, 255, 0)).all()


def test_the_codec_keeps_transparency_only_where_it_is_asked_to_and_most_pictures_have_it() -> None:
    clear = [with_alpha(np.random.default_rng(i), (9, 9), (0, 255)) for i in range(3)]
    opaque = pictures(np.random.default_rng(9), [(9, 9, 3)] * 4)

    def channels(some: list[np.ndarray], **settings: bool | int) -> int:
        codec = Image(**settings)  # type: ignore[arg-type]
        codec.fit(some)
        assert codec.encode(some).shape[1] == codec.spec.shape[0] == codec.decode(codec.encode(some))[0].shape[2]
        return codec.spec.shape[0]

    assert channels(clear + opaque[:2], alpha=True) == 4 and channels(clear + opaque, alpha=True) == 3
    assert channels(clear) == channels(clear, channels=3) == 3 and channels(clear, channels=1) == 1
    grey = np.dstack([clear[0][:, :, :1].repeat(3, 2), clear[0][:, :, 3:]])
    assert is_grey(on_white(grey)) and channels([grey]) == 1
    with pytest.raises(DataError, match="no alpha"):
        Image(alpha=True, channels=3)


def test_laid_on_white_it_is_what_was_read_without_alpha() -> None:
    some = with_alpha(np.random.default_rng(3), (20, 20), tuple(range(256)))
    content = write_image(some)
    assert np.array_equal(read_image(content, alpha=True), some)
    assert np.array_equal(read_image(content), on_white(some))
    plain = Image(size=8)
    plain.fit([on_white(some)])
    assert np.array_equal(plain.canonical(some), plain.canonical(on_white(some)))
    assert read_image(file_of(Pictures.new("LA", (8, 8), (7, 9))), alpha=True).shape == (8, 8, 4)
    assert read_image(write_image(pictures(np.random.default_rng(0), [(8, 8, 3)])[0]), alpha=True).shape == (8, 8, 3)


def test_files_with_transparency_and_without() -> None:
    some = with_alpha(np.random.default_rng(1), (16, 16), (0, 255))
    assert Pictures.open(io.BytesIO(write_image(some, form="webp"))).mode == "RGBA"
    jpeg = np.asarray(Pictures.open(io.BytesIO(write_image(some, form="jpeg"))), np.int64)
    blocks = np.abs(jpeg - on_white(some)).mean()
    assert jpeg.shape == (16, 16, 3) and blocks < 40
    assert (contact_sheet([some], 1, gap=0, least=16) == on_white(some)).all()


# ------------------------------------------------------------------------------------------------ as people have them


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_as_documented_or_refused_in_one_line_by_its_name(name: str) -> None:
    bad = CASES[name]
    if bad.refused:
        with pytest.raises(DataError, match=bad.refused) as refusal:
            read_image(bad.content, bad.file)
        assert refusal.value.message.startswith(f"{bad.file}: ") and "\n" not in refusal.value.message
        return
    read, wanted = read_image(bad.content, bad.file), bad.read
    assert wanted is not None and read.shape == wanted.shape
    assert float(np.abs(read.astype(float) - wanted).mean()) <= bad.near
