"""Each dial of a picture given as input does what it says, and what cannot be is refused in words."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bars import SIDE, lean, read
from PIL import Image

from anew.cli import main
from anew.codecs.image import write_image
from anew.contract import Model, Options, Unsupported
from anew.engine.edit import inpaint, paste, vary
from anew.engine.generate import Generated, generate
from anew.errors import RecipeError

MIDDLE = np.zeros((SIDE, SIDE), bool)
MIDDLE[:, 6:11] = True


def gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.square(a.astype(float) - b).mean())


def seam(picture: np.ndarray, mask: np.ndarray) -> float:
    """How steep the picture is across the mask's edge: the mean squared step between neighbours on its two sides."""
    grey = picture[:, :, 0].astype(float)
    across, down = mask[:, 1:] != mask[:, :-1], mask[1:] != mask[:-1]
    return float(np.concatenate([np.diff(grey, axis=1)[across], np.diff(grey, axis=0)[down]]).__pow__(2).mean())


def test_strength_nothing_gives_the_picture_back(latent, pixels, one):
    for model in (latent, pixels):
        made = vary(model.artifact, one, 0.0, n=2)
        assert all(np.array_equal(picture, one) for picture in made.samples)


def test_the_distance_to_the_picture_grows_with_strength(latent, one):
    strengths = (0.0, 0.25, 0.5, 0.75, 1.0)
    apart = [np.mean([gap(p, one) for p in vary(latent.artifact, one, s, n=32).samples]) for s in strengths]
    assert all(a < b for a, b in zip(apart, apart[1:], strict=False)), apart
    alone = [gap(p, one) for p in latent.generate(n=32, label=[None] * 32).samples]
    assert apart[-1] == pytest.approx(np.mean(alone)), "strength 1 is a plain sample"


def test_a_variation_does_not_depend_on_its_company(latent, one):
    many = vary(latent.artifact, one, 0.5, n=5, seed=3).samples
    assert np.array_equal(many[4], vary(latent.artifact, one, 0.5, seed=7).samples[0])


def test_a_label_turns_a_strong_variation(latent, one):
    made = vary(latent.artifact, one, 0.9, n=24, label="down").samples
    told = sum(read(p) == "down" for p in made)
    untold = sum(read(p) == "down" for p in vary(latent.artifact, one, 0.9, n=24).samples)
    assert told > untold and told >= 18, (told, untold)


def test_known_pixels_come_out_bit_equal_in_the_file(latent, pixels, one, tmp_path):
    for model in (latent, pixels):
        (path,) = inpaint(model.artifact, one, MIDDLE, seed=2).save(tmp_path / "mended.png")
        written = np.asarray(Image.open(path))[:, :, None]
        assert np.array_equal(written[~MIDDLE], one[~MIDDLE]) and not np.array_equal(written, one)


def test_what_is_made_fits_what_is_known(latent, one):
    """In a latent model too: the seam is far nearer to the real picture's than that of a sample pasted in, and no
    steeper than that of a sample of the right kind pasted in."""
    hidden = MIDDLE[:, :, None]
    real = seam(one, MIDDLE)
    made = np.mean([seam(p, MIDDLE) for p in inpaint(latent.artifact, one, MIDDLE, n=16).samples])
    kinds = {label: latent.generate(n=16, label=label).samples for label in ("across", "down")}
    pasted = {k: np.mean([seam(paste(p, one, hidden), MIDDLE) for p in v]) for k, v in kinds.items()}
    assert made - real < 0.25 * (min(pasted.values()) - real), (made, real, pasted)
    assert sum(read(p) == "across" for p in inpaint(latent.artifact, one, MIDDLE, n=16).samples) >= 15


def test_a_mended_picture_does_not_depend_on_its_company(latent, one):
    many = inpaint(latent.artifact, one, MIDDLE, n=3, seed=5).samples
    assert np.array_equal(many[2], inpaint(latent.artifact, one, MIDDLE, seed=7).samples[0])


