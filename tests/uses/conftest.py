"""Two small trained models of the same pictures, one in a learned codec's latent, one on the pictures' own grid."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from bars import bar

from anew.codecs.image import write_image

DIALS = {"size": "xs", "train.batch": 64, "train.threads": 1, "train.sample_every": 9999}
PIXELS = """
name = "grids"
modality = "image"
codec.name = "image"
model.name = "flow"
model.width = 64
model.depth = 2
train = { batch = 32, lr = 2e-3, steps = 30, threads = 1, validate_every = 1000, sample_every = 9999 }
"""


@pytest.fixture(scope="session")
def bars(tmp_path_factory):
    """A folder of pictures, their two labels as sub-folders."""
    folder, rng = tmp_path_factory.mktemp("data") / "bars", np.random.default_rng(0)
    for label in ("across", "down"):
        (folder / label).mkdir(parents=True)
        for i in range(200):
            (folder / label / f"{i:03}.png").write_bytes(write_image(bar(rng, label)))
    return folder


@pytest.fixture(scope="session")
def latent(bars, tmp_path_factory):
    """A run of the `images` recipe: a flow in an autoencoder's latent."""
    import anew

    dials = DIALS | {"codec.learned.train": {"batch": 32, "steps": 90, "optimiser": "muon", "lr": 2e-3, "ema": 0.9}}
    dials |= {"codec.learned.latent": 8, "codec.learned.copies": 2, "train.steps": 250, "train.ema": 0.98}
    dials |= {
        "codec.learned.turn": 0.0,
        "codec.learned.shear": 0.0,
        "codec.learned.ripple": 0.0,
        "clean.duplicates": "none",
    }
    return anew.train("images", bars, out=tmp_path_factory.mktemp("runs") / "latent", **dials)


@pytest.fixture(scope="session")
def pixels(bars, tmp_path_factory):
    """A run of a flow on the pictures' own grid."""
    import anew

    folder = tmp_path_factory.mktemp("runs")
    (folder / "grids.toml").write_text(PIXELS)
    return anew.train(str(folder / "grids.toml"), bars, out=folder / "pixels", **{"clean.duplicates": "none"})


@pytest.fixture
def desk(one: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a picture in it and a home of its own."""
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("one.png").write_bytes(write_image(one))
    return tmp_path


@pytest.fixture
def one() -> np.ndarray:
    return bar(np.random.default_rng(99), "across")
