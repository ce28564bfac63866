"""Steps of Llama-like decoders by the small C++ kernel, all layers in one call: what torch's own calls cost is a large
part of a small model's step.

In: a decoder with int8 maps, and the rows of a step as `Runner.step` takes them. Out: logits. The library is built when
anew is installed where a compiler is (kernel.cpp, hatch_build.py); without it, or for other forms of decoder, there are
no `Steps`, and torch does the work.

N rows · D width · E head width · O outputs · K inputs · V vocabulary
"""

from __future__ import annotations

import ctypes
import functools
import zlib
from collections.abc import Sequence
from ctypes import POINTER, Structure, c_float, c_int32, c_void_p
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.engine.pages import zeros
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.int8 import LEVELS, ZERO, Int8Linear, Plain
from anew.models.layers.norm import RMSNorm

FOLDER = Path(__file__).parent
KINDS = ("avx512", "avx2")  # of library, the best first
ROWS = 16  # of a call


class Map(Structure):
    _fields_ = [
        ("weight", c_void_p), ("scale_O", c_void_p), ("offset_O", c_void_p), ("bias_O", c_void_p),
        ("inputs", c_int32), ("outputs", c_int32),
    ]  # fmt: skip


class Layer(Structure):
    _fields_ = [
        *((name, c_void_p) for name in ("attention_gain_D", "mlp_gain_D", "q_gain_E", "k_gain_E")),
        *((name, Map) for name in ("qkv", "out", "gate_up", "down")),
        ("local", c_int32), ("turns", c_int32),
    ]  # fmt: skip


class Model(Structure):
    _fields_ = [
        ("layers", POINTER(Layer)), ("gain_D", c_void_p), ("head", Map),
        *((name, c_int32) for name in (
            "count", "width", "heads", "kv_heads", "head_width", "inner", "pairs", "window")),
        ("eps", c_float), ("scale", c_float),
    ]  # fmt: skip


class Row(Structure):
    _fields_ = [("kv_L2GCE", c_void_p), ("positions", c_int32), ("at", c_int32)]


# ------------------------------------------------------------------------------------------------ the library


@functools.cache
def library() -> tuple[Any, str] | None:
    """The best library for this processor, and its kind; None: not built, of another state of its source, not exact."""
    for kind in KINDS:
        found = opened(kind)
        if found is not None and found.anew_runs() and exact(found):
            return found, kind
    return None


def opened(kind: str) -> Any:
    """The library of this kind; None where there is none of this source."""
    try:
        found = ctypes.CDLL(str(FOLDER / f"kernel-{kind}.so"))
        found.anew_source.restype = ctypes.c_uint32
        source = zlib.crc32(b"".join((FOLDER / name).read_bytes() for name in ("kernel.cpp", "kernel_maps.h")))
        return found if found.anew_source() == source else None
    except (OSError, AttributeError):
        return None


def exact(found: Any) -> bool:
    """Whether its sums are those of the integers, at the extremes, where narrower sums overflow."""
    weight_OK = torch.full((20, 72), LEVELS, dtype=torch.int8)
    weight_OK[::2] = -LEVELS
    linear, x_NK = Int8Linear(weight_OK, torch.ones(20)), torch.ones(3, 72)
    x_NK[1] = -1
    levels_NK = (ZERO + LEVELS * x_NK).to(torch.uint8)
    expected = Plain(weight_OK, torch.ones(20))(levels_NK) * torch.tensor(1 / LEVELS)
    return torch.equal(mapped(found, linear, x_NK), expected)


def mapped(found: Any, linear: Int8Linear, x_NK: Tensor) -> Tensor:
    """(N, O): one map of rows, as `linear` itself gives them."""
    y_NO, kept = torch.empty(len(x_NK), linear.out_features), Kept(found, [linear])
    found.anew_map(
        ctypes.byref(kept.weights(linear)), len(x_NK), c_void_p(x_NK.contiguous().data_ptr()),
        c_void_p(y_NO.data_ptr()), torch.get_num_threads(),
    )  # fmt: skip
    return y_NO


# ------------------------------------------------------------------------------------------------ what it works on


