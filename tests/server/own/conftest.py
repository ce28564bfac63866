"""A server over a store of small models, three of which were trained here, so that their data are known."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tasks"))
sys.path.insert(0, str(Path(__file__).parents[2] / "uses"))
from bars import bar
from serving import served
from talkers import artifact

from anew.codecs.image import write_image
from anew.data import manifest
from anew.data.manifest import Manifest
from anew.deploy.store import Store
from anew.engine.pool import Pool
from anew.recipe import parse
from anew.recipes import pipeline
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.shelf import StoreShelf

SHORT = {"steps": 6, "batch": 8, "threads": 1, "validate_every": 1000, "sample_every": 3}
GRIDS = {
    "name": "bars", "modality": "image", "codec": {"name": "image"}, "train": SHORT, "clean": {"duplicates": "none"},
    "model": {"name": "flow", "width": 64, "depth": 1},
}  # fmt: skip
WRITER = {
    "name": "notes", "modality": "text", "codec": {"name": "bytes", "context": 64}, "train": SHORT,
    "model": {"name": "transformer", "width": 16, "layers": 1, "heads": 2}, "sample": {"max_new": 40},
}  # fmt: skip
ROWS = {
    "name": "rows", "modality": "table", "codec": {"name": "table"}, "train": SHORT,
    "model": {"name": "flow", "backbone": "stack", "width": 32, "depth": 1}, "sample": {"steps": 4},
}  # fmt: skip
LINE = "The ferry to island number {} leaves at {} o'clock, and {} people wait for it in the rain."


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(tmp_path_factory.mktemp("home")))
        yield Path(os.environ["ANEW_HOME"])


@pytest.fixture(scope="session")
def studio(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home with its runs and its store."""
    data, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for label in ("across", "down"):
        (data / "bars" / label).mkdir(parents=True)
        for i in range(30):
            (data / "bars" / label / f"{i:03}.png").write_bytes(write_image(bar(rng, label)))
    (data / "notes").mkdir()
    for i in range(40):
        (data / "notes" / f"{i:02}.txt").write_text("\n".join(LINE.format(i, j, i * j) for j in range(3)))
    ages = "".join(f"{20 + i % 40},{'fm'[i % 2]},{1000 + 37 * i % 500}\n" for i in range(120))
    (data / "rows.csv").write_text(f"age,sex,pay\n{ages}")
    for values, source in ((GRIDS, data / "bars"), (WRITER, data / "notes"), (ROWS, data / "rows.csv")):
        trained(values, source, home)
    folder = tmp_path_factory.mktemp("models") / "talker"
    artifact("vocabulary").save(folder)
    Store().add(folder, "talker")
    return home


def trained(values: dict, source: Path, home: Path) -> None:
    recipe = parse(values | {"data": {"source": str(source)}}, values["name"])
    run = home / "runs" / f"{recipe.name}-0123abcd"
    pipeline.run(recipe, run, until="train")
    entry = Store().add(run / "model", recipe.name)
    (run / "deploy").mkdir()
    manifest.write(run / "deploy", Manifest("deploy", "x", facts={"name": entry.name, "model": entry.id}))


@pytest.fixture(scope="session")
def pool(studio: Path) -> Pool:
    return Pool(StoreShelf(), budget=1 << 30)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Its own: two servers of one process would hold the same batches."""
    return Database(f"sqlite:///{tmp_path_factory.mktemp('own')}/anew.db")


@pytest.fixture(scope="session")
def own(pool: Pool, database: Database) -> Iterator[httpx2.Client]:
    for address in served(pool, Door(), database):
        with httpx2.Client(base_url=f"{address}/v1/anew", timeout=60) as client:
            yield client
