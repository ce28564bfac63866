"""A response as it comes about: an object, and the events by which clients see it grow.

In: the pieces of one answer. Out: typed, numbered events, the last of which holds the whole response.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from anew.engine.writing import symbols_of
from anew.server.conversing import Conversing, ended
from anew.server.errors import Problem
from anew.server.streaming import parts
from anew.server.wire.chat import logprobs_of
from anew.server.wire.responses import ChosenTool, ResponsesRequest, fresh_id

Event = dict[str, Any]


def resource(asked: ResponsesRequest) -> dict[str, Any]:
    """A response of which nothing is there yet: every field, as OpenAI's clients want them."""
    form = asked.text.format.model_dump(by_alias=True, include={"type", "name", "description", "schema_", "strict"})
    if form["type"] != "json_schema":
        form = {"type": form["type"]}
    choice = asked.tool_choice
    tools = [
        {"type": "function"} | one.model_dump(include={"name", "description", "parameters", "strict"})
        for one in asked.functions
    ]
    return {
        "id": fresh_id("resp"), "object": "response", "created_at": int(time.time()), "completed_at": None,
        "status": "in_progress", "error": None, "incomplete_details": None, "instructions": asked.instructions,
        "model": asked.model, "output": [], "usage": None, "previous_response_id": asked.previous_response_id,
        "tools": tools, "tool_choice": choice.model_dump() if isinstance(choice, ChosenTool) else choice or "auto",
        "parallel_tool_calls": asked.parallel_tool_calls, "text": {"format": form}, "truncation": asked.truncation,
        "temperature": asked.temperature, "top_p": asked.top_p, "presence_penalty": asked.presence_penalty,
        "frequency_penalty": asked.frequency_penalty, "top_logprobs": asked.top_logprobs,
        "max_output_tokens": asked.max_output_tokens, "max_tool_calls": None, "store": asked.store,
        "background": False, "service_tier": "default", "metadata": asked.metadata,
        "reasoning": {"effort": None, "summary": None}, "safety_identifier": None, "prompt_cache_key": None,
    }  # fmt: skip


class Responding:
    """One response; `body` is it as it stands."""

    def __init__(self, asked: ResponsesRequest, begun: Conversing) -> None:
        self.asked, self.begun, self.body = asked, begun, resource(asked)
        self.number, self.item = 0, dict[str, Any]()
        self.why: Problem | None = None  # it came to no end

    def event(self, kind: str, **told: Any) -> Event:
        self.number += 1
        return {"type": kind, "sequence_number": self.number - 1, **told}

    async def events(self) -> AsyncIterator[Event]:
        """All but the last, which `last` gives."""
        for kind in ("created", "in_progress"):
            yield self.event(f"response.{kind}", response=dict(self.body))
        reader, waiting = self.begun.reader(), list[Any]()
        pieces = symbols_of(self.begun.growth.served.artifact.codec).pieces
        async for _, new, tokens, finish in parts(self.begun.growth, 1):
            waiting += logprobs_of(tokens, pieces)
            for piece in reader.more(new, finish is not None):
                if piece.name is not None or (piece.call is None and not self.item):
                    for event in (*self.close(), *self.open(piece.name)):
                        yield event
                if piece.text:
                    yield self.grow(piece.text, [] if piece.call is not None else waiting)
                    waiting = []
            if finish is not None:
                if not self.item:
                    for event in self.open(None):
                        yield event
                whole = ended(finish, len(reader.told)) != "length"
                for event in self.close("completed" if whole else "incomplete"):
                    yield event
                self.end(whole)

    def last(self) -> Event:
        return self.event(f"response.{self.body['status']}", response=self.body)

    def failed(self, why: Problem) -> Event:
        """What is told where it comes to no end."""
        self.why, problem = why, why.body["error"]
        error = {"code": problem["code"] or "server_error", "message": problem["message"]}
        return self.event("response.failed", response=self.body | {"status": "failed", "error": error})

    # -------------------------------------------------------------------------------------------- items

    @property
    def at(self) -> dict[str, Any]:
        """Where the open item stands."""
        content = {"content_index": 0} if self.item["type"] == "message" else {}
        return {"item_id": self.item["id"], "output_index": len(self.body["output"])} | content

    def open(self, name: str | None) -> Iterator[Event]:
        """Begin a message, or a call of the function of this name."""
        if name is None:
            self.item = {"id": fresh_id("msg"), "type": "message", "status": "in_progress", "role": "assistant"}
            self.item |= {"content": []}
        else:
            self.item = {"id": fresh_id("fc"), "type": "function_call", "status": "in_progress"}
            self.item |= {"call_id": fresh_id("call"), "name": name, "arguments": ""}
        yield self.event("response.output_item.added", output_index=self.at["output_index"], item=dict(self.item))
        if name is None:
            self.item["content"] = [{"type": "output_text", "text": "", "annotations": [], "logprobs": []}]
            yield self.event("response.content_part.added", **self.at, part=dict(self.item["content"][0]))

    def grow(self, text: str, logprobs: list[Any]) -> Event:
        if self.item["type"] == "function_call":
            self.item["arguments"] += text
            return self.event("response.function_call_arguments.delta", **self.at, delta=text)
        part = self.item["content"][0]
        part["text"] += text
        part["logprobs"] = [*part["logprobs"], *logprobs]
        return self.event("response.output_text.delta", **self.at, delta=text, logprobs=logprobs)

    def close(self, status: str = "completed") -> Iterator[Event]:
        """End the item that is open, if one is."""
        if not self.item:
            return
        self.item["status"] = status
        if self.item["type"] == "message":
            part = self.item["content"][0]
            told = {"text": part["text"], "logprobs": part["logprobs"]}
            yield self.event("response.output_text.done", **self.at, **told)
            yield self.event("response.content_part.done", **self.at, part=part)
        else:
            told = {"name": self.item["name"], "arguments": self.item["arguments"]}
            yield self.event("response.function_call_arguments.done", **self.at, **told)
        yield self.event("response.output_item.done", output_index=self.at["output_index"], item=self.item)
        self.body["output"], self.item = [*self.body["output"], self.item], {}

    def end(self, whole: bool) -> None:
        used = self.begun.growth.usage
        self.body["usage"] = {
            "input_tokens": used["prompt_tokens"], "input_tokens_details": used["prompt_tokens_details"],
            "output_tokens": used["completion_tokens"], "output_tokens_details": used["completion_tokens_details"],
            "total_tokens": used["total_tokens"],
        }  # fmt: skip
        self.body["status"] = "completed" if whole else "incomplete"
        if whole:
            self.body["completed_at"] = int(time.time())
        else:
            self.body["incomplete_details"] = {"reason": "max_output_tokens"}