def test_guidance_raises_the_agreement_with_the_label(latent):
    kinds = [("across", "down")[i % 2] for i in range(60)]
    agree, leaning = [], []
    for scale in (0.0, 1.0, 2.0):
        made = latent.generate(n=60, label=kinds, guidance=scale).samples
        agree.append(sum(read(p) == kind for p, kind in zip(made, kinds, strict=True)))
        leaning.append(sum(lean(p) * (1 if kind == "across" else -1) for p, kind in zip(made, kinds, strict=True)))
    assert agree[0] < 45 < 55 < agree[1], agree
    assert leaning[0] < leaning[1] < leaning[2], leaning


def test_temperature_lowers_diversity(latent):
    decoder = decoder_of(latent)
    spread = [np.stack(generate(decoder, 40, temperature=t).samples).astype(float).var(0).mean() for t in (0, 0.5, 1)]
    assert spread[0] == 0 and 0 < 1.5 * spread[1] < spread[2], spread


def test_pictures_say_that_a_model_made_them(latent, one, tmp_path):
    wanted = {
        "made": (latent.generate(n=3), "/trainedAlgorithmicMedia"),
        "mended": (inpaint(latent.artifact, one, MIDDLE, n=2), "/compositeWithTrainedAlgorithmicMedia"),
    }
    for name, (made, source) in wanted.items():
        for path in [*made.save(tmp_path / f"{name}.png"), *made.save(tmp_path / name)]:
            told = Image.open(io.BytesIO(path.read_bytes())).text["XML:com.adobe.xmp"]
            assert f'DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype{source}"' in told


def test_texts_that_a_model_made_say_so_beside_them(tmp_path):
    made = Generated(["one", "two"], [3, 4], [None, None], "text", Options(), "poet")
    for path in [*made.save(tmp_path / "both.txt"), *made.save(tmp_path / "each")]:
        told = json.loads(path.with_name(path.name + ".json").read_text("utf-8"))
        assert told["digitalSourceType"].endswith("/trainedAlgorithmicMedia") and told["model"] == "poet"
        assert told["seeds"] == ([3, 4] if path.stem == "both" else [int(path.stem)])


@pytest.fixture
def files(latent, one, tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    for name, picture in {
        "one.png": one,
        "mask.png": (MIDDLE * 255).astype(np.uint8),
        "black.png": np.zeros((SIDE, SIDE), np.uint8),
        "wide.png": np.full((SIDE, 2 * SIDE), 255, np.uint8),
    }.items():
        (tmp_path / name).write_bytes(write_image(picture))
    (tmp_path / "broken.png").write_bytes(write_image(one)[:60])
    monkeypatch.chdir(tmp_path)
    return str(latent.folder)


def test_the_command_line_varies_and_mends(files, one, tmp_path, capsys):
    assert main(["generate", files, "--start", "one.png", "--strength", "0.4", "-n", "2", "--out", "v", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["paths"]) == 2
    assert main(["generate", files, "--inpaint", "one.png", "--mask", "mask.png", "--out", "m.png"]) == 0
    assert np.array_equal(np.asarray(Image.open("m.png"))[~MIDDLE], one[:, :, 0][~MIDDLE])


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--start", "one.png"], 2, "needs --strength"),
        (["--strength", "0.5"], 2, "belongs to --start"),
        (["--start", "one.png", "--strength", "1.5"], 2, "from 0 to 1"),
        (["--start", "one.png", "--strength", "nan"], 2, "from 0 to 1"),
        (["--start", "nowhere.png", "--strength", "0.5"], 1, "nowhere.png"),
        (["--start", "broken.png", "--strength", "0.5"], 3, "broken.png"),
        (["--inpaint", "one.png"], 2, "belong together"),
        (["--inpaint", "one.png", "--mask", "black.png"], 2, "white"),
        (["--inpaint", "one.png", "--mask", "wide.png"], 2, "32 × 16"),
        (["--inpaint", "one.png", "--mask", "mask.png", "--start", "one.png"], 2, "exclude"),
        (["a text", "--start", "one.png", "--strength", "0.5"], 2, "told no prompt"),
        (
            ["--start", "one.png", "--strength", "0.5", "--where", "x > 3"],
            2,
            "--start is of pictures and sounds, and excludes",
        ),
        (
            ["--inpaint", "one.png", "--mask", "mask.png", "--fill"],
            2,
            "--inpaint is of pictures and sounds, and excludes --fill",
        ),
        (["--outpaint", "one.png", "--margins", "0,0,8,8", "--prefix", "one.png"], 2, "excludes --prefix"),
    ],
)
def test_what_cannot_be_is_refused_in_words(files, options, code, said, capsys):
    assert main(["generate", files, *options]) == code
    assert said in capsys.readouterr().err


