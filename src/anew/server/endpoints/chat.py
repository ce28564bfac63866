"""/v1/chat/completions: a conversation in, the next turn out, whole or as it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from anew.engine.served import Asked, Served
from anew.engine.writing import Written, symbols_of
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.opening import opened
from anew.server.streaming import Growth, events, headers_of, parts
from anew.server.wire.answers import head, reason
from anew.server.wire.chat import ChatRequest, logprobs_of
from anew.tasks.model import STOPS, Talking

router = APIRouter(dependencies=[needs("generate"), ADMITTED])


@router.post("/v1/chat/completions", response_model=None)
async def chat_completions(asked: ChatRequest, request: Request, response: Response) -> Any:
    served = await opened(request, asked.model)
    growth = await asyncio.to_thread(begun, served, asked)
    if asked.stream:
        await growth.begin()
        return events(chunks(growth, asked), headers_of(asked))
    response.headers.update(headers_of(asked))
    written = await growth.whole(request)
    choices = [choice(served, written, i, asked) for i in range(asked.n)]
    return head(served, "chat.completion", "chatcmpl") | {"choices": choices, "usage": growth.usage}


def begun(served: Served, asked: ChatRequest) -> Growth:
    """The conversation in the model's own words."""
    talking = Talking(served.artifact, served.digest)
    prompt = talking.tokens(asked.conversation()).tolist()
    wishes = asked.wished(STOPS if talking.plain else ())
    options = asked.sampled(served, asked.most, asked.told)
    return Growth(served, Asked(prompt, asked.seeds, options, wishes, answers=True))


def choice(served: Served, written: Written, i: int, asked: ChatRequest) -> dict[str, Any]:
    message = {"role": "assistant", "content": written.texts[i], "refusal": None, "annotations": []}
    logprobs = logprobs_of(written.tokens[i], pieces_of(served)) if asked.logprobs else None
    return {"index": i, "message": message, "logprobs": logprobs, "finish_reason": reason(written.finish[i])}


def pieces_of(served: Served) -> Sequence[bytes]:
    return symbols_of(served.artifact.codec).pieces


async def chunks(growth: Growth, asked: ChatRequest) -> AsyncIterator[dict[str, Any]]:
    """A chunk for each choice at once; then what is new of each; the reason for its end; the usage, if it was asked."""
    base = head(growth.served, "chat.completion.chunk", "chatcmpl")
    extra = {"usage": None} if asked.stream_options.include_usage else {}

    def chunk(i: int, delta: dict[str, Any], logprobs: Any = None, finish: str | None = None) -> dict[str, Any]:
        told = {"index": i, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return base | {"choices": [told]} | extra

    for i in range(asked.n):
        yield chunk(i, {"role": "assistant", "content": ""})
    async for i, new, tokens, finish in parts(growth, asked.n):
        if new or tokens:
            yield chunk(i, {"content": new}, logprobs_of(tokens, pieces_of(growth.served)) if asked.logprobs else None)
        if finish is not None:
            yield chunk(i, {}, finish=reason(finish))
    if asked.stream_options.include_usage:
        yield base | {"choices": [], "usage": growth.usage}
