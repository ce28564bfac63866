"""Quotations: a sentence of a passage, word for word, whatever the model would rather say.

In: a passage and a conversation that asks for one of its sentences. Out: where it stands. That it stands there is so by
construction: the model may say nothing but a sentence of the passage.
"""

from __future__ import annotations

import json
from dataclasses import replace

from anew.engine.constraint import Constraint
from anew.errors import DataError
from anew.tasks.chat import Ask, Chat
from anew.tasks.passages import Span, sentences, trimmed


def one_sentence_of(passage: str) -> Constraint:
    """What has to be a sentence of the passage."""
    bodies = dict.fromkeys(trimmed(one).text for one in sentences(passage) if one.text.strip())
    return Constraint("grammar", "start: " + " | ".join(json.dumps(body) for body in bodies))


def quote(chat: Chat, ask: Ask, passage: str) -> Span:
    """The sentence that the model chooses from the passage. DataError: it holds nothing but blanks."""
    bodies = [trimmed(one) for one in sentences(passage) if one.text.strip()]
    if not bodies:
        raise DataError("there is nothing to quote from: the passage is empty")
    (said,) = chat.answers([replace(ask, constraint=one_sentence_of(passage))])
    text = said.text.strip()
    start = passage.find(text) if text else -1
    if start < 0:
        return bodies[0]  # it came to no end
    end = next(one.end for one in bodies if one.end >= start + len(text))  # of a sentence that was cut off, its own
    return Span(start, end, passage[start:end])
