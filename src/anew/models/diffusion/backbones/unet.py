"""A convolutional network that works at half and quarter size and so on, with a bridge across at each level.

B batch · C channels · H, W height and width · D width · P patch's side
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from anew.models.layers.attention import SelfAttention
from anew.models.layers.convolution import Grow, Residual, halvings, zero
from anew.models.layers.patches import Patches
from anew.models.layers.reading import Looking, Told


class UNet(nn.Module):
    """Ronneberger et al. (2015); residual, conditioned and with attention at the coarsest level as in Ho et al. (2020,
    appendix B). `depth` residual blocks on the way down and as many on the way up, shared out among the levels, of
    D / 2 channels at the first and D below. A stem of P × P patches keeps the first level from being large and
    narrow. Where there are prompts each level looks at them, on the way down and on the way up."""

    def __init__(self, shape: tuple[int, ...], width: int, depth: int, patch: int, prompted: bool = False) -> None:
        super().__init__()
        self.patches = Patches(shape, patch)
        sizes = halvings(self.patches.shape, 7)[: depth + 1]
        half = max(16, width // 16 * 8)
        widths = [half, *[2 * half] * (len(sizes) - 1)]
        each = max(1, depth // len(sizes))
        self.first = nn.Conv2d(self.patches.shape[0], half, 3, padding=1)
        self.last_norm = nn.GroupNorm(8, half)
        self.last = zero(nn.Conv2d(half, self.patches.shape[0], 3, padding=1))
        self.down = nn.ModuleList(blocks(c, width, each) for c in widths)
        self.up = nn.ModuleList(blocks(c, width, each) for c in widths)
        pairs = list(zip(widths[:-1], widths[1:], strict=True))
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairs)
        self.grow = nn.ModuleList(Grow(b, a, sizes[i]) for i, (a, b) in enumerate(pairs))
        self.look_norm, self.look = nn.GroupNorm(8, widths[-1]), SelfAttention(widths[-1])
        zero(self.look.out)
        self.ask, self.ask_again = (
            nn.ModuleList(Looking(c, width) for c in widths) if prompted else None for _ in range(2)
        )

    def forward(self, x_BCHW: Tensor, told: Told) -> Tensor:
        h_BCHW = self.first(self.patches.cut(x_BCHW))
        bridges: list[Tensor] = []
        for level, down in enumerate(self.down):
            h_BCHW = self.shrink[level - 1](h_BCHW) if level else h_BCHW
            for block in down:  # type: ignore[attr-defined]
                h_BCHW = block(h_BCHW, told.vector_BD)
            h_BCHW = asked(self.ask, level, h_BCHW, told)
            bridges.append(h_BCHW)
        looked_BTC = self.look(self.look_norm(h_BCHW).flatten(2).transpose(1, 2))
        h_BCHW = h_BCHW + looked_BTC.transpose(1, 2).unflatten(2, h_BCHW.shape[2:])
        for level in reversed(range(len(self.up))):
            h_BCHW = h_BCHW + bridges[level]
            for block in self.up[level]:  # type: ignore[attr-defined]
                h_BCHW = block(h_BCHW, told.vector_BD)
            h_BCHW = asked(self.ask_again, level, h_BCHW, told)
            h_BCHW = self.grow[level - 1](h_BCHW) if level else h_BCHW
        return self.patches.join(self.last(F.silu(self.last_norm(h_BCHW))))


def asked(looks: nn.ModuleList | None, level: int, h_BCHW: Tensor, told: Told) -> Tensor:
    """The same, and what each place finds in the prompt."""
    if looks is None or told.states is None:
        return h_BCHW
    looked_BTC = looks[level](h_BCHW.flatten(2).transpose(1, 2), *told.states)
    return h_BCHW + looked_BTC.transpose(1, 2).unflatten(2, h_BCHW.shape[2:])


def blocks(channels: int, told: int, count: int) -> nn.ModuleList:
    return nn.ModuleList(Residual(channels, told) for _ in range(count))
