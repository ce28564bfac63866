"""The questions asked of a voice beside those of sounds: is what it says understood?

In: what it said of held-out transcripts, and the recordings of these. Out: word error rates, by an ear that
`validation.ear` names: of the voice, and of the recordings themselves, which is the floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from anew.codecs.sound import Sound
from anew.codecs.spoken.transcript import WHO
from anew.engine.hearing import Ear, open_ear
from anew.errors import AnewError
from anew.recipes.evaluate import Evidence
from anew.validate.misheard import word_error_rate
from anew.validate.verdict import Comparison

RATE, FLOOR = "word_error_rate", "word_error_rate_recordings"
INTENDED = (
    "To say English texts in a voice like that of the recordings listed under Data, within what its speaker agreed to. "
    "Not to pass for a person, nor to say in somebody's name what they did not say."
)


class Heard(NamedTuple):
    """A transcript, behind its speaker's name where there are several; as the voice says it, and as it was recorded."""

    text: str
    said: Sound
    recorded: Sound


def understood(
    found: Evidence, ear: str | None, sentences: Sequence[Heard], rng: np.random.Generator, draws: int
) -> None:
    """The rates into the evidence, or why there are none."""
    if ear is None:
        found.unmeasured[RATE] = "no ear was named; validation.ear names a model that writes down what it hears"
        return
    try:
        listener = open_ear(ear)
    except AnewError as why:
        found.unmeasured[RATE] = f"{why.message} ({why.next_command})"
        return
    plain = [one.text.rpartition(WHO)[2] for one in sentences]
    for name, way, what in ((RATE, "said", "said by the voice"), (FLOOR, "recorded", "as recorded")):
        written = [written_by(listener, getattr(one, way)) for one in sentences]
        note = f"held-out sentences, {what}, written down by {listener.name}"
        found.metrics.append(word_error_rate(list(zip(plain, written, strict=True)), name, note, rng, draws))
    caption = f"Words that {listener.name} gets wrong of held-out sentences."
    found.comparisons.append(Comparison("Word error rate", RATE, {FLOOR: "the recordings"}, caption))
    found.headline.insert(0, RATE)


def written_by(listener: Ear, sound: Sound) -> str:
    return "".join(one.text for one in listener.hear(sound, language="en").segments).strip()


__all__ = ["FLOOR", "INTENDED", "RATE", "Heard", "understood"]
