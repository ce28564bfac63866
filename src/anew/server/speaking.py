"""Speech to clients, a sentence at a time, and its end when they leave; what was heard, likewise.

In: what is to be said, or heard, and who does it. Out: bytes, events, or what was understood.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from anew.codecs.origin import MADE
from anew.codecs.sound import Sound
from anew.codecs.sound_stream import Growing, StreamForm
from anew.engine.hearing import Ear, Segment
from anew.engine.speaking import Speaking
from anew.engine.voices import Voice
from anew.server.quotas import count
from anew.server.sounding import Open
from anew.server.wire.audio import FRAMES, TranscriptionRequest
from anew.server.working import Leave, Left, telling

Piece = tuple[bytes, int]


async def spoken(by: Open[Voice], asked: Speaking, form: StreamForm, tokens: int) -> AsyncIterator[Piece]:
    """The file's bytes as they come, each with the frames of sound since the last. `tokens`: what was read."""
    said = since = 0

    def work(leave: Leave, tell: Callable[[Piece], None]) -> None:
        file = Growing(form, asked.notes, MADE)
        for one in asked.said():
            leave.check()
            if by.worker.closed:
                raise Left
            tell((file.add(one.sound), round(one.sound.seconds * FRAMES)))
        tell((file.close(), 0))

    try:
        async with aclosing(telling(work, by.by_turns)) as told:
            async for piece, frames in told:
                said, since = said + frames, since + frames
                if piece:
                    yield piece, since
                    since = 0
    finally:
        count(tokens + said)


async def as_bytes(pieces: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
    async with aclosing(pieces):  # type: ignore[type-var]
        async for piece, _ in pieces:
            yield piece


async def as_events(pieces: AsyncIterator[Piece], read: int) -> AsyncIterator[dict[str, Any]]:
    """speech.audio.delta each, and speech.audio.done."""
    said = 0
    async with aclosing(pieces):  # type: ignore[type-var]
        async for piece, frames in pieces:
            said += frames
            yield {"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()}
    usage = {"input_tokens": read, "output_tokens": said, "total_tokens": read + said}
    yield {"type": "speech.audio.done", "usage": usage}


async def heard(by: Open[Ear], sound: Sound, asked: TranscriptionRequest) -> AsyncIterator[str | Segment]:
    """The language first, then each segment as it is understood."""

    def work(leave: Leave, tell: Callable[[str | Segment], None]) -> None:
        leave.check()
        found = by.what.hear(
            sound, language=asked.language, prompt=asked.prompt, temperature=asked.temperature,
            words="word" in asked.timestamp_granularities,
        )  # fmt: skip
        tell(found.language)
        for one in found.segments:
            leave.check()
            if by.worker.closed:
                raise Left
            tell(one)

    try:
        async with aclosing(telling(work, by.by_turns)) as told:
            async for one in told:
                yield one
    finally:
        count(round(sound.seconds * FRAMES))
