"""A GGUF file comes from anywhere: what is wrong with it is one line, whatever it is."""

from __future__ import annotations

import mmap
import random
import struct
import tempfile
from pathlib import Path
from typing import Any

import foreign_models as tiny
import pytest
from mutations import mutated, survives

from anew.errors import DataError
from anew.exchange import gguf
from anew.exchange.adoption import adopt
from anew.exchange.gguf_header import Reader, read_header
from anew.exchange.gguf_tokenizer import CUTS

MUTATIONS = 800  # of each of three files


def sound(kind: str, folder: Path) -> bytes:
    """A sound file of each sort: byte pairs and blocks, pieces and floats, pairs and halves."""
    smollm = CUTS["smollm"]
    of = {
        "llama": ({"tokenizer": tiny.byte_pairs(smollm.patterns)}, "q8_0"),
        "gemma3_text": ({"tokenizer": tiny.sentence_pieces(False)}, "f32"),
        "gpt2": ({"tokenizer": tiny.byte_pairs(CUTS["gpt-2"].patterns)}, "f16"),
    }
    settings, quant = of[kind]
    return gguf.write(tiny.model(kind, width=32, inner=32, **settings), folder / f"{kind}.gguf", quant).read_bytes()


def places_in(path: Path) -> tuple[list[int], list[int], int]:
    """Where the header's numbers stand: the lengths of its strings, all others, and where it ends."""
    lengths, others = [], []

    class Noting(Reader):
        def number(self, kind: str, what: str) -> Any:
            others.append(self.at)
            return super().number(kind, what)

        def string(self, what: str) -> str:
            lengths.append(self.at)
            return super().string(what)

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        reader = Noting(path, content)
        reader.header()
        return lengths, others, reader.at


def read_all(path: Path) -> None:
    """What an import does with a file: all of it."""
    foreign = gguf.read(path)
    with tempfile.TemporaryDirectory(dir=path.parent) as out:
        adopt(foreign, Path(out), "hostile", "a damaged model")


@pytest.mark.parametrize("kind", ["llama", "gemma3_text", "gpt2"])
def test_a_damaged_file_is_read_or_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    content = sound(kind, tmp_path)
    lengths, others, head = places_in(tmp_path / f"{kind}.gguf")
    rng = random.Random(kind)
    made = (mutated(content, rng.choice((lengths, others, others)), head, rng) for _ in range(MUTATIONS))
    refused, held = survives(read_all, tmp_path / "hostile.gguf", made, named=False)
    assert refused + held == MUTATIONS and refused > MUTATIONS / 2 and held > 0


# ------------------------------------------------------------------------------------------------ one by one


def field(key: str, kind: int, value: bytes) -> bytes:
    return struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + value


