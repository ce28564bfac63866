"""Strings <-> the tokens of another program's model, by its tokenizer.json and the library tokenizers.

In: str samples. Out: a (T,) int64 tensor a sample, without what begins and ends it. Symbols that mean something to the
model (the end, the turns of a conversation) are never read out of a sample: there they are characters like others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from anew.codecs.fill import Sentinels
from anew.codecs.text import Text, byte_letters, to_bytes
from anew.contract import Spec
from anew.errors import DataError

if TYPE_CHECKING:
    from anew.codecs.chat import ChatTemplate

PROBES = (
    "", "a", " a", "  two  spaces ", "\n\nline\r\n", "\ttab", "Ünïcode é e\u0301", "日本語", "🙂👩‍👩‍👧", "\0\x1b[31m",
    "don't I'm.", "\u202eabc\ufeff", "1234567", "x" * 50, "<s>[INST]</s>", "`\u2581`",
)  # fmt: skip
# How the steps of a tokenizer.json that put a blank before a text, or take one away, are kept from it.
NO_EDGE = {"Metaspace": {"prepend_scheme": "never"}, "ByteLevel": {"add_prefix_space": False}, "Strip": {"start": 0}}


class Vocabulary(Text):
    """Learns nothing: it comes with a model. `lossy` where the tokenizer changes what it reads."""

    def __init__(self, *, context: int = 2048) -> None:
        super().__init__(context=context)
        self._lock = Lock()

    def fit(self, samples: Iterable[str]) -> None:
        if not hasattr(self, "spec"):
            raise DataError(
                "a vocabulary comes with an imported model and is not learnt", next_command="anew models import --help"
            )
        for _ in samples:
            pass

    @classmethod
    def of(cls, table: Mapping[str, Any], context: int, **state: Any) -> Vocabulary:
        """`table`: the tokenizer.json. `state`: vocab, end, begins, stops, template, bos; see `load`."""
        return cls.restore({"context": context}, {"table": json.dumps(table, ensure_ascii=False), **state})

    def load(self, state: Mapping[str, Any]) -> None:
        """`vocab`: symbols of the model; `end`, `begins`, `stops` as in a Spec; `template`: the chat template; `bos`:
        the symbol that a template may call so."""
        self._tokenizer, _ = tried(state["table"])
        self._state = dict(state)
        begins = state.get("begins")
        self.spec = Spec(
            "tokens", (self.context,), int(state["vocab"]), int(state["end"]),
            begins=None if begins is None else tuple(begins), stops=tuple(state.get("stops", ())),
        )  # fmt: skip
        for told in ("lossy", "template", "_inside"):
            self.__dict__.pop(told, None)

    @cached_property
    def lossy(self) -> bool:  # type: ignore[override]
        """Whether samples come back changed, tried on awkward ones."""
        return self.decode(self.encode(PROBES)) != list(PROBES)

    @cached_property
    def template(self) -> ChatTemplate | None:
        """How the model's turns are written, where it came with a template."""
        from anew.codecs.chat import ChatTemplate

        source = self._state.get("template")
        return None if source is None else ChatTemplate(source, self)

    @cached_property
    def _inside(self) -> Any:
        """The tokenizer for what begins inside a text: SentencePiece's put a blank before whatever they read."""
        table = json.loads(self._tokenizer.to_str())
        steps = {name: without_edge(table[name]) for name in ("normalizer", "pre_tokenizer", "decoder")}
        if all(table[name] == step for name, step in steps.items()):
            return self._tokenizer
        return tried(json.dumps(table | steps))[0]

    def encode(self, samples: Sequence[str]) -> list[Tensor]:
        return [self._ids(self._tokenizer, sample, symbols=False) for sample in samples]

    def read(self, marked: str, *, symbols: bool = True, inside: bool = False) -> Tensor:
        """The tokens of a string in which the model's `symbols` mean what they mean: what a chat template wrote.
        `inside`: it goes on after other text, up to its first symbol, after which a text begins anew."""
        if not inside or self._inside is self._tokenizer:
            return self._ids(self._tokenizer, marked, symbols)
        apart = [t.content for t in self._tokenizer.get_added_tokens_decoder().values() if symbols or not t.special]
        found = re.search("|".join(map(re.escape, sorted(apart, key=len, reverse=True))) or "$", marked)
        at = found.start() if found else len(marked)
        head = self._ids(self._inside, marked[:at], symbols)
        return torch.cat([head, self._ids(self._tokenizer, marked[at:], symbols)])

    def _ids(self, tokenizer: Any, sample: str, symbols: bool) -> Tensor:
        try:
            with self._lock:  # the tokenizer is told how to read before it reads, and threads share it
                tokenizer.encode_special_tokens = not symbols
                ids = tokenizer.encode(sample, add_special_tokens=False).ids
        except (UnicodeEncodeError, TypeError, ValueError) as error:
            raise DataError(f"half a surrogate pair is not text to this vocabulary: {str(error)[:80]}") from None
        if ids and max(ids) >= self.spec.vocab:
            raise DataError(f"the tokenizer knows symbol {max(ids)}, and the model has {self.spec.vocab} alone")
        return torch.tensor(ids, dtype=torch.int64)

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        return [self._spelled(self._tokenizer, tokens) for tokens in data]

    def goes_on(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        return [self._spelled(self._inside, tokens) for tokens in data]

    def _spelled(self, tokenizer: Any, tokens: Tensor) -> str:
        made: str = tokenizer.decode(self._until_end(tokens).tolist(), skip_special_tokens=True)
        return made

    @property
    def sentinels(self) -> Sentinels | None:
        """The symbols for filling in the middle, where the vocabulary has them under a name that is usual; its model
        then reads what stands before first."""
        for name in ("<|fim_{}|>", "<fim_{}>"):
            found = [self._tokenizer.token_to_id(name.format(part)) for part in ("prefix", "suffix", "middle")]
            if None not in found:
                return Sentinels(*found, end=int(self._state["end"]), suffix_first=False)
        return None

    def pieces(self) -> list[bytes]:
        """Byte letters and SentencePiece's blanks and bytes made into what they stand for; a special symbol is none."""
        table = json.loads(self._tokenizer.to_str())
        letters = byte_letters() if "ByteLevel" in json.dumps(table["decoder"]) else {}
        found = [b""] * self.spec.vocab
        for token, i in self._tokenizer.get_vocab(with_added_tokens=False).items():
            found[i] = spelled_bytes(token, letters)
        for i, added in self._tokenizer.get_added_tokens_decoder().items():
            found[i] = b"" if added.special else to_bytes(added.content)
        for i in self.spec.ends:
            found[i] = b""
        return found

    def symbol(self, number: int | None) -> str | None:
        """How the model's symbol of this number is written."""
        return None if number is None else self._tokenizer.id_to_token(int(number))

    @property
    def symbols(self) -> list[str]:
        """Every symbol that means something, as it is written."""
        added = self._tokenizer.get_added_tokens_decoder().values()
        return [token.content for token in added if token.special]

    def state(self) -> dict[str, Any]:
        return dict(self._state)


def without_edge(step: Any) -> Any:
    """A step of a tokenizer.json, and those within it, as it works inside a text."""
    if isinstance(step, list):
        return [without_edge(one) for one in step if one["type"] != "Prepend"]
    if step is None or step["type"] == "Prepend":
        return None
    inner = ("normalizers", "pretokenizers", "decoders")
    parts = {key: without_edge(value) for key, value in step.items() if key in inner}
    return step | NO_EDGE.get(step["type"], {}) | parts


def spelled_bytes(token: str, letters: Mapping[str, int]) -> bytes:
    """The bytes of a token as a vocabulary spells it: in letters for bytes, or as text with a mark for the blank."""
    if letters and all(c in letters for c in token):
        return bytes(letters[c] for c in token)
    if re.fullmatch("<0x[0-9A-F]{2}>", token):
        return bytes([int(token[3:5], 16)])
    return to_bytes(token if letters else token.replace("\u2581", " "))


def opening_of(table: Mapping[str, Any]) -> tuple[int, ...]:
    """The symbols that a tokenizer.json puts before every sequence."""
    return around(table)[0]


def around(table: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The symbols that a tokenizer.json puts before a sequence, and those that it puts behind it."""
    _, (plain, marked) = tried(json.dumps(table))
    at = next((i for i in range(len(marked)) if marked[i : i + len(plain)] == plain), 0)
    return tuple(marked[:at]), tuple(marked[at + len(plain) :])


def tried(table: str) -> tuple[Any, tuple[list[int], list[int]]]:
    """The tokenizer of a tokenizer.json, which neither cuts nor pads, and the ids of a letter without and with what it
    puts around a text. DataError where the library fails, be it by a panic, which is not even an Exception."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(table)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer, (tokenizer.encode("a", add_special_tokens=False).ids, tokenizer.encode("a").ids)
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        what = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"the tokenizer cannot be read: {what[:200]}") from None


__all__ = ["Vocabulary", "around", "opening_of"]
