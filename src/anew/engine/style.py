"""The content of one picture in the style of another, by example.

In: a model that goes from noise to planes (C, H, W), two pictures, and how far either dial is turned. Out: pictures.
The content's latent is given the mean and the covariance over places of the style's, by the linear map that moves it
least (Lu et al. 2019, arXiv:1906.00668; of colours Pitié & Kokaram 2007), and is then varied as any picture is, which
makes of it one that the model could have drawn.

C channels · H, W height and width · N places
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from anew.artifact import Artifact
from anew.codecs.image import Picture
from anew.contract import Prompt
from anew.engine.edit import asked_of, begun, digest_of, edited, grid_of, tensor
from anew.engine.generate import Generated, seeds_for
from anew.engine.settings import Edit
from anew.engine.sizes import of_size
from anew.errors import RecipeError

LEAST = 1e-3  # added to each variance: a plane that is the same everywhere has none to be divided by


def restyle(
    artifact: Artifact,
    picture: Picture,
    style: Picture,
    strength: float,
    share: float = 1.0,
    n: int = 1,
    seed: int = 0,
    label: str | None = None,
    **options: Any,
) -> Generated:
    """`n` pictures of what `picture` shows in the style of `style`, of which `share` (0 to 1) is taken on. `strength`
    as in `vary`; 0 leaves the model out. RecipeError: a model whose latent is no planes."""
    artifact = of_size(artifact, options.pop("size", None))
    plain, asked = grid_of(artifact), asked_of(artifact, n, label)
    for name, value, way in (("strength", strength, "--strength 0.15"), ("style share", share, "--style-share 1")):
        if not 0 <= value <= 1:
            raise RecipeError(f"{name} is a share from 0 to 1, not {value:g}", next_command=way)
    if len(artifact.model.spec.shape) != 3:
        what = f"{artifact.recipe.name} works in a latent that has no places, of which none could have a style"
        raise RecipeError(what, next_command="anew run emoji, whose latent is a plane")
    content_CHW, style_CHW = tensor(artifact.codec.encode([picture, style]))
    start = moved(content_CHW, style_CHW, share).expand(n, *artifact.model.spec.shape)
    made = begun(artifact, seeds_for(n, seed), Prompt(start=start, strength=strength), asked, options)
    how = Edit(
        kind="style", picture=digest_of(plain.canonical(picture)), style=digest_of(plain.canonical(style)),
        strength=float(strength), share=float(share),
    )  # fmt: skip
    return replace(made, how=edited(made, how))


def moved(content_CHW: Tensor, style_CHW: Tensor, share: float) -> Tensor:
    """The content with the style's mean and covariance, as far as `share` says; 0 is the content itself."""
    x_CN, y_CN = (v.double().flatten(1) for v in (content_CHW, style_CHW))
    middle_C1, aim_C1 = x_CN.mean(1, keepdim=True), y_CN.mean(1, keepdim=True)
    map_CC = transport(covariance(x_CN), covariance(y_CN))
    whole_CN = map_CC @ (x_CN - middle_C1) + aim_C1
    made_CN = x_CN if share == 0 else (1 - share) * x_CN + share * whole_CN
    return made_CN.view_as(content_CHW).to(content_CHW.dtype)


def covariance(x_CN: Tensor) -> Tensor:
    """(C, C) over the places."""
    apart_CN = x_CN - x_CN.mean(1, keepdim=True)
    return apart_CN @ apart_CN.T / x_CN.shape[1] + LEAST * torch.eye(len(x_CN), dtype=x_CN.dtype)


def transport(from_CC: Tensor, to_CC: Tensor) -> Tensor:
    """A^-½ (A^½ B A^½)^½ A^-½, symmetric: it carries a normal density of covariance A to one of B, and moves it least
    (Olkin & Pukelsheim 1982)."""
    root_CC, inverse_CC = power(from_CC, 0.5), power(from_CC, -0.5)
    return inverse_CC @ power(root_CC @ to_CC @ root_CC, 0.5) @ inverse_CC


def power(matrix_CC: Tensor, exponent: float) -> Tensor:
    """Of a symmetric positive matrix."""
    values_C, vectors_CC = torch.linalg.eigh((matrix_CC + matrix_CC.T) / 2)
    return (vectors_CC * values_C.clamp(min=1e-12) ** exponent) @ vectors_CC.T


__all__ = ["moved", "restyle", "transport"]
