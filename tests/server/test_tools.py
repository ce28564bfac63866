"""Tools over HTTP: offered, forced, named or left; whole and streamed; and the results that come back."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import jsonschema
import openai
import pytest

CITY = {
    "type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"], "additionalProperties": False,
}  # fmt: skip
TOOLS: Any = [
    {
        "type": "function",
        "function": {"name": "weather", "description": "of a city", "parameters": CITY, "strict": True},
    },
    {"type": "function", "function": {"name": "ping"}},
]
HI: Any = [{"role": "user", "content": "hi"}]


def asked(**more: Any) -> dict[str, Any]:
    return {"model": "decoder", "messages": HI, "tools": TOOLS, "max_tokens": 200, "temperature": 1.5} | more


def together(chunks: Any) -> tuple[str, list[dict[str, str]], str | None]:
    """What a client makes of a stream, as strictly as the strictest of them."""
    content, calls, finish = "", [], None
    for chunk in chunks:
        (choice,) = chunk.choices
        content, finish = content + (choice.delta.content or ""), choice.finish_reason or finish
        for call in choice.delta.tool_calls or ():
            assert isinstance(call.index, int)
            if call.index == len(calls):
                assert call.id and call.type == "function" and call.function.name
                calls.append({"name": call.function.name, "arguments": ""})
            else:
                assert call.id is None and call.type is None and call.function.name is None
            calls[call.index]["arguments"] += call.function.arguments
    return content, calls, finish


@pytest.mark.parametrize(
    ("choice", "names"),
    [("required", {"weather", "ping"}), ({"type": "function", "function": {"name": "weather"}}, {"weather"})],
)
def test_a_forced_call_is_valid_whole_and_streamed(talker: openai.OpenAI, choice: Any, names: set[str]) -> None:
    seen = set()
    for seed in range(6):
        one = asked(tool_choice=choice, seed=seed)
        told = talker.chat.completions.create(**one).choices[0]
        assert told.finish_reason == "tool_calls" and told.message.content is None and told.message.tool_calls
        calls = [{"name": c.function.name, "arguments": c.function.arguments} for c in told.message.tool_calls]
        for call in calls:
            jsonschema.validate(
                json.loads(call["arguments"]), CITY if call["name"] == "weather" else {"type": "object"}
            )
        seen |= {call["name"] for call in calls}
        assert together(talker.chat.completions.create(**one, stream=True)) == ("", calls, "tool_calls")
    assert seen <= names and "weather" in seen


def test_one_call_alone_and_none_where_none_is_wanted(talker: openai.OpenAI) -> None:
    alone = talker.chat.completions.create(
        **asked(tool_choice="required", parallel_tool_calls=False, seed=2, max_tokens=400)
    )
    assert len(alone.choices[0].message.tool_calls or ()) == 1
    bias = {str(ord(sign)): -100 for sign in "-0123456789"}  # so that no number can be written
    number: Any = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "integer"}}}
    for choice, calls in (("auto", True), ("none", False)):
        more = {"logit_bias": bias, "response_format": number} if calls else {}
        one = asked(tool_choice=choice, seed=1, max_tokens=200 if calls else 9, **more)
        told = talker.chat.completions.create(**one).choices[0]
        assert bool(told.message.tool_calls) is calls and told.finish_reason == ("tool_calls" if calls else "length")
        content, streamed, finish = together(talker.chat.completions.create(**one, stream=True))
        assert (content or None) == told.message.content and len(streamed) == len(told.message.tool_calls or ())
        assert finish == told.finish_reason


def test_functions_as_there_were_before_tools(talker: openai.OpenAI) -> None:
    functions = [TOOLS[0]["function"]]
    one = asked(functions=functions, function_call={"name": "weather"}, seed=3)
    del one["tools"]
    told = talker.chat.completions.create(**one).choices[0]
    assert told.finish_reason == "function_call" and told.message.function_call and not told.message.tool_calls
    jsonschema.validate(json.loads(told.message.function_call.arguments), CITY)
    written = "".join(
        c.choices[0].delta.function_call.arguments or ""
        for c in talker.chat.completions.create(**one, stream=True)
        if c.choices[0].delta.function_call
    )
    assert written == told.message.function_call.arguments


def test_calls_and_their_results_come_back(talker: openai.OpenAI) -> None:
    first = talker.chat.completions.create(**asked(tool_choice="required", parallel_tool_calls=False, seed=1)).choices[
        0
    ]
    call = first.message.tool_calls[0]  # type: ignore[index]
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": [{"type": "text", "text": "sunny"}]}
    messages = [{"role": "developer", "content": "Be brief."}, *HI, first.message.model_dump(), result]
    raw = talker.chat.completions.with_raw_response.create(**asked(messages=messages, max_tokens=5))
    assert "messages[2].annotations" in raw.headers["x-anew-ignored"]
    more = raw.parse().usage.prompt_tokens - talker.chat.completions.create(**asked(max_tokens=1)).usage.prompt_tokens  # type: ignore[union-attr]
    assert more > len("sunny") + len(call.function.arguments)
    refusal: Any = [*HI, {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, *HI]
    assert talker.chat.completions.create(**asked(messages=refusal, max_tokens=5)).choices


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"tool_choice": {"type": "function", "function": {"name": "pong"}}}, "tool_choice"),
        ({"tools": [], "tool_choice": "required"}, "tool_choice"),
        ({"tools": [TOOLS[0], TOOLS[0]]}, "tools"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools[0].type"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"guided_regex": "a"}, "guided_regex"),
        ({"messages": [*HI, {"role": "tool", "content": "x"}]}, "messages[1].tool_call_id"),
        ({"messages": [*HI, {"role": "tool", "content": "x", "tool_call_id": "y"}]}, "messages[1].tool_call_id"),
        ({"messages": [*HI, {"role": "assistant"}]}, "messages[1].content"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0].input_audio"),
        ({"messages": [{"role": "user", "content": "a" * 5000}]}, "messages"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(talking: str, wrong: dict[str, Any], param: str) -> None:
    answer = httpx2.post(f"{talking}/v1/chat/completions", json=asked() | wrong)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text
