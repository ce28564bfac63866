"""A recipe as dotted keys: the options that change one (`--train.lr 0.003 --size xs`), and how two differ.

An unknown key is refused with the nearest name.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, get_args

from cyclopts import Parameter
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from anew.errors import RecipeError, nearest
from anew.recipe import Part, Recipe, override, parse, parse_value

Overrides = Annotated[
    str,
    Parameter(
        name="--KEY VALUE",
        allow_leading_hyphen=True,
        help="Any key of the recipe with its value, dotted: --size xs --seed 3 --train.lr 0.003 --model.width 64. "
        "All keys: anew recipe schema.",
    ),
]


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


def pairs(tokens: Sequence[str]) -> dict[str, str]:
    """`--key value` and `--key=value` as a mapping; hyphens within a key stand for underscores."""
    made: dict[str, str] = {}
    rest = list(tokens)
    while rest:
        token = rest.pop(0)
        if not token.startswith("--") or len(token) < 3:
            raise RecipeError(f"did not expect {token!r}; a key of the recipe is written --key value")
        key, equals, value = token[2:].partition("=")
        if not equals:
            if not rest or rest[0].startswith("--"):
                raise RecipeError(f"--{key} needs a value")
            value = rest.pop(0)
        made[key.replace("-", "_")] = value
    return made


def check_known(changes: dict[str, str], flags: Sequence[str]) -> None:
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


def changed(values: dict[str, Any], tokens: Sequence[str], given: dict[str, Any], flags: Sequence[str]) -> Recipe:
    """A recipe from its values, the dotted options and the verb's own ones (`data.source`, …)."""
    changes = pairs(tokens)
    check_known(changes, flags)
    known = dict(dotted_keys())
    typed = {k: typed_as(known.get(k), v) for k, v in changes.items()}
    own = {k: v for k, v in given.items() if v is not None}
    return parse(override(values, typed | own, typed=True), "recipe")


def typed_as(field: FieldInfo | None, text: str) -> Any:
    """The value that a person typed; where a key takes text alone, what looks like a number or a list is text too."""
    value = parse_value(text)
    text_alone = field is not None and {field.annotation, *get_args(field.annotation)} <= {str, type(None), str | None}
    return text if text_alone and not isinstance(value, str) else value
