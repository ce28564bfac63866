"""Strings <-> tokens, exactly: decode(encode(x)) == x for every string, seen or unseen, lone surrogates included.

Three grains: `Characters` (what the training split holds, anything else spelled in half bytes), `Bytes` (UTF-8) and
`BytePairs` (byte-level byte-pair encoding). In: str samples. Out: a (T,) int64 tensor a sample, without the end symbol.
"""

from __future__ import annotations

import codecs
import functools
import itertools
import json
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anew.codecs.fill import SYMBOLS, Sentinels, rearranged
from anew.contract import Codec, Spec
from anew.errors import DataError

CODE_POINTS = 0x110000
MADE_UP = "anew-made-up"  # the name under which Python knows how `to_str` goes on where bytes are no UTF-8
FIT_CHARACTERS = 1 << 20  # counted at a time: bounds memory, and makes short samples cheap


class Text(Codec):
    """What the three share: samples are measured in UTF-8 bytes, and the last symbol of the vocabulary is the end.
    `fim`: the share of the training texts that is rearranged for filling in the middle; above 0 the vocabulary has
    three symbols more, before the end."""

    modality = "text"
    unit = "byte"
    spelled: ClassVar[int] = 0  # the first so many symbols are half bytes, two of which spell one

    def __init__(self, *, context: int, fim: float = 0.0) -> None:
        if context < 1:
            raise DataError(f"a context has 1 token or more, not {context}")
        if not 0 <= fim <= 1:
            raise DataError(f"fim is a share of the text, from 0 to 1, not {fim}")
        self.context, self.fim = context, fim

    def size(self, sample: str) -> int:
        return len(to_bytes(sample))

    def goes_on(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        """What tokens say that follow others: `decode`, but for a vocabulary that minds where a text begins."""
        return self.decode(data)

    @abstractmethod
    def pieces(self) -> list[bytes]:
        """The bytes that each symbol adds to a sample: none for one that ends it, and for half a byte."""

    @property
    def sentinels(self) -> Sentinels | None:
        """The symbols for filling in the middle, where it was learnt."""
        return Sentinels.below(self.spec.vocab - 1) if self.fim else None

    def rearrange(self, samples: Sequence[str], rng: torch.Generator) -> list[Tensor]:
        """The samples as they are to be learnt from: some of their stretches with the middle last."""
        symbols = self.sentinels
        assert symbols is not None
        return rearranged(samples, self.encode, self.context, self.fim, symbols, rng)

    @property
    def _silent(self) -> list[bytes]:
        """What the last symbols spell, the sentinels and the end: nothing."""
        return [b""] * ((SYMBOLS if self.fim else 0) + 1)

    def _know(self, letters: int) -> None:
        vocab = letters + len(self._silent)
        self.spec = Spec("tokens", (self.context,), vocab, vocab - 1)

    def _until_end(self, tokens: Tensor) -> NDArray[np.int64]:
        """What a reader sees: no end and nothing after it, and no symbol that says where parts begin."""
        ids: NDArray[np.int64] = tokens.cpu().numpy()
        ended = functools.reduce(np.logical_or, (ids == end for end in self.spec.ends))
        ids = ids[: ended.argmax()] if ended.any() else ids
        return ids[ids < self.spec.vocab - 1 - SYMBOLS] if self.fim else ids


class Bytes(Text):
    """UTF-8 bytes: 256 symbols and the end. Nothing to learn."""

    def __init__(self, *, context: int = 256, fim: float = 0.0) -> None:
        super().__init__(context=context, fim=fim)
        self._know(256)

    def fit(self, samples: Iterable[str]) -> None:
        for _ in samples:
            pass

    def encode(self, samples: Sequence[str]) -> list[Tensor]:
        return [as_tokens(np.frombuffer(to_bytes(s), np.uint8)) for s in samples]

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        return [to_str(self._until_end(t).astype(np.uint8).tobytes()) for t in data]

    def pieces(self) -> list[bytes]:
        return [*(bytes([b]) for b in range(256)), *self._silent]

    def state(self) -> dict[str, Any]:
        return {}

    def load(self, state: Mapping[str, Any]) -> None:
        self._know(256)


class Characters(Text):
    """One symbol a character that the training split holds at least `min_count` times (the `limit` commonest of them);
    any other is spelled by its UTF-8 bytes, two of sixteen half-byte symbols each."""

    spelled = 16

    def __init__(self, *, context: int = 256, fim: float = 0.0, min_count: int = 8, limit: int = 8192) -> None:
        super().__init__(context=context, fim=fim)
        self.min_count, self.limit = min_count, limit

    def fit(self, samples: Iterable[str]) -> None:
        counts = np.zeros(CODE_POINTS, np.int64)
        for block in in_pieces(samples):
            found, times = np.unique(code_points(block), return_counts=True)
            counts[found] += times
        if not counts.any():
            raise DataError("the training split holds no text to learn characters from")
        common = np.argsort(-counts, kind="stable")[: self.limit]
        self._learn([int(c) for c in np.sort(common[counts[common] >= self.min_count])])

    def _learn(self, known: list[int]) -> None:
        self.known = known
        self._symbol = np.full(CODE_POINTS, -1, np.int64)
        self._symbol[known] = np.arange(len(known)) + self.spelled
        self._know(self.spelled + len(known))

    def encode(self, samples: Sequence[str]) -> list[Tensor]:
        return [as_tokens(self._symbols(s)) for s in samples]

    def _symbols(self, sample: str) -> NDArray[np.int64]:
        ids = self._symbol[code_points(sample)]
        unknown = np.flatnonzero(ids < 0)
        parts, start = [], 0
        for at in unknown.tolist():
            spelling = np.frombuffer(to_bytes(sample[at]), np.uint8)
            parts += [ids[start:at], np.stack([spelling >> 4, spelling & 15], 1).reshape(-1).astype(np.int64)]
            start = at + 1
        return np.concatenate([*parts, ids[start:]]) if parts else ids

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        return ["".join(self._pieces(self._until_end(t))) for t in data]

    def _pieces(self, ids: NDArray[np.int64]) -> Iterator[str]:
        """Runs of characters and runs of half bytes by turns; a half byte without its other half is dropped."""
        bounds = np.flatnonzero(np.diff(ids < self.spelled)) + 1
        letters = np.array(self.known, np.uint32)
        for run in np.split(ids, bounds):
            if len(run) and run[0] < self.spelled:
                pairs = run[: len(run) // 2 * 2].reshape(-1, 2)
                yield to_str((pairs[:, 0] * 16 + pairs[:, 1]).astype(np.uint8).tobytes())
            else:
                yield letters[run - self.spelled].tobytes().decode("utf-32-le", "surrogatepass")

    def pieces(self) -> list[bytes]:
        return [*[b""] * self.spelled, *(to_bytes(chr(c)) for c in self.known), *self._silent]

    def state(self) -> dict[str, Any]:
        return {"known": self.known}

    def load(self, state: Mapping[str, Any]) -> None:
        self._learn([int(c) for c in state["known"]])


class BytePairs(Text):
    """Byte-level byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909; on bytes: Radford et al. 2019) of at most
    `vocab` symbols, the 256 bytes and the end (and those for filling in the middle) among them."""

    def __init__(self, *, context: int = 256, fim: float = 0.0, vocab: int = 2048) -> None:
        super().__init__(context=context, fim=fim)
        self.pairs = vocab - (SYMBOLS if fim else 0) - 1
        if self.pairs < 256:
            least = 256 + vocab - self.pairs
            raise DataError(f"a byte-pair vocabulary holds the 256 bytes and the end: at least {least}, not {vocab}")
        self.vocab = vocab

    def fit(self, samples: Iterable[str]) -> None:
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(
            vocab_size=self.pairs,
            min_frequency=2,
            show_progress=False,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        )
        whole = (part for s in samples for part, surrogate in parts_of(s) if not surrogate)
        tokenizer.train_from_iterator(whole, trainer)
        self._learn(json.loads(tokenizer.to_str()))

    def _learn(self, table: dict[str, Any]) -> None:
        from tokenizers import Tokenizer

        self._table, self._tokenizer = table, Tokenizer.from_str(json.dumps(table))
        letters = byte_letters()
        by_id = {i: token for token, i in table["model"]["vocab"].items()}
        self._bytes = [bytes(letters[c] for c in by_id[i]) for i in range(len(by_id))]
        self._single = {piece[0]: i for i, piece in enumerate(self._bytes) if len(piece) == 1}
        self._know(len(self._bytes))

    def encode(self, samples: Sequence[str]) -> list[Tensor]:
        return [as_tokens(np.array(self._symbols(s), np.int64)) for s in samples]

    def _symbols(self, sample: str) -> list[int]:
        ids: list[int] = []
        for part, surrogate in parts_of(sample):
            ids += [self._single[b] for b in to_bytes(part)] if surrogate else self._tokenizer.encode(part).ids
        return ids

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        return [to_str(b"".join(self._bytes[i] for i in self._until_end(t).tolist())) for t in data]

    def pieces(self) -> list[bytes]:
        return [*self._bytes, *self._silent]

    def state(self) -> dict[str, Any]:
        return {"table": self._table}

    def load(self, state: Mapping[str, Any]) -> None:
        self._learn(dict(state["table"]))


# ------------------------------------------------------------------------------------------------ strings and bytes


def to_bytes(sample: str) -> bytes:
    return sample.encode("utf-8", "surrogatepass")


def to_str(content: bytes) -> str:
    """The string of these bytes. What a model made up and is not UTF-8 becomes U+FFFD, and changes nothing beside."""
    return content.decode("utf-8", MADE_UP)


def made_up(error: UnicodeError) -> tuple[str | bytes, int]:
    """Half a surrogate pair is one, anything else U+FFFD."""
    try:
        return codecs.lookup_error("surrogatepass")(error)
    except UnicodeError:
        return codecs.replace_errors(error)


codecs.register_error(MADE_UP, made_up)


def code_points(sample: str) -> NDArray[np.uint32]:
    return np.frombuffer(sample.encode("utf-32-le", "surrogatepass"), np.uint32)


def as_tokens(ids: NDArray[Any]) -> Tensor:
    return torch.from_numpy(ids.astype(np.int64))


def in_pieces(samples: Iterable[str]) -> Iterator[str]:
    """The samples joined into strings of about `FIT_CHARACTERS`."""
    held: list[str] = []
    length = 0
    for sample in samples:
        held.append(sample)
        length += len(sample)
        if length >= FIT_CHARACTERS:
            yield "".join(held)
            held, length = [], 0
    yield "".join(held)


def parts_of(sample: str) -> Iterator[tuple[str, bool]]:
    """Runs of the sample, and whether they are lone surrogates, which no UTF-8 tokenizer takes."""
    parts = re.split("([\ud800-\udfff]+)", sample)
    return ((part, bool(odd)) for part, odd in zip(parts, itertools.cycle((0, 1)), strict=False) if part)


def byte_letters() -> dict[str, int]:
    """The printable letter that byte-level tokenizers write for each byte (GPT-2's table): itself where it prints,
    else the next free one from U+0100 on."""
    prints = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [b for b in range(256) if b not in prints]
    return {chr(b): b for b in prints} | {chr(0x100 + i): b for i, b in enumerate(hidden)}
