"""Responses: made, streamed, kept, gone on from, listed and deleted; each tenant's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from serving import APART, served
from several import Several

from anew.engine.pool import Pool
from anew.server.access import Who
from anew.server.app import Door
from anew.server.database import responses as kept
from anew.server.database.connect import Database
from anew.server.errors import Problem

TOOLS: Any = [
    {
        "type": "function", "name": "weather", "description": None, "strict": True,
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
    {"type": "web_search"},
]  # fmt: skip
NEVER = {"256": -100}  # the end


def asked(**more: Any) -> dict[str, Any]:
    return {"model": "decoder", "input": "hi", "max_output_tokens": 40, "temperature": 1.5} | more


def test_a_response_is_made_and_streamed_as_one(talker: openai.OpenAI) -> None:
    whole = talker.responses.create(**asked(extra_body={"seed": 3, "logit_bias": NEVER}))
    assert whole.status == "incomplete" and whole.incomplete_details and whole.usage
    assert whole.incomplete_details.reason == "max_output_tokens" and whole.usage.output_tokens == 40
    events = list(talker.responses.create(**asked(extra_body={"seed": 3, "logit_bias": NEVER}), stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events if event.type != "response.output_text.delta"]
    assert [kind.removeprefix("response.") for kind in kinds] == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.done", "content_part.done",
        "output_item.done", "incomplete",
    ]  # fmt: skip
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == whole.output_text == events[-1].response.output_text  # type: ignore[union-attr]
    held = talker.responses.create(
        **asked(max_output_tokens=80),
        text={"format": {"type": "json_schema", "name": "n", "schema": {"type": "integer"}}},
    )
    assert isinstance(json.loads(held.output_text), int) and held.status == "completed" and held.completed_at


def test_calls_are_items_and_what_came_of_them_goes_on(talker: openai.OpenAI) -> None:
    one = asked(
        tools=TOOLS, tool_choice="required", parallel_tool_calls=False, max_output_tokens=300, extra_body={"seed": 4}
    )
    raw = talker.responses.with_raw_response.create(**one)
    assert raw.headers["x-anew-ignored"] == "tools[1] (web_search)"
    (call,) = raw.parse().output
    assert call.type == "function_call" and isinstance(json.loads(call.arguments)["city"], str)
    events = list(talker.responses.create(**one, stream=True))
    kinds = [event.type for event in events if not event.type.endswith("arguments.delta")]
    assert [kind.removeprefix("response.") for kind in kinds] == [
        "created", "in_progress", "output_item.added", "function_call_arguments.done", "output_item.done", "completed",
    ]  # fmt: skip
    written = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    assert written == call.arguments
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    on = talker.responses.create(**asked(input=[result], previous_response_id=raw.parse().id))
    by_hand = talker.responses.create(**asked(input=[{"role": "user", "content": "hi"}, call.model_dump(), result]))
    assert on.usage and by_hand.usage and on.usage.input_tokens == by_hand.usage.input_tokens
    with pytest.raises(openai.BadRequestError, match="no call before it"):
        talker.responses.create(**asked(input=[result]))


def test_a_conversation_is_kept_and_gone_on_from_until_it_is_deleted(talker: openai.OpenAI) -> None:
    first = talker.responses.create(**asked(instructions="Be brief.", metadata={"a": "b"}))
    assert talker.responses.retrieve(first.id) == first
    second = talker.responses.create(**asked(input="and?", previous_response_id=first.id))
    assert second.usage and first.usage and second.usage.input_tokens > len(first.output_text)
    assert second.instructions is None and second.previous_response_id == first.id
    referred: Any = [{"type": "item_reference", "id": first.output[0].id}, {"role": "user", "content": "?"}]
    assert talker.responses.create(**asked(input=referred)).status
    talker.responses.delete(first.id)
    for gone in (
        lambda: talker.responses.retrieve(first.id),
        lambda: talker.responses.input_items.list(first.id),
        lambda: talker.responses.create(**asked(previous_response_id=second.id)),
        lambda: talker.responses.delete(first.id),
        lambda: talker.responses.cancel(first.id),
    ):
        with pytest.raises(openai.NotFoundError):
            gone()
    unkept = talker.responses.create(**asked(store=False))
    with pytest.raises(openai.NotFoundError):
        talker.responses.retrieve(unkept.id)
    with pytest.raises(openai.BadRequestError, match="background"):
        talker.responses.cancel(second.id)


def test_what_it_was_asked_with_is_listed_by_pages(talker: openai.OpenAI) -> None:
    items: Any = [{"role": "user", "content": f"n{i}"} for i in range(5)]
    made = talker.responses.create(**asked(input=items))
    listed = [item.content[0].text for item in talker.responses.input_items.list(made.id, limit=2, order="asc")]  # type: ignore[union-attr]
    assert listed == [f"n{i}" for i in range(5)]
    newest = talker.responses.input_items.list(made.id, limit=1)
    assert newest.data[0].content[0].text == "n4" and newest.has_more  # type: ignore[union-attr]


def test_a_stored_response_outlives_the_server_and_is_its_tenants_alone(tmp_path: Any) -> None:
    database = Database(f"sqlite:///{tmp_path}/anew.db")
    running = served(Pool(Several(), apart=APART), Door(), database)
    body = httpx2.post(f"{next(running)}/v1/responses", json=asked()).json()
    other = Database(f"sqlite:///{tmp_path}/anew.db")  # as one sees it who was killed and began anew
    with other.reading() as session:
        assert kept.found(session, Who().tenant, body["id"]).body == body
        assert [item["content"][0]["text"] for item in kept.before(session, Who().tenant, body["id"])][0] == "hi"
        for look in (kept.found, kept.before):
            with pytest.raises(Problem):
                look(session, "another", body["id"])
    other.close()
    exhausted(running)


def exhausted(running: Iterator[str]) -> None:
    assert next(running, None) is None


def test_what_is_too_long_is_refused_or_loses_its_oldest_turns(talker: openai.OpenAI) -> None:
    long: Any = [{"role": "user", "content": "a" * 1500}, {"role": "assistant", "content": "b" * 1500}] * 2
    long = [{"role": "system", "content": "Be brief."}, *long, {"role": "user", "content": "?"}]
    with pytest.raises(openai.BadRequestError) as told:
        talker.responses.create(**asked(input=long))
    assert told.value.code == "context_length_exceeded" and told.value.param == "input"
    cut = talker.responses.create(**asked(input=long, truncation="auto"))
    assert cut.usage and 3000 < cut.usage.input_tokens < 4000


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"background": True}, "background"), ({"conversation": "c"}, "conversation"), ({"model": None}, "model"),
        ({"input": []}, "input"), ({"input": [{"role": "user"}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:"}]}]},
         "input[0].content[0].input_image"),
        ({"input": [{"type": "computer_call"}]}, "input[0].type"), ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
        ({"tool_choice": "required"}, "tool_choice"), ({"max_output_tokens": 0}, "max_output_tokens"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_name(talking: str, wrong: dict[str, Any], param: str) -> None:
    answer = httpx2.post(f"{talking}/v1/responses", json=asked() | wrong)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text


@pytest.mark.parametrize(
    "path", ["moderations", "audio/translations", "videos/v_1", "threads/t/runs", "responses/compact"]
)
def test_what_is_not_served_says_what_is(talking: str, path: str) -> None:
    for ask in (httpx2.get, httpx2.post):
        error = ask(f"{talking}/v1/{path}").json()["error"]
        assert error["code"] == "unknown_url" and len(error["message"]) > 40
