"""Text codecs: exact on every string, learned in one bounded pass, harmless on what a model makes up."""

import json
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from anew.codecs import text
from anew.codecs.text import BytePairs, Bytes, Characters
from anew.errors import DataError
from anew.testing import check_codec

SAMPLES = [f"Scene {n}. Enter MACBETH; naïve, été – “dagger”?\n" * 3 for n in range(20)] + ["once: 龍"]
KINDS = [Characters, Bytes, BytePairs]


def fitted(kind, **settings):
    codec = kind(context=32, **settings)
    codec.fit(SAMPLES)
    return codec


@pytest.mark.parametrize("kind", KINDS)
def test_conforms(kind):
    assert len(check_codec(lambda: kind(context=32), SAMPLES).ran) >= 10


CODECS = [fitted(Characters), fitted(Bytes), fitted(BytePairs, vocab=300)]


@pytest.mark.parametrize("codec", CODECS, ids=lambda c: type(c).__name__)
@given(sample=st.text(st.characters(), max_size=40))
def test_every_string_comes_back(codec, sample):
    (tokens,) = codec.encode([sample])
    assert tokens.dtype == torch.int64 and (tokens < codec.spec.end).all()
    assert codec.decode([tokens]) == [sample]
    assert codec.size(sample) == len(sample.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("codec", CODECS, ids=lambda c: type(c).__name__)
def test_lone_surrogates_come_back(codec):
    samples = ["\ud83d", "a\udc00\ud800b\ud83d", "\ud800\udc00"]
    assert codec.decode(codec.encode(samples)) == samples


@pytest.mark.parametrize("codec", CODECS, ids=lambda c: type(c).__name__)
def test_any_tokens_decode_and_stop_at_the_end(codec):
    rng = random.Random(0)
    made_up = torch.tensor([[rng.randrange(codec.spec.vocab - 1) for _ in range(64)] for _ in range(20)])
    assert all(isinstance(one, str) for one in codec.decode(made_up))
    (tokens,) = codec.encode(["over"])
    ended = torch.cat([tokens, torch.tensor([codec.spec.end]), tokens])
    assert codec.decode([ended]) == ["over"]


@pytest.mark.parametrize("kind", KINDS)
def test_order_does_not_matter_and_state_is_all(kind):
    one, other = kind(context=32), kind(context=32)
    one.fit(SAMPLES)
    other.fit(reversed(SAMPLES))
    assert one.state() == other.state()
    again = kind(context=32)
    again.load(json.loads(json.dumps(one.state())))
    assert again.spec == one.spec
    assert all(torch.equal(a, b) for a, b in zip(again.encode(SAMPLES), one.encode(SAMPLES), strict=True))


def test_rare_characters_are_spelled_in_half_bytes():
    codec = fitted(Characters, min_count=2)
    (tokens,) = codec.encode(["龍"])
    assert ord("龍") not in codec.known and ord("é") in codec.known
    assert tokens.tolist() == [0xE, 0x9, 0xB, 0xE, 0x8, 0xD]


def test_the_commonest_characters_are_kept():
    codec = Characters(context=8, min_count=1, limit=2)
    codec.fit(["aaa bb c", "aaabb"])
    assert [chr(c) for c in codec.known] == ["a", "b"]


def test_characters_are_counted_across_pieces(monkeypatch):
    monkeypatch.setattr(text, "FIT_CHARACTERS", 7)
    assert fitted(Characters).state() == CODECS[0].state()


def test_byte_pairs_shorten_text_and_respect_their_vocabulary():
    codec = CODECS[2]
    assert codec.spec.vocab <= 300
    assert len(codec.encode([SAMPLES[0]])[0]) < codec.size(SAMPLES[0]) / 1.5
    with pytest.raises(DataError, match="257"):
        BytePairs(vocab=100)


def test_nothing_to_learn_from_is_said():
    with pytest.raises(DataError, match="no text"):
        Characters().fit([])


@pytest.mark.parametrize("codec", [Characters, Bytes, BytePairs])
def test_a_context_of_nothing_is_refused(codec):
    with pytest.raises(DataError, match="1 token or more"):
        codec(context=0)


def test_bytes_that_are_no_text_change_nothing_beside_them():
    assert text.to_str(b"a\xed\xa0\x80\xff\xc3\xa9\xe6\x97") == "a\ud800\ufffd\u00e9\ufffd"
    for sample in ("\ud83d\ude42", "\udfff\u65e5", "plain"):
        assert text.to_str(text.to_bytes(sample) + b"\xfe" + text.to_bytes(sample)) == f"{sample}\ufffd{sample}"
