"""What a codec's symbols are in bytes: how a grammar and a stop string see a sequence that a model knows as numbers.

A codec that spells rare bytes in two half bytes is given a symbol for each whole byte that has none; such a byte is two
tokens of the model and one of the grammar.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anew.codecs.text import Text, to_bytes, to_str
from anew.contract import Codec
from anew.errors import RecipeError


class Symbols:
    """`pieces`: the bytes of each symbol, those of whole bytes that are spelled behind the `vocab` of the model."""

    def __init__(self, codec: Codec) -> None:
        if not isinstance(codec, Text):
            raise RecipeError(f"{codec.modality} is not text: it has no grammar and no stop strings")
        self.codec, self.spelled, self.vocab, self.ends = codec, codec.spelled, codec.spec.vocab, codec.spec.ends
        self.pieces = [*codec.pieces(), *[b""] * self.vocab][: self.vocab]
        self.single = {piece[0]: i for i, piece in enumerate(self.pieces) if len(piece) == 1}
        self.whole = np.array([b for b in range(256) if b not in self.single] if self.spelled else [], np.int64)
        self.single |= {int(b): self.vocab + i for i, b in enumerate(self.whole)}
        self.pieces += [bytes([b]) for b in self.whole.tolist()]

    def encode(self, text: bytes | str) -> list[int]:
        """The symbols that write these bytes, bytes that are spelled as one."""
        if not self.spelled:
            return self.suffix(text if isinstance(text, str) else to_str(text))
        found: list[int] = []
        for letter in text if isinstance(text, str) else to_str(text):
            (ids,) = self.codec.encode([letter])
            found += ids.tolist() if ids[0] >= self.spelled else [self.single[b] for b in to_bytes(letter)]
        return found

    def suffix(self, text: str) -> list[int]:
        """The tokens of a text that goes on from another: a vocabulary may put a blank before what begins one."""
        for mark in ("", "\n", "a"):
            (ids,) = self.codec.encode([mark + text])
            at, wanted = len(ids), len(to_bytes(text))
            while at and wanted > 0:
                at -= 1
                wanted -= len(self.pieces[ids[at]])
            if self.text(ids[at:].tolist()) == to_bytes(text) and (mark or not at):
                return ids[at:].tolist()
        return [self.single[b] for b in to_bytes(text)]

    def tokens(self, symbol: int) -> list[int]:
        """The model's tokens for a symbol of the grammar."""
        if symbol < self.vocab:
            return [symbol]
        byte = int(self.whole[symbol - self.vocab])
        return [byte >> 4, byte & 15]

    def symbol(self, high: int, low: int) -> int:
        """The symbol of the byte that two half bytes spell."""
        return self.single[high * 16 + low]

    def mask(self, bits: NDArray[np.uint8], high: int | None) -> Tensor:
        """(V,) bool: the tokens behind the symbols set in `bits`; after half a byte `high`, the other half alone."""
        set_ = np.unpackbits(bits, bitorder="little")[: len(self.pieces)].astype(bool)
        allowed = set_[: self.vocab].copy()
        if self.spelled:
            spelt = self.whole[set_[self.vocab :]]
            if high is not None:
                allowed[:] = False
                spelt = spelt[spelt >> 4 == high]
            allowed[spelt >> 4 if high is None else spelt & 15] = True
        return torch.from_numpy(allowed)

    def text(self, tokens: Sequence[int]) -> bytes:
        """The bytes of a model's tokens; half a byte without its other half is none."""
        found, high = bytearray(), None
        for token in tokens:
            if token >= self.spelled:
                found, high = found + self.pieces[token], None
            elif high is None:
                high = token
            else:
                found.append(high * 16 + token)
                high = None
        return bytes(found)
