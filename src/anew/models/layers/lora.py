"""Low-rank changes over frozen layers: what an adapter is made of.

y = W x + s B A x with A (r, D) and B (O, r): LoRA, Hu et al. 2021 (arXiv:2106.09685), equation 3. B begins at zero, so
that a model that has learnt nothing yet is its base bit for bit. Several changes stack, each with a scale s of its own.
Over a convolution A is one too, of r channels and the layer's own window, and B mixes these at each place (Yeh et al.
2024, arXiv:2309.14859, section 3.2).

In: a model whose linear layers and convolutions are modules of their own. Out: the same model, with a change laid over
them.

D width in · O width out · r rank · N rows, however they were laid out · h, w a window's sides
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from anew.contract import Unsupported

HEAD = "head"  # the layer that makes logits, which is left alone unless it is asked for by name


class Change(nn.Module):
    """s B A x. A is (r, D), over a convolution (r, D, h, w). `on` False: as if it were not there."""

    def __init__(self, down: Tensor, up_Or: Tensor, scale: float) -> None:
        super().__init__()
        self.down, self.up, self.scale, self.on = nn.Parameter(down), nn.Parameter(up_Or), scale, True

    @property
    def learns(self) -> bool:
        return self.down.requires_grad

    def forward(self, x_ND: Tensor, y_NO: Tensor) -> Tensor:
        """y + s B A x: one product into y, whose memory it takes. The scale is multiplied in where rows are short."""
        return y_NO.addmm_((F.linear(x_ND, self.down) * self.scale).to(y_NO), self.up.t().to(y_NO))

    def convolved(self, x_BDHW: Tensor, base: nn.Conv2d) -> Tensor:
        """s B A x of each place that the layer answers for."""
        inner_BrHW = F.conv2d(x_BDHW, self.down, None, base.stride, base.padding)
        return F.conv2d(inner_BrHW * self.scale, self.up[:, :, None, None])

    @property
    def weight(self) -> Tensor:
        """s B A, in the shape of the layer's own weights."""
        return self.scale * (self.up @ self.down.flatten(1)).unflatten(1, self.down.shape[1:])


class Changed(nn.Module):
    """A linear layer, one that stands for it (a quantised one) or a convolution, under the changes that are laid over
    it."""

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base, self.changes = base, nn.ModuleList()

    @property
    def weight(self) -> Tensor:
        """The frozen weights, by which models tell their width and precision."""
        weight: Tensor = self.base.weight
        return weight

    def forward(self, x: Tensor) -> Tensor:
        if isinstance(self.base, nn.Conv2d):
            y_BOHW: Tensor = self.base(x)
            for change in self.changes:
                if change.on:
                    y_BOHW = y_BOHW + change.convolved(x, self.base)
            return y_BOHW
        x_ND = x.reshape(-1, x.shape[-1])
        y_NO: Tensor = self.base(x_ND)
        for change in self.changes:
            if change.on:
                y_NO = change(x_ND, y_NO)
        return y_NO.view(*x.shape[:-1], -1)


# ------------------------------------------------------------------------------------------------ laying over


def adapt(model: nn.Module, layers: Sequence[str], rank: int, alpha: float, rng: torch.Generator) -> None:
    """Freeze the model, and lay a change of `rank` that learns over each layer whose name fits one of `layers` (`*`
    stands for any letters; none: all but the head). Its scale is alpha / rank."""
    model.requires_grad_(False)
    for layer in fitting(model, layers).values():
        out, *within = shape_of(layer.base)
        down = torch.empty(rank, *within)
        nn.init.kaiming_uniform_(down, a=math.sqrt(5), generator=rng)  # as the paper's code begins A
        layer.changes.append(Change(down, torch.zeros(out, rank), alpha / rank))


