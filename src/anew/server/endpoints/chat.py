"""/v1/chat/completions: a conversation in, the next turn out, whole or as it is written."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from anew.engine.calls import Call
from anew.engine.served import Served
from anew.engine.writing import Token, Written, symbols_of
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.conversing import Conversing, Piece, conversed, ended
from anew.server.opening import opened
from anew.server.streaming import events, headers_of, parts
from anew.server.wire.answers import head
from anew.server.wire.chat import ChatRequest, logprobs_of
from anew.server.wire.own import answered
from anew.server.wire.shapes import ChatChunk, ChatCompletion, streamed

router = APIRouter(dependencies=[needs("generate"), ADMITTED])


@router.post("/v1/chat/completions", **answered(ChatCompletion, **streamed(ChatChunk)))
async def chat_completions(asked: ChatRequest, request: Request, response: Response) -> Any:
    turns, offer, told = asked.conversation(), asked.offer(), asked.told
    begins = asked.begun(turns)
    served = await opened(request, asked.model)
    begun = await asyncio.to_thread(
        conversed, served, asked, turns, offer, most=asked.most, logprobs=told, field="messages", begins=begins
    )
    if asked.stream:
        await begun.growth.begin()
        return events(chunks(begun, asked), headers_of(asked))
    response.headers.update(headers_of(asked))
    written = await begun.growth.whole(request)
    choices = [choice(begun, written, i, asked) for i in range(asked.n)]
    return head(served, "chat.completion", "chatcmpl") | {"choices": choices, "usage": begun.growth.usage}


def choice(begun: Conversing, written: Written, i: int, asked: ChatRequest) -> dict[str, Any]:
    said, calls = begun.read(written.texts[i])
    said = begun.begins + said if asked.echo else said
    message: dict[str, Any] = {"role": "assistant", "content": said or (None if calls else "")}
    message |= {"refusal": None, "annotations": []}
    if calls and asked.old:
        message["function_call"] = {"name": calls[0].name, "arguments": calls[0].arguments}
    elif calls:
        message["tool_calls"] = [called(call) for call in calls]
    logprobs = likely(begun.growth.served, written.tokens[i]) if asked.logprobs else None
    finish = reason(ended(written.finish[i], calls), asked)
    return {"index": i, "message": message, "logprobs": logprobs, "finish_reason": finish}


def called(call: Call) -> dict[str, Any]:
    told = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_{secrets.token_hex(12)}", "type": "function", "function": told}


def reason(finish: str | None, asked: ChatRequest) -> str | None:
    return "function_call" if finish == "tool_calls" and asked.old else finish


def likely(served: Served, tokens: Sequence[Token]) -> dict[str, Any]:
    return {"content": logprobs_of(tokens, symbols_of(served.artifact.codec).pieces), "refusal": None}


async def chunks(begun: Conversing, asked: ChatRequest) -> AsyncIterator[dict[str, Any]]:
    """A chunk for each choice at once; then what is new of each; the reason for its end; the usage, if it was asked."""
    growth = begun.growth
    base = head(growth.served, "chat.completion.chunk", "chatcmpl")
    extra = {"usage": None} if asked.stream_options.include_usage else {}
    readers, waiting = [begun.reader() for _ in range(asked.n)], [list[Token]() for _ in range(asked.n)]

    def chunk(i: int, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        """With what is known of the tokens since the last one."""
        logprobs = likely(growth.served, waiting[i]) if waiting[i] else None
        waiting[i] = []
        told = {"index": i, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return base | {"choices": [told]} | extra

    for i in range(asked.n):
        yield chunk(i, {"role": "assistant", "content": begun.begins if asked.echo else ""})
    async for i, new, tokens, finish in parts(growth, asked.n):
        waiting[i] += tokens
        for piece in readers[i].more(new, finish is not None):
            yield chunk(i, delta_of(piece, asked.old))
        if finish is not None:
            yield chunk(i, {}, reason(ended(finish, len(readers[i].told)), asked))
    if asked.stream_options.include_usage:
        yield base | {"choices": [], "usage": growth.usage}


def delta_of(piece: Piece, old: bool) -> dict[str, Any]:
    if piece.call is None:
        return {"content": piece.text}
    function = {"arguments": piece.text} | ({"name": piece.name} if piece.name else {})
    if old:
        return {"function_call": function}
    first = {"id": f"call_{secrets.token_hex(12)}", "type": "function"} if piece.name else {}
    return {"tool_calls": [{"index": piece.call} | first | {"function": function}]}
