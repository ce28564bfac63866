"""How well pictures and captions agree, by a model that scores both; and drawing several to keep the best one.

In: an artifact that is a scorer or carries one. Out: vectors and cosines; or the samples that were kept, with seeds.

P pictures · C captions · D width
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anew.artifact import Artifact
from anew.blocks import in_blocks
from anew.codecs.caption import Caption
from anew.contract import Codec, Cond, Model
from anew.errors import RecipeError

if TYPE_CHECKING:
    from anew.engine.generated import Generated

Picture = NDArray[np.uint8]
ROWS = 8
MOST = 256  # drawn for one sample


def scores(model: Any) -> bool:
    """Whether a model places grids and prompts in one space."""
    return hasattr(model, "embed_prompt") and hasattr(model, "agreement")


@dataclass(frozen=True)
class Scorer:
    """A model of judges/contrastive's verbs with its codecs. Vectors have length 1 and do not depend on company;
    a cosine's last bit may."""

    model: Any
    codec: Codec
    captions: Caption
    name: str = "scorer"

    @classmethod
    def of(cls, artifact: Artifact) -> Scorer:
        """The artifact itself, or what it carries; RecipeError where neither scores."""
        if scores(artifact.model) and isinstance(artifact.label, Caption):
            return cls(artifact.model, artifact.codec, artifact.label, artifact.recipe.name)
        if artifact.scorer is not None:
            return cls.of(artifact.scorer)
        what = f"{artifact.recipe.name} carries no scorer of pictures and captions"
        raise RecipeError(what, next_command="the same with --scorer NAME, or anew run emoji-scorer")

    @classmethod
    def judging(cls, judge: Model, codec: Codec, label: Codec | None) -> Scorer | None:
        """A run's judge as a scorer, where it is one."""
        return cls(judge, codec, label, "the judge") if scores(judge) and isinstance(label, Caption) else None

    def of_pictures(self, pictures: Sequence[Picture]) -> Tensor:
        """(P, D), of pictures of any size."""
        return self._placed(self.model.embed, self.codec.encode(list(pictures)))

    def of_captions(self, captions: Sequence[str]) -> Tensor:
        """(C, D); RecipeError for a caption that says nothing or too much."""
        self.captions.check(captions)
        return self._placed(
            lambda tokens: self.model.embed_prompt(Cond(tokens_BL=tokens)), self.captions.encode(captions)
        )

    def agreements(self, pictures: Sequence[Picture], captions: Sequence[str]) -> Tensor:
        """(P, C) cosines, between -1 and 1."""
        return self.of_pictures(pictures) @ self.of_captions(captions).T

    @torch.no_grad()
    def _placed(self, network: Callable[[Tensor], Tensor], rows: Any) -> Tensor:
        return in_blocks(network, ROWS)(rows)


# ------------------------------------------------------------------------------------------------ the best of several


def seeds_of(seed: int, of: int) -> list[int]:
    """The seeds of what is drawn for one sample: its own, and others that follow from it alone."""
    others = (hashlib.sha256(f"{seed}/{turn}".encode()).digest()[:8] for turn in range(1, of))
    return [seed, *(int.from_bytes(digest, "big") % 2**63 for digest in others)]


def best(
    artifact: Artifact, captions: Sequence[str | None], seeds: Sequence[int], of: int, draw: Callable[..., Generated]
) -> Generated:
    """For each caption the picture that agrees with it best among `of`, with the seed that it is drawn from again by
    itself; the first one where several do. `draw(n, seeds, label=)` makes them."""
    scorer = Scorer.of(artifact)
    if not 1 <= of <= MOST:
        raise RecipeError(f"best_of is 1 to {MOST}, not {of}")
    said = [caption for caption in captions if caption is not None]
    if len(said) != len(captions):
        raise RecipeError("best_of needs a prompt: what was not asked for is shown neither well nor badly")
    kept: list[Generated] = []
    for caption, wanted_D, seed in zip(said, scorer.of_captions(said), seeds, strict=True):
        made = draw(of, seeds_of(seed, of), label=caption)
        best = int((scorer.of_pictures(made.samples) @ wanted_D).argmax())
        kept.append(replace(made, samples=[made.samples[best]], seeds=[made.seeds[best]], labels=[caption]))
    samples, drawn_from = [one.samples[0] for one in kept], [one.seeds[0] for one in kept]
    return replace(kept[0], samples=samples, seeds=drawn_from, labels=list(captions))


__all__ = ["Scorer", "best", "scores", "seeds_of"]
