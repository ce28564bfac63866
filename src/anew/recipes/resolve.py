"""From a recipe to a resolved one: every setting of every part written out, and the machine that it was resolved on."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import fields
from importlib.metadata import version
from typing import Any

import torch

from anew import registry
from anew.engine.agreement import scores
from anew.engine.enlarge import enlarges
from anew.errors import RecipeError, nearest
from anew.recipe import START, Judge, Learned, Machine, Part, Recipe, Sample, Train, by_size, settings_of


def resolve(recipe: Recipe) -> Recipe:
    """The recipe with the size dial, part defaults, threads and machine written out. Steps follow once timed."""
    threads = recipe.train.threads or len(os.sched_getaffinity(0))
    fits = registry.find("codecs", recipe.codec.name).modality
    if fits != ("text" if recipe.modality in ("code", "chat") else recipe.modality):
        raise RecipeError(f"codec.name: {recipe.codec.name!r} encodes {fits}, and modality is {recipe.modality!r}")
    refuse_unfit(recipe)
    refuse_foreign(recipe)
    refuse_words(recipe)
    data = "" if recipe.machine is None else recipe.machine.data
    if recipe.modality == "chat" and recipe.adapt is None:
        what = "modality chat comes with [adapt]: conversations adapt a model that is there already"
        raise RecipeError(what, next_command="anew recipe show chat-tune")
    if recipe.modality not in ("chat", "image") and recipe.adapt is not None:
        what = f"[adapt] is of conversations (modality chat) and of pictures (image), not of modality {recipe.modality}"
        raise RecipeError(what, next_command="anew recipe show chat-tune")
    codec = written_out("codecs", recipe.codec, recipe, "codec")
    if recipe.codec.learned is not None:
        learned = written_out("models", recipe.codec.learned, recipe, "codec.learned")
        codec = codec.model_copy(update={"learned": with_threads(learned, threads)})
    judge = (
        None if recipe.judge is None else with_threads(written_out("models", recipe.judge, recipe, "judge"), threads)
    )
    return recipe.model_copy(
        update={
            "codec": codec,
            "model": written_out("models", recipe.model, recipe, "model"),
            "judge": judge,
            "train": located(recipe.train, threads),
            "machine": Machine(
                processor=processor(), threads=threads, torch=torch.__version__, anew=version("anew"), data=data
            ),
        }
    )


def unmoved(recipe: Recipe) -> list[str]:
    """The settings that the size dial would move if the recipe did not name them for all sizes."""
    named = [("model", recipe.model), ("codec.learned", recipe.codec.learned), ("judge", recipe.judge)]
    return [
        f"{where}.{key}"
        for where, part in named
        if part is not None and part.name != START
        for key in registry.find("models", part.name).sizes.get(recipe.size, {})
        if key in part.settings and not by_size(part.settings[key])
    ]


def refuse_unfit(recipe: Recipe) -> None:
    """RecipeError, before anything is trained, for a model that does not take what the codec makes."""
    learned, model = recipe.codec.learned, registry.find("models", recipe.model.name)
    kind: str | None = registry.find("codecs", recipe.codec.name).kind
    if learned is not None:
        coder = registry.find("models", learned.name)
        if kind not in coder.kinds or coder.encodes is None:
            why = f"takes {' or '.join(coder.kinds)}, not {kind}" if kind not in coder.kinds else "does not encode"
            raise RecipeError(f"codec.learned.name: {learned.name} {why}", next_command="anew recipe list")
        kind = coder.encodes
    if kind not in model.kinds:
        what = f"{recipe.model.name} learns {' or '.join(model.kinds)}, and this codec makes {kind}"
        raise RecipeError(f"model.name: {what}", next_command="anew recipe list")
    if model.streams is None and not (scores(model) or enlarges(model)):
        raise RecipeError(f"model.name: {recipe.model.name} does not sample", next_command="anew recipe list")


def refuse_size(recipe: Recipe, start: Recipe) -> None:
    """RecipeError for a size that was asked for, and is not that of the model which the recipe starts from."""
    if "size" in recipe.model_fields_set and recipe.size != start.size:
        what = f"size: {recipe.name} has the size of {recipe.start}, which is {start.size}, and not {recipe.size}"
        raise RecipeError(what, next_command="the same without --size, or --from a model of that size")


def refuse_borrowed(ref: str, start: Recipe) -> None:
    """RecipeError for a model to start from that came with another library's folder."""
    if start.model.name in registry.BORROWED:
        what = f"{ref} was imported and does not learn"
        raise RecipeError(what, next_command="anew run text-to-image --data FOLDER, for a model that does")


def refuse_foreign(recipe: Recipe) -> None:
    """RecipeError for a sampling option that the recipe's model would not heed."""
    kind, solver = registry.find("models", recipe.model.name), recipe.sample.solver
    known = {f.name for f in fields(kind.options)}
    for name, field in Sample.model_fields.items():
        if name not in known and getattr(recipe.sample, name) != field.default:
            raise RecipeError(f"sample.{name}: {recipe.model.name} has no such option; it knows {sorted(known)}")
    if solver not in (None, *kind.solvers):
        what = f"{recipe.model.name} has no solver {solver!r}{nearest(solver, kind.solvers)}"
        raise RecipeError(f"sample.solver: {what}; it knows {', '.join(kind.solvers)}")


def refuse_words(recipe: Recipe) -> None:
    """RecipeError for an encoder of words where no captions are read, or are read as a stored model reads them."""
    if recipe.words is None:
        return
    if recipe.modality not in ("image", "audio"):
        what = f"words: captions are of pictures and sounds, and modality is {recipe.modality}"
        raise RecipeError(what, next_command="the same without words")
    if recipe.start is not None:
        what = f"words: {recipe.start} reads what it reads, and so does what starts from it"
        raise RecipeError(what, next_command="the same without words")


def written_out(kind: str, part: Any, recipe: Recipe, where: str) -> Any:
    """The same part with every setting of its class's constructor given."""
    settings = settings_of(registry.find(kind, part.name), part.settings, recipe.size, where, type(part).model_fields)
    declared = {name: getattr(part, name) for name in type(part).model_fields}
    return type(part)(**declared, **settings)


def with_threads(part: Learned | Judge, threads: int) -> Part:
    return part.model_copy(update={"train": located(part.train, threads)})


def located(train: Train, threads: int) -> Train:
    return train.model_copy(update={"threads": threads, "device": device(train.device)})


def device(asked: str) -> str:
    if asked != "auto":
        return asked
    return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"


def processor() -> str:
    """Architecture and the widest vector instructions that torch uses: what the bits of a run depend on."""
    return f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"


def differences(one: Recipe, other: Recipe) -> list[tuple[str, Any, Any]]:
    """(dotted key, value, other value) where they differ; None where a key is not set."""
    a, b = flat(one.model_dump(mode="json")), flat(other.model_dump(mode="json"))
    return [(key, a.get(key), b.get(key)) for key in dict.fromkeys([*a, *b]) if a.get(key) != b.get(key)]


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        made |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return made


def seed_for(seed: int, purpose: str) -> int:
    """A seed of its own for each purpose of a run."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:7], "big")
