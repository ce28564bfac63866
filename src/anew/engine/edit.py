"""Pictures as inputs: variations of one (a strength dial), and one of which a part is made anew (known pixels kept).

In: a model, a picture as a uint8 array and, for inpainting, where to make it anew. Out: samples, as `generate` gives.

A flow on the picture's own grid holds the known pixels while it samples, and so does one on a grid whose cells are
patches of the picture (a codec that tells its `scale`), as far as whole cells are known. Behind another learned codec,
or in a VAE, a pixel has no place of its own: rounds of pasting the known pixels, encoding, and varying what came out
with falling strength draw the latent towards a picture that agrees with them (after RePaint's resampling, Lugmayr et
al. 2022, section 4.2, with the codec's projection between the steps). Either way the known pixels come out bit-equal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anew.artifact import NOTED, Artifact
from anew.codecs.image import Image, Picture
from anew.codecs.origin import MENDED
from anew.codecs.sound import Sound
from anew.contract import Options, Prompt, Unsupported
from anew.engine.generate import (
    Generated,
    Watch,
    condition_for,
    generate,
    label_names,
    labels_for,
    options_for,
    seeds_for,
)
from anew.engine.settings import Edit, Settings, settings_of
from anew.engine.sizes import of_size
from anew.errors import RecipeError

Mask = NDArray[np.bool_]
CANDIDATES = 8  # draws an item, of which the one nearest to the known pixels is worked on
STRENGTHS = (0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)  # of the rounds
NEAR = 3  # pixels from the part made anew whose agreement counts most, since they make the seam


def vary(
    artifact: Artifact,
    picture: Picture,
    strength: float,
    n: int = 1,
    seed: int = 0,
    label: str | None = None,
    **options: Any,
) -> Generated:
    """`n` variations. Strength 0 is the picture as the codec's grid holds it, bit-equal; 1 forgets it. Without a label
    a conditional model is not told one; `size` is as in `generate`."""
    artifact = of_size(artifact, options.pop("size", None))
    plain, asked = grid_of(artifact), asked_of(artifact, n, label)
    check_strength(strength)
    start = tensor(artifact.codec.encode([picture])).expand(n, *artifact.model.spec.shape)
    made = begun(artifact, seeds_for(n, seed), Prompt(start=start, strength=strength), asked, options)
    held = plain.canonical(picture)
    how = Edit(kind="variation", picture=digest_of(held), strength=float(strength))
    return replace(made, samples=[held] * n if strength == 0 else made.samples, how=edited(made, how))


@torch.no_grad()
def inpaint(
    artifact: Artifact,
    picture: Picture,
    mask: Mask,
    n: int = 1,
    seed: int = 0,
    label: str | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Generated:
    """`n` ways to make the part of `picture` where `mask` (H, W) is True; the rest comes out bit-equal. `size` is
    as in `generate`."""
    artifact = of_size(artifact, options.pop("size", None))
    plain, asked = grid_of(artifact), asked_of(artifact, n, label)
    if mask.shape != picture.shape[:2]:
        (high, wide), (h, w) = mask.shape, picture.shape[:2]
        raise RecipeError(f"the mask has {wide} × {high} pixels and the picture {w} × {h}; they have to be alike")
    unknown = plain.canonical(np.repeat(mask[:, :, None], 3, 2).astype(np.uint8) * 255)[:, :, :1] >= 128
    if not unknown.any():
        raise RecipeError("the mask is black all over: paint white what is to be made anew")
    held = plain.canonical(picture)
    made = mend(artifact, [held] * n, unknown, seeds_for(n, seed), asked, watch, options)
    how = Edit(kind="inpainting", picture=digest_of(held), mask=digest_of(unknown))
    return replace(made, how=edited(made, how))


def begun(
    artifact: Artifact, seeds: Sequence[int], prompt: Prompt, asked: Sequence[str | None] | None,
    options: Mapping[str, Any],
) -> Generated:  # fmt: skip
    """Samples that begin from what is given. RecipeError for an option that would forget it."""
    if options.get("best_of") is not None:
        raise RecipeError("best_of chooses among pictures from nothing, and not from one", next_command="leave it out")
    return generate(artifact, len(seeds), seeds, prompt, asked, **options)


def mend(
    artifact: Artifact, held: Sequence[Picture], unknown: Mask, seeds: Sequence[int],
    asked: Sequence[str | None] | None, watch: Watch | None, options: Mapping[str, Any],
) -> Generated:  # fmt: skip
    """Pictures on the codec's grid, a seed each, of which what is `unknown` (H, W, 1) is made anew."""

    def whole(samples: Sequence[Picture]) -> list[Picture]:
        return [paste(one, own, unknown) for one, own in zip(samples, held, strict=True)]

    def pasted(progress: float, decode: Callable[[], list[Picture]]) -> None:
        if watch is not None:
            watch(progress, lambda: whole(decode()))

    n, shape = len(held), artifact.model.spec.shape
    scale = 1 if artifact.plain is artifact.codec else getattr(artifact.codec, "scale", None)
    if scale is not None and artifact.model.streams == "refine":
        values = tensor(artifact.codec.encode(held))
        known = torch.from_numpy(~cells(unknown, scale).transpose(2, 0, 1)).expand(n, *shape)
        made = begun(artifact, seeds, Prompt(values=values, known=known), asked, {**options, "watch": pasted})
    else:
        made = Latents(artifact, held, unknown, asked, dict(options), pasted).generate(seeds)
    return replace(made, samples=whole(made.samples), source=MENDED)


