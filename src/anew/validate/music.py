"""Rules of voices, told from scores alone: keys, parallels, ranges, crossings, phrase ends; and copied passages.

In: scores. Out: rates with intervals over pieces, the same of generated and of held-out pieces, by the same detectors.
What a detector counts is said here; none knows whether a fault was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anew.codecs.key import detect_key
from anew.codecs.score import Note, Score
from anew.codecs.voices import Count, parallels, quarters
from anew.validate.interval import bootstrap, ratio_of_sums
from anew.validate.metric import Metric, Unmeasured
from anew.validate.verbatim import as_characters, longest_matches

TRIADS = (frozenset({0, 4, 7}), frozenset({0, 3, 7}))
LETTERS = 0x10000  # code points that melodies are written in, from here on


def crossings(score: Score) -> Count:
    """Quarters on which a part sounds below the one under it, of all quarters."""
    chords = quarters(score)
    heard = [[pitch for pitch in chord if pitch is not None] for chord in chords]
    return sum(any(a < b for a, b in zip(one, one[1:], strict=False)) for one in heard), len(chords)


def out_of_range(score: Score, ranges: Sequence[tuple[int, int]]) -> Count:
    """Notes beyond the range of their part, of all notes."""
    beyond = sum(not ranges[n.part][0] <= n.pitch <= ranges[n.part][1] for n in score.notes if n.part < len(ranges))
    return beyond, len(score.notes)


def phrase_ends(score: Score) -> Count:
    """Fermatas, of all bars."""
    return len(score.pauses), max(1, score.bars)


def settled_ends(score: Score) -> Count:
    """Fermatas on a major or minor triad in root position (a fifth may be missing), of all fermatas."""
    found = 0
    for at in score.pauses:
        sounding = [n.pitch for n in score.notes if n.onset <= at < n.end]
        lowest = min(sounding, default=0)
        classes = frozenset((pitch - lowest) % 12 for pitch in sounding)
        found += bool(classes) and any(classes <= triad and len(classes) > 1 for triad in TRIADS)
    return found, len(score.pauses)


def last_on_tonic(score: Score) -> Count:
    """Whether the lowest last note is the tonic of the score's own key."""
    if score.key is None or not score.notes:
        return 0, 0
    end = score.end
    lowest = min(n.pitch for n in score.notes if n.end == end)
    return int(lowest % 12 == score.key.tonic), 1


def key_kept(score: Score) -> Count:
    """Whether the detector (`codecs.key`) hears the score's own key."""
    return (0, 0) if score.key is None or not score.notes else (int(detect_key(score) == score.key), 1)


RULES: dict[str, tuple[Callable[[Score], Count], str]] = {
    "key_kept": (key_kept, "pieces in which the key detector hears the key that they were asked for"),
    "last_on_tonic": (last_on_tonic, "pieces whose bass ends on the tonic"),
    "parallels": (parallels, "pairs of voices in parallel fifths or octaves, for each quarter"),
    "crossings": (crossings, "quarters on which voices cross"),
    "phrase_ends": (phrase_ends, "fermatas, for each bar"),
    "settled_ends": (settled_ends, "fermatas on a triad in root position"),
}


def rates(scores: Sequence[Score], suffix: str, rng: np.random.Generator, draws: int) -> list[Metric]:
    """Each rule's rate over pieces. `suffix`: of the metrics' names. Rules that nothing can be said of are left out."""
    made = []
    for name, (count, note) in RULES.items():
        pairs = np.array([count(score) for score in scores], dtype=float).reshape(-1, 2)
        pairs = pairs[pairs[:, 1] > 0]
        if len(pairs):
            low, high = bootstrap(pairs, ratio_of_sums, rng, draws)
            made.append(
                Metric(name + suffix, ratio_of_sums(pairs), low, high, len(pairs), "share", "exact", None, note)
            )
    return made


# ------------------------------------------------------------------------------------------------ copies


@dataclass(frozen=True)
class Copies:
    """`longest`: by piece the longest run of notes of a part that a training piece has too, in any key."""

    longest: NDArray[np.int64]


def melody(notes: Sequence[Note]) -> str:
    """A part's notes as letters: how far each is from the one before, and how long after it; the same in every key."""
    made = []
    for before, note in zip(notes, notes[1:], strict=False):
        step = min(max(note.pitch - before.pitch, -48), 48) + 48
        after = min(round((note.onset - before.onset) * 24), 1000)
        made.append(chr(LETTERS + 97 * after + step))
    return "".join(made)


def copied(pieces: Sequence[Score], training: Sequence[Score]) -> Copies:
    """The longest run of notes that each piece shares with a training piece, part by part: in the same steps and
    rhythm, in whatever key. Unmeasured without pieces."""
    told = [(i, text) for i, score in enumerate(pieces) for text in parts_of(score)]
    known = [text for score in training for text in parts_of(score)]
    if not told or not known:
        raise Unmeasured("copies need pieces and training pieces")
    longest = np.zeros(len(pieces), np.int64)
    for (i, _), found in zip(told, longest_matches([text for _, text in told], known, as_characters), strict=True):
        longest[i] = max(longest[i], int(found.max(initial=0)) + 1)  # n steps are n + 1 notes
    return Copies(longest)


def parts_of(score: Score) -> list[str]:
    return [text for number in range(len(score.parts)) if (text := melody(score.of_part(number)))]