def lay_over(model: nn.Module, weights: Mapping[str, Tensor], scale: float) -> None:
    """Lay stored changes over the layers that they name, times `scale`. Unsupported where one fits no layer."""
    names = sorted({name.rpartition(".")[0] for name in weights})
    known = changeable(model)
    for name in names:
        down, up_Or = weights.get(f"{name}.down"), weights.get(f"{name}.up")
        if name not in known or down is None or up_Or is None:
            raise Unsupported(f"an adapter changes {name!r}, which this model does not have")
        base = known[name].base if isinstance(known[name], Changed) else known[name]
        if (*up_Or.shape, *down.shape) != ((own := shape_of(base))[0], len(down), len(down), *own[1:]):
            by = " × ".join(map(str, (up_Or.shape[0], *down.shape[1:])))
            raise Unsupported(f"an adapter changes {name!r} by {by} weights, not its own")
    for name, layer in over(model, names).items():
        layer.changes.append(Change(weights[f"{name}.down"], weights[f"{name}.up"], scale).requires_grad_(False))


def learnt(model: nn.Module) -> dict[str, Tensor]:
    """The weights of the changes that learn, by the names of their layers."""
    found = {}
    for name, layer in changeable(model).items():
        for change in layer.changes if isinstance(layer, Changed) else ():
            if change.learns:
                found |= {f"{name}.down": change.down.detach(), f"{name}.up": change.up.detach()}
    return found


@torch.no_grad()
def merge(model: nn.Module) -> None:
    """Add every change to its layer's weights and take it away: W + s B A. Unsupported over a quantised layer."""
    for name, layer in changeable(model).items():
        if isinstance(layer, Changed):
            if not isinstance(layer.base, (nn.Linear, nn.Conv2d)):
                raise Unsupported(f"{name} is quantised: merge into the model that it was quantised from")
            for change in layer.changes:
                layer.base.weight += change.weight
            put(model, name, layer.base)


@contextmanager
def as_it_was(model: nn.Module) -> Iterator[None]:
    """The model without the changes that learn: the one that it started from."""
    changes = [m for m in model.modules() if isinstance(m, Change) and m.learns]
    try:
        for change in changes:
            change.on = False
        yield
    finally:
        for change in changes:
            change.on = True


# ------------------------------------------------------------------------------------------------ finding layers


def changeable(model: nn.Module) -> dict[str, nn.Module]:
    """Every linear layer and plain convolution of planes by name, changed ones among them."""
    found: dict[str, nn.Module] = {}
    for name, module in model.named_modules():
        inside = any(name.startswith(f"{outer}.") for outer, m in found.items() if isinstance(m, Changed))
        linear = isinstance(module, (nn.Linear, Changed)) or hasattr(module, "in_features")
        if not inside and (linear or (isinstance(module, nn.Conv2d) and plain(module))):
            found[name] = module
    return found


def linears(model: nn.Module) -> dict[str, nn.Module]:
    """Every linear layer by name, changed ones among them."""
    found = changeable(model).items()
    return {name: one for name, one in found if not isinstance(getattr(one, "base", one), nn.Conv2d)}


def plain(layer: nn.Conv2d) -> bool:
    """Neither dilated nor in groups, and zeros around."""
    return layer.groups == 1 and layer.dilation == (1, 1) and layer.padding_mode == "zeros"


def fitting(model: nn.Module, layers: Sequence[str]) -> dict[str, Changed]:
    known = changeable(model)
    for pattern in layers:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise Unsupported(f"no layer is called {pattern!r}; there are {', '.join(list(known)[:8])} …")
    names = [n for n in known if any(fnmatchcase(n, p) for p in layers) or (not layers and n != HEAD)]
    return over(model, names)


def over(model: nn.Module, names: Sequence[str]) -> dict[str, Changed]:
    """The layers of these names, each made ready to be changed."""
    known, made = changeable(model), {}
    for name in names:
        layer = known[name]
        made[name] = layer if isinstance(layer, Changed) else Changed(layer)
        put(model, name, made[name])
    return made


def put(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, layer)


def shape_of(layer: nn.Module) -> tuple[int, ...]:
    """(O, D) of a linear layer, (O, D, h, w) of a convolution."""
    if isinstance(layer, nn.Conv2d):
        return tuple(layer.weight.shape)
    return int(layer.out_features), int(layer.in_features)  # type: ignore[arg-type]
