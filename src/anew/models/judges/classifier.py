"""A judge: p(label | x) and features of a grid, by a small residual convolutional network.

In: grids (B, C, H, W) with labels. Out: logits, the features before them, -log p of a label. It never samples; its
features are the space in which validation measures distances, so no generator may be trained on them.

B batch · C channels · H, W height and width · D features · K classes
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from anew.contract import Batch, Model, Phase, Spec, Unsupported, by_role
from anew.models.layers.convolution import narrowing
from anew.models.layers.warp import warp


class Classifier(Model):
    """`width` channels at the first level, doubled at the second and kept; `blocks` residual blocks a level;
    `features` D; `weights` (K,) what each label counts in the loss. `shift`, `turn`, `zoom`, `shear`, `ripple` and
    `mirror` bend the training grids."""

    family = "judge"
    kinds = ("grid",)
    streams = None
    score_kind = "exact"
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 16, "features": 32},
        "s": {"width": 32, "features": 64},
        "m": {"width": 48, "features": 96},
        "l": {"width": 64, "features": 128},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        width: Annotated[int, Field(ge=8, multiple_of=8)] = 32,
        blocks: NonNegativeInt = 2,
        features: PositiveInt = 64,
        smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        weights: Sequence[float] | None = None,
        shift: float = 2.0,
        turn: float = 12.0,
        zoom: float = 0.12,
        shear: float = 0.1,
        ripple: float = 0.8,
        mirror: bool = False,
    ) -> None:
        super().__init__(spec)
        if len(spec.shape) != 3:
            raise Unsupported(f"Classifier judges grids (C, H, W), not {spec.shape}")
        if spec.cond is None or spec.cond.classes < 2:
            raise Unsupported("Classifier needs labels of at least two classes")
        self.bend = {"shift": shift, "turn": turn, "zoom": zoom, "shear": shear, "ripple": ripple, "mirror": mirror}
        if weights is not None and len(weights) != spec.cond.classes:
            raise Unsupported(f"{len(weights)} weights for {spec.cond.classes} labels")
        self.smoothing, self.weights = smoothing, weights
        self.body, flat = narrowing(spec.shape, width, 2 * width, blocks)
        self.squeeze = nn.Linear(flat, features)
        self.head = nn.Linear(features, spec.cond.classes)

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=[self.head.weight]))]

    def features(self, x: Tensor) -> Tensor:
        """(B, D): the penultimate layer."""
        return F.silu(self.squeeze(self.body(x).flatten(1)))

    def logits(self, x: Tensor) -> Tensor:
        """(B, K): log p(label | x) up to a constant."""
        return self.head(self.features(x))

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Cross-entropy of the labels, the grids bent anew each time."""
        label_B = self.labels(batch)
        logits_BK = self.logits(warp(batch.x, rng, **self.bend))
        weight_K = None if self.weights is None else logits_BK.new_tensor(self.weights)
        loss = F.cross_entropy(logits_BK, label_B, weight_K, label_smoothing=self.smoothing)
        right = (logits_BK.argmax(1) == label_B).float().mean()
        return loss, {"cross_entropy": loss.detach(), "accuracy": right}

    @torch.no_grad()
    def score(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """(B,) nats: -log p(label | x), of the grids as they are."""
        return F.cross_entropy(self.logits(batch.x), self.labels(batch), reduction="none")

    @staticmethod
    def labels(batch: Batch) -> Tensor:
        if batch.cond is None or batch.cond.label_B is None:
            raise Unsupported("a judge learns from labels, and the batch has none")
        return batch.cond.label_B
