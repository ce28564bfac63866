"""A recipe as dotted keys (`train.lr`, `model.width`): which there are, and values laid over them.

In: a recipe's values and what somebody typed or sent. Out: the recipe; an unknown key is refused with the nearest name.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from anew.errors import RecipeError, nearest
from anew.recipe import Part, Recipe, override, parse, parse_value


def dotted_keys(root: type[BaseModel] = Recipe, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key of a recipe with its field, in the order of the types; tables are walked into."""
    for name, field in root.model_fields.items():
        inner = section_of(field)
        if inner is None:
            yield prefix + name, field
        else:
            yield from dotted_keys(inner, f"{prefix}{name}.")


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The table that a field holds, if it holds one."""
    kinds = (field.annotation, *get_args(field.annotation))
    return next((k for k in kinds if inspect.isclass(k) and issubclass(k, BaseModel)), None)


def check_known(changes: Mapping[str, Any], flags: Sequence[str] = ()) -> None:
    """Refuse a key that no recipe has. Settings of parts (`model.width`) are checked by the part itself."""
    known = dict(dotted_keys())
    for key in changes:
        table = key.rpartition(".")[0]
        if key in known or is_part(table):
            continue
        option = f"unknown option --{key.replace('_', '-') if '.' not in key else key}"
        raise RecipeError(option + suggestion(key, [*flags, *known]), next_command="anew recipe schema")


def suggestion(key: str, names: Sequence[str]) -> str:
    """The same last word elsewhere (`--lr`: train.lr), or the nearest name."""
    last = [n for n in names if n.rpartition(".")[2] == key]
    if last:
        return f" (did you mean {' or '.join('--' + n for n in last[:3])}?)"
    near = nearest(key, names)
    return near.replace("'", "--", 1).replace("'", "") if near else ""


def is_part(dotted: str) -> bool:
    """Whether the table at `dotted` takes keys of its own: a part's settings."""
    kind: type[BaseModel] = Recipe
    for name in dotted.split("."):
        inner = section_of(kind.model_fields[name]) if name in kind.model_fields else None
        if inner is None:
            return False
        kind = inner
    return issubclass(kind, Part)


def laid_over(values: dict[str, Any], changes: Mapping[str, Any], flags: Sequence[str] = (), **own: Any) -> Recipe:
    """The recipe of these values with the changes made; a text is what was typed. `own`: changes that a verb has an
    option for."""
    check_known(changes, flags)
    known = dict(dotted_keys())
    typed = {k: typed_as(known.get(k), v) if isinstance(v, str) else v for k, v in changes.items()}
    return parse(override(values, typed | own, typed=True), "recipe")


def typed_as(field: FieldInfo | None, text: str) -> Any:
    """The value that a person typed; where a key takes text alone, what looks like a number or a list is text too."""
    value = parse_value(text)
    text_alone = field is not None and {field.annotation, *get_args(field.annotation)} <= {str, type(None), str | None}
    return text if text_alone and not isinstance(value, str) else value
