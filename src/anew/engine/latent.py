"""Latent spaces: where a picture or a sound lies, what lies at a place, the ways between, directions, neighbours and a
flat map.

A model with `to_latent` places pictures in the noise that it would draw them from; a learned codec places them among
its training data's latents, where pictures that look alike lie together. Either is about standard normal.

B batch · Z latent · N placed samples · F frames · K classes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from anew.artifact import NOTED, Artifact
from anew.blocks import noise
from anew.codecs.image import Picture
from anew.codecs.sound import Sound
from anew.contract import Cond, Unsupported
from anew.engine.edit import plain_of, tensor
from anew.engine.generate import condition_for
from anew.errors import RecipeError

Which = Literal["model", "codec"]
ROWS = 256  # pictures encoded at once


@dataclass(frozen=True)
class Space:
    """One latent space of an artifact. `which`: the model's own, or the learned codec's."""

    artifact: Artifact
    which: Which
    shape: tuple[int, ...]

    def encode(self, pictures: Sequence[Picture | Sound], labels: Sequence[str | None] | None = None) -> Tensor:
        """(B, *shape). RecipeError where a picture or sound cannot be placed (a GAN only draws)."""
        made = []
        for one in pictures if self.artifact.recipe.modality in NOTED else ():
            plain_of(self.artifact, one)
        for start in range(0, len(pictures), ROWS):
            part = slice(start, start + ROWS)
            x = tensor(self.artifact.codec.encode(pictures[part]))
            if self.which == "model":
                cond = self.cond(len(x), None if labels is None else labels[part])
                try:
                    x = self.artifact.model.to_latent(x, cond)
                except Unsupported as why:
                    raise RecipeError(
                        f"{self.artifact.recipe.name}: {why}", next_command="seeds, such as 1 2"
                    ) from None
            made.append(x)
        return torch.cat(made)

    def decode(self, z: Tensor, labels: Sequence[str | None] | None = None) -> list[Any]:
        """The pictures or sounds at z (B, *shape)."""
        x = z if self.which == "codec" else self.artifact.model.from_latent(z, self.cond(len(z), labels))
        return self.artifact.codec.decode(x)

    def at_seed(self, seed: int) -> Tensor:
        """(1, *shape): the place that the sample of this seed is drawn from."""
        return noise(self.shape, [torch.Generator().manual_seed(seed)])

    def cond(self, n: int, labels: Sequence[str | None] | None) -> Cond | None:
        return condition_for(self.artifact, [None] * n if labels is None else labels)


def space_of(artifact: Artifact, prefer: Which = "model") -> Space:
    """The latent space asked for, or the other where there is only that. RecipeError where there is none."""
    plain_of(artifact)
    spaces = {}
    if artifact.model.latent_shape is not None:
        spaces["model"] = Space(artifact, "model", tuple(artifact.model.latent_shape))
    if hasattr(artifact.codec, "inner"):
        spaces["codec"] = Space(artifact, "codec", artifact.codec.spec.shape)
    if not spaces:
        what = f"{artifact.recipe.name}: neither its model nor its codec has a latent space"
        raise RecipeError(what, next_command="anew run images, whose recipe has one")
    return spaces.get(prefer) or next(iter(spaces.values()))


# ------------------------------------------------------------------------------------------------ ways and places


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """From a (share 0) to b (share 1), both (Z…), along the sphere (Shoemake 1985): a standard normal's mass lies on
    one, and a straight line would leave it. The ends are exact; opposite or parallel ends go straight."""
    if share in (0.0, 1.0):
        return b if share else a
    unit_a, unit_b = (v.flatten() / v.norm().clamp(min=1e-12) for v in (a, b))
    angle = torch.acos((unit_a @ unit_b).clamp(-1, 1))
    if angle.sin() < 1e-4:
        return (1 - share) * a + share * b
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / angle.sin()


def walk(stops: Sequence[Tensor], frames: int) -> Tensor:
    """(F, Z…): from stop to stop along spheres, `frames` from each to the next, both counted."""
    shares = [i / (frames - 1) for i in range(frames - 1)]
    made = [slerp(a, b, share) for a, b in zip(stops[:-1], stops[1:], strict=True) for share in shares]
    return torch.stack([*made, stops[-1]])


def direction(z_NZ: Tensor, labels: Sequence[str | None], towards: str, away: str) -> Tensor:
    """(Z…): from the mean of one label's latents to the mean of another's, for adding to a latent in shares."""
    means = []
    for label in (towards, away):
        chosen = [i for i, one in enumerate(labels) if one == label]
        if not chosen:
            raise RecipeError(f"no picture with the label {label!r} to find a direction by")
        means.append(z_NZ[chosen].mean(0))
    return means[0] - means[1]


def neighbours(z_BZ: Tensor, z_NZ: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """(B, k) distances, the nearest first, and the indices among z_NZ."""
    flat = (v.flatten(1).double() for v in (z_BZ, z_NZ))
    apart_BN = torch.cdist(*flat, compute_mode="donot_use_mm_for_euclid_dist")  # itself at exactly 0
    found = apart_BN.topk(min(k, len(z_NZ)), largest=False)
    return found.values, found.indices


@dataclass(frozen=True)
class Plane:
    """Where a flat map lies among latents: a place (a, b) of it is the latent mean + a · axes[0] + b · axes[1]."""

    mean_Z: Tensor
    axes_2Z: Tensor

    @classmethod
    def of(cls, z_NZ: Tensor, labels: Sequence[str | None] = ()) -> Plane:
        """Along the principal axes of the latents or, where there are three labels or more, of the labels' means, so
        that the map parts what the labels part."""
        x_NZ = z_NZ.flatten(1).double()
        mean_Z = x_NZ.mean(0)
        x_NZ = x_NZ - mean_Z
        names = sorted({one for one in labels if one is not None})
        means = [x_NZ[[i for i, one in enumerate(labels) if one == name]].mean(0) for name in names]
        _, _, axes = torch.linalg.svd(torch.stack(means) if len(names) >= 3 else x_NZ, full_matrices=False)
        axes_2Z = torch.zeros(2, x_NZ.shape[1], dtype=torch.float64)
        axes_2Z[: len(axes[:2])] = axes[:2]
        return cls(mean_Z, axes_2Z)

    def places(self, z_NZ: Tensor) -> tuple[Tensor, float]:
        """(N, 2) places on it, and the share of the latents' variance that they show."""
        x_NZ = z_NZ.flatten(1).double() - self.mean_Z
        flat_N2 = x_NZ @ self.axes_2Z.T
        return flat_N2, float(flat_N2.var(0).sum() / x_NZ.var(0).sum().clamp(min=1e-12))


def flatten(z_NZ: Tensor, labels: Sequence[str | None] = ()) -> tuple[Tensor, float]:
    """(N, 2) places on the flat map that parts the labels, and the share of the variance that it shows."""
    return Plane.of(z_NZ, labels).places(z_NZ)


__all__ = ["Plane", "Space", "direction", "flatten", "neighbours", "slerp", "space_of", "walk"]
