"""Filling in the middle: what is learnt from holds the whole text, in both orders, at the rate asked for."""

from __future__ import annotations

import json

import pytest
import torch

from anew.codecs.fill import Sentinels, within
from anew.codecs.text import BytePairs, Bytes, Characters, Text
from anew.codecs.vocabulary import Vocabulary
from anew.errors import DataError
from anew.testing import check_codec

TEXTS = [f"def area_{n}(width, height):\n    # née 龍\n    return width * height + {n}\n" * 3 for n in range(20)]
KINDS: list[type[Text]] = [Characters, Bytes, BytePairs]


def fitted(kind: type[Text], **settings: object) -> Text:
    codec = kind(**{"context": 64, "fim": 0.5, **settings})  # type: ignore[arg-type]
    codec.fit(TEXTS)
    return codec


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def put_back(row: torch.Tensor, symbols: Sentinels) -> list[list[int]]:
    """The tokens of each piece in the text's own order, and whether it was rearranged: read off the symbols alone."""
    pieces: list[list[int]] = [[]]
    for token in row.tolist():
        if token == symbols.end:
            pieces.append([])
        else:
            pieces[-1].append(token)
    made = []
    for piece in pieces:
        if piece[:1] == [symbols.prefix]:
            s, m = piece.index(symbols.suffix), piece.index(symbols.middle)
            before, after, last = piece[1:s], piece[s + 1 : m], piece[m + 1 :]
            piece = before + last + after if s > 1 else last + after  # of SPM the prefix stands with the middle
        made.append(piece)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_codec_that_learns_to_fill_keeps_the_contract(kind: type[Text]) -> None:
    assert len(check_codec(lambda: kind(context=32, fim=0.5), TEXTS).ran) == 15  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_learnt_from_holds_the_whole_text(kind: type[Text]) -> None:
    codec = fitted(kind, fim=1.0)
    assert codec.sentinels is not None
    for text, row in zip(TEXTS, codec.rearrange(TEXTS, rng()), strict=True):
        pieces = put_back(row, codec.sentinels)
        assert "".join(codec.decode([torch.tensor(piece) for piece in pieces])) == text


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_rows(kind: type[Text]) -> None:
    codec = fitted(kind)
    one, same, other = (codec.rearrange(TEXTS, rng(seed)) for seed in (1, 1, 2))
    assert all(map(torch.equal, one, same)) and not all(map(torch.equal, one, other))


def test_the_rate_and_both_orders_are_as_asked_for() -> None:
    codec = fitted(Characters, fim=0.3)
    symbols = codec.sentinels
    assert symbols is not None
    rows = codec.rearrange(TEXTS * 40, rng())
    taken = [row for row in rows if symbols.prefix in row]
    assert abs(len(taken) / len(rows) - 0.3) < 0.05
    assert not [row for row in rows if symbols.end in row and symbols.prefix not in row]  # nothing else ends early
    begins = torch.cat([(row == symbols.prefix).nonzero()[:, 0] for row in taken])
    first = torch.cat([row[1:][row[:-1] == symbols.prefix] for row in taken])
    assert len(first) == len(begins) == sum((row == symbols.middle).sum() for row in taken)
    assert abs((first == symbols.suffix).float().mean() - 0.5) < 0.06


def test_the_rate_nought_leaves_everything_as_it_was() -> None:
    plain, taught = fitted(Characters, fim=0.0), fitted(Characters)
    assert plain.sentinels is None and taught.spec.vocab == plain.spec.vocab + 3
    assert all(map(torch.equal, plain.encode(TEXTS), taught.encode(TEXTS)))


def test_symbols_are_never_shown() -> None:
    codec = fitted(Bytes)
    symbols = codec.sentinels
    assert symbols is not None
    shown = torch.tensor([symbols.prefix, 65, symbols.suffix, 66, symbols.middle, 67, symbols.end, 68])
    assert codec.decode([shown]) == ["ABC"]


def test_the_sides_share_the_room() -> None:
    prefix, suffix = torch.arange(100), torch.arange(200, 300)
    before, after = within(prefix, suffix, 60)
    assert before.tolist() == list(range(60, 100)) and after.tolist() == list(range(200, 220))
    assert [len(side) for side in within(prefix[:10], suffix, 60)] == [10, 50]
    assert [len(side) for side in within(prefix, suffix[:5], 60)] == [55, 5]
    assert [len(side) for side in within(prefix, suffix, 0)] == [0, 0]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(DataError, match="share of the text"):
        Characters(fim=1.5)
    with pytest.raises(DataError, match="at least 260"):
        BytePairs(fim=0.5, vocab=259)


@pytest.mark.parametrize("names", ["<|fim_{}|>", "<fim_{}>"])
def test_the_symbols_of_an_imported_vocabulary_are_known_by_their_names(names: str) -> None:
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate("abcd")}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens([AddedToken(names.format(part)) for part in ("prefix", "middle", "suffix")])
    codec = Vocabulary.of(json.loads(tokenizer.to_str()), 32, vocab=8, end=7)
    symbols = codec.sentinels
    assert symbols == Sentinels(4, 6, 5, 7, suffix_first=False)
    assert symbols.gap(*codec.encode(["ab", "cd"])).tolist() == [4, 0, 1, 6, 2, 3, 5]
    plain = Vocabulary.of(json.loads(Tokenizer(models.BPE(vocab={"a": 0}, merges=[])).to_str()), 32, vocab=2, end=1)
    assert plain.sentinels is None
