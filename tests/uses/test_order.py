"""A picture's file makes the picture again, to the byte; grids, films and other forms of what is made."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bars import SIDE
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "codecs"))
from bad_pictures import CASES, PNG, chunk

import anew
from anew.api import again, as_artifact, as_picture, made_by
from anew.artifact import Artifact
from anew.cli import main, terminal
from anew.codecs import picture_files
from anew.codecs.image import write_image
from anew.codecs.label import Label
from anew.codecs.show import CELL, GAP, LETTERS, labelled_grid
from anew.deploy.store import Store
from anew.engine.edit import inpaint, vary
from anew.engine.generate import Generated, generate
from anew.engine.order import Axis, Order
from anew.errors import DataError, NotFound, RecipeError, Refused
from anew.models.diffusion.student import Student
from anew.recipe import parse
from anew.recipes import find
from anew.recipes.checkpoints import open_any
from anew.recipes.remake import axes_of

DIALS = ["--label", "down", "--steps", "3", "--guidance", "2.5", "--negative", "across", "--solver", "heun"]


@pytest.fixture
def room(latent, pixels, desk):
    """A store that knows the models by names that are not their recipes', and a folder to work in."""
    Store().add(latent.folder, "bars")
    Store().add(pixels.folder, "dots")
    Path("mask.png").write_bytes(write_image((np.arange(SIDE) < 8).astype(np.uint8)[None].repeat(SIDE, 0) * 255))
    return desk


def run(*words: str) -> None:
    assert main(["generate", *words]) == 0


def shown(path: str | Path) -> Image.Image:
    return Image.open(io.BytesIO(Path(path).read_bytes()))


def same(first: str, second: str) -> bool:
    return Path(first).read_bytes() == Path(second).read_bytes()


@pytest.mark.parametrize("form", ["png", "jpg", "webp"])
@pytest.mark.parametrize("n", ["1", "3"])
def test_a_file_makes_the_same_bytes_again(room, form, n):
    run("bars", "--seed", "5", "-n", n, *DIALS, "--out", f"a.{form}")
    run("--like", f"a.{form}", "--out", f"b.{form}")
    assert same(f"a.{form}", f"b.{form}")
    again(Path(f"a.{form}").read_bytes()).save(Path(f"c.{form}"))
    assert same(f"a.{form}", f"c.{form}")


def test_what_is_told_is_all_of_it_and_nothing_else(room, latent):
    run("bars", "--seed", "5", *DIALS, "--out", "a.png")
    told = json.loads(shown("a.png").text["anew"])
    options = {"guidance": 2.5, "negative": "across", "solver": "heun", "steps": 3}
    assert told == {
        "format": 1, "labels": ["down"], "model": "images", "options": options, "seed": 5,
        "weights": latent.artifact.weights,
    }  # fmt: skip
    assert str(room).encode() not in Path("a.png").read_bytes()


def test_every_way_to_ask_for_a_picture_writes_the_same_bytes(room, latent):
    """The shell, Python with whole numbers for broken ones, one among others; in memory and from a file."""
    run("bars", "--seed", "7", "--label", "down", "--guidance", "2", "--out", "a.png")
    run("bars", "--seed", "6", "-n", "3", "--label", "down", "--guidance", "2", "--out", "many")
    latent.generate(seed=7, label="down", guidance=2).save(Path("b.png"))
    anew.load("bars").generate(seed=7 + 2**63, label="down", guidance=2, steps=6).save(Path("c.png"))
    bare = Artifact(latent.artifact.recipe, latent.artifact.model, latent.artifact.codec, latent.artifact.label)
    generate(bare, 1, 7, None, "down", guidance=2.0).save(Path("d.png"))
    for other in ("b.png", "c.png", "d.png", "many/7.png"):
        assert same("a.png", other), other


def test_flags_lie_over_what_the_file_says(room):
    run("bars", "--seed", "5", "-n", "3", "--out", "sheet.png")  # each label in turn
    assert made_by(Path("sheet.png").read_bytes()).labels == ["across", "down", "across"]
    run("--like", "sheet.png", "-n", "2", "--seed", "9", "--steps", "2", "--out", "a.png")
    run("bars", "-n", "2", "--seed", "9", "--steps", "2", "--out", "b.png")
    assert same("a.png", "b.png")
    run("bars", *DIALS, "--out", "c.png")
    run("bars", "--like", "c.png", "--label", "across", "--negative", "down", "--out", "d.png")
    assert made_by(Path("d.png").read_bytes()).labels == ["across"] and not same("c.png", "d.png")


