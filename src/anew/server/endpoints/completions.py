"""/v1/completions: prompts in, what goes on from them out; with a suffix, what stands between the two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import torch
from fastapi import APIRouter, Request, Response

from anew.engine.asking import read_tokens
from anew.engine.served import Asked, Served
from anew.engine.writing import Token, Written
from anew.server.access import needs
from anew.server.admission import ADMITTED
from anew.server.context import OWNER
from anew.server.errors import Problem
from anew.server.filling import between, refuse_what_writes_none
from anew.server.opening import opened
from anew.server.quotas import count
from anew.server.streaming import Growth, carried_out, events, headers_of, merged, parts
from anew.server.wire.answers import head, reason, together
from anew.server.wire.completions import CompletionRequest, joined, logprobs_of
from anew.server.wire.own import answered
from anew.server.wire.prompts import refuse_too_long, refuse_unknown
from anew.server.wire.shapes import Completion, CompletionChunk, streamed

router = APIRouter(dependencies=[needs("generate"), ADMITTED])


@dataclass(frozen=True)
class Begun:
    """One prompt of a request: what goes on from it, and what is told of it again. `read`: its tokens' worth."""

    growth: Growth
    echo: str = ""
    read: Sequence[Token] = ()


@router.post("/v1/completions", **answered(Completion, **streamed(CompletionChunk)))
async def completions(asked: CompletionRequest, request: Request, response: Response) -> Any:
    asked.refuse_what_excludes_itself()
    served = await opened(request, asked.model)
    begun = await asyncio.to_thread(lambda: [prompted(served, asked, one) for one in asked.prompts()])
    if asked.echo and asked.logprobs is not None:
        begun = [await with_read(request, one, asked.logprobs) for one in begun]
    if not asked.max_tokens:
        count(sum(one.growth.read for one in begun))
    if asked.stream:
        await all_begun([one.growth for one in begun] if asked.max_tokens else ())
        return events(chunks(served, begun, asked), headers_of(asked))
    response.headers.update(headers_of(asked))
    found = await asyncio.gather(*(written(one, asked, request) for one in begun))
    told = [choice for one, texts in zip(begun, found, strict=True) for choice in choices(one, texts, asked)]
    return head(served, "text_completion", "cmpl") | {
        "choices": [one | {"index": i} for i, one in enumerate(told)], "usage": used(begun),
    }  # fmt: skip


async def all_begun(growths: Sequence[Growth]) -> None:
    """Hand them in; where one is refused, nobody reads the others."""
    try:
        for growth in growths:
            await growth.begin()
    except BaseException:
        for growth in growths:
            growth.cancel()
        raise


def prompted(served: Served, asked: CompletionRequest, prompt: str | list[int]) -> Begun:
    """The prompt's tokens; with a suffix, both sides in the order that the model learnt to fill from."""
    artifact, most = served.artifact, asked.max_tokens
    refuse_what_writes_none(served)
    if asked.suffix and not isinstance(prompt, str):
        raise Problem(400, "suffix: with prompts that are texts", param="suffix", code="unsupported_parameter")
    if asked.suffix:
        ids, most = between(served, str(prompt), asked.suffix, most, "suffix")
    elif isinstance(prompt, str):
        ids = artifact.codec.encode([prompt])[0].tolist()
    else:
        ids = prompt
        refuse_unknown(ids, artifact.model.spec.vocab, "prompt")
    refuse_too_long(served, len(ids), "prompt")
    options = asked.sampled(served, most, asked.logprobs)
    if asked.chooses:
        options = replace(options, logprobs=options.logprobs or 0)
    growth = Growth(served, Asked(ids, asked.seeds, options, asked.wished(served)))
    if not asked.echo:
        return Begun(growth)
    return Begun(growth, prompt if isinstance(prompt, str) else str(artifact.codec.decode([torch.tensor(ids)])[0]))


async def with_read(request: Request, one: Begun, likeliest: int) -> Begun:
    served, tokens = one.growth.served, one.growth.asked.prompt
    work: Future[Sequence[Token]] = served.run(OWNER.get(), lambda: read_tokens(served.artifact, tokens, likeliest))
    return replace(one, read=await carried_out(request, work))


async def written(one: Begun, asked: CompletionRequest, request: Request) -> Written | None:
    """None where nothing is to be written."""
    return await one.growth.whole(request) if asked.max_tokens else None


def choices(one: Begun, found: Written | None, asked: CompletionRequest) -> list[dict[str, Any]]:
    """Those that are answered, with `best_of` the likeliest a token first."""
    if found is None:
        return [told(one, "", (), "length", asked)] * asked.n
    which = list(range(len(found.texts)))
    if asked.chooses:
        which = sorted(which, key=lambda i: -(found.logp[i] or 0.0) / max(1, found.lengths[i]))[: asked.n]
    return [told(one, found.texts[i], found.tokens[i], reason(found.finish[i]), asked) for i in which]


def told(
    one: Begun, text: str, tokens: Sequence[Token], finish: str | None, asked: CompletionRequest
) -> dict[str, Any]:
    before = len(one.echo)
    logprobs = None
    if asked.logprobs is not None:
        logprobs = joined(logprobs_of(one.read), logprobs_of(tokens, before))
    return {"text": one.echo + text, "logprobs": logprobs, "finish_reason": finish}


def used(begun: Sequence[Begun]) -> dict[str, Any]:
    return together([one.growth.usage for one in begun])


async def chunks(served: Served, begun: Sequence[Begun], asked: CompletionRequest) -> AsyncIterator[dict[str, Any]]:
    """What is new of each text, the reason for its end with the last of it; the usage, if it was asked."""
    base = head(served, "text_completion", "cmpl")
    extra = {"usage": None} if asked.stream_options.include_usage else {}
    async for choice in merged([grown(one, n * asked.n, asked) for n, one in enumerate(begun)]):
        yield base | {"choices": [choice]} | extra
    if asked.stream_options.include_usage:
        yield base | {"choices": [], "usage": used(begun)}


async def grown(one: Begun, first: int, asked: CompletionRequest) -> AsyncIterator[dict[str, Any]]:
    """The choices of one prompt, of which the first has this index."""
    lengths = [len(one.echo)] * asked.n
    for i in range(asked.n if one.echo or not asked.max_tokens else 0):
        finish = None if asked.max_tokens else "length"
        yield told(one, "", (), finish, asked) | {"index": first + i}
    if not asked.max_tokens:
        return
    async for i, new, tokens, finish in parts(one.growth, asked.n):
        logprobs = None if asked.logprobs is None else logprobs_of(tokens, lengths[i])
        lengths[i] += sum(len(token.text) for token in tokens)
        yield {"index": first + i, "text": new, "logprobs": logprobs, "finish_reason": reason(finish)}
