"""Texts -> vectors: by an encoder, or as the mean of a language model's last states.

In: texts, or their tokens. Out: (N, D) float32. A text's vector is the text's alone, to the bit: it is padded to a
whole number of pieces, and runs in a block whose rows that length decides, the last block filled up.

B rows of a block · T tokens, padding included · D width · N texts
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from anew.artifact import Artifact, Encoder, Pooling
from anew.codecs.text import Text
from anew.data.progress import Progress, Report, silent
from anew.errors import RecipeError, Refused

PIECE = 16  # tokens that a text is padded to a multiple of
BLOCK = 128  # tokens that run together: more are not quicker, and one text alone costs as much


@dataclass(frozen=True)
class Vectors:
    """`values` (N, D); the `tokens` that were read of each text, those around it included; `cut`: numbers, from 0, of
    the texts of which that is not all."""

    values: NDArray[np.float32]
    tokens: list[int]
    cut: list[int]


@dataclass(frozen=True)
class Embedder:
    """`states`: (B, T) tokens and where they exist -> (B, T, D). `before` and `behind`: symbols around each text, which
    are pooled too where the vector is of the `whole`. `piece`: tokens that a text is padded to a multiple of; vectors
    of one length of piece differ in their last bits from those of another."""

    codec: Text
    states: Callable[[Tensor, Tensor], Tensor]
    before: tuple[int, ...]
    behind: tuple[int, ...]
    whole: bool
    pooling: Pooling
    piece: int = PIECE

    @classmethod
    def of(cls, model: Artifact | Encoder) -> Embedder:
        """Refused: a model without states, or one that does not read texts."""
        if not isinstance(model.codec, Text):
            raise Refused(f"{model.recipe.name} does not read texts", next_command="anew models list")
        if isinstance(model, Encoder):
            spec = model.codec.spec
            return cls(model.codec, model.network.states, spec.opening, spec.ends[:1], True, model.pooling)
        network = model.model
        if not hasattr(network, "states"):
            what = f"{model.recipe.name} is a {model.recipe.model.name}, which has no states after each token to pool"
            raise Refused(what, next_command="anew models list")
        before = (network.spec.end,) if network.spec.begins is None else network.spec.begins
        pooling = Pooling("mean", network.spec.shape[0], False)
        return cls(model.codec, lambda x_BT, _: network.states(x_BT)[0], before, (), False, pooling)

    @torch.inference_mode()
    def embed(
        self,
        texts: Sequence[str | Sequence[int]],
        *,
        normalise: bool | None = None,
        dimensions: int | None = None,
        cut: bool = False,
        report: Report = silent,
    ) -> Vectors:
        """A vector each; `normalise`: to length one (None: as the model's makers do), `dimensions`: the first so many
        numbers of it. Refused: a text longer than the model reads, unless it may be `cut`."""
        rows, shortened = self.read(texts, cut)
        groups: dict[int, list[int]] = defaultdict(list)
        for i, row in enumerate(rows):
            groups[min(-(-len(row) // self.piece) * self.piece, self.codec.spec.shape[0])].append(i)
        made, done, total = [], 0, sum(map(len, rows))
        order = [i for length in sorted(groups) for i in groups[length]]
        for length, members in sorted(groups.items()):
            together = max(1, BLOCK // length)
            for start in range(0, len(members), together):
                part = [rows[i] for i in members[start : start + together]]
                made.append(self.pooled(part, length, together, normalise, dimensions))
                done += sum(map(len, part))
                report(Progress("embed", done, total, "tokens"))
        values = np.empty((len(rows), made[0].shape[1] if made else 0), np.float32)
        if made:
            values[order] = torch.cat(made).numpy()
        return Vectors(values, [len(row) for row in rows], shortened)

    @property
    def room(self) -> int:
        """Tokens of a text that are read, what stands around it left out."""
        return self.pooling.longest - len(self.before) - len(self.behind)

    def read(self, texts: Sequence[str | Sequence[int]], cut: bool) -> tuple[list[list[int]], list[int]]:
        """Each text's tokens with what stands around it, and which texts were cut."""
        plain = iter(self.codec.encode([text for text in texts if isinstance(text, str)]))
        room = self.room
        rows, shortened = [], []
        for i, text in enumerate(texts):
            ids = next(plain).tolist() if isinstance(text, str) else list(text)
            if not isinstance(text, str) and not all(token in range(self.codec.spec.vocab) for token in ids):
                raise RecipeError(f"text {i + 1} holds tokens beyond the {self.codec.spec.vocab} that the model has")
            if len(ids) > room:
                if not cut:
                    what = f"text {i + 1} has {len(ids):,} tokens, and the model reads {room:,} of a text"
                    raise Refused(what, next_command="the same with --cut, which reads the beginning alone")
                shortened.append(i)
            rows.append([*self.before, *ids[:room], *self.behind] or [*self.codec.spec.ends[:1]])
        return rows, shortened

    def pooled(
        self, rows: Sequence[Sequence[int]], length: int, together: int, normalise: bool | None, dimensions: int | None
    ) -> Tensor:
        """(len(rows), D) of texts of one padded length, computed in just `together` rows."""
        x_BT = torch.zeros(together, length, dtype=torch.int64)
        ends_B = torch.tensor([len(row) for row in rows] + [1] * (together - len(rows)))
        for x_T, row in zip(x_BT, rows, strict=False):
            x_T[: len(row)] = torch.tensor(row)
        at_T = torch.arange(length)
        exists_BT = at_T < ends_B[:, None]
        counts_BT = exists_BT
        if not self.whole:  # a text of nothing is told by the symbols around it
            inside_BT = exists_BT & (at_T >= len(self.before)) & (at_T < ends_B[:, None] - len(self.behind))
            counts_BT = torch.where(inside_BT.any(1, keepdim=True), inside_BT, exists_BT)
        vectors_BD = pool(self.states(x_BT, exists_BT).float(), counts_BT, self.pooling.kind)
        if dimensions is not None and not 0 < dimensions <= vectors_BD.shape[1]:
            raise RecipeError(f"dimensions: the vectors have {vectors_BD.shape[1]}, not {dimensions}")
        vectors_BD = vectors_BD[:, :dimensions]
        unit = self.pooling.normalise if normalise is None else normalise
        return (F.normalize(vectors_BD, dim=1) if unit else vectors_BD)[: len(rows)]


def pool(states_BTD: Tensor, counts_BT: Tensor, kind: str) -> Tensor:
    """(B, D): the states that count as one vector (Reimers & Gurevych 2019, arXiv:1908.10084, section 3)."""
    if kind == "first":
        return states_BTD[:, 0]
    if kind == "max":
        return states_BTD.masked_fill(~counts_BT[..., None], -torch.inf).amax(1)
    return (states_BTD * counts_BT[..., None]).sum(1) / counts_BT.sum(1, keepdim=True)


def nearest(query_D: NDArray[np.float32], values_ND: NDArray[np.float32], most: int) -> list[tuple[int, float]]:
    """The vectors nearest to a query by their cosine, the nearest first: their numbers, from 0, and the cosines."""
    lengths_N = np.linalg.norm(values_ND, axis=1) * np.linalg.norm(query_D)
    cosine_N = (values_ND @ query_D) / np.maximum(lengths_N, np.finfo(np.float32).tiny)
    return [(int(i), float(cosine_N[i])) for i in np.argsort(-cosine_N, kind="stable")[:most]]
