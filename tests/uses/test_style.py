"""Style by example: the latent takes on the example's statistics, the content stays, and what is asked for is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from bars import bar, read

from anew.api import Trained, again, made_by
from anew.cli import main
from anew.codecs.image import write_image
from anew.engine.edit import vary
from anew.engine.style import covariance, moved, restyle, transport
from anew.errors import RecipeError


def planes(seed: int, channels: int = 4) -> torch.Tensor:
    """(C, 8, 8), channels correlated, some far from zero."""
    rng = torch.Generator().manual_seed(seed)
    mix = torch.randn(channels, channels, generator=rng)
    return torch.einsum("cd,dhw->chw", mix, torch.randn(channels, 8, 8, generator=rng)) + 3 * mix[:, :1, None]


def test_the_whole_of_a_style_is_its_mean_and_covariance() -> None:
    content, style = planes(0), planes(1)
    made, aim = (v.double().flatten(1) for v in (moved(content, style, 1.0), style))
    assert torch.allclose(made.mean(1), aim.mean(1), atol=1e-4)
    assert torch.allclose(covariance(made), covariance(aim), atol=2e-2)
    assert torch.equal(moved(content, style, 0.0), content)
    assert torch.allclose(moved(content, content, 1.0), content, atol=1e-4), "its own style moves nothing"


def test_the_map_moves_least() -> None:
    """Another one that gives the same covariance, through Cholesky factors, moves the content further."""
    content, style = (planes(seed).double().flatten(1) for seed in (0, 1))
    content, a, b = content - content.mean(1, keepdim=True), covariance(content), covariance(style)
    other = torch.linalg.cholesky(b) @ torch.linalg.inv(torch.linalg.cholesky(a))
    least = transport(a, b)
    assert torch.allclose(least @ a @ least.T, b) and torch.allclose(other @ a @ other.T, b)
    assert (least @ content - content).square().mean() < 0.9 * (other @ content - content).square().mean()


def test_a_flat_style_is_a_style_too(pixels: Trained, one: np.ndarray) -> None:
    flat = np.full_like(one, 120)
    (made,) = restyle(pixels.artifact, one, flat, 0.0).samples
    assert np.abs(made.astype(int) - 120).mean() < 5 < one.std()


def test_the_content_stays_and_the_brightness_is_the_examples(pixels: Trained) -> None:
    rng = np.random.default_rng(5)
    content = [bar(rng, kind) for kind in ("across", "down") * 3]
    dim = (bar(rng, "down") * 0.4).astype(np.uint8)
    made = [restyle(pixels.artifact, one, dim, 0.2, seed=i).samples[0] for i, one in enumerate(content)]
    assert [read(one) for one in made] == ["across", "down"] * 3
    plain = [vary(pixels.artifact, one, 0.2, seed=i).samples[0] for i, one in enumerate(content)]
    off, before = (np.mean([abs(one.mean() - dim.mean()) for one in some]) for some in (made, plain))
    assert off < 0.5 * before, (off, before)


def test_a_sample_does_not_depend_on_its_company(pixels: Trained, one: np.ndarray) -> None:
    many = restyle(pixels.artifact, one, one.transpose(1, 0, 2), 0.5, n=3, seed=5, steps=4).samples
    assert np.array_equal(
        many[2], restyle(pixels.artifact, one, one.transpose(1, 0, 2), 0.5, seed=7, steps=4).samples[0]
    )


def test_the_command_line_and_the_file_make_it_again(
    desk: Path, pixels: Trained, one: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    example = (one // 2).transpose(1, 0, 2)
    Path("dim.png").write_bytes(write_image(example))
    model, pictures = str(pixels.folder), ["--start", "one.png", "--style", "dim.png"]
    dials = ["--strength", "0.4", "--style-share", "0.7", "--seed", "3"]
    assert main(["generate", model, *pictures, *dials, "--out", "a.png"]) == 0
    pixels.edit("one.png", style="dim.png", strength=0.4, share=0.7, seed=3).save(Path("b.png"))
    assert main(["generate", model, "--like", "a.png", *pictures, "--out", "c.png"]) == 0
    again(Path("a.png").read_bytes(), model=pixels.artifact, start=one, style=example).save(Path("d.png"))
    assert len({Path(f"{name}.png").read_bytes() for name in "abcd"}) == 1
    told = made_by(Path("a.png").read_bytes())
    assert told is not None and told.edit is not None
    assert (told.edit.kind, told.edit.strength, told.edit.share) == ("style", 0.4, 0.7)
    capsys.readouterr()
    for words, said in (
        (["--like", "a.png", "--start", "one.png"], "--style EXAMPLE"),
        (["--style", "dim.png"], "--style belongs to --start"),
        (["--start", "one.png", "--strength", "0.5", "--style-share", "1"], "belongs to --style"),
        ([*pictures, "--strength", "0.5", "--style-share", "2"], "share from 0 to 1"),
    ):
        assert main(["generate", model, *words]) != 0
        assert said in capsys.readouterr().err


def test_what_cannot_be_is_refused_by_name(latent: Trained, pixels: Trained, one: np.ndarray) -> None:
    with pytest.raises(RecipeError, match="no places"):
        restyle(latent.artifact, one, one, 0.3)
    with pytest.raises(RecipeError, match="some strength"):
        pixels.edit(one, style=one, mask=one[:, :, 0] > 90)
    with pytest.raises(RecipeError, match="strength"):
        restyle(pixels.artifact, one, one, 1.5)
