"""Beam search: the likeliest continuations that a search as wide as the beam finds, from `extend` alone.

In: the verb, a prompt, a width. Out: finished sequences with ln p, the likeliest first. Nothing is drawn: where two are
as likely, that of the likelier parent goes first, then the lower token. The network runs on one number of rows.

R rows of the beam, filled up to whole blocks · V vocabulary
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from anew.contract import Cond
from anew.samplers.choice import Guide
from anew.samplers.tokens import PIECE, Extend, fill, read


class Found(NamedTuple):
    """A finished sequence: its tokens, the end symbol included where it ended, and ln p of all of them."""

    tokens: tuple[int, ...]
    logp: float
    ended: bool


@dataclass
class Beam:
    """An unfinished sequence."""

    tokens: tuple[int, ...]
    logp: float
    guide: Guide | None


@torch.no_grad()
def search(
    extend: Extend,
    prompt: Sequence[int],
    width: int,
    *,
    ends: Sequence[int],
    max_new: int,
    rows: int = 8,
    piece: int = PIECE,
    cond: Cond | None = None,
    guide: Guide | None = None,
    device: torch.device | str = "cpu",
) -> list[Found]:
    """At most `width` sequences of at most `max_new` tokens (Graves 2012, arXiv:1211.3711, algorithm 1, with a beam of
    one length at a time). What a guide forbids is left out, its probability given to nobody.

    It ends when no unfinished sequence can become likelier than the worst of `width` finished ones: ln p only falls.
    """
    beams, finished = [Beam((), 0.0, guide)], list[Found]()
    size = -(-width // rows) * rows
    given = None if cond is None else fill(cond, size)
    logits_RV, state = read(extend, dict.fromkeys(range(size), prompt), size, piece, ends[0], given, device)
    while True:
        going, parents = list[Beam](), list[int]()
        for parent, token, logp in extensions(beams, logits_RV, 2 * width, ends):
            tokens = (*beams[parent].tokens, token)
            own = beams[parent].guide
            steer = own if own is None else own.copy()
            ended = (steer is not None and steer.took(token)) or token in ends
            if ended or len(tokens) >= max_new:
                finished.append(Found(tokens, logp, ended))
            elif len(going) < width:
                going.append(Beam(tokens, logp, steer))
                parents.append(parent)
        finished = sorted(finished, key=lambda f: -f.logp)[:width]
        if not going or (len(finished) == width and going[0].logp <= finished[-1].logp):
            return finished
        beams = going
        rows_R = torch.tensor([*parents, *[0] * (size - len(beams))], device=device)
        x_R1 = torch.tensor([[b.tokens[-1]] for b in beams] + [[ends[0]]] * (size - len(beams)), device=device)
        logits_RTV, state = extend(x_R1, None, state.take(rows_R))
        logits_RV = logits_RTV[:, -1]


def extensions(
    beams: Sequence[Beam], logits_RV: Tensor, most: int, ends: Sequence[int]
) -> list[tuple[int, int, float]]:
    """(beam, token, ln p with it) of the likeliest next tokens of all beams, with room for ends, which
    take no place in the beam."""
    logp_RV = torch.log_softmax(logits_RV[: len(beams)].double(), 1)
    for i, beam in enumerate(beams):
        mask_V = None if beam.guide is None else beam.guide.allowed()
        if mask_V is not None:
            logp_RV[i] = logp_RV[i].masked_fill(~mask_V.to(logp_RV.device), -torch.inf)
        logp_RV[i] += beam.logp
    best_N, at_N = logp_RV.flatten().topk(min(most + len(beams) * len(ends), logp_RV.numel()))
    found = sorted((-logp, at) for logp, at in zip(best_N.tolist(), at_N.tolist(), strict=True) if logp > -torch.inf)
    vocab = logp_RV.shape[1]
    return [(at // vocab, at % vocab, -nats) for nats, at in found]
