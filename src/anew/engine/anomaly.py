"""What is unlike the normal: a score for a picture, a threshold for a wanted false-positive rate, a map of where.

In: an artifact and normal pictures. Out: a `Detector`, which is tensors and JSON values. Every view is a function of a
picture that grows with strangeness; it is fitted on one part of the normals and measured on another. The score is the
greatest of the views, each in units of what the other normals show.

* whole: the distance to the nearest normals, in the energies of filters that are learnt from the normals and in the
  learned codec's latent. It is measured twice: where the differences between neighbours are made alike in all
  directions, and along the few axes that part the kinds of normal (their labels, or clusters where they have none);
* part: the strangest place, by how likely its energies are under a normal distribution (Mahalanobis, too much and too
  little alike), at several window sizes;
* rebuilt: the place that the learned codec rebuilds worst, where the artifact has one (or is one: a VAE).

`whole` finds pictures of another kind, the others find local defects; each dilutes the other, so that `look` chooses.

B, N pictures · F filters · Y, X cells of a map · D features of a picture · P axes · K kinds
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from anew.artifact import Artifact
from anew.codecs.image import Picture
from anew.engine.edit import grid_of
from anew.engine.latent import Space, space_of
from anew.errors import DataError

SIDE = 5  # of a filter
FAINT = 1e-4  # filters with a smaller share of the strongest one's variance see nothing but rounding
STRONG = 0.03  # those that the whole picture is compared by
CELLS = 7  # of the whole picture, in each direction
WINDOWS = (8, 16, 32)  # of the parts, as far as they fit into a third of the picture
STRIDE = 4
AXES, NEAREST, MEMORY = 64, 5, 20_000
KINDS, PARTING, ROUNDS = 20, 12, 15  # clusters where there are no labels, axes that part them, rounds of finding them
LEVEL = 0.99  # of the normals: a view's unit is from their middle to here
CALIBRATE = 0.2  # of the normals, for the threshold
ROWS = 256


Look = Literal["whole", "parts", "both"]


class Seen(NamedTuple):
    """`views` name -> (B,); `maps` name -> (B, Y, X), of views that have one."""

    views: dict[str, Tensor]
    maps: dict[str, Tensor]


@dataclass(frozen=True)
class Found:
    """Of one picture: its score, whether it is above the threshold, each view's part in it, and the heat (Y, X)."""

    score: float
    strange: bool
    views: dict[str, float]
    heat: NDArray[np.float64]


