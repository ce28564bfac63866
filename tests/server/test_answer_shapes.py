"""The document tells what OpenAI's addresses answer, and tells it wholly: no field is sent of which it says nothing,
and every field that it says is always there is."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from anew.server.wire import models, shapes

HI: Any = [{"role": "user", "content": "hi"}]
SHORT: dict[str, Any] = {"model": "decoder", "max_tokens": 12, "temperature": 1.5}
TOOL = {"type": "function", "function": {"name": "ping"}}
CASES: list[tuple[str, dict[str, Any], type[BaseModel], type[BaseModel] | None]] = [
    ("chat/completions", {**SHORT, "messages": HI, "logprobs": True, "top_logprobs": 3, "n": 2},
     shapes.ChatCompletion, shapes.ChatChunk),
    ("chat/completions", {**SHORT, "messages": HI, "tools": [TOOL], "tool_choice": "required", "max_tokens": 200},
     shapes.ChatCompletion, shapes.ChatChunk),
    ("chat/completions", {**SHORT, "messages": HI, "functions": [{"name": "ping"}], "function_call": {"name": "ping"},
                          "max_tokens": 200}, shapes.ChatCompletion, shapes.ChatChunk),
    ("completions", {**SHORT, "prompt": ["a", "b"], "logprobs": 2}, shapes.Completion, shapes.CompletionChunk),
    ("completions", {**SHORT, "prompt": "abc", "logprobs": 2, "echo": True}, shapes.Completion, shapes.CompletionChunk),
    ("embeddings", {"model": "encoder", "input": ["a", "b"]}, shapes.EmbeddingList, None),
    ("embeddings", {"model": "encoder", "input": "a", "encoding_format": "base64"}, shapes.EmbeddingList, None),
]  # fmt: skip


def told(shape: type[BaseModel], sent: Any) -> None:
    """What is sent has the shape, and nothing is sent beside it."""
    made = shape.model_validate(sent)
    again = made.model_dump(mode="json", exclude_unset=True)
    assert again == sent
    assert not list(untold(made)), f"{shape.__name__}: {list(untold(made))}"


def untold(value: Any, place: str = "") -> Any:
    if isinstance(value, BaseModel):
        yield from (f"{place}.{name}" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from untold(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from untold(one, place)


def data_of(lines: str) -> list[Any]:
    found = [line.removeprefix("data: ") for line in lines.splitlines() if line.startswith("data: ")]
    return [json.loads(one) for one in found if one != "[DONE]"]


@pytest.mark.parametrize(("path", "asked", "whole", "chunk"), CASES)
def test_answers_are_as_the_document_tells(
    talking: str, path: str, asked: dict[str, Any], whole: type[BaseModel], chunk: type[BaseModel] | None
) -> None:
    answer = httpx2.post(f"{talking}/v1/{path}", json=asked, timeout=60)
    assert answer.status_code == 200, answer.text
    told(whole, answer.json())
    if chunk is not None:
        body = asked | {"stream": True, "stream_options": {"include_usage": True}}
        events = data_of(httpx2.post(f"{talking}/v1/{path}", json=body, timeout=60).text)
        assert events and events[-1]["usage"]
        for one in events:
            told(chunk, one)


def test_pictures_and_their_events_are_as_the_document_tells(gallery_address: str) -> None:
    asked = {"model": "flow", "prompt": "down", "n": 2, "steps": 3}
    whole = httpx2.post(f"{gallery_address}/v1/images/generations", json=asked, timeout=120).json()
    told(shapes.Pictures, whole)
    body = asked | {"stream": True, "partial_images": 1}
    events = data_of(httpx2.post(f"{gallery_address}/v1/images/generations", json=body, timeout=120).text)
    for one in events:
        told(shapes.PictureEvent, one)
    assert [one["of"] for one in events] == [2] * 4
    finished = [one["index"] for one in events if one["type"].endswith(".completed")]
    assert finished == [0, 1] and events[-1]["index"] == events[-1]["of"] - 1, "the last event is known by itself"


def test_models_are_as_the_document_tells(talking: str) -> None:
    listed = httpx2.get(f"{talking}/v1/models").json()
    told(models.ModelList, listed)
    told(models.ModelTold, httpx2.get(f"{talking}/v1/models/decoder").json())
    told(shapes.VoiceList, httpx2.get(f"{talking}/v1/audio/voices").json())


@cache
def document(address: str) -> dict[str, Any]:
    made: dict[str, Any] = httpx2.get(f"{address}/openapi.json").json()
    return made


@pytest.mark.parametrize(
    ("method", "path", "shape", "event"),
    [
        ("get", "/v1/models", "ModelList", None), ("get", "/v1/models/{name}", "ModelTold", None),
        ("post", "/v1/chat/completions", "ChatCompletion", "ChatChunk"),
        ("post", "/v1/completions", "Completion", "CompletionChunk"),
        ("post", "/v1/embeddings", "EmbeddingList", None),
        ("post", "/v1/images/generations", "Pictures", "PictureEvent"),
        ("post", "/v1/images/edits", "Pictures", "PictureEvent"),
        ("post", "/v1/images/variations", "Pictures", "PictureEvent"),
        ("get", "/v1/audio/voices", "VoiceList", None),
    ],
)  # fmt: skip
def test_the_document_has_the_shapes(talking: str, method: str, path: str, shape: str, event: str | None) -> None:
    content = document(talking)["paths"][path][method]["responses"]["200"]["content"]
    assert content["application/json"]["schema"]["$ref"].endswith(f"/{shape}")
    if event is not None:
        inside = content["text/event-stream"]["schema"]
        assert inside["title"] == event and "$ref" not in json.dumps(inside)
