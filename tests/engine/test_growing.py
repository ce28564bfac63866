"""A text that grows token by token says at each what all of its tokens say, and reads each of them a few times."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_writers import writer

from anew.codecs.text import Text
from anew.engine.constraint import Constraint
from anew.engine.growing import Growing
from anew.tasks.chat import Ask, Message
from anew.tasks.model import Talking

CODECS = ("bytes", "characters", "bpe", "byte letters", "blanks as letters")
TEXTS = (
    "def read(path: str)",
    " two  blanks ",
    "é ß 日本語 🙂👩‍👩‍👧",
    "\n\n\tx",
    "\ufffd",
    "e\u0301",
    "Łódź ,.",
    "日本日本日本",
)


def codec_of(name: str) -> Text:
    codec = writer(name).codec
    assert isinstance(codec, Text)
    return codec


def drawn(codec: Text, seed: int) -> list[list[int]]:
    """Instalments of one to four tokens: of texts, cut anywhere, and any others that end nothing."""
    rng, tokens = random.Random(seed), list[int]()
    others = sorted({*range(codec.spec.vocab)} - {*codec.spec.ends})
    for _ in range(rng.randint(1, 12)):
        (ids,) = codec.encode([rng.choice(TEXTS)])
        start = rng.randrange(len(ids))
        tokens += ids.tolist()[start : start + rng.randint(1, 30)]
        tokens += rng.choices(others, k=rng.choice((0, 0, 1, 3)))
    cuts = []
    while tokens:
        size = rng.randint(1, 4)
        cuts.append(tokens[:size])
        tokens = tokens[size:]
    return cuts


@pytest.mark.parametrize("name", CODECS)
@given(seed=st.integers(0, 2**32), inside=st.booleans())
def test_it_says_at_each_instalment_what_all_tokens_say(name: str, seed: int, inside: bool) -> None:
    codec = codec_of(name)
    read = codec.goes_on if inside else codec.decode
    growing, tokens = Growing(codec, read), list[int]()
    for cut in drawn(codec, seed):
        growing.add(cut)
        tokens += cut
        assert [growing.text()] == read([torch.tensor(tokens)])
    assert growing.text(whole=True) == growing.text()


@pytest.mark.parametrize("name", CODECS)
def test_it_reads_a_long_text_a_few_times_and_not_for_each_token_anew(name: str) -> None:
    codec, count = codec_of(name), 0

    def read(data: Any) -> list[str]:
        nonlocal count
        count += len(data[0])
        return codec.goes_on(data)

    growing = Growing(codec, read)
    (ids,) = codec.encode(["def read(path: str) -> bytes:  # é ß and so on\n" * 40])
    for token in ids.tolist():
        growing.add([token])
        text = growing.text()
    assert count < 12 * len(ids) and [text] == codec.goes_on([ids])


def test_what_goes_on_with_the_beginning_of_an_answer_keeps_its_blank() -> None:
    talking = Talking(writer("blanks as letters", "decoder"))
    asks = [Ask((Message("user", "Hm?"),), constraint=Constraint("regex", " d+e"), begun=begun) for begun in ("a", "")]
    first, other = talking.answers(asks)
    assert first.text[:2] == " d" and other.text[:1] == "d"
    assert [*talking.stream(asks[0])][-1] == first
