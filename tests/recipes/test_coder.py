"""A trained codec taken over by another recipe: the network as it is, the latent measured anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from drawn_shapes import collected
from safetensors.torch import load_file
from test_distil import TEACHER

import anew
from anew.data.progress import silent
from anew.deploy.store import Store
from anew.errors import RecipeError
from anew.recipe import override, parse, read
from anew.recipes import find
from anew.recipes.pipeline import Run, kind_of

ANOTHER = {key: value for key, value in TEACHER.items() if not key.startswith(("codec", "name"))} | {"name": "more"}


def run_of(folder: Path, each: int, **changes: Any) -> Run:
    asked = parse(override(find("text-to-image"), changes))
    run = kind_of(asked)(asked, folder, silent)
    collected(folder / "collect", each)
    run.clean()
    run.train()
    return run


def weights(folder: Path) -> dict[str, torch.Tensor]:
    held = load_file(folder / "codec" / "codec.safetensors")
    return {name: value for name, value in held.items() if "weights" in name or "model" in name}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("taken-over")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder / "home"))
        run_of(folder / "first", 6, **TEACHER)
        Store().add(folder / "first" / "model", "shapes")
        yield folder


def test_the_network_stays_and_the_latent_is_measured_on_the_new_data(home: Path) -> None:
    run = run_of(home / "more", 9, **ANOTHER, **{"codec.start": "shapes"})
    first, second = weights(home / "first" / "model"), weights(home / "more" / "model")
    assert first and first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)
    assert not (home / "more" / "codec" / "train").exists(), "nothing of it is trained"
    recipe = parse(read(home / "more" / "resolved.toml"), "more")
    assert recipe.codec.start is not None and recipe.codec.start.startswith("shapes@")
    ours, theirs = run.codecs.codec, anew.load(home / "first" / "model").artifact.codec
    assert not torch.equal(ours.mean, theirs.mean)  # type: ignore[attr-defined]
    assert run.recipe.codec.learned is not None and run.seconds is None
    picture = anew.load(home / "more" / "model").generate("a red cross", seed=1).samples[0]
    assert picture.shape == (16, 16, 3)


def test_once_begun_a_run_does_without_the_model_that_its_codec_came_from(home: Path) -> None:
    done = run_of(home / "gone", 6, **ANOTHER, **{"codec.start": "shapes"})
    before = (home / "gone" / "model" / "model.safetensors").read_bytes()
    Store().remove("shapes")
    again = kind_of(done.recipe)(parse(read(home / "gone" / "recipe.toml"), "gone"), home / "gone", silent)
    again.train()
    assert (home / "gone" / "model" / "model.safetensors").read_bytes() == before
    Store().add(home / "first" / "model", "shapes")


def test_an_autoencoder_serves_too_and_what_has_no_codec_is_refused(home: Path, tmp_path: Path) -> None:
    values: dict[str, Any] = {"train.steps": 3, "train.batch": 16, "train.threads": 1, "size": "xs", "codec.size": 16}
    values |= {"data.source": "drawn", "clean.duplicates": "none"}
    asked = parse(override(find("autoencoder"), values))
    run = kind_of(asked)(asked, tmp_path / "coder", silent)
    collected(tmp_path / "coder" / "collect", 6, captioned=False)
    run.clean()
    run.train()
    run.validate()
    assert run.result.figures["psnr_reconstructions"] is not None
    behind = run_of(tmp_path / "behind", 6, **ANOTHER, **{"codec.start": str(tmp_path / "coder")})
    ours, theirs = behind.codecs.codec, anew.load(tmp_path / "coder" / "model").artifact.model
    held = ours.model.state_dict()  # type: ignore[attr-defined]
    assert all(torch.equal(value, held[name]) for name, value in theirs.state_dict().items())
    both: list[tuple[dict[str, Any], str]] = [
        ({"codec.start": "shapes", "start": "shapes"}, "takes the codec from there"),
        ({"codec.start": str(tmp_path / "flow")}, "no codec that was trained"),
    ]
    pixels = parse(override(find("digits-pixels"), values | {"name": "flow"}))
    run = kind_of(pixels)(pixels, tmp_path / "flow", silent)
    collected(tmp_path / "flow" / "collect", 6, captioned=False)
    run.clean()
    run.train()
    for changes, why in both:
        with pytest.raises(RecipeError, match=why):
            run_of(tmp_path / "no", 6, **ANOTHER, **changes)


@pytest.mark.parametrize(("key", "value", "told"), [("codec.size", 24, "16x16"), ("codec.alpha", True, "without")])
def test_what_the_codec_taken_over_has_not_is_refused_by_its_field(home: Path, key: str, value: Any, told: str) -> None:
    asked = parse(
        override(find("text-to-image"), {**ANOTHER, key: value, "codec.start": str(home / "first" / "model")})
    )
    with pytest.raises(RecipeError, match=key) as refused:
        kind_of(asked)(asked, home / "odd", silent)
    assert told in str(refused.value.next_command)
