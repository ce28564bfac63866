"""/v1/fim/completions and /infill: what stands between two sides of a text, as editors ask for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response

from anew.engine.pool import Pool
from anew.engine.served import Asked, Served
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.errors import Problem
from anew.server.filling import between
from anew.server.opening import opened
from anew.server.streaming import Growth, events, headers_of, parts
from anew.server.wire.answers import head, reason
from anew.server.wire.filling import FimRequest, InfillRequest

router = APIRouter(dependencies=[needs("generate"), ADMITTED])
STOPPED = {"stop": "eos", "length": "limit", "limit": "limit"}


@router.post("/v1/fim/completions", response_model=None)
async def fim_completions(asked: FimRequest, request: Request, response: Response) -> Any:
    served = await opened(request, asked.model)

    def begun() -> Growth:
        ids, most = between(served, asked.prompt, asked.suffix, asked.max_tokens, "suffix")
        return Growth(served, Asked(ids, asked.seeds, asked.sampled(served, most, None), asked.wished(served)))

    growth = await asyncio.to_thread(begun)
    if asked.stream:
        await growth.begin()
        return events(chunks(growth), headers_of(asked))
    response.headers.update(headers_of(asked))
    found = await growth.whole(request)
    message = {"role": "assistant", "content": found.texts[0], "tool_calls": None, "prefix": False}
    choice = {"index": 0, "message": message, "finish_reason": reason(found.finish[0])}
    return head(served, "chat.completion", "cmpl") | {"choices": [choice], "usage": growth.usage}


async def chunks(growth: Growth) -> AsyncIterator[dict[str, Any]]:
    """What is new; the reason for the end and the usage with the last of it."""
    base = head(growth.served, "chat.completion.chunk", "cmpl")
    begins = {"role": "assistant"}
    async for _, new, _, finish in parts(growth, 1):
        choice = {"index": 0, "delta": begins | {"content": new}, "finish_reason": reason(finish)}
        yield base | {"choices": [choice]} | ({"usage": growth.usage} if finish else {})
        begins = {}


@router.post("/infill", response_model=None)
async def infill(asked: InfillRequest, request: Request, response: Response) -> Any:
    served = await opened(request, asked.model or the_one(request.app.state.pool))

    def begun() -> Growth:
        others = [(one.filename, one.text) for one in asked.input_extra]
        before = asked.input_prefix + asked.prompt
        ids, most = between(served, before, asked.input_suffix, asked.most, "input_suffix", others)
        return Growth(served, Asked(ids, asked.seeds, asked.sampled(served, most, None), asked.wished(served)))

    growth = await asyncio.to_thread(begun)
    if asked.stream:
        await growth.begin()
        return events(filled(served, growth, asked), headers_of(asked), done=None)
    response.headers.update(headers_of(asked))
    begin = time.monotonic()
    found = await growth.whole(request)
    return ending(
        served, growth, found.texts[0] if asked.n_predict else "", STOPPED[found.finish[0] or "length"], begin
    )


def the_one(pool: Pool) -> str:
    """The model that is served, where it is one alone. Problem: there are more."""
    names = [one.name for one in pool.listed()]
    if len(names) != 1:
        what = f"model: which of {', '.join(names)[:200] or 'none'}?"
        raise Problem(400, what, param="model", code="missing_required_parameter")
    return names[0]


async def filled(served: Served, growth: Growth, asked: InfillRequest) -> AsyncIterator[dict[str, Any]]:
    begin = time.monotonic()
    async for _, new, _, finish in parts(growth, 1):
        if new and asked.n_predict:
            yield {"content": new, "stop": False, "index": 0}
        if finish is not None:
            yield ending(served, growth, "", STOPPED[finish], begin)


def ending(served: Served, growth: Growth, content: str, stopped: str, begin: float) -> dict[str, Any]:
    took = 1000 * (time.monotonic() - begin)
    timings = {
        "prompt_n": growth.read - growth.cached, "cache_n": growth.cached, "predicted_n": growth.written,
        "total_ms": took, "predicted_per_second": growth.written / max(took / 1000, 1e-9),
    }  # fmt: skip
    return {
        "index": 0, "content": content, "stop": True, "stop_type": stopped, "model": served.name, "truncated": False,
        "tokens_predicted": growth.written, "tokens_evaluated": growth.read, "tokens_cached": growth.cached,
        "timings": timings,
    }  # fmt: skip
