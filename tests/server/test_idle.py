"""A declared field that nothing is made of beside the others is named in `x-anew-ignored`, or refused by its name."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import httpx2
import openai
import pytest
from test_batches import batch_of, ended, line, rows_of

from anew.engine.pool import Pool
from anew.recipes import find
from anew.server.wire.fine_tuning import NewJob
from anew.server.work.asked import recipe_of

CHAT, RESPONSES = "chat/completions", "responses"
HI = {"role": "user", "content": "hi"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
OLD = {"functions": [{"name": "f"}]}
TOOLS = {"tools": [{"type": "function", "function": {"name": "f"}}]}
SCHEMA = {"name": "n", "schema": {"enum": [1, 2]}, "strict": True}
IDLE: list[tuple[str, dict[str, Any], list[str]]] = [
    (CHAT, {"messages": [HI | {"tool_calls": [CALL], "tool_call_id": "c"}]},
     ["messages[0].tool_call_id", "messages[0].tool_calls"]),
    (CHAT, {"messages": [HI | {"tool_calls": [], "refusal": None}]}, []),
    (CHAT, {"messages": [HI, {"role": "assistant", "content": "a", "refusal": "b"}, HI]}, ["messages[1].refusal"]),
    (CHAT, {"messages": [HI, {"role": "function", "name": "f", "content": "a", "tool_call_id": "c"}]},
     ["messages[1].name", "messages[1].tool_call_id"]),
    (CHAT, {"messages": [HI | {"content": [{"type": "text", "text": "a", "refusal": "b"}]}]},
     ["messages[0].content[0].refusal"]),
    (CHAT, {"messages": [HI], "max_tokens": 3, "max_completion_tokens": 4}, ["max_tokens"]),
    (CHAT, {"messages": [HI], "max_tokens": 3, "max_completion_tokens": 3}, []),
    (CHAT, {"messages": [HI], "parallel_tool_calls": True} | OLD, ["parallel_tool_calls"]),
    (CHAT, {"messages": [HI], "response_format": {"type": "json_schema", "json_schema": SCHEMA}}, []),
    (CHAT, {"messages": [HI], "response_format": {
        "type": "json_schema", "json_schema": SCHEMA | {"description": "a", "hue": 1}}},
     ["response_format.json_schema.description", "response_format.json_schema.hue"]),
    (CHAT, {"messages": [HI], "response_format": {"type": "json_object", "json_schema": SCHEMA}},
     ["response_format.json_schema"]),
    (RESPONSES, {"input": [HI | {"output": "a", "call_id": "b", "id": "msg_1"}]},
     ["input[0].call_id", "input[0].output"]),
    (RESPONSES, {"input": [
        HI, {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "role": "user"},
        {"type": "function_call_output", "call_id": "c", "output": "a", "name": "f", "content": "b"}]},
     ["input[1].role", "input[2].content", "input[2].name"]),
    (RESPONSES, {"input": [HI, {"type": "reasoning", "content": "a", "summary": []}]},
     ["input[1] (reasoning)", "input[1].summary"]),
    (RESPONSES, {"input": "hi", "text": {"format": {"type": "json_schema", "description": "a"} | SCHEMA}},
     ["text.format.description"]),
    (RESPONSES, {"input": "hi", "text": {"format": {"type": "text"} | SCHEMA}},
     ["text.format.name", "text.format.schema", "text.format.strict"]),
]  # fmt: skip


def ignored(answer: httpx2.Response) -> list[str]:
    return sorted(filter(None, map(unquote, answer.headers.get("x-anew-ignored", "").split(", "))))


@pytest.mark.parametrize(("path", "body", "named"), IDLE)
def test_what_nothing_is_made_of_is_named(talking: str, path: str, body: dict[str, Any], named: list[str]) -> None:
    most = {"max_output_tokens": 2} if path == RESPONSES else {"max_completion_tokens": 2}
    answer = httpx2.post(f"{talking}/v1/{path}", json={"model": "decoder"} | most | body)
    assert answer.status_code == 200, answer.text
    assert ignored(answer) == named


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (OLD | {"tool_choice": "none"}, "tool_choice"), (TOOLS | {"function_call": "none"}, "function_call"),
        ({"response_format": {"type": "json_schema", "json_schema": SCHEMA | {"name": 3}}},
         "response_format.json_schema.name"),
        ({"response_format": {"type": "json_object"}, "guided_json": {"enum": [1]}}, "guided_json"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "no such"}}}},
         "response_format.json_schema.schema"),
        ({"guided_json": "{"}, "guided_json"), ({"guided_regex": "("}, "guided_regex"),
        ({"guided_grammar": "a"}, "guided_grammar"),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "array"}}}]}, "tools"),
        ({"functions": [{"name": "f", "parameters": {"properties": {"a": {"type": "no such"}}}}]}, "functions"),
    ],
)  # fmt: skip
def test_what_would_be_another_answer_is_refused(talking: str, body: dict[str, Any], param: str) -> None:
    answer = httpx2.post(f"{talking}/v1/{CHAT}", json={"model": "decoder", "messages": [HI], "max_tokens": 2} | body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text


def test_parameters_of_an_address_are_named_too(address: str, client: openai.OpenAI) -> None:
    for path in ("models?hue=1&api-version=2", "files?hue=1&limit=3&api-version=2"):
        answer = httpx2.get(f"{address}/v1/{path}")
        assert answer.status_code == 200 and ignored(answer) == ["api-version", "hue"]
    asked = {"model": "decoder", "prompt": "a", "max_tokens": 1, "user": "u"}
    answer = httpx2.post(f"{address}/v1/completions?w%0d%0ax=", json=asked)
    assert answer.status_code == 200 and ignored(answer) == ["user", "w\r\nx"]
    assert "\r\n" not in answer.headers["x-anew-ignored"]
    streamed = httpx2.post(f"{address}/v1/completions?beta=true", json=asked | {"stream": True})
    assert streamed.text.endswith("[DONE]\n\n") and ignored(streamed) == ["beta", "user"]
    jobs = httpx2.get(f"{address}/v1/fine_tuning/jobs?metadata[a]=b&metadata=c")
    assert jobs.status_code == 200 and ignored(jobs) == ["metadata"]
    assert ignored(httpx2.get(f"{address}/v1/nowhere?hue=1")) == []


def test_of_too_many_the_number_is_told(address: str) -> None:
    many = {f"field{i:04}": 1 for i in range(3000)} | {"z" * 3000: 1}
    named = ignored(httpx2.post(f"{address}/v1/completions", json={"model": "decoder", "max_tokens": 1} | many))
    (rest,) = [one for one in named if one.endswith(" more)")]
    assert set(named) - {rest} < set(many) and len(named) > 100
    assert int(rest[1:].split()[0]) + len(named) - 1 == len(many)


def test_a_batch_says_what_a_line_asked_in_vain(client: openai.OpenAI) -> None:
    body = {key: value for key, value in line("")["body"].items() if key != "seed"}
    done = ended(client, batch_of(client, [line("a", body=body | {"user": "u", "hue": 1})]).id)
    response = rows_of(client, done.output_file_id)["a"]["response"]
    assert response["headers"]["x-anew-ignored"] == "hue, user"
    again = client.completions.create(**body, seed=int(response["headers"]["x-anew-seed"]))
    assert again.choices[0].text == response["body"]["choices"][0]["text"]


def test_a_multiplier_turns_every_rate_of_a_recipe(pool: Pool, tmp_path: Any) -> None:
    content = tmp_path / "a.jsonl"
    content.write_text(json.dumps({"text": "a"}))
    assert "lr_matrix" not in find("shakespeare")["train"], "which it leaves to its default"

    def rates(**dials: Any) -> tuple[float, float, float | None]:
        job = NewJob(model="shakespeare", training_file="file-a", hyperparameters=dials)
        train = recipe_of(job, pool, "ftjob-0123456789", 1, content, ".jsonl").train
        return train.lr, train.lr_matrix, train.lr_table

    assert rates(learning_rate_multiplier=0.5) == tuple((rate or 0) / 2 for rate in rates())