def tensor(name: str, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    head = struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", len(shape))
    return head + struct.pack(f"<{len(shape)}QIQ", *shape, kind, offset)


def file(
    *parts: list[bytes], version: int = 3, field_count: int | None = None, tensor_count: int | None = None
) -> bytes:
    """Fields and tensors as a file with 64 bytes of data; the counts may lie."""
    fields, tensors = [*parts, [], []][:2]
    counts = (
        len(fields) if field_count is None else field_count,
        len(tensors) if tensor_count is None else tensor_count,
    )
    head = b"GGUF" + struct.pack("<IQQ", version, *counts[::-1]) + b"".join(fields) + b"".join(tensors)
    return head + bytes(-len(head) % 32 + 64)


U32, STRING, ARRAY = 4, 8, 9
TWO = [tensor("a", (8,), 0, 0), tensor("b", (8,), 0, 32)]
HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "an empty file"),
    "another kind": (b"PK\x03\x04" + bytes(60), "does not begin with the letters GGUF"),
    "a later version": (file(version=4), "version 4, and only 2 and 3"),
    "the other end": (file(version=3 << 24), "big-endian"),
    "more tensors than bytes": (file(tensor_count=2**63), "9223372036854775808 tensors cannot lie in"),
    "more fields than bytes": (file(field_count=2**64 - 1), "metadata fields cannot lie in"),
    "a long key": (file([struct.pack("<Q", 2**62)], field_count=1), "ends inside a metadata key"),
    "an endless array": (file([field("k", ARRAY, struct.pack("<IQ", U32, 2**61))]), "values of metadata 'k' cannot"),
    "endless strings": (file([field("k", ARRAY, struct.pack("<IQ", STRING, 2**33))]), "strings of metadata 'k' cannot"),
    "arrays in arrays": (file([field("k", ARRAY, struct.pack("<IQ", ARRAY, 1))]), "array of type 9"),
    "an unknown type": (file([field("k", 13, bytes(8))]), "of type 13"),
    "half a truth": (file([field("k", 7, b"\x02")]), "neither true nor false"),
    "no UTF-8": (file([field("k", STRING, struct.pack("<Q", 2) + b"\xff\xfe")]), "is not UTF-8"),
    "a key twice": (file([field("k", U32, bytes(4))] * 2), "metadata 'k' stands there twice"),
    "a tensor twice": (file([], [TWO[0], TWO[0]]), "tensor 'a' stands there twice"),
    "five axes": (file([], [tensor("a", (1,) * 5, 0, 0)]), "has 5 axes"),
    "no axes": (file([], [tensor("a", (), 0, 0)]), "has 0 axes"),
    "an empty axis": (file([], [tensor("a", (8, 0), 0, 0)]), r"shape \[8, 0\] cannot be of F32"),
    "half a block": (file([], [tensor("a", (40,), 8, 0)]), r"shape \[40\] cannot be of Q8_0"),
    "a type there is none of": (file([], [tensor("a", (8,), 999, 0)]), "ggml's type 999; anew reads F32"),
    "a long name": (file([], [tensor("a" * 65, (8,), 0, 0)]), "name of 65 bytes"),
    "past the end": (file([], [TWO[0], tensor("b", (8,), 0, 64)]), "'b' ends 32 bytes past"),
    "far past the end": (file([], [tensor("b", (8,), 0, 2**64 - 32)]), "'b' ends 18446744073709551552 bytes past"),
    "larger than anything": (file([], [tensor("a", (2**63, 2**63, 2**63, 2**63), 0, 0)]), "bytes past the file's end"),
    "overlap": (file([], [tensor("a", (16,), 0, 0), tensor("b", (8,), 0, 32)]), "tensors 'a' and 'b' overlap"),
    "one place": (file([], [TWO[0], tensor("b", (8,), 0, 0)]), "overlap"),
    "not aligned": (file([], [tensor("a", (8,), 0, 4)]), "not aligned to 32"),
    "odd alignment": (file([field("general.alignment", U32, struct.pack("<I", 24))]), "not a power of two"),
    "no alignment": (file([field("general.alignment", U32, bytes(4))]), "not a power of two"),
    "worded alignment": (file([field("general.alignment", STRING, struct.pack("<Q", 1) + b"x")]), "not a power of two"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_each_fault_is_called_by_its_name(name: str, tmp_path: Path) -> None:
    content, words = HOSTILE[name]
    path = tmp_path / "hostile.gguf"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_header(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_the_parts_that_the_faults_are_made_of_are_sound(tmp_path: Path) -> None:
    path = tmp_path / "sound.gguf"
    path.write_bytes(
        file([field("k", U32, struct.pack("<I", 7)), field("general.alignment", U32, struct.pack("<I", 32))], TWO)
    )
    header = read_header(path)
    assert header.fields["k"] == 7 and [t.nbytes for t in header.tensors.values()] == [32, 32]
    assert path.stat().st_size == header.tensors["b"].start + 32


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "another architecture": ({"general.architecture": "mamba"}, "architecture 'mamba'; anew reads llama"),
    "more blocks": ({"llama.block_count": 3}, "'blk.2.attn_k.weight' is missing, and 8 more"),
    "fewer blocks": ({"llama.block_count": 1}, "beyond the 1 blocks"),
    "very many blocks": ({"llama.block_count": 2**30}, "1073741824 blocks in 21 tensors"),
    "another width": ({"llama.embedding_length": 64}, r"the metadata says \["),
    "no heads": ({"llama.attention.head_count": 0}, "the metadata says"),
    "a huge head": ({"llama.attention.key_length": 2**30}, "the metadata says"),
    "words for a number": ({"llama.context_length": "many"}, "is 'many', not one int"),
    "not a number": ({"llama.rope.freq_base": float("nan")}, "freq_base' is nan"),
    "a setting that has no place": ({"llama.attention.scale": 0.5}, "attention.scale' = 0.5 is not something"),
    "experts": ({"llama.expert_count": 8}, "expert_count' = 8 is not something"),
    "a look ahead": ({"llama.attention.causal": False}, "looks at what comes after"),
    "half of a head turned": ({"llama.rope.dimension_count": 4}, "4 of 16 channels turned"),
    "a gain without its frequencies": ({"llama.rope.scaling.attn_factor": 1.5}, "attn_factor belongs to"),
    "an unknown cut": ({"tokenizer.ggml.pre": "odd"}, "cuts text as 'odd'"),
    "an unknown tokenizer": ({"tokenizer.ggml.model": "t5"}, "a tokenizer of kind 't5'"),
    "too many tokens": ({"tokenizer.ggml.tokens": [f"t{n}" for n in range(999)]}, "999 tokens, and fewer embeddings"),
    "a token twice": ({"tokenizer.ggml.tokens": ["a"] * 416}, "415 tokens stand twice"),
    "pairs of nothing": ({"tokenizer.ggml.merges": ["no thing"]}, "joins 'no thing'"),
    "types of words": ({"tokenizer.ggml.token_type": ["a"] * 416}, "token_type is not 416 numbers"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_metadata_that_the_tensors_do_not_bear_out_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, words = CHANGES[name]
    made = gguf.metadata_of
    monkeypatch.setattr(gguf, "metadata_of", lambda *given: made(*given) | changes)
    foreign = tiny.model("llama", width=32, inner=32, tokenizer=tiny.byte_pairs(CUTS["smollm"].patterns))
    path = gguf.write(foreign, tmp_path / "changed.gguf", "f16")
    with pytest.raises(DataError, match=words) as caught:
        gguf.read(path)
    assert "changed.gguf" in str(caught.value) and "\n" not in str(caught.value)


def test_weights_that_are_not_finite_are_named(tmp_path: Path) -> None:
    foreign = tiny.model("llama", width=32, inner=32, tokenizer="")
    foreign.tensors["model.norm.weight"][3] = float("nan")
    read = gguf.read(gguf.write(foreign, tmp_path / "m.gguf", "f32"))
    with pytest.raises(DataError, match="'output_norm.weight' holds values that are not finite"):
        read.tensors["model.norm.weight"]
