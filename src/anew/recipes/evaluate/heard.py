"""Sounds of a report that can be played in it: small MP3 files, however much there is to be heard.

In: sounds with what is heard in them. Out: clips, the same bytes for the same sounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from anew.codecs.origin import MADE
from anew.codecs.score import Score
from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file
from anew.codecs.synthesis import organ
from anew.validate.report import Clip, Section

MOST_CLIPS = 12
MOST_SECONDS = 20.0  # of a clip, which ends there
MOST_BYTES = 1 << 20  # of all clips that one call makes
HIGHEST_RATE, FADE = 24_000, 0.5


def clips(
    sounds: Iterable[Sound], titles: Sequence[str | None], section: Section = "samples", source: str = MADE
) -> list[Clip]:
    """The first of them, each under its title and its place. `source`: "" for what no model made."""
    made: list[Clip] = []
    for i, (sound, title) in enumerate(zip(sounds, titles, strict=False)):
        if i == MOST_CLIPS:
            break
        note = f"the first {MOST_SECONDS:g} of {sound.seconds:.0f} seconds" if sound.seconds > MOST_SECONDS else ""
        one = Clip(f"{i + 1}: {title}" if title else f"{i + 1}", content_of(sound, source), section, note)
        if sum(len(clip.content) for clip in (*made, one)) > MOST_BYTES:
            break
        made.append(one)
    return made


def content_of(sound: Sound, source: str) -> bytes:
    """Its begin, which fades where it is not all."""
    wave = sound.wave[:, : round(MOST_SECONDS * sound.rate)]
    if wave.shape[1] < len(sound):
        fall = min(wave.shape[1], round(FADE * sound.rate))
        wave = np.concatenate([wave[:, :-fall], wave[:, -fall:] * np.linspace(1, 0, fall, dtype=np.float32)], 1)
    heard = Sound(wave, sound.rate).in_channels(1).at_rate(min(sound.rate, HIGHEST_RATE))
    return sound_file(heard, "mp3", source=source)


def played(scores: Iterable[Score]) -> Iterable[Sound]:
    """As our own organ plays them, which sounds alike on every machine."""
    return (organ(score) for score in scores if score.notes)


__all__ = ["clips", "played"]
