"""Weights as oneDNN lays them out: from a file they multiply as they did, and a file that does not fit is made anew."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from anew.engine import laid as layouts
from anew.engine.laid import laid
from anew.models.layers.int8 import Int8Linear, Plain, packs, quantised, quantised_tokens

pytestmark = pytest.mark.skipif(not packs(), reason="this processor lays nothing out")


@pytest.fixture
def weights() -> dict[str, Tensor]:
    made = {"narrow": (96, 64), "wide": (512, 192), "odd": (70, 130)}
    return {name: quantised(torch.randn(shape, generator=rng(i)))[0] for i, (name, shape) in enumerate(made.items())}


def rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """The weights that were laid out."""
    seen = list[Tensor]()
    real = layouts.laid_out
    monkeypatch.setattr(layouts, "laid_out", lambda weight_OK: seen.append(weight_OK) or real(weight_OK))
    return seen


def test_from_a_file_they_multiply_as_they_did(
    tmp_path: Path, weights: dict[str, Tensor], counted: list[Tensor]
) -> None:
    first, second = (laid(tmp_path / "laid.safetensors", weights) for _ in range(2))
    assert len(counted) == 4, "all were laid out again, and not the smallest alone"
    for name, weight_OK in weights.items():
        x_NK = torch.randn(19, weight_OK.shape[1], generator=rng(9))
        scale_O = torch.rand(len(weight_OK), generator=rng(8))
        maps = [Int8Linear(weight_OK, scale_O, laid_KO=one) for one in (None, first[name], second[name])]
        ys = [one(x_NK) for one in maps]
        levels_NK, scale_N1 = quantised_tokens(x_NK)
        assert all(torch.equal(y_NO, Plain(weight_OK, scale_O)(levels_NK) * scale_N1) for y_NO in ys)
        assert {(one.out_features, one.in_features) for one in maps} == {tuple(weight_OK.shape)}


def test_what_is_mapped_begins_at_a_line_of_the_processor(tmp_path: Path, weights: dict[str, Tensor]) -> None:
    laid(tmp_path / "laid.safetensors", weights)
    made = laid(tmp_path / "laid.safetensors", {name: weights[name] for name in ("narrow", "wide")})
    assert all(torch.ops.mkldnn.data_ptr(one) % 64 == 0 for one in made.values())


@pytest.mark.parametrize("fault", ["gone", "cut", "of another processor", "of other weights", "no file"])
def test_a_file_that_does_not_fit_is_made_anew(
    tmp_path: Path, weights: dict[str, Tensor], counted: list[Tensor], fault: str
) -> None:
    path = tmp_path / "laid.safetensors"
    laid(path, weights)
    tensors = load_file(path)
    if fault == "gone":
        path.unlink()
    elif fault == "no file":
        path.unlink()
        path.mkdir()
    elif fault == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif fault == "of another processor":
        tensors["narrow"][:64] += 1
        save_file(tensors, path)
    else:
        path.unlink()
        laid(path, {"other": weights["wide"]})
    counted.clear()
    made = laid(path, weights)
    assert len(counted) >= 3
    x_NK, scale_O = torch.ones(3, 64), torch.ones(96)
    assert torch.equal(
        Int8Linear(weights["narrow"], scale_O, laid_KO=made["narrow"])(x_NK),
        Int8Linear(weights["narrow"], scale_O)(x_NK),
    )
    counted.clear()
    assert laid(path, weights) and (len(counted) == 1 or fault == "no file")
