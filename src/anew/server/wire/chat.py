"""/v1/chat/completions: what is asked, and how answers and their pieces are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from anew.engine.writing import Token
from anew.server.errors import Problem
from anew.server.wire.fields import Fields
from anew.server.wire.options import Choices
from anew.server.wire.tools import MOST_TOOLS, Called, Chosen, Defined, offered
from anew.tasks.calling import Offer

ROLES = {"developer": "system", "function": "tool"}  # under which a model's template knows them


class Part(Fields):
    type: str
    text: str | None = None
    refusal: str | None = None

    def idle(self) -> list[str]:
        return self.given("text" if self.type == "refusal" else "refusal")


class ToolCall(Fields):
    id: str = ""
    type: Literal["function"] = "function"
    function: Called


class Turn(Fields):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Annotated[list[Part], Field(min_length=1)] | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] = []
    function_call: Called | None = None
    tool_call_id: str | None = None

    def idle(self) -> Iterator[str]:
        """Calls of who makes none, the id of what is no result, a refusal beside what is said."""
        if self.role != "assistant":
            yield from self.given("tool_calls", "function_call")
        if self.role != "tool":
            yield from self.given("tool_call_id")
        if self.content is not None:
            yield from self.given("refusal")

    def message(self, place: str) -> dict[str, Any]:
        """It as chat templates know it. Problem: what is missing, or is no text, by its place."""
        told: dict[str, Any] = {"role": ROLES.get(self.role, self.role), "content": self._text(f"{place}.content")}
        calls = [(call.id, call.function) for call in self.tool_calls]
        calls += [("", self.function_call)] if self.function_call else []
        if self.role == "assistant" and calls:
            told["tool_calls"] = [
                {"id": id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
                for id, one in calls
            ]
        elif self.content is None and self.refusal is None:
            where = f"{place}.content"
            raise Problem(400, f"{where}: Field required", param=where, code="missing_required_parameter")
        if self.role == "tool":
            if self.tool_call_id is None:
                where = f"{place}.tool_call_id"
                raise Problem(400, f"{where}: Field required", param=where, code="missing_required_parameter")
            told["tool_call_id"] = self.tool_call_id
        return told

    def _text(self, place: str) -> str:
        if self.content is None or isinstance(self.content, str):
            return self.content or self.refusal or ""
        return "".join(text_of(part, f"{place}[{n}]") for n, part in enumerate(self.content))


def text_of(part: Part, place: str) -> str:
    """What a part says. Problem: it is no text, which is all that text models read."""
    said = part.refusal if part.type == "refusal" else part.text
    if part.type.removeprefix("input_").removeprefix("output_") in ("text", "refusal") and said is not None:
        return said
    where = f"{place}.{part.type}"
    raise Problem(400, f"{place}: a text-only model reads no {part.type}", param=where, code="unsupported_parameter")


class Tool(Fields):
    type: Literal["function"]
    function: Defined


class NamedTool(Fields):
    type: Literal["function"]
    function: Chosen


class ChatRequest(Choices):
    """`functions` and `function_call` are what `tools` and `tool_choice` were called before, and are answered so.
    `continue_final_message`: the last message, an answer, is gone on with; then `add_generation_prompt` is false, and
    with `echo` the answer holds what it goes on from. These three are not OpenAI's; vLLM has them under these names."""

    messages: Annotated[list[Turn], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    tools: Annotated[list[Tool], Field(max_length=MOST_TOOLS)] = []
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool = True
    functions: Annotated[list[Defined], Field(max_length=MOST_TOOLS)] = []
    function_call: Literal["none", "auto"] | Chosen | None = None
    continue_final_message: bool = False
    add_generation_prompt: bool = True
    echo: bool = False

    def begun(self, turns: list[dict[str, Any]]) -> str:
        """What the answer is to begin with, which is taken from the end of the turns; nothing where it is to be an
        answer of its own. Problem: nothing that could be gone on with."""
        field = "continue_final_message"
        if not self.continue_final_message:
            if not self.add_generation_prompt:
                what = f"add_generation_prompt: false only with {field}, since here it is the model who answers"
                raise Problem(400, what, param="add_generation_prompt", code="unsupported_parameter")
            return ""
        why = None
        if self.add_generation_prompt:
            why = "add_generation_prompt begins another message; send false beside it"
        elif self.tools or self.functions:
            why = "not with functions, which are called in answers from their beginning on"
        elif turns[-1]["role"] != "assistant" or "tool_calls" in turns[-1]:
            why = "the last message is no answer in words of the assistant's"
        elif not turns[-1]["content"]:
            why = "the last message says nothing; leave it out"
        elif len(turns) == 1:
            why = "there is no message before the one to go on with"
        if why is not None:
            raise Problem(400, f"{field}: {why}", param=field, code="unsupported_parameter")
        return str(turns.pop()["content"])

    def conversation(self) -> list[dict[str, Any]]:
        turns = [turn.message(f"messages[{i}]") for i, turn in enumerate(self.messages)]
        known = set[str]()
        for i, turn in enumerate(turns):
            known |= {call["id"] for call in turn.get("tool_calls", ())}
            if turn.get("tool_call_id", "") not in known | {""}:
                where = f"messages[{i}].tool_call_id"
                raise Problem(400, f"{where}: no call before it has this id", param=where, code="invalid_value")
        return turns

    def idle(self) -> Iterator[str]:
        """The older name of a bound beside its newer one; several calls where a function was asked for in the old
        way."""
        if self.max_completion_tokens not in (None, self.max_tokens):
            yield from self.given("max_tokens")
        if not self.continue_final_message:
            yield from self.given("echo")
        if self.old and self.parallel_tool_calls:
            yield from self.given("parallel_tool_calls")

    def offer(self) -> Offer:
        """What may be called."""
        for name, own, others in (
            ("function_call", self.functions, self.tools), ("tool_choice", self.tools, self.functions)
        ):  # fmt: skip
            choice = getattr(self, name)
            if choice is not None and not own and (others or choice not in ("none", "auto")):
                raise Problem(400, f"{name}: nothing is offered to be called so", param=name, code="invalid_value")
        if self.functions and self.tools:
            raise Problem(400, "functions: these are tools by now", param="functions", code="unsupported_parameter")
        if self.old:
            old = self.function_call
            chosen = old.name if isinstance(old, Chosen) else old
            return offered(self.functions, chosen, False, "functions", "function_call")
        new = self.tool_choice
        named = new.function.name if isinstance(new, NamedTool) else new
        return offered([one.function for one in self.tools], named, self.parallel_tool_calls, "tools", "tool_choice")

    @property
    def old(self) -> bool:
        """Whether it asks as one did before there were tools."""
        return bool(self.functions)

    @property
    def most(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def told(self) -> int | None:
        """How many of the likeliest tokens are told of each."""
        if self.top_logprobs is not None and not self.logprobs:
            raise Problem(400, "top_logprobs: only with logprobs", param="top_logprobs", code="invalid_value")
        return (self.top_logprobs or 0) if self.logprobs else None


def logprobs_of(tokens: Sequence[Token], pieces: Sequence[bytes]) -> list[dict[str, Any]]:
    """Each token with the likeliest in its place. `pieces`: the bytes of each token of the vocabulary."""

    def spelled(token: int, text: str, logp: float) -> dict[str, Any]:
        return {"token": text, "logprob": logp, "bytes": list(pieces[token])}

    return [spelled(t.id, t.text, t.logp) | {"top_logprobs": [spelled(*one) for one in t.best]} for t in tokens]
