"""A conversation as a record's value: canonical JSON, {"messages": [{"role", "content"}, …]}.

The last message is an answer where there is one to learn from. Of a preference the messages end with what was asked,
and `chosen` and `rejected` are two answers to it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypedDict

ROLES = ("system", "user", "assistant")
ANSWER = "assistant"


class Message(TypedDict):
    role: str
    content: str


class Conversation(TypedDict, total=False):
    messages: list[Message]
    chosen: str
    rejected: str


def message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def dumps(conversation: Conversation) -> str:
    return json.dumps(conversation, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def loads(value: str) -> Conversation:
    found: Conversation = json.loads(value)
    return found


def spoken(value: str) -> str:
    """What is said in a record's value, without the JSON around it."""
    found = loads(value)
    answers = [found[key] for key in ("chosen", "rejected") if key in found]  # type: ignore[literal-required]
    return "\n".join([*(m["content"] for m in found["messages"]), *answers])


def answered(conversation: Conversation, which: str = "chosen") -> list[Message]:
    """The messages with their answer: their own last one, or of a preference the one of that name."""
    messages, answer = conversation["messages"], conversation.get(which)
    return [*messages, message(ANSWER, str(answer))] if answer is not None else messages


def asked(messages: Sequence[Message]) -> tuple[list[Message], str]:
    """The messages before the last answer, and that answer."""
    last = max(i for i, m in enumerate(messages) if m["role"] == ANSWER)
    return list(messages[:last]), messages[last]["content"]


__all__ = [
    "ANSWER", "ROLES", "Conversation", "Message", "answered", "asked", "dumps", "loads", "message", "spoken",
]  # fmt: skip
