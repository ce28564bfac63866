"""Asking a language model instead of drawing from it: which token comes next, what a blank holds, how likely a text is.

In: a model that writes, and a text. Out: probabilities, as the model itself has them, and the same whatever else is
asked at the same time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from anew.artifact import Artifact
from anew.contract import AppendOptions, Batch, Likely
from anew.engine.generate import condition_for, labels_for, prompt_for
from anew.engine.writing import MOST_LIKELY, Token, spelling, told, writes
from anew.errors import RecipeError

BLANK = "[[?]]"
SEED = 0  # of the draws behind a bound
PIECE = 128  # tokens whose logits are there at a time


class Filling(NamedTuple):
    """What a blank may hold, its share among what was asked about, and ln p of the whole text with it."""

    text: str
    share: float
    logp: float


@torch.no_grad()
def next_tokens(artifact: Artifact, prompt: str = "", k: int = 10, label: str | None = None) -> list[Token]:
    """The k likeliest tokens after the prompt."""
    if not writes(artifact):
        raise RecipeError(f"{artifact.recipe.name} does not write token after token", next_command="anew models list")
    if not 1 <= k <= MOST_LIKELY:
        raise RecipeError(f"the likeliest 1 to {MOST_LIKELY} tokens can be told, not {k}")
    cond = condition_for(artifact, labels_for(artifact, 1, [label])) if label is not None else None
    options = AppendOptions(max_new=1, temperature=0, logprobs=min(k, artifact.model.spec.vocab))
    rngs = [torch.Generator()]
    chunk = next(iter(artifact.model.sample(rngs, cond, prompt_for(artifact, prompt, 1), options)))
    found = chunk.likely[0]
    assert found is not None
    return [Token(i, spelling(artifact.codec, i), logp) for i, logp in found[1]]


@torch.no_grad()
def read_tokens(artifact: Artifact, tokens: Sequence[int], k: int = 0) -> list[Token]:
    """The tokens of a text as the model reads them, each with the k likeliest in its place; ln p is nan of a first one
    that nothing stands before. It is read in pieces, so that the logits of long texts fit in memory."""
    if not writes(artifact):
        raise RecipeError(f"{artifact.recipe.name} does not write token after token", next_command="anew models list")
    model, opening = artifact.model, artifact.model.spec.opening
    x_1T = torch.tensor([[*opening, *tokens]], dtype=torch.long)
    found, state, last = list[Likely](), None, x_1T.shape[1] - 1
    for start in range(0, last, PIECE):
        end = min(start + PIECE, last)
        logits_1PV, state = model.extend(x_1T[:, start:end], None, state)
        logp_PV = torch.log_softmax(logits_1PV[0].double(), 1)
        best_Pk, which_Pk = logp_PV.topk(k)
        own_P = logp_PV.gather(1, x_1T[0, start + 1 : end + 1, None])[:, 0]
        best = (tuple(zip(*pair, strict=True)) for pair in zip(which_Pk.tolist(), best_Pk.tolist(), strict=True))
        found += zip(own_P.tolist(), best, strict=True)
    found = [(math.nan, ()), *found][len(found) + 1 - len(tokens) :] if tokens else []
    return [told(artifact.codec, token, one) for token, one in zip(tokens, found, strict=True)]


def fillings(artifact: Artifact, text: str, among: Sequence[str]) -> list[Filling]:
    """What the blank `[[?]]` in a text holds, the likeliest first: each of `among` by the likelihood of the whole text
    with it, so that what follows the blank counts as what stands before. A model whose score is a bound gives bounds.
    """
    before, blank, after = text.partition(BLANK)
    if not blank or BLANK in after or len(set(among)) < 2:
        what = f"a text with one {BLANK} and two or more different things that may stand there"
        raise RecipeError(what, next_command=f'anew generate MODEL "The {BLANK} sat." --among cat,dog')
    logp = [-nats_of(artifact, before + one + after) for one in dict.fromkeys(among)]
    top = max(logp)
    whole = sum(math.exp(one - top) for one in logp)
    found = zip(dict.fromkeys(among), logp, strict=True)
    return sorted((Filling(one, math.exp(p - top) / whole, p) for one, p in found), key=lambda f: -f.logp)


def nats_of(artifact: Artifact, text: str) -> float:
    """-ln p of a text as the beginning of one, by the model's own score."""
    name, model = artifact.recipe.name, artifact.model
    if artifact.recipe.modality not in ("text", "code", "chat") or model.score_kind not in ("exact", "bound"):
        raise RecipeError(f"{name} cannot say how likely a text is", next_command="anew models list")
    (ids,) = artifact.codec.encode([text])
    x_T: Tensor = torch.cat([torch.tensor(model.spec.opening, dtype=torch.long), ids])
    if len(x_T) > model.spec.shape[0]:
        raise RecipeError(f"{len(x_T)} tokens; {name} holds {model.spec.shape[0]}", next_command="a shorter text")
    return float(model.score(Batch(x_T[None]), torch.Generator().manual_seed(SEED))[0])