def test_absent_labels_stay_absent(room, latent):
    made = latent.generate(n=2, label=[None, None])
    made.save(Path("a.png"))
    again(Path("a.png").read_bytes()).save(Path("b.png"))
    assert same("a.png", "b.png") and made_by(Path("a.png").read_bytes()).labels == [None, None]


def test_what_began_from_a_picture_needs_it_again(room, latent, one, capsys):
    run("bars", "--start", "one.png", "--strength", "0.4", "--seed", "2", "--out", "v.png")
    run("bars", "--inpaint", "one.png", "--mask", "mask.png", "--label", "down", "--out", "m.png")
    run("--like", "v.png", "--start", "one.png", "--out", "v2.png")
    run("--like", "m.png", "--inpaint", "one.png", "--mask", "mask.png", "--out", "m2.png")
    assert same("v.png", "v2.png") and same("m.png", "m2.png")
    assert b"compositeWithTrained" in Path("m2.png").read_bytes()
    assert main(["generate", "--like", "v.png"]) == 2 and "--start PICTURE" in capsys.readouterr().err
    assert main(["generate", "--like", "m.png"]) == 2 and "--mask MASK" in capsys.readouterr().err
    told = made_by(Path("v.png").read_bytes()).edit
    assert told.strength == 0.4 and told.picture == made_by(Path("m.png").read_bytes()).edit.picture
    run("--like", "v.png", "--start", "one.png", "--strength", "0", "--out", "v3.png")
    assert np.array_equal(np.asarray(shown("v3.png")), one[:, :, 0])


def test_the_weights_are_found_whatever_they_are_called_now_and_older_ones_too(room, latent, pixels):
    run("bars", "--seed", "1", "--out", "a.png")
    Store().add(pixels.folder, "bars")  # the name stands for another model by now
    run("--like", "a.png", "--out", "b.png")
    assert same("a.png", "b.png")
    content = Path("a.png").read_bytes()
    Store().remove("bars")
    with pytest.raises(NotFound, match="images with the weights"):
        again(content, "a.png")
    Store().add(pixels.folder, "images")
    with pytest.raises(Refused, match="not in the store") as refusal:
        again(content, "a.png")
    assert "anew generate images --like a.png" in str(refusal.value)
    again(content, "a.png", latent.artifact).save(Path("c.png"))
    assert same("a.png", "c.png")


@pytest.mark.parametrize("model", ["latent", "pixels", "decoder"])
def test_what_each_kind_of_model_made_is_made_again(model, latent, pixels, tmp_path):
    artifact = {"latent": latent, "pixels": pixels}.get(model, latent).artifact
    if model == "decoder":
        artifact = replace(artifact, model=artifact.codec.model, codec=artifact.codec.inner, label=None, digest="")
    options = {"temperature": 0.5} if model == "decoder" else {}
    generate(artifact, 2, 3, **options).save(tmp_path / "a.png")
    again((tmp_path / "a.png").read_bytes(), model=artifact).save(tmp_path / "b.png")
    assert same(tmp_path / "a.png", tmp_path / "b.png")


def test_files_and_hints_call_a_model_as_the_person_did(room, latent, capsys):
    """Two models may come of one recipe, and would write over each other's files."""
    run("bars", "--seed", "5")
    run(f"bars@{Store().show('bars').id[:12]}", "--seed", "6")
    run("bars", "--xy", "seed=7")
    run(str(latent.folder), "--seed", "8")
    assert main(["interpolate", "bars", "1", "2", "--frames", "2"]) == 0
    assert main(["interpolate", "bars", "across", "one.png"]) == 2
    assert 'anew interpolate bars "one caption"' in capsys.readouterr().err
    made = {path.name for path in Path().glob("*-*.png")}
    assert made == {"bars-5.png", "bars-6.png", "bars-7.png", "images-8.png", "bars-way.png"}


