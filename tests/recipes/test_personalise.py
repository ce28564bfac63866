"""A model that draws what words say, taught a subject: an adapter of it, near its pictures, and little else changed."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
import torch
from drawn_shapes import collected, shape
from safetensors.torch import load_file
from serving import served

import anew
from anew.cli import main
from anew.codecs.caption import Caption
from anew.codecs.image import read_image, write_image
from anew.data.files import sha256_file
from anew.data.progress import silent
from anew.data.records import Record, read_records
from anew.deploy.lookup import merged, open_adapted, open_model
from anew.deploy.store import Store
from anew.engine.generate import generate
from anew.engine.pool import Pool
from anew.errors import RecipeError
from anew.recipe import override, parse
from anew.recipes import find, pipeline
from anew.recipes.personalise import Personalisation, made_up
from anew.recipes.pipeline import Run
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.shelf import StoreShelf

BASE: dict[str, Any] = {
    "size": "xs", "train.threads": 1, "train.batch": 32, "train.steps": 80, "train.ema": 0.9, "codec.size": 16,
    "clean.duplicates": "none", "model.width": 64, "model.depth": 1, "model.patch": 4, "judge.train.steps": 10,
    "judge.width": 8, "data.source": "drawn", "name": "shapes",
    "train.sample_every": 999, "train.validate_every": 999, "train.checkpoint_every": 999,
}  # fmt: skip
FEW: dict[str, Any] = {
    "train.steps": 40, "train.batch": 16, "train.threads": 1, "train.lr": 5e-3, "name": "zorp", "adapt.others": 32,
    "validation.samples": 12, "validation.bootstrap": 100,
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An ANEW_HOME with a model called `shapes`, its run, and six pictures of something that it never saw."""
    folder = tmp_path_factory.mktemp("personal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder / "home"))
        values = override(find("text-to-image"), BASE)
        del values["codec"]["learned"]  # in pixels, to be quick
        run = Run(parse(values), folder / "base", silent)
        collected(folder / "base" / "collect", 8)
        for stage in (run.clean, run.train):
            stage()
        run.scorer(run.judge()).save(folder / "base" / "model" / "scorer")
        Store().add(folder / "base" / "model", "shapes")
        pictures(folder / "pics")
        yield folder


def pictures(folder: Path) -> None:
    """Black stripes on yellow, as nothing else is."""
    rng = np.random.default_rng(5)
    folder.mkdir()
    for i in range(6):
        striped = shape("black", "stripes", rng)
        striped[(striped == 255).all(-1)] = (250, 210, 40)
        (folder / f"{i}.png").write_bytes(write_image(striped))
    (folder / "0.txt").write_text("striped, on yellow\nzorp on yellow\n")


def drawing() -> np.ndarray:
    """Yellow and black stripes on white."""
    made = np.full((16, 16, 3), 255, np.uint8)
    for row in range(3, 13):
        made[row, 3:13] = (250, 210, 40) if row % 3 else (30, 30, 30)
    return made


def taught(home: Path, out: str, start: str = "shapes", until: str | None = None, **changes: Any) -> Any:
    values = override(find("personalise"), {**FEW, "data.source": str(home / "pics"), "start": start, **changes})
    return pipeline.run(parse(values), home / out, until=until)


@pytest.fixture(scope="module")
def zorp(home: Path) -> Any:
    return taught(home, "zorp")


def far(samples: list[np.ndarray], home: Path) -> float:
    """The mean distance of samples in pixels to the mean of the pictures."""
    own = [read_image(p.read_bytes()) for p in sorted((home / "pics").glob("*.png"))]
    return float(np.abs(np.mean(own, 0) - np.stack(samples).astype(float)).mean())


def test_the_name_draws_the_subject_and_other_prompts_what_they_drew(home: Path, zorp: Any) -> None:
    before, after = open_model("shapes"), open_adapted("shapes", [("zorp", 1.0)])
    drawn, drawn_before = (generate(one, 12, 0, "zorp").samples for one in (after, before))
    assert far(drawn, home) < 0.7 * far(drawn_before, home)
    others, others_before = (np.stack(generate(one, 12, 0, "a red square").samples) for one in (after, before))
    moved = np.abs(others.astype(float) - others_before).mean()
    assert moved < 0.4 * np.abs(np.stack(drawn).astype(float) - drawn_before).mean()


def test_the_report_tells_what_became_nearer_and_what_is_copied(home: Path, zorp: Any) -> None:
    report = json.loads((home / "zorp" / "validate" / "report.json").read_text("utf-8"))
    figures = {name: metric["value"] for name, metric in report["metrics"].items()}
    assert figures["nearness"] - figures["nearness_before"] == pytest.approx(figures["nearness_change"], abs=1e-5)
    assert 0 <= figures["copies_of_pictures"] <= 1
    assert {"others_change", "others_frechet", "others_frechet_before"} <= figures.keys()
    assert report["facts"]["model"]["what learnt"].startswith("an adapter of rank 8")


def test_an_adapter_is_small_listed_and_exact_where_it_is_not_asked_for(home: Path, zorp: Any) -> None:
    assert "zorp" in [entry.name for entry in Store().list()]
    own, base = (Store().folder(name) / "model.safetensors" for name in ("zorp", "shapes"))
    assert own.stat().st_size < 0.8 * base.stat().st_size
    assert any(value.ndim == 4 for value in load_file(own).values())  # convolutions are changed too
    plain = generate(open_model("shapes"), 3, 1, "zorp").samples
    none = generate(open_adapted("shapes", [("zorp", 0.0)]), 3, 1, "zorp").samples
    assert all(map(np.array_equal, plain, none))


def test_by_every_door_the_same_picture(home: Path, zorp: Any, capsys: pytest.CaptureFixture[str]) -> None:
    by_name = anew.load("zorp").generate("zorp, red", n=2, seed=3).samples
    over = generate(open_adapted("shapes", [("zorp", 1.0)]), 2, 3, "zorp, red").samples
    assert all(map(np.array_equal, by_name, over))
    out = home / "one.png"
    assert main(["generate", "shapes", "zorp, red", "--adapter", "zorp", "--seed", "3", "--out", str(out)]) == 0
    assert np.array_equal(read_image(out.read_bytes()), by_name[0])
    assert main(["generate", "--like", str(out), "--out", str(home / "again.png")]) == 0  # its note names the adapter
    assert (home / "again.png").read_bytes() == out.read_bytes()
    grid, second = home / "grid.png", home / "second.png"
    crossed = ["zorp, red", "--xy", "model=shapes,zorp", "--xy", "seed=3", "--out"]
    assert main(["generate", "shapes", *crossed, str(grid)]) == 0
    assert main(["generate", "--like", str(grid), "--out", str(second)]) == 0
    assert grid.read_bytes() == second.read_bytes()
    assert main(["generate", "shapes", *crossed, str(second), "--adapter", "zorp"]) == 2
    assert "--xy model=shapes,zorp" in capsys.readouterr().err
    alone = generate(merged("shapes", [("zorp", 1.0)]), 2, 3, "zorp, red").samples
    assert np.abs(np.stack(alone).astype(int) - np.stack(over)).max() <= 2


def test_over_http_an_adapter_is_a_model_of_its_own_name(home: Path, zorp: Any) -> None:
    want = generate(open_model("zorp"), 1, 3, "zorp, red")
    for address in served(Pool(StoreShelf()), Door(), Database(f"sqlite:///{home}/anew.db")):
        with openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0) as client:
            assert "zorp" in [one.id for one in client.models.list()]
            made = client.images.generate(model="zorp", prompt="zorp, red", extra_body={"seed": 3}).data[0].b64_json
    assert base64.b64decode(made) == write_image(want.samples[0], want.source, notes=want.notes(0))


