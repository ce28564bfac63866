"""The questions asked of a voice beside those of sounds: is what it says understood?

In: what it said of held-out transcripts, and the recordings of these. Out: word error rates, by an ear that
`validation.ear` names: of the voice, and of the recordings themselves, which is the floor.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def understood(
    found: Evidence,
    ear: str | None,
    texts: Sequence[str],
    said: Sequence[Sound],
    recordings: Sequence[Sound],
    rng: np.random.Generator,
    draws: int,
) -> None:
    """Said and recorded are of the same texts, one by one."""
    if ear is None:
        found.unmeasured[RATE] = "no ear was named; validation.ear names a model that writes down what it hears"
        return
    try:
        listener = open_ear(ear)
    except AnewError as why:
        found.unmeasured[RATE] = f"{why.message} ({why.next_command})"
        return
    plain = [text.rpartition(WHO)[2] for text in texts]
    for name, sounds, what in ((RATE, said, "said by the voice"), (FLOOR, recordings, "as recorded")):
        heard = [heard_by(listener, sound) for sound in sounds]
        note = f"held-out sentences, {what}, written down by {listener.name}"
        found.metrics.append(word_error_rate(list(zip(plain, heard, strict=True)), name, note, rng, draws))
    caption = f"Words that {listener.name} gets wrong of held-out sentences."
    found.comparisons.append(Comparison("Word error rate", RATE, {FLOOR: "the recordings"}, caption))
    found.headline.insert(0, RATE)


def heard_by(listener: Ear, sound: Sound) -> str:
    return "".join(one.text for one in listener.hear(sound, language="en").segments).strip()


__all__ = ["FLOOR", "INTENDED", "RATE", "understood"]
