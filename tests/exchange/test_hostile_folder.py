"""A Hugging Face folder comes from anywhere: a damaged one is refused in one line, and nothing is kept of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import foreign_models as tiny
import pytest
from mutations import mutated_json, mutated_safetensors, survives

from anew.exchange.adoption import adopt
from anew.exchange.huggingface import read_folder, write_folder

MUTATIONS = {"model.safetensors": 1000, "config.json": 100, "tokenizer.json": 80, "generation_config.json": 20}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sound")
    write_folder(tiny.model("llama", width=32, inner=32), made)
    return made


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_damaged_folder_is_read_or_refused_in_one_line(name: str, folder: Path, tmp_path: Path) -> None:
    hostile, out = tmp_path / "hostile", tmp_path / "out"
    shutil.copytree(folder, hostile)
    content, rng = (folder / name).read_bytes(), random.Random(name)

    def read(path: Path) -> None:
        out.mkdir()
        try:
            adopt(read_folder(hostile), out, "hostile", "a damaged model")
        finally:
            shutil.rmtree(out)

    def made() -> Iterator[bytes]:
        for _ in range(MUTATIONS[name]):
            yield mutated_safetensors(content, rng) if name.endswith("safetensors") else mutated_json(content, rng)

    refused, held = survives(read, hostile / name, made(), named=False)
    assert refused + held == MUTATIONS[name] and refused > MUTATIONS[name] / 4 and held > 0