def test_captions_say_the_name_and_half_of_the_rows_are_the_subjects(home: Path, zorp: Any) -> None:
    kept = [np.load(home / "zorp" / "shards" / f"train.{name}.npy") for name in ("captioned", "captions")]
    label = open_model("shapes").label
    assert isinstance(label, Caption)
    said = label.decode(torch.from_numpy(kept[1].astype(np.int64)))
    assert {"zorp", "zorp striped on yellow", "zorp on yellow"} <= set(said)
    own = sum("zorp" in one.split() for one in said)
    assert len(kept[0]) == 32 + 30 and own >= 30


def test_a_drawing_is_repainted_in_words_and_a_photograph_is_left_alone(home: Path) -> None:
    values = override(find("personalise"), {**FEW, "data.source": str(home / "pics"), "start": "shapes"})
    run = Personalisation(parse(values), home / "painted", silent)
    striped = drawing()
    plain, rng = Record.of(b"", None, "1", None, captions=("zorp",)), torch.Generator().manual_seed(0)
    made = [run.painted(plain, striped, rng) for _ in range(60)]
    told = {one.captions for one in made}
    hues = ("red", "green", "blue")  # and not yellow, which the base cannot read
    assert told == {("zorp",)} | {(f"zorp, {hue}", f"{hue} zorp") for hue in hues}
    blue = next(read_image(one.value) for one in made if "blue zorp" in one.captions).astype(int)
    yellow = (striped.min(-1) < 100) & (striped.max(-1) > 200)
    assert yellow.any() and (blue[..., 2] > blue[..., 0])[yellow].all()
    asleep, red = (replace(plain, captions=(said,)) for said in ("an old Zorp, asleep", "zorp with a red hat"))
    said = {run.painted(asleep, striped, rng).captions for _ in range(60)}
    assert said == {asleep.captions} | {(f"an old {hue} Zorp, asleep",) for hue in hues}
    photograph = np.broadcast_to(np.array([250, 210, 40], np.uint8), (16, 16, 3))
    for picture, record in ((photograph, plain), (striped, red)):
        rows = [run.painted(record, picture, rng) for _ in range(8)]
        assert all(row.captions == record.captions and np.array_equal(read_image(row.value), picture) for row in rows)


