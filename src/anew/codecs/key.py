"""Which key a piece is in, told from how long each pitch class sounds.

In: a score. Out: the key whose profile its pitch classes correlate with best (Krumhansl and Schmuckler; Krumhansl 1990,
"Cognitive Foundations of Musical Pitch", chapter 4), by the profiles of Albrecht and Shanahan 2013 ("The Use of Large
Corpora to Train a New Type of Key-Finding Algorithm", Music Perception 31).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anew.codecs.score import Key, Mode, Score

PROFILES: dict[Mode, tuple[float, ...]] = {  # how common each pitch class is, up from the tonic
    "major": (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
    "minor": (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
}


def sounding(score: Score) -> NDArray[np.float64]:
    """(12,): quarters that each pitch class sounds, summed over parts; drums have none."""
    made = np.zeros(12)
    for note in score.notes:
        if not score.parts[note.part].drums:
            made[note.pitch % 12] += float(note.duration)
    return made


def detect_key(score: Score) -> Key:
    """The likeliest key; C major where nothing sounds."""
    heard = sounding(score)
    if not heard.any() or np.ptp(heard) == 0:
        return Key(0, "major")
    found = {
        (mode, tonic): float(np.corrcoef(np.roll(profile, tonic), heard)[0, 1])
        for mode, profile in PROFILES.items()
        for tonic in range(12)
    }
    mode, tonic = max(found, key=lambda one: found[one])
    return Key.of(tonic, mode)
