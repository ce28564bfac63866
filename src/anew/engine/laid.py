"""Weights in eight bits as oneDNN lays them out for this processor, kept as bytes: laying them out costs most of a
second for every hundred megabytes, mapping a file next to nothing.

In: weights by name. Out: the same, ready to be multiplied with; their bytes lie in a file of their own. torch makes
such a tensor out of bytes for the programs that it compiles, through its C interface (aoti_torch/c/shim.h), and so does
this.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from anew.data.files import write_atomic
from anew.models.layers.int8 import LEVELS, Packed, laid_out, packs

FORM = "~"  # before the name of what describes a layout; behind all letters, so that the weights lie first
ALIGNED = 64  # bytes: a processor's line, which what is mapped has to begin at
OF_ONEDNN = 3  # c10::Layout::Mkldnn


def laid(path: Path, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights (O, K) int8 as this processor multiplies them: mapped from `path`, where they were kept there by a
    processor and a oneDNN that lay them out alike, or else laid out and kept now. Empty where nothing is laid out."""
    if not packs():
        return {}
    with suppress(OSError, SafetensorError, KeyError, ValueError, AttributeError):
        return kept(path, weights)
    made = {name: laid_out(weight_OK) for name, weight_OK in weights.items()}
    with suppress(OSError, AttributeError):
        keep(path, made)
    return made


def kept(path: Path, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """ValueError where the smallest of them is laid out otherwise here."""
    with safe_open(path, "pt") as file:
        made = {
            name: mapped(file.get_tensor(name), file.get_tensor(FORM + name), weight_OK.shape[::-1])
            for name, weight_OK in weights.items()
        }
    smallest = min(weights, key=lambda name: weights[name].numel())
    if not alike(laid_out(weights[smallest]), made[smallest]):
        raise ValueError(f"{path}: laid out for another processor")
    return made


def alike(here: Tensor, there: Tensor) -> bool:
    """Whether they are laid out in one way and multiply to the same; of their bytes those in between may differ."""
    levels_NK = torch.arange(8 * here.shape[0]).remainder(2 * LEVELS).to(torch.uint8).view(8, -1)
    here_NO, there_NO = (Packed(one, torch.ones(here.shape[1]))(levels_NK) for one in (here, there))
    return torch.equal(form_of(here), form_of(there)) and torch.equal(here_NO, there_NO)


def keep(path: Path, made: Mapping[str, Tensor]) -> None:
    tensors = {name: bytes_of(one) for name, one in made.items()}
    tensors |= {FORM + name: form_of(one) for name, one in made.items()}
    content = save(tensors, {"": ""})
    head = 8 + int.from_bytes(content[:8], "little")
    if head % ALIGNED:
        content = save(tensors, {"": " " * (-head % ALIGNED)})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, content)


# ------------------------------------------------------------------------------------------------ bytes and tensors


def bytes_of(one: Tensor) -> Tensor:
    """(n,) uint8: a view of what oneDNN laid out."""
    memory = (ctypes.c_ubyte * torch.ops.mkldnn._nbytes(one)).from_address(torch.ops.mkldnn.data_ptr(one))
    return torch.frombuffer(memory, dtype=torch.uint8)


def form_of(one: Tensor) -> Tensor:
    """(m,) uint8: oneDNN's description of the layout."""
    form: Tensor = torch.ops.mkldnn._get_mkldnn_serialized_md(one)
    return form


def mapped(bytes_n: Tensor, form_m: Tensor, shape: Sequence[int]) -> Tensor:
    """A tensor over these bytes, which it keeps from being let go. ValueError: torch makes none of them."""
    handle, sizes = ctypes.c_void_p(), (ctypes.c_int64 * 2)(*shape)
    lib = interface()
    failed = lib.aoti_torch_create_tensor_from_blob_v2(
        bytes_n.data_ptr(), 2, sizes, (ctypes.c_int64 * 2)(shape[1], 1), 0, lib.aoti_torch_dtype_int8(),
        lib.aoti_torch_device_type_cpu(), 0, ctypes.byref(handle), OF_ONEDNN, form_m.data_ptr(), form_m.numel(),
    )  # fmt: skip
    if failed:
        raise ValueError("torch makes no tensor of these bytes")
    made: Any = torch._C._aoti.alloc_tensor_by_stealing_from_void_ptr(capsule(handle, None, None))
    made.over = bytes_n
    return made


capsule = ctypes.pythonapi.PyCapsule_New  # how Python passes on a pointer of C
capsule.restype, capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


@functools.cache
def interface() -> ctypes.CDLL:
    """torch's C interface. OSError, AttributeError: this torch has none."""
    lib = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"))
    pointer, whole, long = ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64
    lib.aoti_torch_create_tensor_from_blob_v2.argtypes = [
        pointer, long, pointer, pointer, long, whole, whole, whole, pointer, whole, pointer, long,
    ]  # fmt: skip
    return lib