def test_whoever_waits_is_told_how_far_it_is(room, capsys, monkeypatch):
    now = iter(range(10**6))
    monkeypatch.setattr(terminal, "monotonic", lambda: float(next(now)))
    for words in (
        ["--seed", "5"],
        ["--start", "one.png", "--strength", "0.9"],
        ["--xy", "seed=1,2,3,4"],
        ["--out", "a.gif"],
        ["--like", "bars-5.png", "--out", "again.png"],
    ):
        run("bars", *words, *([] if "--like" in words else ["--steps", "6"]))
        assert "draw 100/100 100%" in capsys.readouterr().err, words
    assert same("bars-5.png", "again.png")


@pytest.mark.parametrize("way", ["to a student", "from a student", "from a decoder"])
def test_a_model_of_another_class_takes_the_settings_that_it_knows(way, latent, pixels, tmp_path):
    teacher = pixels.artifact
    if way == "from a decoder":
        teacher = latent.artifact
        other = replace(teacher, model=teacher.codec.model, codec=teacher.codec.inner, label=None, digest="")
    else:
        student = Student(teacher.model.spec, width=16, depth=1).eval()
        other = replace(teacher, model=student, digest="")
    by, to = (teacher, other) if way == "to a student" else (other, teacher)
    told = {"temperature": 0.5} if by.model.streams == "once" else {"guidance": 2.0, "steps": 3}
    label = None if by.label is None else "down"
    generate(by, 1, 3, label=label, **told).save(tmp_path / "a.png")
    made = again((tmp_path / "a.png").read_bytes(), model=to)
    kept = {name: value for name, value in told.items() if name == "guidance"}
    drawn = generate(to, 1, 3, label=label, **kept).samples[0]
    assert np.array_equal(made.samples[0], drawn)
    assert again((tmp_path / "a.png").read_bytes(), model=to, steps=4).options.steps == 4


# ------------------------------------------------------------------------------------------------ grids


def cell(sheet: np.ndarray, wide: int, j: int, i: int) -> np.ndarray:
    """The picture in row j and column i of a grid with so many columns, at its own size."""
    times = max(1, round(CELL / SIDE))
    step = SIDE * times + GAP
    top, left = LETTERS + 2 * GAP + step * j, sheet.shape[1] - step * (wide - i)
    return sheet[top : top + SIDE * times : times, left : left + SIDE * times : times]


def test_a_grid_holds_what_each_pair_of_settings_makes(room, latent):
    run("bars", "--label", "down", "--xy", "seed=1,2,3", "--xy", "steps=1,4", "--out", "g.png")
    sheet = np.asarray(shown("g.png"))
    for j, steps in enumerate((1, 4)):
        for i, seed in enumerate((1, 2, 3)):
            (made,) = latent.generate(seed=seed, steps=steps, label="down").samples
            assert np.array_equal(cell(sheet, 3, j, i), made.repeat(3, 2)), (seed, steps)
    run("--like", "g.png", "--out", "h.png")
    latent.cross({"seed": [1, 2, 3], "steps": [1, 4]}, label="down").save(Path("i.png"))
    assert same("g.png", "h.png") and same("g.png", "i.png")
    run("bars", "--seed", "3", "--label", "down", "--steps", "4", "--out", "alone.png")
    run("--like", "alone.png", "--xy", "seed=1,2,3", "--xy", "steps=1,4", "--out", "j.png")
    assert np.array_equal(np.asarray(shown("j.png")), sheet)


def test_strength_is_crossed_too(room, latent, one):
    run("bars", "--start", "one.png", "--xy", "strength=0,0.5,1", "--out", "g.png")
    sheet = np.asarray(shown("g.png"))
    for i, strength in enumerate((0, 0.5, 1)):
        (made,) = vary(latent.artifact, one, strength).samples
        assert np.array_equal(cell(sheet, 3, 0, i), made.repeat(3, 2)), strength


