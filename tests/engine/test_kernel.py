"""The kernel: its sums are those of the integers, its maps torch's to the bit, its steps torch's to the last digits;
what a row gets depends neither on the rows beside it nor on the number of threads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from anew.contract import Spec
from anew.engine import kernel
from anew.engine.quantise import quantise
from anew.engine.runner import Runner, Span
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.int8 import Int8Linear, joined
from anew.testing.suite import seeded

ROOT = Path(__file__).parents[2]
missing = kernel.library() is None and "CI" not in os.environ  # there it has to be, and its absence fails
needed = pytest.mark.skipif(missing, reason="the kernel is not built here: python hatch_build.py")

FORMS: dict[str, dict[str, Any]] = {
    "llama": {"heads": 3, "kv_heads": 1, "head_width": 64},
    "qwen": {"heads": 4, "kv_heads": 2, "head_width": 12, "qk_norm": True, "qkv_bias": True, "norm_offset": 1.0},
    "mistral": {"heads": 4, "head_width": 20, "pattern": "lgn", "window": 9, "local_base": 500.0, "rope_share": 0.5},
}  # fmt: skip


def network(form: str, **other: Any) -> Decoder:
    """In int8, with weights at random, and widths that fill no vector."""
    spec = Spec("tokens", (256,), vocab=61, end=0, begins=())
    with seeded(4):
        decoder = Decoder(spec, width=56, layers=3, inner=84, **FORMS.get(form, {}) | other).eval()
        for p in decoder.parameters():
            torch.nn.init.normal_(p, std=0.3 if p.ndim > 1 else 0.5)
    quantise(decoder)
    return decoder


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def runnable() -> list[str]:
    """Kinds of library that this processor runs."""
    return [kind for kind in kernel.KINDS if (found := kernel.opened(kind)) is not None and found.anew_runs()]


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def stepped(runner: Runner, rows: int, at: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of so many memories' next tokens, one of them with three drafts behind it, and the first memory."""
    memories = [runner.open(at + 8) for _ in range(rows)]
    with torch.inference_mode():
        for n, memory in enumerate(memories):
            runner.read([Span(memory, 0, [1 + (7 * n + i) % 60 for i in range(at - n)], False)])
        asked = [(3 + n, at - n, memory) for n, memory in enumerate(memories)]
        asked[1:1] = [(5 + n, at + 1 + n, memories[0]) for n in range(3)]
        return runner.step(asked), memories[0].kv_L2GCE


# ------------------------------------------------------------------------------------------------ maps


@needed
@pytest.mark.parametrize("shape", [(576, 96, 1), (96, 50, 16), (50, 37, 5), (2240, 33, 11)])
def test_maps_are_torchs_to_the_bit(shape: tuple[int, int, int]) -> None:
    inputs, outputs, rows = shape
    linear = nn.Linear(inputs, outputs, bias=rows == 5)
    with torch.no_grad():
        linear.weight.copy_(drawn(outputs, inputs))
        quick, x_NK = Int8Linear(*joined([linear])), drawn(rows, inputs)
        x_NK[1:2] = 0
        expected = quick(x_NK)
    assert kernel.library()[1] in runnable()
    for kind in runnable():
        found = kernel.opened(kind)
        assert kernel.exact(found), kind
        assert torch.equal(kernel.mapped(found, quick, x_NK), expected), kind


# ------------------------------------------------------------------------------------------------ steps


@needed
@pytest.mark.parametrize("form", FORMS)
def test_steps_are_torchs_to_the_last_digits(form: str) -> None:
    decoder = network(form)
    quick, plain = Runner(decoder), Runner(decoder, kernel=False)
    assert quick.kernel is not None and plain.kernel is None
    (logits_NV, kv), (expected_NV, expected_kv) = stepped(quick, 5), stepped(plain, 5)
    assert float((kv - expected_kv).abs().max()) < 2e-2 * float(expected_kv.abs().max())
    close = (logits_NV - expected_NV).norm() / expected_NV.norm()
    assert float(close) < 1e-2, f"{float(close):.2g}: more than a level that rounds the other way"
    assert (kv != 0).any(-1).all(1)[:, :, :44].all(), "a position was not remembered"


@needed
@pytest.mark.parametrize("form", FORMS)
def test_a_row_depends_on_itself_alone(form: str, threads: None) -> None:
    decoder = network(form)
    torch.set_num_threads(1)
    logits_NV, kv = stepped(Runner(decoder), 17)
    assert len(logits_NV) == 20 and len(set(logits_NV.argmax(1).tolist())) > 3
    few_NV, _ = stepped(Runner(decoder), 2)
    assert torch.equal(few_NV, logits_NV[:5]), "company changes a row"
    runner = Runner(decoder)
    memory = runner.open(48)
    with torch.inference_mode():
        runner.read([Span(memory, 0, [1 + i % 60 for i in range(40)], False)])
        alone_NV = torch.cat([runner.step([(token, at, memory)]) for token, at in ((3, 40), (5, 41), (6, 42), (7, 43))])
    assert torch.equal(alone_NV, logits_NV[:4]), "a draft is not what a step is"
    for count in (2, 3):
        torch.set_num_threads(count)
        found_NV, found = stepped(Runner(decoder), 17)
        assert torch.equal(found_NV, logits_NV) and torch.equal(found, kv), f"{count} threads"


@needed
def test_other_forms_stay_with_torch() -> None:
    other = ({"activation": "gelu"}, {"norm": "layer"}, {"norm_after": True}, {"gated": False},
             {"positions": "learned"}, {"attention_cap": 20.0}, {"logit_cap": 10.0})  # fmt: skip
    for form in other:
        assert Runner(network("", heads=4, **form)).kernel is None, form
    spec = Spec("tokens", (64,), vocab=20, end=0, begins=())
    assert Runner(Decoder(spec, width=32, layers=1, heads=2)).kernel is None, "floats"
    again = network("llama")
    first = Runner(again).kernel
    assert first is not None and Runner(again).kernel is first, "weights are laid out once"


# ------------------------------------------------------------------------------------------------ building


def test_a_library_of_another_source_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in kernel.FOLDER.glob("kernel*.*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(kernel, "FOLDER", tmp_path)
    assert (kernel.opened("avx2") is None) == missing
    with (tmp_path / "kernel.cpp").open("a") as source:
        source.write("// changed\n")
    assert kernel.opened("avx2") is None
    (tmp_path / "kernel-avx2.so").unlink(missing_ok=True)  # what is loaded stays whole
    (tmp_path / "kernel-avx2.so").write_bytes(b"no library")
    assert kernel.opened("avx2") is None


def test_without_a_compiler_an_install_does_not_fail(tmp_path: Path) -> None:
    """The hook by itself, in a copy, with a compiler that always fails and with none."""
    folder = tmp_path / "src" / "anew" / "engine"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "hatch_build.py", tmp_path)
    for path in kernel.FOLDER.glob("kernel*.[ch]*"):
        shutil.copy(path, folder)
    program = (
        "import hatch_build as h\nhook = object.__new__(h.KernelHook)\n"
        "data = {'artifacts': [], 'pure_python': True}\nhook.initialize('editable', data)\n"
        "assert data == {'artifacts': [], 'pure_python': True}, data"
    )
    for compiler in ("false", str(tmp_path / "nothing")):
        environment = os.environ | {"CXX": compiler, "PYTHONPATH": ""}
        done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
    assert not list(folder.glob("*.so"))
