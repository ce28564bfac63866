"""Quotations: sentences of a passage, word for word, whatever the model would rather say.

In: a passage and a conversation that asks for one of its sentences. Out: where it stands. That it stands there is so by
construction: the model may say nothing but sentences of the passage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from anew.engine.constraint import Constraint
from anew.errors import DataError
from anew.tasks.chat import Ask, Chat
from anew.tasks.passages import Span, sentences


def only_sentences_of(passage: str) -> Constraint:
    """What has to be one or more sentences of the passage that follow each other in it."""
    chunks = json.dumps({"substring_chunks": list(chunked(passage))})
    return Constraint("grammar", f"start: SPAN\nSPAN: %regex {chunks} & /(?s:.*)\\S(?s:.*)/")


def chunked(passage: str) -> Iterator[str]:
    """Sentences and what is blank between them, by turns."""
    for sentence in sentences(passage):
        body = sentence.text.rstrip()
        yield from (part for part in (body, sentence.text[len(body) :]) if part)


def quote(chat: Chat, ask: Ask, passage: str) -> Span:
    """The sentences that the model chooses from the passage. DataError: it holds nothing but blanks."""
    bodies = [trimmed(one) for one in sentences(passage) if one.text.strip()]
    if not bodies:
        raise DataError("there is nothing to quote from: the passage is empty")
    (said,) = chat.answers([replace(ask, constraint=only_sentences_of(passage))])
    text = said.text.strip()
    start = passage.find(text) if text else -1
    if start < 0:
        return bodies[0]  # it came to no end
    end = next(one.end for one in bodies if one.end >= start + len(text))  # of a sentence that was cut off, its own
    return Span(start, end, passage[start:end])


def trimmed(span: Span) -> Span:
    """Without the blanks around it."""
    body = span.text.strip()
    start = span.start + span.text.index(body)
    return Span(start, start + len(body), body)
