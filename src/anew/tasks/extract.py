"""Facts of a text as JSON of a given schema.

In: a text and a JSON schema, or a line that names fields. Out: a value that is valid by construction, and which of its
numbers and strings the text does not hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from anew.engine.constraint import Constraint
from anew.errors import DataError, RecipeError, nearest
from anew.tasks.chat import CAREFUL, Ask, Chat
from anew.tasks.facts import NUMBER, folded, plain_number
from anew.tasks.prompts import Made, made_by, prompt

MOST = 400  # tokens of the JSON
KINDS: dict[str, dict[str, Any]] = {
    "string": {"type": "string", "maxLength": 120},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string", "maxLength": 120}, "maxItems": 8},
}
FIELD = re.compile(r"\s*([A-Za-z_][\w-]{0,63})\s*(?::\s*([a-z]+)\s*)?")


@dataclass(frozen=True)
class Extraction:
    """`unsupported`: where in the value (`people[0].name`) stands what the text does not say in these words."""

    value: Any
    unsupported: tuple[str, ...]
    made: Made


def extract(chat: Chat, text: str, schema: Mapping[str, Any], *, seed: int = 0) -> Extraction:
    """What the text says, as the schema wants it. DataError: an empty text. RecipeError: a schema that cannot be held
    to, one that no value of so many tokens fits, or a text that is too long."""
    if not text.strip():
        raise DataError("there is nothing to extract from: the text is empty")
    written = json.dumps(schema, ensure_ascii=False)
    used = prompt("extract")
    messages = used.messages(text=text.strip(), schema=written)
    (said,) = chat.answers([Ask(messages, seed, MOST, CAREFUL, constraint=Constraint("json", written))])
    try:
        value = json.loads(said.text)
    except ValueError:
        what = f"no JSON of at most {MOST} tokens came out: the schema asks for more, or is too costly to hold to"
        raise RecipeError(what, next_command="a smaller schema, with maxLength and maxItems") from None
    return Extraction(value, tuple(unsaid(value, text)), made_by("extract", used, chat, seed))


def schema_of(fields: str) -> dict[str, Any]:
    """A schema of one object: `name, born:integer, works:list`."""
    made = {}
    for one in fields.split(","):
        match = FIELD.fullmatch(one)
        kind = match and (match[2] or "string")
        if match is None or kind not in KINDS:
            near = nearest(str(kind), KINDS) if match else ""
            raise RecipeError(f"{one.strip()!r} is not NAME or NAME:KIND{near}; the kinds are {', '.join(KINDS)}")
        made[match[1]] = dict(KINDS[kind])
    return {"type": "object", "properties": made, "required": list(made), "additionalProperties": False}


def unsaid(value: Any, text: str, path: str = "") -> Iterator[str]:
    """The places of numbers and strings that do not stand in the text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from unsaid(inner, text, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from unsaid(inner, text, f"{path}[{i}]")
    elif isinstance(value, str):
        if spaced(value) not in spaced(text):
            yield path
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if plain_number(repr(value).lstrip("-")) not in {plain_number(match[0]) for match in NUMBER.finditer(text)}:
            yield path


def spaced(text: str) -> str:
    return " ".join(folded(text).split())