@dataclass
class Detector:
    """`looks`: which views count for the score; `scale`: a view's centre and unit, by name; `threshold` of the score.
    `state` and `restore` are its whole."""

    artifact: Artifact
    looks: Look = "both"
    tensors: dict[str, Tensor] = field(default_factory=dict)
    scale: dict[str, tuple[float, float]] = field(default_factory=dict)
    threshold: float = math.inf
    facts: dict[str, Any] = field(default_factory=dict)

    # -------------------------------------------------------------------------------------------- fitting

    @classmethod
    @torch.no_grad()
    def fit(
        cls,
        artifact: Artifact,
        normals: Sequence[Picture],
        false_positives: float = 0.05,
        labels: Sequence[str | None] | None = None,
        looks: Look = "both",
        seed: int = 0,
    ) -> Detector:
        """Fit on four fifths of the normals; the threshold is the conformal one of the others (Vovk et al. 2005,
        section 4.2): a further normal picture is above it with a chance of `false_positives` at most. `labels` are the
        kinds of normal."""
        held = max(math.ceil(CALIBRATE * len(normals)), math.ceil(1 / false_positives))
        if len(normals) - held < KINDS * NEAREST:
            least = held + KINDS * NEAREST
            what = f"{len(normals)} normal pictures, and {false_positives:g} of false positives need {least} or more"
            raise DataError(what, next_command="anew detect MODEL --fit FOLDER, with more pictures")
        rng = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(normals), generator=rng).tolist()
        made = cls(artifact, looks)
        made._learn(
            [normals[i] for i in order[held:]], None if labels is None else [labels[i] for i in order[held:]], rng
        )
        units = made._views([normals[i] for i in order[:held]])
        for name in ("near", "kind", *sorted(set(units) - {"near", "kind"}), "whole"):
            values = (units["near"] + units["kind"]) / 2 if name == "whole" else units[name]
            middle, high = torch.quantile(values.double(), torch.tensor([0.5, LEVEL], dtype=torch.float64)).tolist()
            made.scale[name] = (middle, max(high - middle, 1e-6))
            units[name] = made._units(name, values)
        scores = made._score(units).sort().values
        rank = math.ceil((len(scores) + 1) * (1 - false_positives))
        made.threshold = float(scores[min(rank, len(scores)) - 1])
        made.facts = {"false_positives": false_positives, "fitted_on": len(normals) - held, "calibrated_on": held}
        return made

    def _learn(self, pictures: Sequence[Picture], labels: Sequence[str | None] | None, rng: torch.Generator) -> None:
        t, some_BCHW = self.tensors, self._grid(pictures[:500])
        patches = F.unfold(some_BCHW, SIDE, stride=3).transpose(1, 2).flatten(0, 1)
        patches = patches[:: max(1, len(patches) // 200_000)].reshape(-1, some_BCHW.shape[1], SIDE * SIDE)
        patches = (patches - patches.mean(2, keepdim=True)).flatten(1).double()  # a filter is blind to brightness
        spread, axes = (v.flip(-1) for v in torch.linalg.eigh(torch.cov(patches.T)))
        kept = int((spread > FAINT * spread[0]).sum())
        filters = (axes[:, :kept] / spread[:kept].sqrt()).T.reshape(kept, -1, SIDE, SIDE)
        t["filters"] = filters.float()
        t["strong"] = torch.tensor(int((spread > STRONG * spread[0]).sum()))
        parts = {window: Moments() for window in self._windows(some_BCHW)}
        whole, latents = [], []
        for x_BCHW in self._blocks(pictures):
            energy_BFHW = self._energies(x_BCHW)
            whole.append(self._whole(x_BCHW, energy_BFHW))
            latents += [self._place(self._space, x_BCHW)] if self._space else []
            for window, moments in parts.items():
                moments.take(local(energy_BFHW, window))
        for window, moments in parts.items():
            t[f"mean {window}"], t[f"whiten {window}"] = moments.of()
        whole_ND = torch.cat(whole)
        t["centre"] = whole_ND.mean(0)
        axes = torch.linalg.svd((whole_ND - t["centre"])[:5000], full_matrices=False).Vh[:AXES].T
        t["axes"] = axes / ((whole_ND[:5000] - t["centre"]) @ axes).square().sum(1).mean().sqrt()
        x_ND = (whole_ND - t["centre"]) @ t["axes"]
        if latents:
            z_ND = torch.cat(latents)
            t["latent"] = z_ND.square().sum(1).mean().sqrt()
            x_ND = torch.cat([x_ND, z_ND / t["latent"]], 1)
        t["turn"] = neighbourly(x_ND)
        near_NP = x_ND @ t["turn"]
        kind_N = kinds_of(labels) if labels is not None else None
        t["part kinds"] = parting(x_ND, clusters(near_NP, rng) if kind_N is None else kind_N)
        t["near"], t["kind"] = near_NP[:MEMORY].clone(), (x_ND @ t["part kinds"])[:MEMORY].clone()

    # -------------------------------------------------------------------------------------------- looking

    @torch.no_grad()
    def look(self, pictures: Sequence[Picture]) -> list[Found]:
        """A finding for each picture. The heat is in the score's units, so that the threshold holds for it too."""
        found = []
        for x_BCHW in self._blocks(pictures):
            seen = self._see(x_BCHW)
            units = self._judge(seen.views)
            heat_BYX = torch.stack([self._units(name, values) for name, values in seen.maps.items()]).amax(0)
            for i, score in enumerate(self._score(units).tolist()):
                views = {name: float(values[i]) for name, values in units.items()}
                found.append(Found(score, score > self.threshold, views, heat_BYX[i].double().numpy()))
        return found

    @torch.no_grad()
    def scores(self, pictures: Sequence[Picture]) -> dict[str, Tensor]:
        """Each view's (N,) in its units, without the maps; "score" is the greatest of those that count."""
        units = self._judge(self._views(pictures))
        return units | {"score": self._score(units)}

    def _score(self, units: Mapping[str, Tensor]) -> Tensor:
        counts = {"whole": {"whole"}, "parts": set(units) - {"whole"}, "both": set(units)}[self.looks]
        return torch.stack([units[name] for name in sorted(counts - {"near", "kind"})]).amax(0)

    def _judge(self, views: Mapping[str, Tensor]) -> dict[str, Tensor]:
        units = {name: self._units(name, values) for name, values in views.items()}
        whole = self._units("whole", (units.pop("near") + units.pop("kind")) / 2)
        return {"whole": whole} | units

    def _units(self, name: str, values: Tensor) -> Tensor:
        middle, unit = self.scale[name]
        return (values - middle) / unit

    def _views(self, pictures: Sequence[Picture]) -> dict[str, Tensor]:
        seen = [self._see(x_BCHW).views for x_BCHW in self._blocks(pictures)]
        return {name: torch.cat([one[name] for one in seen]) for name in seen[0]}

    def _see(self, x_BCHW: Tensor) -> Seen:
        t, views, maps = self.tensors, {}, {}
        energy_BFHW = self._energies(x_BCHW)
        x_BD = (self._whole(x_BCHW, energy_BFHW) - t["centre"]) @ t["axes"]
        if self._space:
            z_BD = self._place(self._space, x_BCHW)
            x_BD = torch.cat([x_BD, z_BD / t["latent"]], 1)
            error_BHW = (x_BCHW - self._rebuild(self._space, z_BD)).square().sum(1, keepdim=True)
            maps["rebuilt"] = smooth(error_BHW, WINDOWS[0])[:, 0].clamp(min=1e-9).log()
        views["near"], views["kind"] = near(x_BD @ t["turn"], t["near"]), near(x_BD @ t["part kinds"], t["kind"])
        for window in self._windows(x_BCHW):
            gap_BFYX = local(energy_BFHW, window) - t[f"mean {window}"]
            white_BFYX = torch.einsum("fg,bgyx->bfyx", t[f"whiten {window}"], gap_BFYX)
            maps[f"part {window}"] = white_BFYX.square().sum(1).clamp(min=1e-9).log()
        return Seen(views | {name: map_BYX.flatten(1).amax(1) for name, map_BYX in maps.items()}, maps)

    # -------------------------------------------------------------------------------------------- views

    def _energies(self, x_BCHW: Tensor) -> Tensor:
        """(B, F, H, W): squared answers of the filters, each of mean 1 on normal patches."""
        return F.conv2d(F.pad(x_BCHW, [SIDE // 2] * 4, mode="reflect"), self.tensors["filters"]).square()

    def _whole(self, x_BCHW: Tensor, energy_BFHW: Tensor) -> Tensor:
        """(B, D): amplitudes of the strong filters, and brightness, on a grid so coarse that shifts hardly count."""
        step = max(1, min(x_BCHW.shape[2:]) // CELLS)

        def coarse(v: Tensor) -> Tensor:
            return F.avg_pool2d(v, 2 * step, step, padding=step // 2, count_include_pad=False)

        strong_BFYX = coarse(energy_BFHW[:, : int(self.tensors["strong"])]).sqrt()
        return torch.cat([strong_BFYX, coarse(x_BCHW)], 1).flatten(1)

    @cached_property
    def _space(self) -> Space | None:
        """The latent space that training gave its shape: a learned codec's, or a VAE's own. A flow's noise has none."""
        learned, codec = self.artifact.model.encodes == "grid", self.artifact.codec
        return space_of(self.artifact, "codec") if learned or codec is not grid_of(self.artifact) else None

    def _place(self, space: Space, x_BCHW: Tensor) -> Tensor:
        """(B, D): in the latent space."""
        return space.encode(grid_of(self.artifact).decode(x_BCHW)).flatten(1)

    def _rebuild(self, space: Space, z_BD: Tensor) -> Tensor:
        return self._grid(space.decode(z_BD.view(-1, *space.shape)))

    def _grid(self, pictures: Sequence[Picture]) -> Tensor:
        return grid_of(self.artifact).encode(pictures)

    def _blocks(self, pictures: Sequence[Picture]) -> Any:
        return (self._grid(pictures[i : i + ROWS]) for i in range(0, len(pictures), ROWS))

    def _windows(self, x_BCHW: Tensor) -> list[int]:
        side = min(x_BCHW.shape[2:])
        return [window for window in WINDOWS if 3 * window <= side] or [STRIDE]

    # -------------------------------------------------------------------------------------------- keeping

    def state(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """JSON values, and tensors."""
        values = {
            "format": 1,
            "looks": self.looks,
            "threshold": self.threshold,
            "scale": self.scale,
            "facts": self.facts,
        }
        return values, {name: value.contiguous() for name, value in self.tensors.items()}

    @classmethod
    def restore(cls, artifact: Artifact, values: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Detector:
        scale = {name: (float(middle), float(unit)) for name, (middle, unit) in values["scale"].items()}
        return cls(artifact, values["looks"], dict(tensors), scale, float(values["threshold"]), dict(values["facts"]))


class Moments:
    """The mean at each cell, and the covariance about it, the same for all cells; gathered block by block."""

    def __init__(self) -> None:
        self.count, self.total, self.products = 0, torch.zeros(()), torch.zeros(())

    def take(self, x_BFYX: Tensor) -> None:
        x_BFYX = x_BFYX.double()
        self.count += len(x_BFYX)
        self.total = self.total + x_BFYX.sum(0)
        flat = x_BFYX.transpose(0, 1).flatten(1)
        self.products = self.products + flat @ flat.T

    def of(self) -> tuple[Tensor, Tensor]:
        """(F, Y, X) the means, (F, F) what makes the covariance the unit matrix."""
        mean_FYX = self.total / self.count
        flat = mean_FYX.flatten(1)
        covariance_FF = (self.products / self.count - flat @ flat.T) / flat.shape[1]
        spread, axes = torch.linalg.eigh(covariance_FF)
        return mean_FYX.float(), (axes / spread.clamp(min=1e-4 * float(spread[-1])).sqrt()).T.float()


def local(energy_BFHW: Tensor, window: int) -> Tensor:
    """(B, F, Y, X): logarithms of the energies in windows."""
    return (smooth(energy_BFHW, window) + 0.01).log()


def smooth(x_BFHW: Tensor, window: int) -> Tensor:
    """The mean over windows about cells of `STRIDE` pixels; at the edge over what there is of them."""
    cells = F.avg_pool2d(x_BFHW, STRIDE, ceil_mode=True)
    beside = window // (2 * STRIDE)
    return F.avg_pool2d(cells, 2 * beside + 1, 1, padding=beside, count_include_pad=False)


# ------------------------------------------------------------------------------------------------ the whole picture


def near(x_BP: Tensor, memory_NP: Tensor) -> Tensor:
    """(B,): the logarithm of the mean distance to the nearest few."""
    found = torch.cdist(x_BP, memory_NP).topk(min(NEAREST, len(memory_NP)), largest=False).values
    return found.mean(1).clamp(min=1e-9).log()


def neighbourly(x_ND: Tensor, some: int = 2500) -> Tensor:
    """(D, D): turns and scales the features so that neighbours differ alike in all directions. What tells neighbours
    apart is harmless, so it is what distances are measured by."""
    part_ND = x_ND[:some]
    nearest = torch.cdist(part_ND, part_ND).topk(min(NEAREST + 1, len(part_ND)), largest=False).indices[:, 1:]
    return whitening(torch.cov((part_ND[nearest] - part_ND[:, None]).flatten(0, 1).T, correction=0))


def parting(x_ND: Tensor, kind_N: Tensor) -> Tensor:
    """(D, P): the axes along which the kinds lie apart, in units of how wide they are (Fisher 1936, Rao 1948)."""
    kinds: Tensor = torch.unique(kind_N)
    means_KD = torch.stack([x_ND[kind_N == kind].mean(0) for kind in kinds])
    inside_ND = x_ND - means_KD[torch.searchsorted(kinds, kind_N)]
    white_DD = whitening(torch.cov(inside_ND.T, correction=0))
    across_KD = (means_KD - means_KD.mean(0)) @ white_DD
    axes = torch.linalg.svd(across_KD, full_matrices=False).Vh[: min(PARTING, len(kinds) - 1)]
    return white_DD @ axes.T


def whitening(covariance_DD: Tensor) -> Tensor:
    """(D, D), with a twentieth of the mean variance added to each axis, so that none counts for more than it holds."""
    spread, axes = torch.linalg.eigh(covariance_DD)
    return axes / (spread + 0.05 * spread.mean()).clamp(min=1e-12).sqrt()


def kinds_of(labels: Sequence[str | None]) -> Tensor | None:
    """(N,) where every picture has a label, of three labels or more with a few pictures each."""
    names = sorted({str(label) for label in labels})
    index_N = torch.tensor([names.index(str(label)) for label in labels])
    enough = len(names) >= 3 and int(index_N.bincount().min()) > NEAREST and None not in labels
    return index_N if enough else None


def clusters(x_NP: Tensor, rng: torch.Generator) -> Tensor:
    """(N,): the cluster of each, by Lloyd's rounds from pictures drawn by chance (MacQueen 1967)."""
    centres_KP = x_NP[torch.randperm(len(x_NP), generator=rng)[:KINDS]]
    kind_N = torch.cdist(x_NP, centres_KP).argmin(1)
    for _ in range(ROUNDS):
        filled = [x_NP[kind_N == k] for k in range(KINDS)]
        centres_KP = torch.stack([own.mean(0) if len(own) else centres_KP[k] for k, own in enumerate(filled)])
        kind_N = torch.cdist(x_NP, centres_KP).argmin(1)
    return kind_N


__all__ = ["Detector", "Found"]
