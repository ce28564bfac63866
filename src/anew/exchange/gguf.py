"""GGUF files in and out: llama.cpp's one file of settings, tokenizer and (quantised) weights.

In: a file from anywhere, or a model in Hugging Face's form. Out: the other. Reading trusts nothing (`gguf_header`);
weights are taken from the mapped file one at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from anew.errors import DataError, Refused, nearest
from anew.exchange.foreign import Foreign
from anew.exchange.gguf_config import OWN_TENSORS, config_of
from anew.exchange.gguf_header import KINDS, Header, read_header
from anew.exchange.gguf_metadata import DRAWN, LAST, SAMPLING, metadata_of, own_tensors
from anew.exchange.gguf_shapes import Architecture, architecture_of, foreign_name, from_ggml, ggml_name, to_ggml
from anew.exchange.gguf_tensors import QUANTS, Tensors, pack, stored_as
from anew.exchange.gguf_tokenizer import CONTROL, ENDS, USER, tokenizer_of
from anew.exchange.weights import BUFFERS

if TYPE_CHECKING:
    from anew.exchange.proof import Proof

ENDS_A_TURN = ("<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "</s>")
KIND_OF = {kind.name.lower(): kind for kind in KINDS.values()}
FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q8_0": 7}  # llama.h, llama_ftype


def read(path: Path) -> Foreign:
    """The model in the GGUF file at `path`; DataError says in one line why it is none that anew reads."""
    header = read_header(path)
    tensors = Tensors(header)
    row, config = config_of(header, tensors)
    tokenizer, template = tokenizer_of(header), header.fields.get("tokenizer.chat_template")
    licence = header.fields.get("general.license")
    return Foreign(
        config=config,
        tensors=Renamed(row, config, tensors),
        tokenizer=tokenizer,
        template=template if isinstance(template, str) else None,
        generation=generation(header, config),
        licence=" ".join(licence.split())[:100] or None if isinstance(licence, str) else None,
    )


def generation(header: Header, config: Mapping[str, Any]) -> dict[str, Any]:
    """generation_config.json: what begins a text, and every token that ends a turn as llama.cpp finds them: those that
    the metadata names, and control tokens known by their names."""
    made = {key: config[key] for key in ("bos_token_id", "pad_token_id") if key in config}
    fields, rows = header.fields, config["vocab_size"]
    ends = [fields.get(f"tokenizer.ggml.{word}_token_id") for word in ENDS]
    tokens, types = fields.get("tokenizer.ggml.tokens"), fields.get("tokenizer.ggml.token_type")
    if isinstance(tokens, list) and isinstance(types, np.ndarray):
        known = set(ENDS_A_TURN)
        ends += [
            n
            for n, (token, t) in enumerate(zip(tokens, types, strict=False))
            if token in known and t in (CONTROL, USER)
        ]
    found = list(dict.fromkeys(n for n in ends if isinstance(n, int) and 0 <= n < rows))
    return made | ({"eos_token_id": found} if found else {}) | drawing(fields)


def drawing(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults of drawing that the file recommends, under Hugging Face's names where it has one."""
    said = {key.removeprefix(SAMPLING): value for key, value in fields.items() if key.startswith(SAMPLING)}
    said.pop(LAST, None)
    known = {theirs: said.pop(ours) for theirs, ours in DRAWN.items() if ours in said}
    known = {key: float(str(np.float32(n))) if isinstance(n, float) else n for key, n in known.items()}  # 0.95 again
    return said | ({"do_sample": True} | known if known else {})


class Renamed(Mapping[str, Tensor]):
    """GGUF's tensors under Hugging Face's names, and with its numbers."""

    def __init__(self, row: Architecture, config: Mapping[str, Any], tensors: Tensors) -> None:
        self.row, self.config, self.tensors = row, config, tensors
        self.names = {str(foreign_name(row, name)): name for name in tensors if name not in OWN_TENSORS}

    def __getitem__(self, name: str) -> Tensor:
        return from_ggml(self.row, name, self.tensors[self.names[name]], self.config)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


# ------------------------------------------------------------------------------------------------ writing


def write(foreign: Foreign, path: Path, quant: str = "f16") -> Path:
    """The model as a GGUF file that llama.cpp opens, its matrices in the type `quant`. Nothing is left half-written."""
    if quant not in QUANTS:
        raise DataError(f"--quant {quant!r}{nearest(quant, QUANTS)}: anew writes {', '.join(QUANTS)}")
    if path.exists():
        raise Refused(f"{path} is there already")
    row = architecture_of(foreign.config.get("model_type"), str(path))
    fields = metadata_of(row, foreign, str(path)) | {"general.file_type": FILE_TYPES[quant]}
    part = path.with_name(f".{path.name}.part")
    try:
        put(part, row, foreign, fields, quant)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def export(foreign: Foreign, path: Path, quant: str = "f16") -> Proof:
    """`write`, and the file is there only once it has proved itself (`proof`)."""
    from anew.exchange.proof import prove

    if path.exists():
        raise Refused(f"{path} is there already")
    unproved = path.with_name(f".{path.name}.unproved")
    unproved.unlink(missing_ok=True)
    try:
        proof = prove(foreign, read(write(foreign, unproved, quant)), quant)
        os.replace(unproved, path)
    finally:
        unproved.unlink(missing_ok=True)
    return proof


def names(row: Architecture, foreign: Foreign, where: str) -> Iterator[tuple[str, str]]:
    """Hugging Face's and ggml's name of each tensor to write."""
    for name in foreign.tensors:
        tied = name == "lm_head.weight" and foreign.config.get("tie_word_embeddings")
        if tied or name.endswith(BUFFERS):
            continue
        to = ggml_name(row, name) or ggml_name(row, f"transformer.{name}")  # GPT-2's folders leave the first part out
        if to is None:
            raise DataError(f"{where}: llama.cpp's {row.name} has no tensor for {name!r}")
        yield name, to


def put(part: Path, row: Architecture, foreign: Foreign, fields: Mapping[str, Any], quant: str) -> None:
    """Settings, places, then the weights one at a time."""
    from gguf import GGMLQuantizationType, GGUFWriter

    own = own_tensors(foreign.config)
    plan = [*names(row, foreign, str(part)), *((name, name) for name in own)]

    def value(name: str) -> Tensor:
        return own[name] if name in own else to_ggml(row, name, foreign.tensors[name], foreign.config)

    kinds: dict[str, str] = {}
    writer = GGUFWriter(part, row.name)
    add_fields(writer, fields)
    for name, to in plan:
        shape = tuple(value(name).shape)
        kinds[to] = stored_as(to, shape, quant)
        kind = KIND_OF[kinds[to]]
        nbytes = prod(shape) // kind.block * kind.nbytes
        writer.add_tensor_info(to, shape, np.dtype(np.float32), nbytes, GGMLQuantizationType[kind.name])
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for name, to in plan:
            writer.write_tensor_data(pack(value(name), kinds[to]))
    finally:
        writer.close()


def add_fields(writer: Any, fields: Mapping[str, Any]) -> None:
    """Each value in the type that llama.cpp expects of it: whole numbers are unsigned, but in arrays."""
    for key, value in fields.items():
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            (writer.add_int32 if value < 0 else writer.add_uint32)(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        else:
            writer.add_array(key, value)