def test_models_labels_guidance_and_solvers_are_crossed_too(room, latent, pixels):
    for axes in (["model=bars,dots", "guidance=1,2"], ["label=across,down", "solver=heun,euler"]):
        run("bars", *(word for axis in axes for word in ("--xy", axis)), "--out", "g.png")
        run("--like", "g.png", "--out", "h.png")
        assert same("g.png", "h.png")
    told = made_by(Path("g.png").read_bytes()).xy
    assert [one.axis for one in told] == ["label", "solver"]
    latent.cross({"model": ["bars", "dots"], "guidance": [1, 2]}).save(Path("i.png"))
    run("bars", "--xy", "model=bars,dots", "--xy", "guidance=1,2", "--out", "g.png")
    assert same("g.png", "i.png") and made_by(Path("g.png").read_bytes()).xy[0].values == ["bars", "dots"]
    assert Axis.of_models([latent, "bars"], as_artifact).titles == ["images", "bars"]


def test_models_make_a_row_each_called_as_they_are_in_the_store(room, latent, pixels):
    run("bars", "--label", "down", "--xy", "guidance=1,2,3", "--xy", "model=bars,dots", "--out", "g.png")
    sheet = np.asarray(shown("g.png"))
    for j, model in enumerate((latent, pixels)):
        for i, guidance in enumerate((1, 2, 3)):
            (made,) = model.generate(label="down", guidance=guidance).samples
            assert np.array_equal(cell(sheet, 3, j, i), made.repeat(3, 2)), (guidance, j)
    assert Axis.read("model=bars,dots", open_any).titles == ["bars", "dots"]
    Store().remove("bars")
    assert main(["generate", "--like", "g.png", "--out", "h.png"]) != 0
    Store().add(latent.folder, "others")  # under another name the file still calls it as it was called
    run("--like", "g.png", "--out", "h.png")
    assert same("g.png", "h.png")


def test_models_that_are_not_of_a_kind_are_refused(room, latent, pixels, capsys):
    assert main(["generate", "bars", "--adapter", "own", "--xy", "model=bars,dots"]) == 4
    assert "own" in capsys.readouterr().err
    others = Label()
    others.load({"names": ["across", "slanted"]})
    bare, other = (replace(pixels.artifact, label=label) for label in (None, others))
    decoder = Artifact(parse(find("shakespeare")), latent.artifact.model, latent.artifact.codec)
    for second, said in (
        (bare, "images is told by a label and grids is told nothing"), (other, "do not know the same labels"),
        (decoder, "shakespeare makes text"),
    ):  # fmt: skip
        with pytest.raises(RecipeError, match=said):
            Order(latent.artifact).cross([Axis.of("model", [latent.artifact, second])])
    asked = Order(latent.artifact, label="across", options={"steps": 1})
    assert asked.cross([Axis.of("model", [latent.artifact, other])]).labels == ["across"]
    run("bars", "--xy", "model=bars,dots", "--out", "g.png")
    told = made_by(Path("g.png").read_bytes())
    short = told.model_copy(update={"xy": [told.xy[0].model_copy(update={"values": ["bars", "dots", "more"]})]})
    with pytest.raises(DataError, match="names 3 models, and weights of 2"):
        axes_of(short, "g.png")


def test_checkpoints_of_a_run_are_crossed_as_models(room, pixels, capsys):
    places = sorted((pixels.run / "train" / "checkpoints").iterdir())
    run("dots", "--xy", f"model={places[0]},{places[-1]},{pixels.run}", "--xy", "seed=1", "--out", "g.png")
    told = made_by(Path("g.png").read_bytes()).xy[0]
    steps = [int(place.name.partition("-")[2]) for place in (places[0], places[-1])]
    assert told.values == [f"grids-step-{step}" for step in steps] + ["grids"] and len(steps) == 2
    sheet = np.asarray(shown("g.png"))
    early, late, whole = (cell(sheet, 3, 0, i) for i in range(3))
    assert np.array_equal(late, whole) and not np.array_equal(early, late), "the last one is the run's model"
    assert str(pixels.run).encode() not in Path("g.png").read_bytes()
    (places[0] / "model.safetensors").write_bytes(b"")
    assert main(["generate", "dots", "--xy", f"model={places[0]}"]) == 4 and "no whole" in capsys.readouterr().err


