"""`anew recipe`: the ready recipes, every key there is, what one would take, and how two recipes differ."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import tomli_w
from cyclopts import App, Parameter
from pydantic.fields import FieldInfo

from anew import recipes
from anew.cli.dotted import Overrides, changed
from anew.cli.run import KEPT, Name, run_folder
from anew.cli.terminal import Flag, Json, Meter, columns, show
from anew.data.progress import duration, size
from anew.recipe import Recipe, parse, read
from anew.recipes.dotted import dotted_keys

app = App(name="recipe", help="List, show and compare recipes.")


@app.command(name="list")
def list_recipes(*, as_json: Json = False) -> None:
    """The ready recipes."""
    found = {name: recipes.find(name) for name in recipes.ready()}
    rows = [
        (n, v["modality"], v.get("data", {}).get("source", "--data PATH"), v.get("about", "")) for n, v in found.items()
    ]
    listed = [dict(zip(("name", "modality", "source", "about"), row, strict=True)) for row in rows]
    show(columns(rows, ("RECIPE", "MODALITY", "DATA", "ABOUT")), as_json, {"recipes": listed})


@app.command(name="show")
def show_recipe(
    recipe: Name,
    /,
    *overrides: Overrides,
    full: Annotated[bool, Flag, Parameter(help="Write every default out.")] = False,
    as_json: Json = False,
) -> None:
    """A recipe as TOML, with the changes of --KEY VALUE made."""
    made = changed(values_of(recipe), overrides, {}, ("full", "json", "help"))
    values = made.model_dump(mode="json", exclude_none=True, exclude_unset=not full)
    show([tomli_w.dumps(values).rstrip()], as_json, values)


@app.command
def forecast(recipe: Name, /, *overrides: Overrides, as_json: Json = False) -> None:
    """What a run of the recipe would take on this machine: memory, time and disk, weighed on its first 2,000 records.

    Nothing of it is kept. A recipe with steps is timed for them; one with minutes takes these, codec and judge
    included, and what is told is how many steps they hold."""
    made = changed(values_of(recipe), overrides, {}, ("json", "help"))
    from anew.recipes.foresight import foresee

    with Meter() as meter:
        found = foresee(made, meter)
    rows = [
        (
            stage,
            f"{one.learning:,}",
            size(one.memory_bytes),
            f"{one.steps:,}",
            duration(one.seconds),
            size(one.disk_bytes),
        )
        for stage, one in found.parts.items()
    ]
    total = (
        f"{duration(found.seconds)} of training, {size(found.memory_bytes)} of memory, {size(found.disk_bytes)} of disk"
    )
    lines = [*columns(rows, ("PART", "LEARNS", "MEMORY", "STEPS", "TIME", "DISK")), "", total]
    facts = {"seconds": found.seconds, "memory_bytes": found.memory_bytes, "disk_bytes": found.disk_bytes}
    show(lines, as_json, asdict(found) | facts)


@app.command
def schema(*, as_json: Json = False) -> None:
    """Every key of a recipe: its values, its default and what it does. --json: the JSON Schema."""
    fields = [(key, field) for key, field in dotted_keys() if ".train." not in key]
    rows = [(key, kind_of(field), default_of(field), field.description or "") for key, field in fields]
    rows += [(f"{table}.train.KEY", "", "", "as train.KEY") for table in ("codec.learned", "judge")]
    rows += [("codec.KEY, model.KEY, …", "", "", "the part's own settings: docs/reference/recipe.md")]
    show(columns(rows, ("KEY", "VALUE", "DEFAULT", "WHAT")), as_json, Recipe.model_json_schema())


@app.command
def diff(one: Name, other: Name, /, *, as_json: Json = False) -> None:
    """The keys in which two recipes differ, defaults written out."""
    from anew.recipes.resolve import differences

    found = differences(parse(values_of(one), one), parse(values_of(other), other))
    rows = [(key, text(a), text(b)) for key, a, b in found]
    lines = columns(rows, ("KEY", one, other)) if rows else ["no difference"]
    show(lines, as_json, {"differences": {key: [a, b] for key, a, b in found}})


def values_of(name: str) -> dict[str, Any]:
    """The values of a recipe or of a run's."""
    folder = run_folder(name)
    return recipes.find(name) if folder is None else read(folder / KEPT)


def text(value: Any) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False)


def kind_of(field: FieldInfo) -> str:
    """The values that a field takes, in words: `int`, `xs|s|m|l`, `float or none`."""
    from types import NoneType, UnionType
    from typing import Literal, Union, get_args, get_origin

    def say(kind: Any) -> str:
        if kind is NoneType:
            return "none"
        if get_origin(kind) is Literal:
            return "|".join(map(str, get_args(kind)))
        if get_origin(kind) in (UnionType, Union):
            return " or ".join(say(k) for k in get_args(kind))
        if get_origin(kind) is tuple:
            return "list of " + say(get_args(kind)[0])
        return str(getattr(kind, "__name__", kind))

    return say(field.annotation)


def default_of(field: FieldInfo) -> str:
    return "required" if field.is_required() else text(field.get_default(call_default_factory=True, validated_data={}))
