"""/v1/responses: what is asked, as items; and items as the turns of a conversation."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from anew.server.errors import Problem
from anew.server.wire.chat import ROLES, Part, text_of
from anew.server.wire.fields import Fields
from anew.server.wire.options import Sampling, schema_of
from anew.server.wire.tools import MOST_TOOLS, Defined, Named, offered
from anew.tasks.calling import Offer

LOGPROBS = "message.output_text.logprobs"
LATER = "nothing is answered in the background here; stream it, or ask with a batch"
NEEDED = {
    "message": ("role", "content"), "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id", "output"), "item_reference": ("id",),
}  # fmt: skip
Parts = str | Annotated[list[Part], Field(min_length=1)]


class Item(Fields):
    """A message, a call, what came of one, or a stored item's id."""

    type: Literal["message", "function_call", "function_call_output", "item_reference", "reasoning"] = "message"
    id: Annotated[str, Field(pattern="^[!-~]{1,200}$")] | None = None
    role: Literal["user", "assistant", "system", "developer"] | None = None
    content: Parts | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: Parts | None = None

    def idle(self) -> list[str]:
        """Fields of another type of item. Of thoughts nothing is made at all, which is told of them as a whole."""
        others = {name for names in NEEDED.values() for name in names} - {"id", *NEEDED.get(self.type, ())}
        return [] if self.type == "reasoning" else self.given(*sorted(others))

    def stored(self, place: str) -> dict[str, Any]:
        """It as it is kept and told again. Problem: what its type needs is missing, or is no text."""
        for name in NEEDED[self.type]:
            if getattr(self, name) is None:
                where = f"{place}.{name}"
                raise Problem(400, f"{where}: Field required", param=where, code="missing_required_parameter")
        told: dict[str, Any] = {"id": self.id or fresh_id(PREFIXES[self.type]), "type": self.type}
        if self.type == "item_reference":
            return told
        told["status"] = "completed"
        if self.type == "message":
            kind = "output_text" if self.role == "assistant" else "input_text"
            extra: dict[str, Any] = {"annotations": [], "logprobs": []} if self.role == "assistant" else {}
            content = [{"type": kind, "text": text} | extra for text in texts_of(self.content, f"{place}.content")]
            return told | {"role": self.role, "content": content}
        if self.type == "function_call":
            return told | {"call_id": self.call_id, "name": self.name, "arguments": self.arguments}
        return told | {"call_id": self.call_id, "output": "".join(texts_of(self.output, f"{place}.output"))}


PREFIXES = {"message": "msg", "function_call": "fc", "function_call_output": "fco", "item_reference": ""}


def fresh_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(16)}"


def texts_of(content: str | list[Part] | None, place: str) -> list[str]:
    if content is None or isinstance(content, str):
        return [content or ""]
    return [text_of(part, f"{place}[{n}]") for n, part in enumerate(content)]


class FunctionTool(Defined):
    type: Literal["function"]


class OtherTool(BaseModel):
    """What is not a function is not here, and is let be."""

    type: str

    @model_validator(mode="after")
    def _is_none(self) -> Self:
        if self.type == "function":
            raise ValueError("a function has a name")
        return self


class ChosenTool(Fields):
    type: Literal["function"]
    name: Named


class Format(Fields):
    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    description: str | None = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    strict: bool | None = None

    def idle(self) -> list[str]:
        """Beside a schema its description too, which the model is not told."""
        if self.type == "json_schema":
            return self.given("description")
        return [name.rstrip("_") for name in self.given("name", "description", "schema_", "strict")]


class Text(Fields):
    format: Format = Format(type="text")


class ResponsesRequest(Sampling):
    refuses = {
        "background": LATER, "conversation": "previous_response_id goes on from a response",
        "prompt": "no prompts are stored here",
    }  # fmt: skip
    schema_field = "text.format.schema"

    input: str | Annotated[list[Item], Field(min_length=1)]
    instructions: str | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    tools: Annotated[list[FunctionTool | OtherTool], Field(max_length=MOST_TOOLS)] = []
    tool_choice: Literal["none", "auto", "required"] | ChosenTool | None = None
    parallel_tool_calls: bool = True
    previous_response_id: str | None = None
    store: bool = True
    metadata: Annotated[
        dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
    ] = {}
    text: Text = Text()
    truncation: Literal["auto", "disabled"] = "disabled"
    top_logprobs: Annotated[int, Field(ge=0, le=20)] = 0
    include: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _not_in_the_background(cls, given: Any) -> Any:
        """What is refused only where it is asked for."""
        if isinstance(given, dict) and given.get("background") is False:
            return {k: v for k, v in given.items() if k != "background"}
        return given

    @property
    def form(self) -> dict[str, Any] | None:
        asked = self.text.format
        return schema_of(asked.type, asked.schema_, self.schema_field)

    @property
    def functions(self) -> list[FunctionTool]:
        return [one for one in self.tools if isinstance(one, FunctionTool)]

    @property
    def told(self) -> int | None:
        """How many of the likeliest tokens are told of each."""
        return self.top_logprobs if self.top_logprobs or LOGPROBS in self.include else None

    @property
    def ignored(self) -> list[str]:
        others = [f"tools[{i}] ({one.type})" for i, one in enumerate(self.tools) if isinstance(one, OtherTool)]
        thoughts = [f"input[{i}] (reasoning)" for i, one in enumerate(self._items()) if one.type == "reasoning"]
        included = [f"include ({one})" for one in self.include if one != LOGPROBS]
        return [*super().ignored, *others, *thoughts, *included]

    def offer(self) -> Offer:
        choice = self.tool_choice
        chosen = choice.name if isinstance(choice, ChosenTool) else choice
        return offered(self.functions, chosen, self.parallel_tool_calls, "tools", "tool_choice")

    def sent(self) -> list[dict[str, Any]]:
        """The items that are asked with, but for thoughts."""
        if isinstance(self.input, str):
            return [Item(role="user", content=self.input).stored("input")]
        return [one.stored(f"input[{i}]") for i, one in enumerate(self.input) if one.type != "reasoning"]

    def _items(self) -> Sequence[Item]:
        return self.input if isinstance(self.input, list) else ()


def turns_of(items: Sequence[dict[str, Any]], instructions: str | None) -> list[dict[str, Any]]:
    """Items as chat templates know them: calls in the answer that made them; what the system said first as one turn.
    Problem: what came of a call that was not made."""
    turns: list[dict[str, Any]] = []
    if instructions is not None:
        turns.append({"role": "system", "content": instructions})
    known = set[str]()
    for item in items:
        last = turns[-1] if turns else {"role": ""}
        if item["type"] == "function_call":
            known.add(item["call_id"])
            call = {"name": item["name"], "arguments": item["arguments"]}
            if last["role"] != "assistant":
                turns.append({"role": "assistant", "content": "", "tool_calls": []})
            calls = turns[-1].setdefault("tool_calls", [])
            calls.append({"id": item["call_id"], "type": "function", "function": call})
        elif item["type"] == "function_call_output":
            if item["call_id"] not in known:
                what = f"input: no call before it has the id {item['call_id']!r}"
                raise Problem(400, what, param="input", code="invalid_value")
            turns.append({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]})
        else:
            role, said = ROLES.get(item["role"], item["role"]), "".join(part["text"] for part in item["content"])
            if role == "system" and [turn["role"] for turn in turns] == ["system"]:
                turns[0] = {"role": role, "content": f"{turns[0]['content']}\n\n{said}"}
            else:
                turns.append({"role": role, "content": said})
    return turns