def test_the_axes_are_told_in_letters_that_can_be_read():
    grey = np.full((SIDE, SIDE, 1), 128, np.uint8)
    plain = labelled_grid([[grey, grey]] * 2, ["seed 1", "seed 2"], ["steps 1", "steps 4"])
    other = labelled_grid([[grey, grey]] * 2, ["seed 1", "seed 3"], ["steps 1", "steps 4"])
    changed = np.argwhere((plain != other).any(2))
    assert len(changed) and (changed[:, 0] < LETTERS + 2 * GAP).all() and (changed[:, 1] > plain.shape[1] / 2).all()
    ink = np.argwhere(plain[:, :40].min(2) < 100)
    assert len(ink) and np.ptp(ink[:, 0]) > CELL  # beside either row
    upper = np.argwhere(plain[: LETTERS + GAP].min(2) < 100)
    assert np.ptp(upper[:, 0]) >= 10, "letters of ten pixels and more"
    long = labelled_grid([[grey]], ["a green heart beside a red ball of wool, and behind both a blue house " * 9], [""])
    assert long.shape[1] < 300


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--xy", "sede=1"], "did you mean 'seed'"),
        (["--xy", "seed=1,two"], "not all numbers"),
        (["--xy", "seed="], "one value or more"),
        (["--xy", "seed=1", "--xy", "seed=2"], "different settings"),
        (["--xy", "seed=1", "--xy", "steps=2", "--xy", "guidance=1"], "one axis or two"),
        (["--xy", "seed=" + ",".join(map(str, range(401)))], "400 cells"),
        (["--xy", "seed=1", "-n", "2"], "one picture a cell"),
        (["--xy", "steps=0,1"], "steps"),
        (["--xy", "temperature=1"], "temperature"),
        (["--xy", "label=up"], "no label 'up'"),
        (["--xy", "strength=0,1"], "--strength belongs to --start"),
        (["--guidance", "1", "--negative", "across"], "--guidance 2"),
        (["--xy", "seed=1", "--out", "g.gif"], "does not move"),
        (["--xy", "seed=1", "--fill"], "excludes --fill"),
        (["--xy", "seed=1", "--best-of", "2"], "excludes --best-of"),
        (["--label", "down", "--best-of", "2", "--scorer", "dots"], "draws none from prompts"),
        (["--xy", "seed=1", "--out", "g.tiff"], "PNG, JPEG, WebP or GIF"),
        (["--steps", "1", "--out", "g.gif"], "images drew this in one step"),
        (["--like", "nowhere.png"], "nowhere.png"),
        (["--like", "one.png"], "does not say how it was made"),
        (["--like", "bad.png"], "bad.png: its note is not JSON"),
        (["--like", "foreign.png"], "Clip skip"),
        (["--like", "sized.png"], "Size is 512x512"),
    ],
)
def test_what_cannot_be_is_refused_in_words(room, words, said, capsys):
    line = "Steps: 3, Sampler: Euler, CFG scale: 2, Seed: 1"
    for name, keyword, text in (
        ("bad.png", "anew", "{"), ("foreign.png", "parameters", f"{line}, Clip skip: 2"),
        ("sized.png", "parameters", f"down\n{line}, Size: 512x512"),
    ):  # fmt: skip
        Path(name).write_bytes(PNG[:33] + chunk(b"tEXt", f"{keyword}\0{text}".encode()) + PNG[33:])
    assert main(["generate", "bars", *words]) != 0
    err = capsys.readouterr().err
    assert said in err and "Traceback" not in err and not [*Path().glob("g.*")]


def test_another_tools_parameters_are_a_label_where_a_model_knows_labels(room):
    text = "down\nNegative prompt: across\nSteps: 3, Sampler: Heun, CFG scale: 2.5, Seed: 5, Size: 16x16, Model: bars"
    Path("f.png").write_bytes(PNG[:33] + chunk(b"tEXt", f"parameters\0{text}".encode()) + PNG[33:])
    run("--like", "f.png", "--out", "a.png")
    run("bars", "--seed", "5", *DIALS, "--out", "b.png")
    assert same("a.png", "b.png")


# ------------------------------------------------------------------------------------------------ films and forms