class Kept:
    """Weights as the kernel reads them, in the order in which it does, and whatever else it is given the address of."""

    def __init__(self, found: Any, linears: Sequence[Int8Linear]) -> None:
        self.library, self.tensors = found, list[Tensor]()
        self.room = zeros(sum(map(laid_out_bytes, linears)), torch.uint8)

    def weights(self, linear: Int8Linear) -> Map:
        """(O/16, K/4, 16, 4), filled up with zeros."""
        inputs, outputs = linear.in_features, linear.out_features
        fill_O = -outputs % 16
        weight, self.room = self.room.tensor_split([laid_out_bytes(linear)])
        offset_O = torch.zeros(outputs + fill_O, dtype=torch.int32)
        pointers = [self.at(t) for t in (weight, F.pad(linear.scale_O, (0, fill_O)), offset_O, linear.bias_O)]
        weight_OK, to = linear.weight_OK.contiguous(), (c_void_p(pointers[0]), c_void_p(pointers[2]))
        self.library.anew_lay_out(c_void_p(weight_OK.data_ptr()), outputs, inputs, *to)
        return Map(*pointers, inputs, outputs)

    def gain(self, norm: RMSNorm | None) -> int | None:
        return self.at(None if norm is None else (norm.weight + norm.offset).detach())

    def at(self, tensor: Tensor | None) -> int | None:
        """Its address, which holds as long as this object lives."""
        if tensor is None:
            return None
        self.tensors.append(tensor.contiguous())
        return self.tensors[-1].data_ptr()


def laid_out_bytes(linear: Int8Linear) -> int:
    """Both sides filled up to whole sixteens."""
    return -(-linear.out_features // 16) * -(-linear.in_features // 16) * 256


def runs(decoder: Decoder) -> bool:
    """Whether the decoder has the form that the kernel computes, in eight bits."""
    if decoder.labels is not None or decoder.places is not None or decoder.logit_cap:
        return False
    return isinstance(decoder.head, Int8Linear) and all(map(llama_like, decoder.blocks))


def llama_like(block: nn.Module) -> bool:
    attention, mlp = block.attention, block.mlp
    norms = [block.attention_norm, block.mlp_norm, attention.q_norm, attention.k_norm]
    return (
        all(isinstance(m, Int8Linear) for m in (attention.qkv, attention.out, mlp.gate_up, mlp.down))
        and all(norm is None or isinstance(norm, RMSNorm) for norm in norms)
        and isinstance(block.attention_after, nn.Identity)
        and not attention.cap
        and mlp.activation is F.silu
    )


class Steps:
    """`Runner.step` for one decoder. Weights are laid out anew at the first call."""

    def __init__(self, found: Any, decoder: Decoder) -> None:
        self.library, self.decoder = found, decoder

    @classmethod
    def of(cls, decoder: Decoder) -> Steps | None:
        """None: there is no kernel here, or none for this decoder. One for all runners of a decoder: its last int8 map
        keeps it, which goes when the decoder is filled with other weights."""
        if not runs(decoder):
            return None
        made, found = vars(decoder.head).get("steps"), library()
        if found is not None and (made is None or made.decoder is not decoder):
            made = vars(decoder.head)["steps"] = cls(found[0], decoder)
        return made

    def __deepcopy__(self, memo: object) -> Steps:
        """A copied decoder makes its own."""
        return self

    def __call__(self, rows: Sequence[tuple[int, int, Any]]) -> Tensor:
        """Logits (N, V), as of `Runner.step`."""
        parts = [self._some(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _some(self, rows: Sequence[tuple[int, int, Any]]) -> Tensor:
        d = self.decoder
        tokens, places, memories = zip(*rows, strict=True)
        at_1N = torch.tensor([places])
        h_ND = d.embedded(torch.tensor([tokens]), at_1N)[0].contiguous()
        turns = torch.stack([part for pair in d.turns(at_1N) for part in pair])
        logits_NV = torch.empty(len(rows), d.head.out_features)
        held = [(memory.kv_L2GCE, at) for memory, at in zip(memories, places, strict=True)]
        table = (Row * len(rows))(*(Row(kv_L2GCE.data_ptr(), kv_L2GCE.shape[3], at) for kv_L2GCE, at in held))
        addresses = (c_void_p(tensor.data_ptr()) for tensor in (turns, h_ND, logits_NV))
        self.library.anew_step(ctypes.byref(self.model), len(rows), table, *addresses, torch.get_num_threads())
        return logits_NV

    @functools.cached_property
    def model(self) -> Model:
        d = self.decoder
        maps = [m for b in d.blocks for m in (b.attention.qkv, b.attention.out, b.mlp.gate_up, b.mlp.down)]
        self.kept = kept = Kept(self.library, [*maps, d.head])
        layers = (Layer * len(d.blocks))()
        for i, block in enumerate(d.blocks):
            attention = block.attention
            norms = block.attention_norm, block.mlp_norm, attention.q_norm, attention.k_norm
            of_layer = (*map(kept.gain, norms), *map(kept.weights, maps[4 * i : 4 * i + 4]), block.local, block.turns)
            layers[i] = Layer(*of_layer)
        return Model(
            layers, kept.gain(d.norm), kept.weights(d.head), len(layers), d.embed.embedding_dim,
            maps[1].in_features // d.head_width, d.kv_heads, d.head_width, maps[3].in_features, len(d.turn_F), d.window,
            d.norm.eps, d.blocks[0].attention.scale,
        )  # fmt: skip
