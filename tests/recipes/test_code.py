"""The recipe of code: what it learns from is its seed's and its rate's, and is rearranged in training alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from small_recipes import TEXT, recipe_for

from anew.data.progress import silent
from anew.data.shards import Shards
from anew.recipes import pipeline
from anew.recipes.encode import Encoder

SMALL: dict[str, Any] = TEXT | {"codec.context": 64}


def shards(folder: Path, out: Path, **changes: Any) -> Shards:
    recipe = recipe_for("code", folder, SMALL | changes)
    pipeline.run(recipe, out, until="clean")
    encoder = Encoder(out, recipe, silent)
    return encoder.shards(encoder.codecs(lambda plain: None))  # type: ignore[arg-type,return-value]


def test_the_same_seed_gives_the_same_shards(tmp_path: Path) -> None:
    source = tmp_path / "project"
    source.mkdir()
    for n in range(12):
        lines = [f"def area_{n}_{i}(width_{i}, height):\n    return width_{i} * height + {n * i}\n" for i in range(9)]
        (source / f"{n}.py").write_text("\n".join(lines))
    one, same = shards(source, tmp_path / "a"), shards(source, tmp_path / "b")
    other, plain = shards(source, tmp_path / "c", seed=1), shards(source, tmp_path / "d", **{"codec.fim": 0.0})
    assert one.manifest.files == same.manifest.files
    assert one.manifest.files["train.tokens.npy"] != other.manifest.files["train.tokens.npy"]
    assert one.manifest.files["test.tokens.npy"] == other.manifest.files["test.tokens.npy"]
    tokens = {name: np.load(one.folder / f"{name}.tokens.npy") for name in ("train", "test")}
    symbols = range(one.spec.vocab - 4, one.spec.vocab - 1)
    assert np.isin(tokens["train"], symbols).any() and not np.isin(tokens["test"], symbols).any()
    assert plain.spec.vocab == one.spec.vocab - 3
