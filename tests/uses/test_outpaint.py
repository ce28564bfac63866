"""A picture goes on beyond its edges: what it holds bit-equal, what is made as the picture leads one to expect."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from bars import SIDE, bar, read

from anew.api import Trained, again, made_by
from anew.cli import main
from anew.codecs.image import read_image
from anew.engine.edit import inpaint, vary
from anew.engine.outpaint import MOST_WINDOWS, order_of, outpaint
from anew.errors import RecipeError


@pytest.mark.parametrize("margins", [(0, 0, 6, 0), (9, 3, 0, 12), (40, 0, 0, 0)])
@pytest.mark.parametrize("size", [SIDE, SIDE + 5, 7])
def test_what_the_picture_holds_comes_out_bit_equal(
    latent: Trained, pixels: Trained, margins: tuple[int, int, int, int], size: int
) -> None:
    """Whether the canvas is smaller than the model's window, as large, or larger."""
    picture = np.random.default_rng(size).integers(0, 256, (size, size, 1)).astype(np.uint8)
    left, top, right, bottom = margins
    for model in (latent, pixels):
        (made,) = outpaint(model.artifact, picture, margins, steps=2).samples
        assert made.shape == (size + top + bottom, size + left + right, 1)
        assert np.array_equal(made[top : top + size, left : left + size], picture)


def test_what_is_made_goes_on(latent: Trained) -> None:
    """Ten columns of a bar across lead to the rest of that bar, and not to that of any bar across."""
    rng = np.random.default_rng(4)
    whole = [bar(rng, "across") for _ in range(8)]
    made = [
        outpaint(latent.artifact, one[:, :10], (0, 0, SIDE - 10, 0), seed=i).samples[0] for i, one in enumerate(whole)
    ]
    others = latent.generate(n=8, label="across").samples

    def gap(pictures: list[np.ndarray]) -> float:
        return float(
            np.mean([(a[:, 10:].astype(float) - b[:, 10:]) ** 2 for a, b in zip(pictures, whole, strict=True)])
        )

    assert sum(read(one) == "across" for one in made) >= 7
    assert gap(made) < 0.3 * gap(others), (gap(made), gap(others))


def test_a_sample_does_not_depend_on_its_company(latent: Trained, pixels: Trained, one: np.ndarray) -> None:
    for model in (latent, pixels):
        many = outpaint(model.artifact, one, (5, 0, 5, 0), n=3, seed=5, steps=2)
        alone = outpaint(model.artifact, one, (5, 0, 5, 0), seed=7, steps=2)
        assert np.array_equal(many.samples[2], alone.samples[0]) and many.seeds == [5, 6, 7]
        assert not np.array_equal(many.samples[0], many.samples[2])


def test_windows_show_all_that_is_unknown_and_begin_where_most_is_known() -> None:
    unknown = np.ones((40, 40), bool)
    unknown[12:28, 12:28] = False
    seen, side = ~unknown, (16, 16)
    for y, x in order_of(unknown, side):
        assert not seen[y : y + 16, x : x + 16].all()
        assert seen[y : y + 16, x : x + 16].any(), "nothing known to go on from"
        seen[y : y + 16, x : x + 16] = True
    assert seen.all()


def test_whoever_looks_on_sees_the_whole_canvas(pixels: Trained, one: np.ndarray) -> None:
    seen: list[tuple[float, tuple[int, ...]]] = []
    outpaint(
        pixels.artifact, one, (8, 0, 8, 0), n=2, steps=2,
        watch=lambda share, decode: seen.append((share, np.stack(decode()).shape)),
    )  # fmt: skip
    shares = [share for share, _ in seen]
    assert shares == sorted(shares) and shares[-1] == 1 and {shape for _, shape in seen} == {(2, SIDE, SIDE + 16, 1)}


def test_the_command_line_and_the_file_make_it_again(
    desk: Path, pixels: Trained, one: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["generate", str(pixels.folder), "--outpaint", "one.png", "--margins", "4,0,4,2", "--seed", "3"]
    assert main([*words, "--steps", "2", "--out", "a.png"]) == 0
    pixels.edit("one.png", margins=(4, 0, 4, 2), seed=3, steps=2).save(Path("b.png"))
    assert main(["generate", str(pixels.folder), "--like", "a.png", "--outpaint", "one.png", "--out", "c.png"]) == 0
    again(Path("a.png").read_bytes(), model=pixels.artifact, start=one).save(Path("d.png"))
    assert len({Path(f"{name}.png").read_bytes() for name in "abcd"}) == 1
    told = made_by(Path("a.png").read_bytes())
    assert told is not None and told.edit is not None
    assert (told.edit.kind, told.edit.margins) == ("outpainting", [4, 0, 4, 2])
    capsys.readouterr()
    assert main(["generate", str(pixels.folder), "--like", "a.png"]) != 0
    assert "--outpaint PICTURE" in capsys.readouterr().err
    assert main([*words, "--steps", "2", "-n", "2", "--out", "sheet.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["seeds"] == [3, 4]
    assert read_image(Path("a.png").read_bytes()).shape == (SIDE + 2, SIDE + 8, 1)


@pytest.mark.parametrize("margins", [(0, 0, 0, 0), (1, 2, 3), (-1, 0, 0, 5), (1.5, 0, 0, 0), (True, 0, 0, 0), ()])
def test_margins_that_are_none_are_refused(pixels: Trained, one: np.ndarray, margins: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match="margins"):
        outpaint(pixels.artifact, one, margins)


def test_what_cannot_be_is_refused_by_name(
    desk: Path, pixels: Trained, one: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RecipeError, match=f"more than {MOST_WINDOWS} windows"):
        outpaint(pixels.artifact, one, (300, 0, 0, 200))
    with pytest.raises(RecipeError, match="pixels"):
        outpaint(pixels.artifact, one, (99_999, 0, 0, 99_999))
    with pytest.raises(RecipeError, match="leave the size out"):
        outpaint(pixels.artifact, one, (1, 1, 1, 1), size="16x16")
    for refused in (
        lambda: vary(pixels.artifact, one, 0.5, best_of=2),
        lambda: inpaint(pixels.artifact, one, one[:, :, 0] > 90, best_of=2),
        lambda: outpaint(pixels.artifact, one, (1, 1, 1, 1), best_of=2),
    ):
        with pytest.raises(RecipeError, match="best_of"):
            refused()
    with pytest.raises(RecipeError, match="one of strength, mask and margins"):
        pixels.edit(one, strength=0.2, margins=(1, 1, 1, 1))
    file, model = "one.png", str(pixels.folder)
    for words, said in (
        (["--outpaint", file], "needs --margins"),
        (["--margins", "1,1,1,1"], "belongs to --outpaint"),
        (["--outpaint", file, "--start", file, "--margins", "1,1,1,1"], "exclude each other"),
        (["--outpaint", file, "--margins", "1,1,1"], "margins"),
        (["--outpaint", file, "--margins", "a,1,1,1"], "four numbers"),
    ):
        assert main(["generate", model, *words]) != 0
        assert said in capsys.readouterr().err
