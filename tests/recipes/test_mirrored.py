"""Pictures mirrored to learn from: twice as many, but for those whose captions tell left from right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_shapes import shape

from anew.codecs.image import write_image
from anew.data.progress import silent
from anew.data.shards import Shards
from anew.recipe import override, parse
from anew.recipes import find
from anew.recipes.pipeline import Run

DIALS: dict[str, Any] = {
    "size": "xs", "train.steps": 1, "train.threads": 1, "codec.largest": 16, "clean.duplicates": "none", "name": "two",
    "model.width": 32, "model.depth": 1, "model.patch": 4, "train.sample_every": 9,
}  # fmt: skip


@pytest.mark.parametrize("mirror", [True, False])
def test_each_is_learnt_from_mirrored_too_unless_its_caption_minds(tmp_path: Path, mirror: bool) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "pics").mkdir()
    for i in range(20):
        (tmp_path / "pics" / f"{i}.png").write_bytes(write_image(shape("red", "stripes", rng)))
        (tmp_path / "pics" / f"{i}.txt").write_text("a red thing" if i % 2 else "a red arrow to the left")
    values = override(find("text-to-image"), {**DIALS, "data.source": str(tmp_path / "pics"), "data.mirror": mirror})
    del values["codec"]["learned"]
    run = Run(parse(values), tmp_path / "run", silent)
    run.collect()
    run.clean()
    shards: Shards = run.encoder.shards(run.codecs)
    data, counts = shards.column("train", "grid"), run.encoder.cleaned.counts
    assert data is not None
    grids = data.read(0, len(data))
    twins = [i for i in range(1, len(grids)) if np.allclose(grids[i], grids[i - 1][..., ::-1])]
    plain = [record for record in run.encoder.records("train") if "thing" in record.captions[0]]
    assert len(twins) == (len(plain) // 2 if mirror else 0) and (twins or not mirror)
    assert len(grids) == counts["train"] + len(twins)
    assert shards.count("validation") == counts["validation"]
