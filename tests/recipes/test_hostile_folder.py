"""A folder as people have them: broken pictures, vector drawings and captions of every kind, through a whole training;
and prompts of every kind to what came of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_shapes import COLOURS, SHAPES, shape

sys.path.insert(0, str(Path(__file__).parents[1] / "codecs"))
from bad_pictures import CASES

from anew.artifact import load_artifact
from anew.cli import main
from anew.codecs.image import read_image, write_image
from anew.data.progress import Progress
from anew.data.records import read_records
from anew.engine.generate import generate
from anew.errors import RecipeError
from anew.recipe import override, parse
from anew.recipes import find
from anew.recipes.pipeline import Run

DIALS: dict[str, Any] = {
    "size": "xs", "train.threads": 1, "train.batch": 8, "train.steps": 2, "codec.largest": 16, "model.width": 64,
    "model.depth": 1, "model.patch": 4, "train.sample_every": 99, "name": "mixed", "clean.duplicates": "none",
}  # fmt: skip
STAR = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h7v7h-7z" fill="#d02020"/></svg>'
VECTORS = {
    "plain": STAR,
    "leads-out": STAR.replace(b"<path", b'<image href="file:///etc/passwd"/><path'),
    "no-xml": b"<svg",
    "page": b"<html><body/></html>",
    "deep": b"<svg>" + b"<g>" * 300 + b"</g>" * 300 + b"</svg>",
    "raster": write_image(shape("red", "square", np.random.default_rng(3))),
}
REFUSED = {"no-xml", "page", "deep"}
CAPTIONS = {
    "empty": ("\n \n", ()),
    "markup": ("<p>a <b>red</b> cross</p>", ("a red cross",)),
    "script": ("<script>alert(1)</script>a green frame", ("a green frame",)),
    "long": ("very " * 40 + "red", (("very " * 40 + "red"),)),
    "endless": ("blue " * 400, (("blue " * 60).strip(),)),
    "scripts": ("赤い四角\nकाला वर्ग\nقلب أحمر\n", ("赤い四角", "काला वर्ग", "قلب أحمر")),
    "signs": ("💚\n", ("💚",)),
    "hidden": ("a \u202ered\u200b frame", ("a red frame",)),
    "binary": ("a red\x00 frame", ()),
    "latin": ("un carré é".encode("cp1252"), ("un carré é",)),
}


def fill(folder: Path) -> None:
    """Good drawings, then all that is odd, each file by a name of its own."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for i, (colour, kind) in enumerate((c, s) for c in COLOURS for s in SHAPES):
        (folder / f"good-{i}.png").write_bytes(write_image(shape(colour, kind, rng)))
        (folder / f"good-{i}.txt").write_text(f"a {colour} {kind}")
    for name, bad in CASES.items():
        path = folder / f"bad {name}.{bad.file.rpartition('.')[2]}"
        path.write_bytes(bad.content)
        path.with_suffix(".txt").write_text(f"what is {name}")
    for name, content in VECTORS.items():
        (folder / f"vector-{name}.svg").write_bytes(content)
        (folder / f"vector-{name}.txt").write_text("a red square")
    for name, (said, _) in CAPTIONS.items():
        (folder / f"said-{name}.png").write_bytes(write_image(shape("blue", "cross", rng)))
        content = said if isinstance(said, bytes) else said.encode("utf-8")
        (folder / f"said-{name}.txt").write_bytes(content)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("hostile")
    told: list[Progress] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder / "home"))
        fill(folder / "pics")
        values = override(find("text-to-image"), {**DIALS, "data.source": str(folder / "pics")})
        del values["codec"]["learned"]
        made = Run(parse(values), folder / "run", told.append)
        for stage in (made.collect, made.clean, made.train):
            stage()
        made.notes = [one.note for one in told if one.stage == "note"]  # type: ignore[attr-defined]
        yield made


def kept(run: Run) -> dict[str, Any]:
    return {Path(record.origin).stem: record for record in read_records(run.folder / "clean")}


def test_every_bad_picture_is_read_or_refused_by_its_name(run: Run) -> None:
    gone = {}
    for stage in ("collect", "clean"):
        for line in (run.folder / stage / "removed.jsonl").read_text("utf-8").splitlines():
            removed = json.loads(line)
            gone[Path(removed["origin"]).stem] = removed
    there = kept(run)
    for name, bad in CASES.items():
        assert (f"bad {name}" in gone) == bool(bad.collect), name
        assert (f"bad {name}" in there) == (not bad.collect), name
        assert not bad.collect or gone[f"bad {name}"]["rule"] == bad.collect


def test_vector_drawings_are_drawn_and_lead_nowhere(run: Run) -> None:
    there = kept(run)
    for name in VECTORS:
        assert (f"vector-{name}" in there) == (name not in REFUSED), name
    plain, other = (read_image(there[f"vector-{name}"].value) for name in ("plain", "leads-out"))
    assert plain.shape[:2] == (256, 256) and tuple(plain[128, 128]) == (208, 32, 32)
    assert np.array_equal(plain, other)
    assert there["vector-plain"].captions == ("a red square",)


def test_captions_of_every_kind_are_tidied_and_those_that_are_cut_are_told(run: Run) -> None:
    there = kept(run)
    for name, (_, captions) in CAPTIONS.items():
        assert there[f"said-{name}"].captions == captions, name
    counts = run.encoder.cleaned.counts
    assert counts["captions: cut at 300 characters"] == 1
    assert counts["without a caption"] == 2  # and of the binary one the collecting says that it is no text
    cut = [note for note in run.notes if "longer than 24 tokens" in note]  # type: ignore[attr-defined]
    assert len(cut) == 1 and int(cut[0].split()[0]) >= 1


PROMPTS = {
    "a red square": "",
    "<b>a red</b> square": "",
    "赤い四角": "captions have no letter of",
    "लाल": "captions have no letter of",
    "काला वर्ग नीला": "captions have no letter of",
    "قلب أحمر": "captions have no letter of",
    "a red क": "",
    "a \u202ered\x00 square\u200b": "",
    "\ud800 red": "",
    "'; drop table": "",
    "{red} %s $HOME \\n": "",
    "💚": "says nothing",
    "<br>": "says nothing",
    "...": "says nothing",
    "red " * 25: "25 tokens, and this model reads 24",
    "x" * 40_000: "and this model reads 24",
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompts_of_every_kind_are_drawn_or_refused_by_name(
    run: Run, prompt: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    why, out = PROMPTS[prompt], tmp_path / "made.png"
    code = main(["generate", str(run.folder), prompt, "--steps", "1", "--out", str(out)])
    said = capsys.readouterr().err
    assert (code == 0) == out.is_file() == (not why), said
    assert "Traceback" not in said and why in said
    if why:
        with pytest.raises(RecipeError, match=why):
            generate(load_artifact(run.folder / "model"), 1, 0, prompt, steps=1)


def test_markup_says_what_the_words_say(run: Run) -> None:
    artifact = load_artifact(run.folder / "model")
    plain, marked = (
        generate(artifact, 1, 0, said, steps=1).samples[0] for said in ("a red square", "<i>A  red</i> square&nbsp;")
    )
    assert np.array_equal(plain, marked)
