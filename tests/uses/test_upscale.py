"""Pictures enlarged by a model that learnt to: truer than interpolation, without a seam, of the same kind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import anew
from anew.api import Trained, made_by
from anew.cli import main
from anew.codecs.image import in_colour, read_image, write_image
from anew.engine import enlarge
from anew.errors import RecipeError
from anew.validate.enlargement import plainly, shrunk
from anew.validate.reconstruction import psnr

DIALS = {"size": "xs", "codec.size": 32, "train.threads": 1, "train.batch": 8, "train.lr": 2e-3, "train.ema": 0.9}


def drawing(rng: np.random.Generator, side: int = 32) -> np.ndarray:
    """Discs and strokes in plain colours, drawn four times as large and scaled down."""
    file = Image.new("RGB", (4 * side, 4 * side), "white")
    draw = ImageDraw.Draw(file)
    for _ in range(4):
        x, y, r = (float(v) for v in rng.integers(0, 4 * side, 3))
        ink = tuple(int(v) for v in rng.integers(0, 220, 3))
        draw.ellipse((x - r / 4, y - r / 4, x + r / 4, y + r / 4), fill=ink)
        draw.line((y, x, r, y), fill=ink[::-1], width=12)
    return np.asarray(file.resize((side, side), Image.Resampling.BOX))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the recipe on a hundred drawings, up to the store."""
    place, rng = tmp_path_factory.mktemp("upscale"), np.random.default_rng(0)
    (place / "pics").mkdir()
    for i in range(100):
        (place / "pics" / f"{i}.png").write_bytes(write_image(drawing(rng)))
    return place


@pytest.fixture(scope="module")
def model(folder: Path) -> Trained:
    dials = DIALS | {"train.steps": 150, "clean.duplicates": "none"}
    return anew.train("super-resolution", folder / "pics", out=folder / "run", **dials)


@pytest.mark.parametrize("times", [2, 4])
def test_it_is_truer_than_interpolation(model: Trained, times: int) -> None:
    rng = np.random.default_rng(77)
    real = [drawing(rng) for _ in range(12)]
    small = [shrunk(one, times) for one in real]
    ours = [psnr(model.upscale(a, times).samples[0], b) for a, b in zip(small, real, strict=True)]
    for way in ("nearest", "bicubic", "lanczos"):
        theirs = [psnr(plainly(a, times, way), b) for a, b in zip(small, real, strict=True)]
        assert np.mean(np.subtract(ours, theirs)) > 0.3, way


def test_the_report_sets_it_beside_plain_ways(model: Trained) -> None:
    figures = model.validate()
    for times in (2, 4):
        assert figures[f"psnr_{times}x_over_bicubic"] == pytest.approx(
            figures[f"psnr_{times}x"] - figures[f"psnr_{times}x_bicubic"]  # type: ignore[operator]
        )
        assert figures[f"psnr_{times}x"] > figures[f"psnr_{times}x_lanczos"] > figures[f"psnr_{times}x_nearest"]  # type: ignore[operator]
    report = json.loads((model.run / "validate" / "report.json").read_text("utf-8"))  # type: ignore[operator]
    assert report["facts"]["intended"].startswith("To enlarge")


