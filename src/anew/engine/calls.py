"""Calls of functions in what a model writes: in which form it writes them, what holds it to that, and how a growing
text is read as what is said and the calls behind it.

In: functions with JSON schemas of their arguments, and a chat template. Out: a form, a constraint, and calls whose
arguments are valid JSON under the function's schema wherever the text has come to its end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from anew.codecs.chat import ChatTemplate
from anew.engine.constraint import SPACED, Constraint
from anew.engine.stops import shown
from anew.errors import DataError, RecipeError

MOST_CALLS = 8  # of one answer
NAME = "[A-Za-z0-9_.-]{1,64}"


@dataclass(frozen=True)
class Function:
    """What may be called. `parameters`: the JSON schema of its arguments, which are an object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def schema(self) -> dict[str, Any]:
        """RecipeError: one that admits no object."""
        given: dict[str, Any] = {"type": "object", **self.parameters}
        if given["type"] != "object":
            raise RecipeError(f"the parameters of {self.name} are a schema of an object, not of {given['type']!r}")
        if closed(given):
            given |= {"properties": {}, **given, "additionalProperties": False}
        return {**Constraint("json", json.dumps(given)).schema(), "x-guidance": SPACED}

    @property
    def tool(self) -> dict[str, Any]:
        """As chat templates are told of it."""
        told = {"name": self.name, "description": self.description, "parameters": {"type": "object", **self.parameters}}
        return {"type": "function", "function": told}


def closed(schema: Mapping[str, Any]) -> bool:
    """Whether a schema names all arguments that it is meant to have. It may admit others without a word; a function
    without parameters takes none."""
    required, known = schema.get("required", []), schema.get("properties", {})
    others = schema.keys() - {
        "type",
        "properties",
        "required",
        "title",
        "description",
        "$schema",
        "$defs",
        "definitions",
    }
    return (
        not others and isinstance(required, list) and isinstance(known, dict) and {*map(str, required)} <= known.keys()
    )


class Call(NamedTuple):
    """`arguments`: JSON as it was written; not `whole`: the beginning of it."""

    name: str
    arguments: str
    whole: bool = True


@dataclass(frozen=True)
class Form:
    """A call is `before` NAME `middle` ARGUMENTS `after`; several have `between` between them."""

    before: str = '<tool_call>\n{"name": "'
    middle: str = '", "arguments": '
    after: str = "}\n</tool_call>"
    between: str = "\n"

    @property
    def opening(self) -> str:
        """With what a call begins that no other text has."""
        return self.before.split(maxsplit=1)[0]

    def written(self, calls: Sequence[Call]) -> str:
        return self.between.join(f"{self.before}{c.name}{self.middle}{c.arguments}{self.after}" for c in calls)

    def held(
        self, functions: Sequence[Function], *, forced: bool, several: bool, schema: str | None = None
    ) -> Constraint:
        """What holds an answer to calls of these functions; not `forced`, to calls or a text (of a JSON `schema`)."""
        rest = self.before.removeprefix(self.opening)
        ways = [f"{quoted(rest + f.name + self.middle)} %json {json.dumps(f.schema)}" for f in functions]
        rules = {
            "calls": f"{quoted(self.opening)} behind",
            "behind": "called" + (f" more{{0,{MOST_CALLS - 1}}}" if several else ""),
            "more": f"{quoted(self.between + self.opening)} called",
            "called": f"({' | '.join(f'f{i}' for i in range(len(ways)))}) {quoted(self.after)}",
        } | {f"f{i}": way for i, way in enumerate(ways)}
        if forced:
            rules = {"start": "calls"} | rules
        elif schema is not None:
            text = {**Constraint("json", schema).schema(), "x-guidance": SPACED}
            rules = {"start": "calls | text", "text": f"%json {json.dumps(text)}"} | rules
        else:
            free = {"start": "TEXT | until behind", "TEXT": r"/(.|\n)*/", "until[lazy]": f"TEXT {quoted(self.opening)}"}
            rules = free | rules
        return Constraint("calls", "\n".join(f"{name}: {rule}" for name, rule in rules.items()), self.opening)

    def read(self, text: str, done: bool) -> tuple[str, list[Call]]:
        """What is said in a growing text, and the calls behind it."""
        said = shown(text, [self.opening], done)
        at, calls = text.find(self.opening), list[Call]()
        while at >= 0 and (head := self._head.match(text, at)):
            try:
                _, end = json.JSONDecoder().raw_decode(text, head.end())
            except (ValueError, RecursionError):
                calls.append(Call(head[1], text[head.end() :], False))
                break
            calls.append(Call(head[1], text[head.end() : end]))
            at = text.find(self.opening, end)
        return said, calls

    @property
    def _head(self) -> re.Pattern[str]:
        return re.compile(f"{re.escape(self.before)}({NAME}){re.escape(self.middle)}(?=.)", re.S)


OWN = Form()


def quoted(text: str) -> str:
    """A string of a grammar."""
    return json.dumps(text) if text else ""


@lru_cache(16)
def form_of(template: ChatTemplate) -> Form | None:
    """The form in which a template writes calls; None for one that knows no functions, or whose form has no beginning
    and end that a text can have. It is shown two calls, and what it makes of them is looked at."""
    name, key, value = "probe_name", "probe_key", "probe_value"
    tool = Function(name, "?", {"properties": {key: {"type": "string"}}}).tool
    call = {"id": "probe0000", "type": "function", "function": {"name": name, "arguments": {key: value}}}
    asked, answer = {"role": "user", "content": "?"}, {"role": "assistant", "content": "", "tool_calls": [call, call]}
    try:
        before = template.render([asked], tools=[tool])
        after = template.render([asked, answer], answer=False, tools=[tool])
    except DataError:
        return None
    arguments = rf'\{{"{key}": ?"{value}"\}}'
    found = re.fullmatch(rf"\s*(\S.*?){name}(.*?){arguments}(.*){name}(.*?){arguments}(.*)", after[len(before) :], re.S)
    if not after.startswith(before) or key not in before or found is None:
        return None
    first, middle, join, again, tail = found.groups()
    if again != middle or not join.endswith(first):
        return None
    join = join.removesuffix(first)
    end = next(n for n in range(len(join), -1, -1) if tail.startswith(join[:n]))
    form = Form(first, middle, join[:end], join[end:])
    signs = [sign for sign in template.vocabulary.symbols if sign in form.before + form.middle + form.after]
    return None if signs or not form.after else form
