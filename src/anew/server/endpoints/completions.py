"""/v1/completions: prompts in, what goes on from them out; with a suffix, what stands between the two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import torch
from fastapi import APIRouter, Request, Response

from anew.engine.middle import gap, sees_after
from anew.engine.served import Asked, Served
from anew.engine.writing import Written, writes
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.errors import Problem
from anew.server.opening import opened
from anew.server.streaming import Growth, events, headers_of, parts
from anew.server.wire.answers import head, reason, together
from anew.server.wire.completions import CompletionRequest, logprobs_of

router = APIRouter(dependencies=[needs("generate"), ADMITTED])


@router.post("/v1/completions", response_model=None)
async def completions(asked: CompletionRequest, request: Request, response: Response) -> Any:
    asked.refuse_what_excludes_itself()
    served = await opened(request, asked.model)
    growths = await asyncio.to_thread(lambda: [begun(served, asked, one) for one in asked.prompts()])
    if asked.stream:
        if len(growths) > 1:
            raise Problem(400, "stream: one prompt at a time", param="stream", code="unsupported_parameter")
        await growths[0].begin()
        return events(chunks(growths[0], asked), headers_of(asked))
    response.headers.update(headers_of(asked))
    found = await asyncio.gather(*(growth.whole(request) for growth in growths))
    pairs = zip(growths, found, asked.prompts(), strict=True)
    told = [
        choice(written, i, asked, echoed(growth, one, asked)) for growth, written, one in pairs for i in range(asked.n)
    ]
    return head(served, "text_completion", "cmpl") | {
        "choices": [one | {"index": i} for i, one in enumerate(told)],
        "usage": together([growth.usage for growth in growths]),
    }


def begun(served: Served, asked: CompletionRequest, prompt: str | list[int]) -> Growth:
    """The prompt's tokens; with a suffix, both sides in the order that the model learnt to fill from."""
    artifact, most = served.artifact, asked.max_tokens
    if not writes(artifact):
        what = f"{served.name} does not write texts from left to right"
        raise Problem(400, what, param="model", code="unsupported_parameter")
    if asked.suffix:
        if not sees_after(artifact) or not isinstance(prompt, str):
            what = (
                "suffix: this model does not look at what comes after"
                if isinstance(prompt, str)
                else "suffix: with texts"
            )
            raise Problem(400, what, param="suffix", code="unsupported_parameter")
        given, most = gap(artifact, prompt, asked.suffix, 1, most)
        assert given.values is not None
        ids = given.values[0].tolist()
    elif isinstance(prompt, str):
        ids = artifact.codec.encode([prompt])[0].tolist()
    else:
        ids = prompt
        if not all(0 <= token < artifact.model.spec.vocab for token in ids):
            what = f"prompt: tokens are 0 to {artifact.model.spec.vocab - 1}"
            raise Problem(400, what, param="prompt", code="invalid_value")
    options = asked.sampled(served, most, asked.logprobs)
    return Growth(served, Asked(ids, asked.seeds, options, asked.wished(best_of=asked.best_of)))


def echoed(growth: Growth, prompt: str | list[int], asked: CompletionRequest) -> str:
    """What stands before each text, where it is to be told again."""
    if not asked.echo:
        return ""
    if isinstance(prompt, str):
        return prompt
    (text,) = growth.served.artifact.codec.decode([torch.tensor(prompt)])
    return str(text)


def choice(written: Written, i: int, asked: CompletionRequest, before: str) -> dict[str, Any]:
    logprobs = None if asked.logprobs is None else logprobs_of(written.tokens[i], 0)
    return {"text": before + written.texts[i], "logprobs": logprobs, "finish_reason": reason(written.finish[i])}


async def chunks(growth: Growth, asked: CompletionRequest) -> AsyncIterator[dict[str, Any]]:
    """What is new of each text, the reason for its end with the last of it; the usage, if it was asked."""
    base = head(growth.served, "text_completion", "cmpl")
    extra = {"usage": None} if asked.stream_options.include_usage else {}
    before, lengths = echoed(growth, asked.prompts()[0], asked), [0] * asked.n
    for i in range(asked.n if before else 0):
        told = {"index": i, "text": before, "logprobs": None, "finish_reason": None}
        yield base | {"choices": [told]} | extra
    async for i, new, tokens, finish in parts(growth, asked.n):
        logprobs = None if asked.logprobs is None else logprobs_of(tokens, lengths[i])
        lengths[i] += sum(len(token.text) for token in tokens)
        told = {"index": i, "text": new, "logprobs": logprobs, "finish_reason": reason(finish)}
        yield base | {"choices": [told]} | extra
    if asked.stream_options.include_usage:
        yield base | {"choices": [], "usage": growth.usage}
