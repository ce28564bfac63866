"""A request for pictures or sounds as a value: drawn as it stands, watched while it is made, or crossed over two of its
settings.

In: an open model and what is asked of it. Out: what `generate` gives; its frames as well; or one sheet with a cell for
each pair of settings, drawn as each would be alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from anew.artifact import Artifact
from anew.codecs.image import Picture
from anew.codecs.show import labelled_grid
from anew.codecs.sound import Sound
from anew.engine.edit import Mask, inpaint, plain_of, vary
from anew.engine.generate import Generated, Watch, generate, label_names, reads_captions
from anew.engine.outpaint import outpaint
from anew.engine.sound_edit import Span, inpaint_sound, outpaint_sound, vary_sound
from anew.engine.style import restyle
from anew.errors import RecipeError, nearest
from anew.recipe import NAME

AXES: dict[str, Any] = {
    "seed": int, "steps": int, "guidance": float, "solver": str, "label": str, "prompt": str, "negative": str,
    "temperature": float, "strength": float, "model": Artifact,
}  # fmt: skip
MOST_CELLS = 400
MOST_FRAMES = 48


@dataclass(frozen=True)
class Order:
    """`seed`: the first of those that follow it, or one each. `label`: one for all, one each, or None. `start` with
    `strength`: a picture to vary; with `mask` (H, W): one of which that part is to be made anew; with `margins`: one
    that goes on beyond its edges; with `strength` and `style`: one that takes on a `share` of another's style. A sound
    has seconds (begin, end) for its mask, and before and after it for its margins."""

    artifact: Artifact
    n: int = 1
    seed: int | Sequence[int] = 0
    prompt: str | None = None
    label: str | Sequence[str | None] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    start: Picture | Sound | None = None
    strength: float | None = None
    mask: Mask | Span | None = None
    margins: Sequence[float] | None = None
    style: Picture | None = None
    share: float | None = None

    def draw(self, watch: Watch | None = None) -> Generated:
        if self.start is None:
            return generate(self.artifact, self.n, self.seed, self.prompt, self.label, watch=watch, **self.options)
        label = self.label if isinstance(self.label, str) or self.label is None else self.label[0]
        label = label if self.prompt is None else self.prompt
        how: dict[str, Any] = {"n": self.n, "seed": self.seed, "label": label, "watch": watch, **self.options}
        plain_of(self.artifact, self.start)
        if isinstance(self.start, Sound):
            return self.sounds(self.start, how)
        picture: dict[str, Any] = {"mask": self.mask, "margins": self.margins}  # of four pixels, and not of seconds
        if self.mask is not None:
            return inpaint(self.artifact, self.start, picture["mask"], **how)
        if self.margins is not None:
            return outpaint(self.artifact, self.start, picture["margins"], **how)
        assert self.strength is not None
        if self.style is not None:
            share = 1.0 if self.share is None else self.share
            return restyle(self.artifact, self.start, self.style, self.strength, share, **how)
        return vary(self.artifact, self.start, self.strength, **how)

    def sounds(self, start: Sound, how: Mapping[str, Any]) -> Generated:
        """What is made of a sound."""
        span: Any = self.mask
        if self.style is not None:
            raise RecipeError(f"style: of pictures, and {self.artifact.recipe.name} makes audio")
        if span is not None:
            return inpaint_sound(self.artifact, start, span, **how)
        if self.margins is not None:
            return outpaint_sound(self.artifact, start, self.margins, **how)
        assert self.strength is not None
        return vary_sound(self.artifact, start, self.strength, **how)

    def film(self, watch: Watch | None = None) -> Generated:
        """With the running estimates as `frames`, at most MOST_FRAMES, spread evenly over the work; the last is what
        was made. RecipeError for a model that makes its samples at once or in one step, or writes them."""
        only_pictures(self.artifact, "--out FILE.gif")
        self.check_all_shown("--out FILE.gif")
        if self.artifact.model.streams != "refine":
            what = (
                f"{self.artifact.recipe.name} does not go from noise to pictures step by step: there is no way to show"
            )
            raise RecipeError(what, next_command="--out FILE.png")
        frames: list[list[Picture]] = []

        def look(share: float, decode: Callable[[], list[Picture]]) -> None:
            if share >= len(frames) / (MOST_FRAMES - 1):
                frames.append(decode())
            if watch is not None:
                watch(share, decode)

        made = self.draw(look)
        if len(frames) < 2:
            what = f"{self.artifact.recipe.name} drew this in one step, and there is nothing to show on the way"
            raise RecipeError(what, next_command="the same with --steps 4, or --out FILE.png")
        return replace(made, frames=[*frames[:-1], made.samples])

    def cross(self, axes: Sequence[Axis], watch: Watch | None = None) -> Generated:
        """One sheet: the first axis from left to right, the second, where there is one, from top to bottom. `watch` is
        called between two cells."""
        check(axes, self.n)
        only_pictures(self.artifact, "--xy")
        self.check_all_shown("--xy")
        for axis in (axis for axis in axes if axis.name == "model"):
            self.check_models(axis, asked=any(other.name in ("label", "prompt") for other in axes))
        across, down = axes[0], axes[1] if len(axes) > 1 else Axis("", (None,))
        rows = list[list[Generated]]()
        for j in range(len(down.values)):
            rows.append([])
            for i in range(len(across.values)):
                if watch is not None:
                    watch((j + i / len(across.values)) / len(down.values), list)
                rows[j].append(self.having(across, i).having(down, j).draw())
        first = rows[0][0]
        how = first.how
        if how is not None and "model" in (across.name, down.name):  # each has a steps and a solver of its own
            asked = {name: value for name, value in how.options.items() if name in self.options}
            how = how.model_copy(update={"options": asked, "size": how.size if "size" in self.options else None})
        sheet = labelled_grid([[cell.samples[0] for cell in row] for row in rows], across.titles, down.titles)
        return replace(first, samples=[sheet], how=how and how.over([axis.told for axis in axes]))

    def check_all_shown(self, what: str) -> None:
        """RecipeError for a choice among several, of which no grid and no film tells."""
        if self.options.get("best_of") is not None:
            raise RecipeError(
                f"{what} shows what its settings make, and excludes --best-of, which keeps one of several",
                next_command=f"the best one first, --best-of 8 --out best.png; then --like best.png {what}",
            )

    def check_models(self, axis: Axis, asked: bool) -> None:
        """RecipeError: models that one request could not be made to. `asked`: whether another axis says what is to be
        drawn."""
        first, *others = zip(axis.called, axis.values, strict=True)
        for name, one in (first, *others):
            only_pictures(one, f"--xy model={name}")
            if manner(one) != manner(first[1]):
                what = f"--xy model: {first[0]} is told {manner(first[1])} and {name} is told {manner(one)}"
                raise RecipeError(what, next_command="--xy model with models that are told alike; a grid for each kind")
            if set(label_names(one)) != set(label_names(first[1])) and self.label is None and not asked:
                what = f"--xy model: {first[0]} and {name} do not know the same labels"
                raise RecipeError(what, next_command="the same with --label, one that both know")

    def having(self, axis: Axis, i: int) -> Order:
        """The same with one setting changed."""
        value = axis.values[i]
        if axis.name in ("seed", "label", "strength"):
            return replace(self, **{axis.name: value})
        if axis.name == "prompt":  # which is the condition
            return replace(self, prompt=value, label=None)
        if axis.name == "model":
            return replace(self, artifact=value)
        return self if not axis.name else replace(self, options={**self.options, axis.name: value})


@dataclass(frozen=True)
class Axis:
    """A setting and the values that it takes in turn; of `model` they are open models. `names`: what these are called,
    where that is not as their recipes are."""

    name: str
    values: tuple[Any, ...]
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, values: Sequence[Any], names: Sequence[str] = ()) -> Axis:
        """RecipeError: no such setting, or a value that is none of it."""
        if name not in AXES:
            what = f"no setting {name[:30]!r}{nearest(name, AXES)} to cross; there are {', '.join(AXES)}"
            raise RecipeError(what, next_command="--xy seed=1,2,3 --xy steps=1,2,4")
        kind = AXES[name]
        for value in values:
            if not isinstance(value, (int, float) if kind is float else kind) or isinstance(value, bool):
                raise RecipeError(f"{str(value)[:60]!r} is no {name}", next_command=f"another value of {name}")
        return cls(name, tuple(float(value) if kind is float else value for value in values), tuple(names))

    @classmethod
    def of_models(cls, refs: Sequence[Any], opened: Callable[[Any], Artifact]) -> Axis:
        """Models as somebody calls them; by their recipes' names where that is no plain name, but a path."""
        models = [opened(one) for one in refs]
        plain = [isinstance(ref, str) and re.fullmatch(NAME, ref) is not None for ref in refs]
        named = zip(refs, models, plain, strict=True)
        return cls.of("model", models, [ref if called else one.recipe.name for ref, one, called in named])

    @classmethod
    def read(cls, text: str, opened: Callable[[str], Artifact]) -> Axis:
        """`steps=1,2,4`; a value with a comma stands in double quotes. `opened` gives the model of a name."""
        name, _, listed = text.partition("=")
        given = [one.strip() for one in next(csv.reader([listed], skipinitialspace=True), [])]
        if name == "model":
            return cls.of_models(given, opened)
        kind = AXES.get(name, str)
        try:
            return cls.of(name, [kind(one) for one in given])
        except ValueError:
            what = f"--xy {name}: {listed[:60]!r} are not all numbers"
            raise RecipeError(what, next_command=f"--xy {name}=1,2") from None

    @property
    def called(self) -> list[str]:
        """The names of models."""
        return [*self.names] or [one.recipe.name for one in self.values]

    @property
    def titles(self) -> list[str]:
        if self.name == "model":
            names = self.called
            return [name if names.count(name) == 1 else f"{name} {one.weights[:8]}"
                    for name, one in zip(names, self.values, strict=True)]  # fmt: skip
        if self.name in ("label", "prompt", "solver"):  # which say themselves what they are
            return [str(value) for value in self.values]
        shown = [f"{value:g}" if isinstance(value, float) else str(value) for value in self.values]
        return [f"{self.name} {value}" for value in shown] if self.name else [""]

    @property
    def told(self) -> dict[str, Any]:
        """For `Settings`."""
        if self.name == "model":
            told = {"axis": self.name, "values": self.called, "weights": [one.weights for one in self.values]}
            laid = [[asdict(over) for over in one.laid] for one in self.values]
            return told | ({"adapters": laid} if any(laid) else {})
        return {"axis": self.name, "values": list(self.values)}


def only_pictures(artifact: Artifact, what: str) -> None:
    if artifact.recipe.modality != "image":
        raise RecipeError(f"{artifact.recipe.name} makes {artifact.recipe.modality}, and {what} shows pictures")


def manner(artifact: Artifact) -> str:
    """How a model is told what to draw."""
    if reads_captions(artifact):
        return "by a prompt"
    return "by a label" if label_names(artifact) else "nothing"


def check(axes: Sequence[Axis], n: int) -> None:
    """RecipeError: what makes no grid."""
    cells = 1
    for axis in axes:
        cells *= len(axis.values)
    wrong = {
        "a grid has one axis or two": not 1 <= len(axes) <= 2,
        "the two axes are of different settings": len({axis.name for axis in axes}) < len(axes),
        "an axis has one value or more": not cells,
        f"a grid has at most {MOST_CELLS} cells, not {cells:,}": cells > MOST_CELLS,
        "a grid holds one picture a cell: cross seeds for more": n != 1,
    }
    for what, holds in wrong.items():
        if holds:
            raise RecipeError(f"--xy: {what}", next_command="--xy seed=1,2,3 --xy steps=1,2,4")


__all__ = ["Axis", "Order"]
