"""A recipe's keys as options of the command line: `--train.lr 0.003 --size xs`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from anew.errors import RecipeError
from anew.recipe import NAME, Recipe, parse_value
from anew.recipes.dotted import laid_over

Overrides = Annotated[
    str,
    Parameter(
        name="--KEY VALUE",
        allow_leading_hyphen=True,
        help="Any key of the recipe with its value, dotted: --size xs --seed 3 --train.lr 0.003 --model.width 64. "
        "All keys: anew recipe schema.",
    ),
]


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


def changed(values: dict[str, Any], tokens: Sequence[str], given: dict[str, Any], flags: Sequence[str]) -> Recipe:
    """A recipe from its values, the dotted options and the verb's own ones (`data.source`, …)."""
    asked = pairs(tokens)
    if "name" in asked:
        check_name(str(parse_value(asked["name"])), values.get("modality") == "image" and "adapt" in values)
    return laid_over(values, asked, flags, **{k: v for k, v in given.items() if v is not None})


def check_name(name: str, called: bool) -> None:
    """RecipeError for a name that no model can have, with one that it can. `called`: the recipe's subject is called so
    as well, and may be what the name may not."""
    if re.fullmatch(NAME, name):
        return
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100] or "mine"
    subject = f" --adapt.subject {shlex.quote(name)}" if called else ""
    what = f"--name: small letters, digits, '.', '_' and '-' make a name, not {name[:60]!r}"
    raise RecipeError(what, next_command=f"the same with --name {plain}{subject}")