def test_tiles_leave_no_seam(model: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    given = drawing(np.random.default_rng(5), 48)[:, :41]
    whole = model.upscale(given, 2).samples[0]
    monkeypatch.setattr(enlarge, "TILE", 16)
    tiled = model.upscale(given, 2).samples[0]
    assert tiled.shape == (96, 82, 3)
    assert np.abs(tiled.astype(int) - whole).max() <= 1, "a last bit before rounding, and no more"


def test_grey_and_transparent_pictures_stay_so(model: Trained) -> None:
    picture = drawing(np.random.default_rng(3))
    grey = picture[:, :, :1]
    assert model.upscale(grey, 2).samples[0].shape == (64, 64, 1)
    alpha = np.zeros((32, 32, 1), np.uint8)
    alpha[8:24, 8:24], alpha[8, 8:24] = 255, 128
    made = model.upscale(np.concatenate([picture, alpha], 2), 4).samples[0]
    assert made.shape == (128, 128, 4)
    clear, opaque = made[:24, :, 3], made[44:88, 44:88, 3]
    assert (clear == 0).all() and (opaque == 255).all(), "no veil, and no hole"
    assert (made[:24, :, :3] == 255).all(), "colours that nobody sees are white"
    solid = np.concatenate([picture, np.full((32, 32, 1), 255, np.uint8)], 2)
    assert np.array_equal(model.upscale(solid, 2).samples[0][:, :, :3], model.upscale(picture, 2).samples[0])


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 50, 4), (17, 2, 1)])
def test_every_size_is_taken(model: Trained, shape: tuple[int, int, int]) -> None:
    made = model.upscale(np.full(shape, 90, np.uint8), 4).samples[0]
    assert made.shape == (4 * shape[0], 4 * shape[1], shape[2])


@pytest.mark.parametrize("channels", [1, 4])
def test_a_model_of_other_channels_takes_the_same_pictures(folder: Path, channels: int) -> None:
    dials = DIALS | {"train.steps": 2, "codec.channels": channels, "clean.duplicates": "none"}
    other = anew.train("super-resolution", folder / "pics", out=folder / f"run-{channels}", **dials)
    picture = drawing(np.random.default_rng(3))
    for given in (picture, picture[:, :, :1], np.dstack([picture, np.full((32, 32), 90, np.uint8)])):
        made = other.upscale(given, 2).samples[0]
        assert made.shape == (64, 64, given.shape[2])
        on_white = in_colour(given)
        near = np.abs(in_colour(made).astype(int) - plainly(on_white, 2, "bicubic"))
        assert near.mean() < 4


def test_the_command_line_writes_what_python_makes(
    model: Trained, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    Path("small.png").write_bytes(write_image(drawing(np.random.default_rng(8))[:20]))
    assert main(["upscale", str(model.folder), "small.png", "--times", "4", "--out", "big.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"times": 4, "pictures": [{"path": "big.png", "width": 128, "height": 80}]}
    made = model.upscale("small.png", 4)
    assert np.array_equal(read_image(Path("big.png").read_bytes()), made.samples[0])
    assert made.save(Path("again.png"))[0].read_bytes() == Path("big.png").read_bytes()
    how = made_by(Path("big.png").read_bytes())
    assert how is not None and how.edit is not None and (how.edit.kind, how.edit.times) == ("enlargement", 4)
    assert main(["generate", str(model.folder), "--like", "big.png"]) != 0
    assert "anew upscale super-resolution PICTURE --times 4" in capsys.readouterr().err
    assert main(["upscale", str(model.folder), "small.png", "big.png", "--out", "both"]) == 0
    assert capsys.readouterr().out.split() == ["both/small-2x.png", "both/big-2x.png"]


def test_what_cannot_be_is_refused_by_name(
    model: Trained, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(RecipeError, match="2 or 4 times"):
        model.upscale(np.zeros((8, 8, 3), np.uint8), 3)
    monkeypatch.setattr(enlarge, "MOST_PIXELS", 1000)
    with pytest.raises(RecipeError, match="more than 1,000"):
        model.upscale(np.zeros((20, 20, 3), np.uint8), 2)
    Path("broken.png").write_bytes(b"\x89PNG\r\n")
    for arguments, said in (
        (["broken.png"], "damaged"),
        ([], "no picture"),
        (["a.png", "b.png", "--out", "c.png"], "folder"),
    ):
        assert main(["upscale", str(model.folder), *arguments]) != 0
        assert said in capsys.readouterr().err
    assert main(["generate", str(model.folder)]) != 0
    assert "does not sample" in capsys.readouterr().err


def test_another_model_does_not_enlarge(latent: Trained) -> None:
    with pytest.raises(RecipeError, match="does not enlarge"):
        latent.upscale(np.zeros((8, 8, 3), np.uint8))