def test_a_mask_is_a_file_or_an_array_of_either_kind(latent, files, one):
    white = MIDDLE.astype(np.uint8) * 255
    wanted = latent.edit("one.png", mask=MIDDLE).samples[0]
    for mask in ("mask.png", Path("mask.png").read_bytes(), white, white[:, :, None], MIDDLE[:, :, None],
                 np.dstack([white] * 3)):  # fmt: skip
        assert np.array_equal(latent.edit(one, mask=mask).samples[0], wanted)
    everywhere = latent.edit(one, mask=np.full((SIDE, SIDE), 255, np.uint8)).samples[0]
    assert not np.array_equal(everywhere[~MIDDLE], one[~MIDDLE])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mask": MIDDLE.astype(float)}, "float64"),
        ({"mask": np.zeros(3, bool)}, r"uint8 \(3,\)"),
        ({"mask": np.zeros((SIDE, SIDE, 2), np.uint8)}, r"\(16, 16, 2\)"),
        ({"mask": MIDDLE, "n": 0}, "1 or more"),
        ({"strength": 0.3, "n": 0}, "1 or more"),
        ({"strength": 0.3, "share": 0.5}, "style"),
    ],
)
def test_an_edit_from_python_that_cannot_be_is_refused_in_words(latent, one, options, said):
    with pytest.raises(RecipeError, match=said):
        latent.edit(one, **options)


def test_a_vae_varies_and_mends_too(latent, one):
    decoder = decoder_of(latent)
    apart = [np.mean([gap(p, one) for p in vary(decoder, one, s, n=32).samples]) for s in (0.0, 0.4, 0.7, 1.0)]
    assert apart[0] == 0 and all(a < b for a, b in zip(apart, apart[1:], strict=False)), apart
    mended = inpaint(decoder, one, MIDDLE, n=8).samples
    assert all(np.array_equal(p[~MIDDLE], one[~MIDDLE]) for p in mended)
    plain = [paste(p, one, MIDDLE[:, :, None]) for p in generate(decoder, 8).samples]
    assert np.mean([gap(p, one) for p in mended]) < np.mean([gap(p, one) for p in plain])


def test_a_model_that_cannot_begin_from_a_picture_says_so(latent, one):
    class Deaf(Model):
        family, kinds, streams = "gan", ("grid",), "once"

        def sample(self, rngs, cond=None, prompt=None, options=None):
            raise Unsupported("prompt: only draws")

    deaf = replace(decoder_of(latent), model=Deaf(latent.artifact.codec.inner.spec))
    for edit in (lambda: vary(deaf, one, 0.5), lambda: inpaint(deaf, one, MIDDLE)):
        with pytest.raises(RecipeError, match="only draws"):
            edit()


def decoder_of(trained):
    """The learned codec's own model as a model of pictures."""
    codec = trained.artifact.codec
    return replace(trained.artifact, model=codec.model, codec=codec.inner, label=None)
