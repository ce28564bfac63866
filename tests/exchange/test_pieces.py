"""SentencePiece's vocabularies put a blank before a text: once, where a text begins, and nowhere inside it."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import foreign_models as tiny
import pytest
import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers

from anew.codecs.turns import Turns
from anew.codecs.vocabulary import Vocabulary
from anew.deploy.lookup import open_model
from anew.engine.generate import generate
from anew.exchange import gguf
from anew.recipes.exchange import import_model

INSTRUCT = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content }}</s>{% endif %}{% endfor %}"
)
TALK = [
    {"role": "user", "content": "the <s> dogs"},
    {"role": "assistant", "content": "sat on the mat"},
    {"role": "user", "content": "b"},
    {"role": "assistant", "content": "return"},
]


def metaspace() -> str:
    """The same vocabulary with its blanks put by a pre-tokenizer, as newer files have it."""
    made = Tokenizer.from_str(tiny.sentence_pieces(False))
    made.normalizer = None
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    blank, first = decoders.Replace("▁", " "), decoders.Strip(" ", 1, 0)
    made.decoder = decoders.Sequence([blank, decoders.ByteFallback(), decoders.Fuse(), first])
    return made.to_str()


def vocabulary(table: str, template: str | None = INSTRUCT) -> Vocabulary:
    size = Tokenizer.from_str(table).get_vocab_size()
    return Vocabulary.of(json.loads(table), 64, vocab=size, end=2, begins=[1], bos=1, template=template)


@pytest.mark.parametrize("table", [tiny.sentence_pieces(), tiny.sentence_pieces(False), metaspace()])
def test_what_goes_on_keeps_its_blank_and_what_begins_has_none(table: str) -> None:
    codec = vocabulary(table)
    for text in ("The cat sat", " the dogs", "a\n b"):
        (ids,) = codec.encode([text])
        for at in range(1, len(ids) + 1):
            assert codec.decode([ids[:at]])[0] + codec.goes_on([ids[at:]])[0] == codec.decode([ids])[0]
        assert codec.decode([torch.cat([codec.encode(["a"])[0], codec.read(text, inside=True)])]) == ["a" + text]


@pytest.mark.parametrize("table", [tiny.sentence_pieces(), metaspace()])
def test_turns_are_the_tokens_of_the_whole_text(table: str) -> None:
    """Cut where answers begin and end, and around a symbol that a message spells, it has no blank too many."""
    codec = vocabulary(table)
    turns = Turns(inner=codec)
    (ids,) = turns.encode([TALK])
    written = "[INST] the <s> dogs [/INST] sat on the mat</s>[INST] b [/INST] return"
    whole = Tokenizer.from_str(table)
    whole.encode_special_tokens = True
    before, after = (whole.encode(part, add_special_tokens=False).ids for part in written.split("</s>"))
    assert ids.tolist() == [*before, 2, *after]
    question = turns.question(TALK[:3])
    assert torch.equal(question, ids[: len(question)])


def test_a_continuation_goes_on_with_its_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    gguf.write(tiny.model("llama"), tmp_path / "m.gguf", "f32")
    import_model(str(tmp_path / "m.gguf"), "mine")
    mine = open_model("mine")
    known = sorted(mine.codec._tokenizer.get_vocab().items())  # in the order of any run
    piece, number = next((p, n) for p, n in known if p[0] == "▁" and len(p) > 2 and "▁" not in p[1:])
    text, always = piece[1:], {"bias": {number: 100}, "max_new": 2}
    assert generate(mine, prompt="The cat", **always).samples == [f" {text} {text}"]
    assert generate(mine, **always).samples == [f"{text} {text}"]


class Slow:
    """A tokenizer that another thread gets a turn with before it reads."""

    def __init__(self, inner: Tokenizer) -> None:
        self.__dict__["inner"] = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.inner, name, value)

    def encode(self, *given: Any, **named: Any) -> Any:
        time.sleep(0.005)
        return self.inner.encode(*given, **named)


def test_one_thread_reads_symbols_while_others_read_texts() -> None:
    """How a tokenizer reads is told to it, so that two threads must not tell it at once."""
    codec = vocabulary(tiny.sentence_pieces())
    codec._tokenizer = Slow(codec._tokenizer)
    with ThreadPoolExecutor(2) as pool:
        marked = pool.map(codec.read, ["a</s>"] * 20)
        plain = pool.map(lambda text: codec.encode([text])[0], ["a</s>"] * 20)
        assert all(2 in ids for ids in marked) and not any(2 in ids for ids in plain)
