"""/v1/chat/completions: a conversation in, the next turn out, whole or as it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response

from anew.engine.served import Asked, Served
from anew.engine.writing import Written
from anew.server.streaming import Growth, events
from anew.server.wire.answers import head, reason, usage
from anew.server.wire.chat import ChatRequest, logprobs_of
from anew.tasks.model import STOPS, Talking

router = APIRouter()
HELD_BACK = "\ufffd"  # a character of which not all bytes are there


@router.post("/v1/chat/completions", response_model=None)
async def chat_completions(asked: ChatRequest, request: Request, response: Response) -> Any:
    served: Served = await asyncio.to_thread(request.app.state.pool.open, asked.model)
    growth = await asyncio.to_thread(begun, served, asked)
    headers = {"x-anew-seed": str(asked.first)} | (
        {"x-anew-ignored": ", ".join(asked.ignored)} if asked.ignored else {}
    )
    if asked.stream:
        return events(chunks(growth, asked), headers)
    response.headers.update(headers)
    written = await growth.whole(request)
    return head(served, "chat.completion", "chatcmpl") | {
        "choices": [choice(written, i, asked) for i in range(asked.n)],
        "usage": counted(growth, written),
    }


def begun(served: Served, asked: ChatRequest) -> Growth:
    """The conversation in the model's own words."""
    talking = Talking(served.artifact, served.digest)
    prompt = talking.tokens(asked.conversation()).tolist()
    options = asked.sampled(served, asked.most, asked.told)
    return Growth(
        served, Asked(prompt, asked.seeds, options, asked.wished(STOPS if talking.plain else ()), answers=True)
    )


def choice(written: Written, i: int, asked: ChatRequest) -> dict[str, Any]:
    message = {"role": "assistant", "content": written.texts[i], "refusal": None, "annotations": []}
    logprobs = logprobs_of(written.tokens[i]) if asked.logprobs else None
    return {"index": i, "message": message, "logprobs": logprobs, "finish_reason": reason(written.finish[i])}


def counted(growth: Growth, written: Written) -> dict[str, Any]:
    opening = growth.served.artifact.model.spec.opening
    return usage(len(growth.asked.prompt) + len(opening), sum(written.lengths), growth.cached)


async def chunks(growth: Growth, asked: ChatRequest) -> AsyncIterator[dict[str, Any]]:
    """A chunk for each choice at once; then what is new of each; the reason for its end; the usage, if it was asked."""
    base = head(growth.served, "chat.completion.chunk", "chatcmpl")
    extra = {"usage": None} if asked.stream_options.include_usage else {}

    def chunk(i: int, delta: dict[str, Any], logprobs: Any = None, finish: str | None = None) -> dict[str, Any]:
        told = {"index": i, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return base | {"choices": [told]} | extra

    for i in range(asked.n):
        yield chunk(i, {"role": "assistant", "content": ""})
    sent, told, over = [""] * asked.n, [0] * asked.n, [False] * asked.n
    written: Written | None = None
    async for written in growth:
        for i in range(asked.n):
            if over[i]:
                continue
            over[i] = written.finish[i] is not None
            ready = written.texts[i] if over[i] else written.texts[i].rstrip(HELD_BACK)
            new, tokens = ready[len(sent[i]) :], written.tokens[i][told[i] :]
            if new or (tokens and over[i]):
                yield chunk(i, {"content": new}, logprobs_of(tokens) if asked.logprobs else None)
                sent[i], told[i] = ready, len(written.tokens[i])
            if over[i]:
                yield chunk(i, {}, finish=reason(written.finish[i]))
    if asked.stream_options.include_usage and written is not None:
        yield base | {"choices": [], "usage": counted(growth, written)}
