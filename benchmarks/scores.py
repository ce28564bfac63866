"""Our readers of scores beside music21: the same notes out of the same files, and how long either takes.

In: music21's wheel (`pip download music21==10.5.0 --no-deps`), installed with what it needs into a folder of its own.
Out: for MusicXML, ABC and kern, files compared, notes that one has and the other has not, seconds of each.

    python benchmarks/scores.py --site FOLDER [--files 20]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

from anew.codecs.score import Score
from anew.codecs.score_files import read_scores

KINDS = {
    "MusicXML": ("bach/*.mxl",), "ABC": ("oneills1850/*.abc", "ryansMammoth/*.abc"),
    "kern": ("bach/*.krn", "palestrina/*.krn"),
}  # fmt: skip
Notes = Counter[tuple[Fraction, Fraction, int]]


def ours(path: Path) -> list[Notes]:
    found = [score for score in read_scores(path.read_bytes(), path.name) if isinstance(score, Score)]
    return [Counter((n.onset, n.duration, n.pitch) for n in score.notes) for score in found]


def theirs(path: Path) -> list[Notes]:
    """music21's notes with ties joined; its grace notes, which have no length, left out."""
    from music21 import converter, stream

    made: Any = converter.parse(path, forceSource=True)
    scores = list(made.scores) if isinstance(made, stream.Opus) else [made]
    found = []
    for score in scores:
        notes: Notes = Counter()
        for part in score.parts:
            for note in part.stripTies().flatten().notes:
                if note.quarterLength and not getattr(note, "isUnpitched", False) and note.classes[0] != "ChordSymbol":
                    for pitch in note.pitches:
                        notes[Fraction(note.offset), Fraction(note.quarterLength), int(pitch.midi)] += 1
        found.append(notes)
    return found


def compare(paths: list[Path]) -> dict[str, float]:
    told: Counter[str] = Counter()
    for path in paths:
        begun = time.perf_counter()
        own = ours(path)
        told["seconds, ours"] += time.perf_counter() - begun  # type: ignore[assignment]
        begun = time.perf_counter()
        other = theirs(path)
        told["seconds, music21"] += time.perf_counter() - begun  # type: ignore[assignment]
        told["pieces, ours"] += len(own)
        told["pieces, music21"] += len(other)
        for a, b in zip(own, other, strict=False):
            told["notes"] += a.total()
            told["ours alone"] += (a - b).total()
            told["music21 alone"] += (b - a).total()
            told["pieces alike"] += a == b
    return dict(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, required=True, help="the folder that music21 was installed into")
    parser.add_argument("--files", type=int, default=20, help="of each kind")
    asked = parser.parse_args()
    sys.path.append(str(asked.site))
    for kind, patterns in KINDS.items():
        paths = [path for pattern in patterns for path in sorted((asked.site / "music21" / "corpus").glob(pattern))]
        chosen = paths[:: max(1, len(paths) // asked.files)][: asked.files]
        print(kind, {key: round(value, 2) for key, value in compare(chosen).items()})


if __name__ == "__main__":
    main()
