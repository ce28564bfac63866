"""A trained codec taken over from a model that is there: `codec.start` of a recipe.

In: a recipe that names such a model. Out: the recipe with that model's codec, and the network and the grids of it. Of a
model behind a learned codec it is that codec; of an autoencoder it is the model itself. Beside a codec of spectrograms
a vocoder is joined to it, which makes its waves.
"""

from __future__ import annotations

from pathlib import Path

from anew import registry
from anew.artifact import Artifact
from anew.codecs.image import sides_of
from anew.codecs.learned import LearnedCodec
from anew.codecs.mel import SHAPE
from anew.contract import Model
from anew.deploy.lookup import locate, open_model, pinned
from anew.errors import RecipeError
from anew.recipe import CodecPart, Learned, Recipe, parse, read
from anew.recipes.resolve import written_out

VOCODER = "vocoder"


def taken_over(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with the codec of the model that `codec.start` names, its name pinned; itself without one. What
    a run's folder has settled stays. RecipeError: a model that has no such codec, or a second one to start from."""
    ref, settled = recipe.codec.start, folder / "resolved.toml"
    if ref is None:
        return recipe
    if recipe.start is not None:
        what = f"a run from {recipe.start} takes the codec from there"
        raise RecipeError(f"codec.start: {what}", next_command="the same without --codec.start")
    if settled.is_file():
        return recipe.model_copy(update={"codec": parse(read(settled), str(settled)).codec})
    place = locate(ref) / "recipe.toml"
    source = parse(read(place), str(place))
    if recipe.codec.name == "mel" and source.model.name == VOCODER:
        return joined(recipe, source, ref)
    learned = source.codec.learned
    if learned is None and registry.find("models", source.model.name).encodes is None:
        what = f"codec.start: {ref} has no codec that was trained"
        raise RecipeError(what, next_command="a model behind [codec.learned], or an autoencoder: anew models list")
    if learned is None:
        learned = Learned(name=source.model.name, train=source.train, **source.model.settings)
    learned = learned.model_copy(update={"copies": 1, "enough": None})
    as_it_is(recipe.codec, source.codec, ref)
    codec = CodecPart(name=source.codec.name, learned=learned, start=pinned(ref), **source.codec.settings)
    return recipe.model_copy(update={"codec": codec})


def joined(recipe: Recipe, source: Recipe, ref: str) -> Recipe:
    """The recipe, whose spectrograms the vocoder `ref` makes waves of. RecipeError: it is one of others, or
    what is drawn is no spectrogram."""
    if recipe.codec.learned is not None:
        what = f"codec.start: {ref} makes waves of spectrograms, and {recipe.name} draws what a learned codec makes"
        raise RecipeError(what, next_command="the same without --codec.start")
    own = written_out("codecs", recipe.codec, recipe, "codec").settings
    for key in SHAPE:
        if own[key] != (theirs := source.model.settings.get(key, own[key])):
            what = f"codec.{key}: the vocoder {ref} is for a {key} of {theirs}, and this recipe's is {own[key]}"
            raise RecipeError(what, next_command=f"the same with --codec.{key} {theirs}, or without --codec.start")
    return recipe.model_copy(update={"codec": recipe.codec.model_copy(update={"start": pinned(ref)})})


def as_it_is(asked: CodecPart, source: CodecPart, ref: str) -> None:
    """RecipeError: a setting that the codec of `ref` has not; `largest` is a bound that asks for nothing."""
    given = source.settings
    odd = {key: value for key, value in asked.settings.items() if key != "largest" and given.get(key) != value}
    if "size" in odd:
        wide, high = open_model(ref).plain.spec.shape[:0:-1]
        if sides_of(odd["size"]) == (wide, high):
            odd.pop("size")
    for key in odd:
        what = f"codec.{key}: the codec of {ref} is taken over as it is"
        size = f"with --codec.size {wide}x{high}" if key == "size" else f"without --codec.{key}"
        raise RecipeError(what, next_command=f"the same {size}")


def coder_of(source: Artifact) -> Model:
    """The network that encodes."""
    return source.codec.model if isinstance(source.codec, LearnedCodec) else source.model


__all__ = ["coder_of", "taken_over"]