def test_a_gif_shows_the_way_from_noise_and_holds_its_end(room, latent):
    run("bars", "--seed", "4", "--steps", "5", "--out", "w.gif")
    film = shown("w.gif")
    assert film.n_frames == 5 and b"trainedAlgorithmicMedia" in film.info["comment"]
    times, frames = [], []
    for i in range(5):
        film.seek(i)
        times.append(film.info["duration"])
        frames.append(np.asarray(film.convert("L"), float))
    assert times[-1] >= 1000 > 200 > times[0] and film.size == (256, 256)
    (made,) = latent.generate(seed=4, steps=5).samples
    end = made[:, :, 0].repeat(16, 0).repeat(16, 1).astype(float)
    apart = [np.abs(frame - end).mean() for frame in frames]
    assert apart[-1] < 2 < apart[0] and apart[0] == max(apart), apart
    many = latent.film(seed=4, n=3, steps=200)
    assert len(many.frames) <= 48 and len(many.frames[0]) == 3 and many.frames[-1] is many.samples
    assert np.array_equal(many.samples[0], latent.generate(seed=4, steps=200).samples[0])
    with pytest.raises(RecipeError, match="nobody looked on"):
        latent.generate().save(Path("x.gif"))


def test_a_model_that_makes_pictures_at_once_has_no_way_to_show(latent):
    decoder = replace(latent.artifact, model=latent.artifact.codec.model, codec=latent.artifact.codec.inner, label=None)
    with pytest.raises(RecipeError, match="no way to show"):
        Order(decoder).film()


def test_pictures_with_transparency_are_drawn_onto_white_where_there_is_none(tmp_path):
    clear = np.dstack([np.full((8, 8, 3), 9, np.uint8), np.zeros((8, 8), np.uint8)])
    made = Generated([clear], [0], [None], "image", options=None)  # type: ignore[arg-type]
    made.save(tmp_path / "a.png")
    made.save(tmp_path / "a.jpg")
    assert shown(tmp_path / "a.png").mode == "RGBA"
    assert np.asarray(shown(tmp_path / "a.jpg")).min() > 250
    assert "img" in made._repr_html_()
    replace(made, frames=[[clear], [clear]]).save(tmp_path / "a.gif")
    assert labelled_grid([[clear]], [""], [""]).min() == 255


# ------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("name", CASES)
def test_the_command_line_takes_or_refuses_a_picture_in_one_line(room, name, capsys):
    bad = CASES[name]
    Path(bad.file).write_bytes(bad.content)
    code = main(["generate", "bars", "--start", bad.file, "--strength", "0", "--out", "out/made.png"])
    err = capsys.readouterr().err
    assert (code, "Traceback" in err) == (3 if bad.refused else 0, False), err
    assert not bad.refused or (bad.refused in err and bad.file in err and len(err.strip().splitlines()) <= 2)


def test_no_door_reads_more_of_a_file_than_a_picture_has(room, capsys, monkeypatch):
    monkeypatch.setattr(picture_files, "MOST_BYTES", 50)
    for words in (["generate", "bars", "--like", "one.png"], ["interpolate", "bars", "1", "one.png"]):
        assert main(words) == 3 and "one.png: more than 50 bytes" in capsys.readouterr().err
    with pytest.raises(DataError, match=r"one\.png: more than 50 bytes"):
        as_picture("one.png")


def test_python_reads_what_made_a_picture(latent):
    made = latent.generate(seed=3, label="down")
    file = io.BytesIO(write_image(made.samples[0], made.source, notes=made.notes(0))).getvalue()
    told = made_by(file)
    assert (told.seed, told.labels, told.model) == (3, ["down"], "images")
    assert made_by(write_image(made.samples[0])) is None
    with pytest.raises(DataError, match="does not say"):
        again(write_image(made.samples[0]))
    axis = Axis.of("guidance", [1, 2])
    assert axis.values == (1.0, 2.0) and axis.titles == ["guidance 1", "guidance 2"]
    with pytest.raises(RecipeError, match="is no seed"):
        Axis.of("seed", [1.5])


def test_edits_say_what_they_began_from_in_python_as_well(latent, one):
    made = vary(latent.artifact, one, 0, seed=1)
    assert made.how.edit.strength == 0.0 and made.how.edit.kind == "variation"
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:, 4:8] = True
    assert inpaint(latent.artifact, one, mask).how.edit.mask is not None