class Latents:
    """The search of a latent whose picture agrees with the known pixels."""

    def __init__(
        self, artifact: Artifact, held: Sequence[Picture], unknown: Mask, asked: Sequence[str | None] | None,
        options: Any, watch: Watch,
    ) -> None:  # fmt: skip
        self.artifact, self.held, self.unknown, self.asked, self.watch = artifact, held, unknown, asked, watch
        self.given = options
        self.options: Options = options_for(artifact, options)
        weight = np.where(unknown, 0.0, 1.0)
        weight[spread(unknown, NEAR) & ~unknown] = 4.0
        self.weight = weight / max(weight.sum(), 1.0)

    def generate(self, seeds: Sequence[int]) -> Generated:
        """Each item draws from its own generator alone, so that it does not depend on its company."""
        rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        labels = labels_for(self.artifact, len(seeds), self.asked)
        best, error = self.draw(rngs, labels, None, 0, CANDIDATES)
        for i, strength in enumerate(STRENGTHS, 1):
            made = self.artifact.codec.decode(best)
            pasted = [paste(one, held, self.unknown) for one, held in zip(made, self.held, strict=True)]
            start = tensor(self.artifact.codec.encode(pasted))
            best, error = nearer(best, error, start, self.errors(start))
            best, error = nearer(best, error, *self.draw(rngs, labels, Prompt(start=start, strength=strength), i))
        samples, recipe = self.artifact.codec.decode(best), self.artifact.recipe
        how = settings_of(self.artifact, None, seeds[0], labels, self.options, self.given)
        return Generated(samples, list(seeds), labels, recipe.modality, self.options, recipe.name, how=how)

    def draw(
        self, rngs: Sequence[torch.Generator], labels: Sequence[str | None], prompt: Prompt | None, past: int,
        times: int = 1,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """A latent an item, the one of `times` draws that agrees best, and its error. `past`: how many rounds were."""
        rngs, labels = [one for one in rngs for _ in range(times)], [one for one in labels for _ in range(times)]
        try:
            for last in self.artifact.model.sample(rngs, condition_for(self.artifact, labels), prompt, self.options):
                share = (past + last.progress) / (1 + len(STRENGTHS))
                self.watch(share, partial(self.artifact.codec.decode, last.data[::times]))
        except Unsupported as why:
            raise RecipeError(f"{self.artifact.recipe.name}: {why}", next_command="anew generate --help") from None
        errors_BK = self.errors(last.data).view(-1, times)
        first_B = torch.arange(len(errors_BK)) * times + errors_BK.argmin(1)
        return last.data[first_B], errors_BK.amin(1)

    def errors(self, z_BZ: Tensor) -> Tensor:
        """(B,): how far the known pixels are from what they have to be; rows of one item follow each other."""
        made, times = self.artifact.codec.decode(z_BZ), len(z_BZ) // len(self.held)
        gaps = [(one.astype(np.float64) - self.held[i // times]) ** 2 * self.weight for i, one in enumerate(made)]
        return torch.tensor([gap.sum() for gap in gaps])


def nearer(a_BZ: Tensor, a_B: Tensor, b_BZ: Tensor, b_B: Tensor) -> tuple[Tensor, Tensor]:
    """Row by row the latent of the smaller error, and that error."""
    take_B = b_B < a_B
    return torch.where(take_B.view(-1, *[1] * (a_BZ.ndim - 1)), b_BZ, a_BZ), torch.where(take_B, b_B, a_B)


def check_strength(strength: float) -> None:
    if not 0 <= strength <= 1:
        raise RecipeError(f"strength is a share from 0 to 1, not {strength:g}", next_command="--strength 0.4")


def grid_of(artifact: Artifact) -> Image:
    """The codec that holds pictures as grids. RecipeError for a model that does not work on them."""
    if not isinstance(artifact.plain, Image):
        raise RecipeError(f"{artifact.recipe.name} makes {artifact.recipe.modality} and takes no picture")
    plain: Image = plain_of(artifact)
    return plain


def plain_of(artifact: Artifact, given: Picture | Sound | None = None) -> Any:
    """The codec that holds pictures or sounds as grids, with `canonical`. RecipeError for a model that does not begin
    from any, or from one such as is `given`."""
    recipe, is_sound = artifact.recipe, isinstance(given, Sound)
    if recipe.modality not in NOTED or (given is not None and is_sound != (recipe.modality == "audio")):
        raise RecipeError(f"{recipe.name} makes {recipe.modality} and takes no {'sound' if is_sound else 'picture'}")
    if artifact.model.spec.kind != "grid":
        what = "sounds" if recipe.modality == "audio" else "pictures"
        raise RecipeError(f"{recipe.name} writes its {what} token by token, and cannot begin from one")
    return artifact.plain


def asked_of(artifact: Artifact, n: int, label: str | None) -> list[str | None] | None:
    """The label for each; of a conditional model that is not told one, the absent condition."""
    return [label] * n if label is not None or label_names(artifact) else None


def edited(made: Generated, edit: Edit) -> Settings | None:
    """How it was made, and what it began from."""
    return None if made.how is None else made.how.model_copy(update={"edit": edit})


def digest_of(values: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def paste(made: Picture, held: Picture, unknown: Mask) -> Picture:
    return np.where(unknown, made, held)


def cells(unknown: Mask, scale: int) -> Mask:
    """The mask on a grid whose cells are `scale` pixels a side: unknown where any of their pixels is."""
    high, wide, _ = unknown.shape
    parts: Mask = unknown.reshape(high // scale, scale, wide // scale, scale, 1).any((1, 3))
    return parts


def spread(mask: Mask, steps: int) -> Mask:
    """The mask grown by so many pixels in the four directions."""
    for _ in range(steps):
        wide = np.pad(mask, ((1, 1), (1, 1), (0, 0)))
        mask = mask | wide[2:, 1:-1] | wide[:-2, 1:-1] | wide[1:-1, 2:] | wide[1:-1, :-2]
    return mask


def tensor(encoded: Any) -> Tensor:
    assert isinstance(encoded, Tensor)
    return encoded


__all__ = ["inpaint", "mend", "vary"]
