"""A judge: how well a grid and a prompt agree, by two towers that place both in one space.

In: grids (B, C, H, W) with prompts. Out: unit vectors of either, their cosine, and the features of a grid that
validation measures distances in. It never samples, and no generator may be trained on its features.

B rows of a batch · C channels · H, W height and width · D shared width · L prompt length
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from anew.contract import Batch, Cond, Model, Phase, Spec, Unsupported, by_role
from anew.models.layers.convolution import narrowing
from anew.models.layers.reading import Prompts
from anew.models.layers.warp import moved, tinted, warp

SHARPEST = math.log(100.0)  # Radford et al. 2021, section 2.5: the temperature is kept above a hundredth
BEGIN = {"softmax": (math.log(1 / 0.07), 0.0), "sigmoid": (math.log(10.0), -10.0)}  # log scale and offset, as published


class Contrastive(Model):
    """Grids by a residual convolutional network of `width`, `widest` and `blocks`, prompts by `depth` blocks of
    attention of `reading` width, both into `shared` D. `objective`: "softmax" (Radford et al. 2021, arXiv:2103.00020,
    figure 3) tells each grid's prompt among the batch's and each prompt's grid; "sigmoid" (Zhai et al. 2023,
    arXiv:2303.15343, algorithm 1) judges each pair by itself. Rows whose prompt holds of another row's grid too, since
    it says no more than the prompt there, are not that row's negatives.

    `naming`: what it counts that each token of a prompt is told from the grid alone, each token a class of its own
    with an equal share of the row (Joulin et al. 2016, arXiv:1511.02251, section 3.2); so parts of a prompt are told
    apart that mostly come together.

    The training grids are moved by up to `step` whole cells and tinted by up to `tint`; half of them are bent by
    `shift`, `turn`, `zoom`, `shear`, `ripple` and `mirror` as well.
    """

    family = "judge"
    kinds = ("grid",)
    streams = None
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 16, "widest": 32, "reading": 32, "features": 32, "shared": 32},
        "s": {"width": 32, "widest": 128, "reading": 96, "features": 128, "shared": 96},
        "m": {"width": 48, "widest": 192, "reading": 128, "features": 192, "shared": 128},
        "l": {"width": 64, "widest": 256, "reading": 192, "features": 256, "shared": 192},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        width: Annotated[int, Field(ge=8, multiple_of=8)] = 32,
        widest: Annotated[int, Field(ge=8, multiple_of=8)] = 128,
        blocks: NonNegativeInt = 1,
        reading: Annotated[int, Field(ge=32, multiple_of=32)] = 96,
        depth: NonNegativeInt = 2,
        features: PositiveInt = 128,
        shared: PositiveInt = 96,
        objective: Literal["softmax", "sigmoid"] = "sigmoid",
        step: NonNegativeInt = 2,
        tint: float = 0.1,
        shift: float = 1.0,
        turn: float = 8.0,
        zoom: float = 0.1,
        shear: float = 0.05,
        ripple: float = 0.5,
        mirror: bool = False,
        naming: Annotated[float, Field(ge=0)] = 1.0,
    ) -> None:
        super().__init__(spec)
        if len(spec.shape) != 3:
            raise Unsupported(f"Contrastive judges grids (C, H, W), not {spec.shape}")
        if spec.cond is None or not spec.cond.tokens:
            raise Unsupported("Contrastive needs prompts, and the data carry none")
        self.bend: dict[str, Any] = {
            "shift": shift,
            "turn": turn,
            "zoom": zoom,
            "shear": shear,
            "ripple": ripple,
            "mirror": mirror,
        }
        self.objective, self.step, self.tint, self.naming = objective, step, tint, naming
        self.body, flat = narrowing(spec.shape, width, widest, blocks)
        self.squeeze = nn.Linear(flat, features)
        self.place = nn.Linear(features, shared)
        self.prompts = Prompts(spec.cond.tokens, reading, depth)
        self.place_prompt = nn.Linear(reading, shared)
        self.name_tokens = nn.Linear(features, spec.cond.tokens[1] + 1) if naming else None
        log_scale, offset = BEGIN[objective]
        self.log_scale = nn.Parameter(torch.tensor([log_scale]))
        self.offset = nn.Parameter(torch.tensor([offset]), requires_grad=objective == "sigmoid")

    def phases(self) -> list[Phase]:
        heads = [self.place, self.place_prompt, *([self.name_tokens] if self.name_tokens is not None else [])]
        return [Phase("all", by_role(self, rest=(head.weight for head in heads)))]

    # -------------------------------------------------------------------------------------------- what it tells

    def features(self, x: Tensor) -> Tensor:
        """(B, features): the layer before the shared space."""
        return F.silu(self.squeeze(self.body(x).flatten(1)))

    def embed(self, x: Tensor) -> Tensor:
        """(B, D): where grids lie, of length 1."""
        return F.normalize(self.place(self.features(x)), dim=1)

    def embed_prompt(self, cond: Cond) -> Tensor:
        """(B, D): where prompts lie, of length 1; the absent one lies somewhere too, and means nothing."""
        return F.normalize(self.place_prompt(self.prompts(cond, len(cond)).vector_BD), dim=1)

    def agreement(self, x: Tensor, cond: Cond) -> Tensor:
        """(B,) between -1 and 1: each grid's cosine with its own prompt."""
        return (self.embed(x) * self.embed_prompt(cond)).sum(1)

    # -------------------------------------------------------------------------------------------- how it learns

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The objective over the rows that bear a prompt, the grids changed anew each time. A row's loss depends on its
        company: micro-batches contrast within themselves alone."""
        features_BF = self.features(self.changed(batch.x, rng))
        loss, seen = self.contrast(F.normalize(self.place(features_BF), dim=1), batch.cond)
        if self.name_tokens is None or batch.cond is None:
            return loss, seen
        named = naming(self.name_tokens(features_BF), batch.cond)
        return loss + self.naming * named, seen | {"naming": named.detach()}

    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The objective, of the grids as they are."""
        return self.contrast(self.embed(batch.x), batch.cond)[0]

    def contrast(self, grid_BD: Tensor, cond: Cond | None) -> tuple[Tensor, dict[str, Tensor]]:
        if cond is None or cond.tokens_BL is None or cond.present_B is None:
            raise Unsupported("a contrastive judge learns from prompts, and the batch has none")
        scale = self.log_scale.clamp(max=SHARPEST).exp()
        logit_BB = scale * grid_BD @ self.embed_prompt(cond).T + self.offset  # a row for each grid
        said_BB = cond.present_B[:, None] & cond.present_B
        own_BB = torch.eye(len(cond), dtype=torch.bool, device=logit_BB.device)
        rival_BB = said_BB & ~holds(cond.tokens_BL, self.prompts.symbol.num_embeddings) & ~own_BB
        loss_B = (softmax if self.objective == "softmax" else sigmoid)(logit_BB, rival_BB)
        share_B = cond.present_B / cond.present_B.sum().clamp(min=1)
        best_B = logit_BB.masked_fill(~rival_BB, -math.inf).amax(1)
        right = (share_B * (logit_BB.diagonal() > best_B)).sum()
        loss = (share_B * loss_B).sum()
        return loss, {"contrast": loss.detach(), "accuracy": right, "scale": scale.detach()}

    def changed(self, x_BCHW: Tensor, rng: torch.Generator) -> Tensor:
        """The grids as training sees them: every other row bent, all moved and tinted."""
        bent_BCHW = x_BCHW.clone()
        bent_BCHW[::2] = warp(x_BCHW[::2], rng, **self.bend)
        return tinted(moved(bent_BCHW, rng, self.step), rng, self.tint)


