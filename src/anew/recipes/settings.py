"""Every setting of a recipe as a form needs it: its key, the values that it takes, what it does, how it stands.

In: a recipe. Out: a row for each key that a person may turn, the settings of its own parts (`model.width`) among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError

from anew import registry
from anew.errors import AnewError, NotFound
from anew.recipe import Recipe, keywords
from anew.recipes.dotted import section_of
from anew.recipes.resolve import resolve

FIXED = ("name", "about", "modality", "machine", "start", "words", "adapt", "deploy", "data.source")
KINDS = {"codec": "codecs", "codec.learned": "models", "model": "models", "judge": "models"}
Row = dict[str, Any]


def keys_of(recipe: Recipe) -> list[Row]:
    whole = recipe
    if recipe.adapt is None and not recipe.rests:
        with suppress(AnewError):
            whole = resolve(recipe)
    return list(rows(Recipe, whole, ""))


def rows(kind: type[BaseModel], held: BaseModel, prefix: str) -> Iterator[Row]:
    for name, field in kind.model_fields.items():
        key, value, inner = f"{prefix}{name}", getattr(held, name), section_of(field)
        if key in FIXED or key.endswith(".name") or f".{key}".endswith(".train.threads"):
            continue
        if inner is not None:
            if value is not None:
                yield from rows(inner, value, f"{key}.")
                yield from of_part(key, value)
            continue
        annotated: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        schema = TypeAdapter[Any](annotated).json_schema()
        yield {"key": key, "about": field.description or "", "kind": schema, "value": plain(value)}


def of_part(key: str, part: Any) -> Iterator[Row]:
    """The settings of a registered part, as its constructor takes them."""
    try:
        known = keywords(registry.find(KINDS[key], part.name))
    except (KeyError, NotFound):  # a table that is no part; a part that is taken over from another model
        return
    for name, one in known.items():
        with suppress(PydanticSchemaGenerationError, NameError):
            kind = TypeAdapter(Any if one.annotation is one.empty else one.annotation).json_schema()
            value = part.settings.get(name, None if one.default is one.empty else one.default)
            yield {"key": f"{key}.{name}", "about": "", "kind": kind, "value": plain(value), "own": part.name}


def plain(value: Any) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")