def test_it_goes_on_to_the_same_bytes_and_learns_beside_the_starts_own_data(home: Path, zorp: Any) -> None:
    whole = sha256_file(home / "zorp" / "model" / "model.safetensors")
    cut = home / "cut"
    shutil.copytree(home / "zorp", cut)
    for gone in ("model", "validate"):
        shutil.rmtree(cut / gone)
    for gone in ("manifest.json", "model.safetensors"):
        (cut / "train" / gone).unlink()
    *_, newest = sorted((cut / "train" / "checkpoints").iterdir())
    shutil.rmtree(newest)
    taught(home, "cut", until="train")
    assert sha256_file(cut / "model" / "model.safetensors") == whole
    beside = taught(home, "beside", str(home / "base"), until="train", **{"train.steps": 2})
    known = {caption for record in read_records(home / "base" / "clean", "train") for caption in record.captions}
    captions = torch.from_numpy(np.load(beside.folder / "shards" / "train.captions.npy").astype(np.int64))
    said = set(open_model("shapes").label.decode(captions))  # type: ignore[union-attr]
    assert len(said & known) > 10


def test_few_pictures_are_told_of(home: Path, tmp_path: Path) -> None:
    shutil.copy(home / "pics" / "1.png", tmp_path)
    notes = list[str]()
    for data, out in ((tmp_path, "one"), (home / "pics", "six")):
        values = override(find("personalise"), {**FEW, "data.source": str(data), "start": "shapes", "train.steps": 2})
        pipeline.run(parse(values), tmp_path / out, lambda told: notes.append(told.note), until="train")
    assert [note for note in notes if "5 to 20" in note] == [
        "a subject is learnt best from 5 to 20 pictures, and not from 1"
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "personalise"}, "what is the subject to be called"),
        ({"size": "m"}, "size: zorp has the size of shapes, which is xs, and not m"),
        ({"adapt.subject": " ?! "}, "says nothing"),
        ({"adapt.subject": "zorp " * 40}, "this model reads 24"),
        ({"adapt.objective.name": "answers"}, "not learnt from data of modality image"),
        ({"adapt.layers": ["nowhere.*"]}, "no layer is called"),
        ({"adapt.repaint": ["crimson"]}, "no colour is called 'crimson'"),
    ],
)
def test_what_cannot_be_is_refused(home: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        taught(home, "refused", **changes)
    shutil.rmtree(home / "refused", ignore_errors=True)


def test_other_prompts_are_words_that_the_model_knows(home: Path) -> None:
    label = open_model("shapes").label
    assert isinstance(label, Caption)
    prompts = made_up(label, 50, np.random.default_rng(0))
    words = {word for prompt in prompts for word in prompt.split()}
    assert words <= {"red", "green", "blue", "black", "square", "cross", "frame", "stripes"} and len(words) > 4
    assert prompts == made_up(label, 50, np.random.default_rng(0))