def holds(tokens_BL: Tensor, symbols: int) -> Tensor:
    """(B, B): whether the prompt of the column holds of the row's grid as well, since each of its tokens, of so many
    symbols, is in the row's own prompt."""
    there_BV = bag(tokens_BL, symbols)
    return there_BV @ there_BV.T >= there_BV.sum(1)


def bag(tokens_BL: Tensor, symbols: int) -> Tensor:
    """(B, V): 1 where the prompt has the token."""
    there_BV = torch.zeros(len(tokens_BL), symbols, device=tokens_BL.device).scatter_(1, tokens_BL, 1.0)
    there_BV[:, 0] = 0
    return there_BV


def naming(logit_BV: Tensor, cond: Cond) -> Tensor:
    """Cross-entropy of the prompts' tokens, the mean over rows that bear one."""
    assert cond.tokens_BL is not None and cond.present_B is not None
    there_BV = bag(cond.tokens_BL, logit_BV.shape[1]) * cond.present_B[:, None]
    share_BV = there_BV / there_BV.sum(1, keepdim=True).clamp(min=1)
    return -(share_BV * logit_BV.log_softmax(1)).sum() / cond.present_B.sum().clamp(min=1)


def softmax(logit_BB: Tensor, rival_BB: Tensor) -> Tensor:
    """(B,): half of what telling the prompt of a grid costs, and half of telling the grid of a prompt."""
    own_B = logit_BB.diagonal()
    own_BB = torch.eye(len(logit_BB), dtype=torch.bool, device=logit_BB.device)
    counted_BB = logit_BB.masked_fill(~(rival_BB | own_BB), -math.inf)
    return (counted_BB.logsumexp(0) + counted_BB.logsumexp(1)) / 2 - own_B


def sigmoid(logit_BB: Tensor, rival_BB: Tensor) -> Tensor:
    """(B,): what telling the own pair from each other one costs."""
    others_BB = F.softplus(logit_BB) * rival_BB
    return F.softplus(-logit_BB.diagonal()) + (others_BB.sum(0) + others_BB.sum(1)) / 2


__all__ = ["Contrastive"]
