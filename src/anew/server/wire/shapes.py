"""What OpenAI's own addresses answer, as the server's document tells it; answers themselves pass as they are made.

A streamed answer is told by the shape of one event's data, or of any of them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from anew.server.wire.own import Told


class Cached(Told):
    cached_tokens: int


class Reasoned(Told):
    reasoning_tokens: int


class Usage(Told):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: Cached
    completion_tokens_details: Reasoned


class Headed(Told):
    """`system_fingerprint`: with the seed, all that decides the bytes beside the request."""

    id: str
    created: int
    model: str
    system_fingerprint: str


# ------------------------------------------------------------------------------------------------ chat


class Likely(Told):
    token: str
    logprob: float
    bytes: list[int]


class LikelyToken(Likely):
    top_logprobs: list[Likely]


class ChatLogprobs(Told):
    content: list[LikelyToken]
    refusal: None = None


class FunctionCalled(Told):
    name: str
    arguments: str


class ToolCalled(Told):
    id: str
    type: Literal["function"] = "function"
    function: FunctionCalled


class ChatMessage(Told):
    """`content`: null beside calls; `function_call`: where the request asked with `functions`."""

    role: Literal["assistant"] = "assistant"
    content: str | None
    refusal: None = None
    annotations: list[Any] = []
    tool_calls: list[ToolCalled] | None = None
    function_call: FunctionCalled | None = None


ChatFinish = Literal["stop", "length", "tool_calls", "function_call"]


class ChatChoice(Told):
    index: int
    message: ChatMessage
    logprobs: ChatLogprobs | None
    finish_reason: ChatFinish


class ChatCompletion(Headed):
    object: Literal["chat.completion"] = "chat.completion"
    choices: list[ChatChoice]
    usage: Usage


class FunctionPiece(Told):
    """`name`: in the first piece of a call alone."""

    name: str | None = None
    arguments: str


class ToolPiece(Told):
    """`id` and `type`: in the first piece of a call alone."""

    index: int
    id: str | None = None
    type: Literal["function"] | None = None
    function: FunctionPiece


class Delta(Told):
    role: Literal["assistant"] | None = None
    content: str | None = None
    tool_calls: list[ToolPiece] | None = None
    function_call: FunctionPiece | None = None


class ChatPiece(Told):
    index: int
    delta: Delta
    logprobs: ChatLogprobs | None
    finish_reason: ChatFinish | None


class ChatChunk(Headed):
    """`usage`: with `include_usage`, null but in the last one, which has no choices."""

    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    choices: list[ChatPiece]
    usage: Usage | None = None


# ------------------------------------------------------------------------------------------------ completions


class Candidate(Told):
    id: int
    token: str
    logprob: float


class Exactly(Told):
    """`ids`: of the tokens; `top`: the likeliest in their places, of which several may be spelled alike; null where
    none were asked for, and of a token that nothing stands before."""

    ids: list[int]
    top: list[list[Candidate] | None]


class CompletionLogprobs(Told):
    """`top_logprobs`: of several tokens that are spelled alike the likeliest; `anew` has them all."""

    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float] | None]
    text_offset: list[int]
    anew: Exactly


class CompletionPiece(Told):
    index: int
    text: str
    logprobs: CompletionLogprobs | None
    finish_reason: Literal["stop", "length"] | None


class CompletionChoice(CompletionPiece):
    finish_reason: Literal["stop", "length"]


class Completion(Headed):
    object: Literal["text_completion"] = "text_completion"
    choices: list[CompletionChoice]
    usage: Usage


class CompletionChunk(Headed):
    object: Literal["text_completion"] = "text_completion"
    choices: list[CompletionPiece]
    usage: Usage | None = None


# ------------------------------------------------------------------------------------------------ vectors, pictures


class Embedding(Told):
    """`embedding`: numbers, or base64 of their bytes as 32-bit floats, the lowest of each first."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class Read(Told):
    prompt_tokens: int
    total_tokens: int


class EmbeddingList(Told):
    object: Literal["list"] = "list"
    model: str
    data: list[Embedding]
    usage: Read


class Drawn(Told):
    """`revised_prompt`: the label or caption by which it was drawn; `url`: a data: URI."""

    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str


class Parted(Told):
    image_tokens: int
    text_tokens: int


class PictureUsage(Told):
    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_tokens_details: Parted


class Pictures(Told):
    created: int
    data: list[Drawn]
    background: str
    output_format: str
    size: str
    usage: PictureUsage


PARTIAL = Literal["image_generation.partial_image", "image_edit.partial_image", "image_variation.partial_image"]
COMPLETED = Literal["image_generation.completed", "image_edit.completed", "image_variation.completed"]


class PictureEvent(Told):
    """A look at a picture, or a finished one. `of`: how many pictures the stream brings, `index`: which of them it is.
    The stream ends with the last finished one: there is no [DONE] behind it."""

    type: PARTIAL | COMPLETED
    sequence_number: int
    b64_json: str
    created_at: int
    size: str
    quality: str
    background: str
    output_format: str
    index: int
    of: int
    partial_image_index: int | None = None
    usage: PictureUsage | None = None


class VoiceTold(Told):
    """A speaker of a voice. `learnt`: here, from recordings; `refused`: why it says nothing."""

    id: str
    object: Literal["voice"] = "voice"
    name: str
    model: str
    learnt: bool
    refused: str | None = None


class VoiceList(Told):
    object: Literal["list"] = "list"
    data: list[VoiceTold]


# ------------------------------------------------------------------------------------------------ streams


def streamed(shape: type[BaseModel]) -> dict[str, Any]:
    """For an endpoint's answer: beside the whole one, events each of whose data has this shape."""
    told = TypeAdapter(shape).json_schema(mode="serialization")
    inner = told.pop("$defs", {})
    return {"content": {"text/event-stream": {"schema": in_place(told, inner)}}}


def in_place(told: Any, inner: dict[str, Any]) -> Any:
    """A schema without references, which have nothing to point at within an endpoint."""
    if isinstance(told, list):
        return [in_place(one, inner) for one in told]
    if not isinstance(told, dict):
        return told
    if "$ref" in told:
        return in_place(inner[told["$ref"].rpartition("/")[2]], inner)
    return {key: in_place(value, inner) for key, value in told.items()}
