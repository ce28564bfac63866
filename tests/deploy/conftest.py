"""A model's folder to store, small and real."""

import json

import numpy as np
import pytest
from safetensors.numpy import save


@pytest.fixture
def make_model():
    """make(folder, seed, name) -> the folder, laid out as the artifact lays it out."""

    def make(folder, seed=0, name="digits"):
        rng = np.random.default_rng(seed)
        (folder / "codec").mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(save({"w": rng.normal(size=(40, 30)).astype(np.float32)}))
        (folder / "config.json").write_text(json.dumps({"format": 1, "modality": "image"}))
        (folder / "recipe.toml").write_text(f'name = "{name}"\n')
        (folder / "codec" / "codec.json").write_text("{}")
        (folder / "codec" / "codec.safetensors").write_bytes(save({"mean": np.zeros(3, np.float32)}))
        (folder / "card.md").write_text("# digits\n")
        return folder

    return make
