"""BERT: an encoder in which every position sees every other (Devlin et al. 2019, arXiv:1810.04805).

In: sequences of tokens and where they exist. Out: a state for each token. It is not a `Model` of the contract: there is
no distribution that it could draw from or score, and nothing here trains it.

B batch · T tokens, padding included · D width
"""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from anew.contract import Spec, Unsupported
from anew.models.layers.block import FeedForward, Form, GroupedAttention


class Bert(nn.Module):
    """`spec.shape`: as many positions as were learnt. `inner`: width of the second sublayer. `segments`: kinds of
    sequence that were told apart while it learned; what is read here is of the first kind."""

    def __init__(
        self,
        spec: Spec,
        *,
        width: PositiveInt = 768,
        layers: PositiveInt = 12,
        heads: PositiveInt = 12,
        inner: PositiveInt = 3072,
        eps: PositiveFloat = 1e-12,
        activation: Literal["silu", "gelu", "gelu_tanh", "relu2"] = "gelu",
        segments: PositiveInt = 2,
    ) -> None:
        super().__init__()
        if width % heads:
            raise Unsupported(f"{heads} heads do not share a width of {width}")
        form = Form(
            width, heads, heads, width // heads, inner, "layer", eps, 0.0, False, False, activation, False, True, True,
            True, (width // heads) ** -0.5, 0.0,
        )  # fmt: skip
        self.spec, self.width, self.context = spec, width, spec.shape[0]
        self.embed = nn.Embedding(spec.vocab, width)
        self.places = nn.Embedding(self.context, width)
        self.segments = nn.Embedding(segments, width)
        self.norm = form.normalises(width)
        self.blocks = nn.ModuleList(EncoderBlock(form) for _ in range(layers))

    def states(self, x_BT: Tensor, exists_BT: Tensor) -> Tensor:
        """(B, T, D): of each token in sight of all that exist; section 3 and figure 2 of the paper."""
        T = x_BT.shape[1]
        if T > self.context:
            raise Unsupported(f"{T} tokens at once; the model's context is {self.context}")
        h_BTD = self.norm(self.embed(x_BT) + self.segments.weight[0] + self.places.weight[:T])
        seen_B11T = exists_BT[:, None, None]
        for block in self.blocks:
            h_BTD = block(h_BTD, seen_B11T)
        return h_BTD


class EncoderBlock(nn.Module):
    """norm(x + sublayer(x)), twice (Vaswani et al. 2017, arXiv:1706.03762, sections 3.1 to 3.3)."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.attention, self.mlp = GroupedAttention(form), FeedForward(form)
        self.attention_norm, self.mlp_norm = form.normalises(form.width), form.normalises(form.width)

    def forward(self, h_BTD: Tensor, seen_B11T: Tensor) -> Tensor:
        q_BHTE, k_BHTE, v_BHTE = self.attention.project(h_BTD, None)
        mixed_BHTE = self.attention.attend(q_BHTE, k_BHTE, v_BHTE, seen_B11T)
        h_BTD = self.attention_norm(h_BTD + self.attention.out(mixed_BHTE.transpose(1, 2).flatten(2)))
        after_BTD: Tensor = self.mlp_norm(h_BTD + self.mlp(h_BTD))
        return after_BTD
