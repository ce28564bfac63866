"""The shapes in which people keep conversations, answers and preferences, told apart by their columns.

In: a row of JSONL, CSV or Parquet. Out: a `Conversation`, or WrongColumns where its columns are of no known shape.

messages            OpenAI: [{"role", "content"}], content a text or a list of text parts
conversations       ShareGPT: [{"from": "human" | "gpt" | "system", "value"}]
instruction         Alpaca: instruction, input (may be empty), output
prompt, completion  also prompt/response, input/output, query/response; either may be a list of messages
question, answer    an answer may be a list (the first is taken)
prompt, chosen, rejected    preferences; without a prompt, it is what the two have in common at their beginning;
                    OpenAI's input, preferred_output, non_preferred_output; texts with Human: and Assistant: turns
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from anew.codecs.conversations import ANSWER, Conversation, Message, message
from anew.collect.tables import WrongColumns

ROLE_OF = {
    "system": "system", "developer": "system", "context": "system",
    "user": "user", "human": "user", "prompter": "user", "instruction": "user", "question": "user", "input": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "model": "assistant", "chatgpt": "assistant",
    "answer": "assistant", "output": "assistant",
}  # fmt: skip
TURNS = ("messages", "conversations", "conversation", "dialogue", "dialog", "turns")
ASKED_AND_ANSWERED = (
    ("instruction", "output"), ("instruction", "response"), ("prompt", "completion"), ("prompt", "response"),
    ("question", "answer"), ("question", "answers"), ("query", "response"), ("query", "answer"), ("input", "output"),
    ("user", "assistant"), ("prompt", "answer"),
)  # fmt: skip
MARKED = re.compile(r"(?:^|\n\s*)(Human|Assistant|User|System):[ \t]*")


class NoConversation(ValueError):
    """The row has the right columns, and what is in them is no conversation; the message says why."""


def conversation(row: Mapping[str, Any]) -> Conversation:
    """The row's conversation. WrongColumns: of no known shape. NoConversation: nothing to learn in it."""
    known = {name.strip().lower(): value for name, value in row.items() if name and value is not None}
    known = {name: parsed(value) for name, value in known.items()}
    before = [message("system", known["system"])] if isinstance(known.get("system"), str) and known["system"] else []
    if "preferred_output" in known and "non_preferred_output" in known:
        asked = known.get("input")
        given = asked.get("messages") if isinstance(asked, dict) else asked
        return preference(before, given, known["preferred_output"], known["non_preferred_output"])
    if "chosen" in known and "rejected" in known:
        given = next((known[name] for name in ("prompt", "question", "instruction", "input") if name in known), None)
        return preference(before, given, known["chosen"], known["rejected"])
    for name in TURNS:
        if isinstance(known.get(name), list):
            return checked([*before, *turns(known[name])])
    for ask, answer in ASKED_AND_ANSWERED:
        if ask in known and answer in known:
            more = known.get("input") if ask == "instruction" else known.get("context")
            return checked([*before, *asking(known[ask], more), *answering(known[answer])])
    listed = ", ".join(repr(name)[:60] for name in list(row)[:40])
    raise WrongColumns(
        f"no conversation in the columns {listed}; give messages, prompt and completion, instruction and output, "
        "question and answer, or prompt, chosen and rejected"
    )


def preference(system: list[Message], given: Any, chosen: Any, rejected: Any) -> Conversation:
    """A prompt and two answers to it. Whole conversations differ in their last answer alone."""
    if given is None or isinstance(chosen, (list, dict)):
        both = [turns(value) for value in (chosen, rejected)]
        start = [] if given is None or len(both[0]) > 1 else asking(given, None)
        shared, answers = both[0][:-1], [one[-1] if one else None for one in both]
        if shared != both[1][:-1]:
            raise NoConversation("the chosen and the rejected conversation part before their last answer")
        prompt = [*start, *shared]
        if any(one is None or one["role"] != ANSWER for one in answers):
            raise NoConversation("the chosen or the rejected conversation does not end with an answer")
        first, second = (str(one["content"]) for one in answers if one is not None)
    else:
        prompt, first, second = asking(given, None), text_of(chosen), text_of(rejected)
    if not prompt or not first.strip() or not second.strip():
        raise NoConversation("nothing is asked, or an answer is empty")
    if first == second:
        raise NoConversation("both answers are the same")
    return {"messages": [*system, *prompt], "chosen": first, "rejected": second}


def checked(messages: Sequence[Message]) -> Conversation:
    """The messages up to the last answer. NoConversation without one, or where nothing comes before it."""
    said = [m for m in messages if m["content"].strip()]
    while said and said[-1]["role"] != ANSWER:
        said.pop()
    if not said:
        raise NoConversation("there is no answer in it")
    if all(m["role"] == ANSWER for m in said):
        raise NoConversation("nothing is asked in it")
    return {"messages": said}


# ------------------------------------------------------------------------------------------------ pieces


def turns(value: Any) -> list[Message]:
    """Messages out of a list of them, or out of a text with marked turns."""
    if isinstance(value, str):
        parts = MARKED.split(value)
        if len(parts) < 3:
            raise NoConversation("a text without Human: and Assistant: turns, and no prompt beside it")
        return [message(ROLE_OF[r.lower()], t.strip()) for r, t in zip(parts[1::2], parts[2::2], strict=True)]
    made = []
    for turn in [value] if isinstance(value, dict) else value if isinstance(value, list) else []:
        if not isinstance(turn, dict):
            raise NoConversation(f"a turn is a {type(turn).__name__}, not an object")
        name = next((turn[key] for key in ("role", "from", "speaker") if key in turn), None)
        role = ROLE_OF.get(str(name).strip().lower())
        if role is None:
            raise NoConversation(f"a turn is by {str(name)[:40]!r}, which is neither user, assistant nor system")
        if turn.get("tool_calls") or turn.get("function_call"):
            raise NoConversation("a turn calls functions, which is not learnt from such rows")
        if turn.get("weight") == 0:
            raise NoConversation("a turn has the weight 0, and every answer is learnt from")
        made.append(message(role, text_of(next((turn[k] for k in ("content", "value", "text") if k in turn), None))))
    return made


def asking(value: Any, more: Any) -> list[Message]:
    """What is asked, with what it is about below it."""
    if isinstance(value, (list, dict)):
        return turns(value)
    about = text_of(more) if more is not None else ""
    return [message("user", text_of(value) + (f"\n\n{about}" if about.strip() else ""))]


def answering(value: Any) -> list[Message]:
    if isinstance(value, list) and value and isinstance(value[0], str):
        value = value[0]
    return turns(value) if isinstance(value, (list, dict)) else [message(ANSWER, text_of(value))]


def text_of(value: Any) -> str:
    """A text, or the texts of a list of parts. A part of another kind (a picture) is not heard."""
    if isinstance(value, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in value]
        said = [part for part in parts if isinstance(part, str)]
        if len(said) < len(parts):
            raise NoConversation("a message holds more than text")
        value = "\n".join(said)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise NoConversation(f"a message is a {type(value).__name__}, not a text")
    return value.encode("utf-8", "replace").decode()


def parsed(value: Any) -> Any:
    """A cell of CSV may hold a list of messages as JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return found if isinstance(found, list) and found and isinstance(found[0], dict) else value
    return value
