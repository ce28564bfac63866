"""Scores <-> tokens: `Events`, a few words a quarter (`event_words`), exact for what lies on the grid.

In: `Score`. Out: (T,) int64. On the grid lie scores of at most `voices` parts that sound one note at a time, onsets and
ends at 1/`ticks` of a quarter, one of TEMPI for the whole piece, fermatas on quarters of a bar; `snap` puts any other
score there, and `timing` tells by how much notes move. Velocities and titles are not kept, names of parts as a rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import torch
from torch import Tensor

from anew.codecs.event_words import BEGIN, DRUMS, MOST_BARS, PAUSE, REST, UPBEAT, Grammar, Word, Words, shift_of
from anew.codecs.key import detect_key
from anew.codecs.score import Key, Note, Score
from anew.codecs.score_grid import TICKS, VOICES, on_grid, tempo_band
from anew.codecs.voices import parallels
from anew.contract import Codec, Spec
from anew.errors import DataError

MOST_STYLES = 64
MOST_PREFIXES = 4096
MOST_TOLD = 8192  # scores whose tokens are remembered while their copies are made
TOLD_FROM = "signature"  # what pitches are told from, see `event_words`
OCTAVE = range(-6, 6)


@dataclass(frozen=True)
class Asked:
    """How a piece begins: what it is to be. A detail "outline" has the pitches on the quarters alone."""

    style: str
    key: Key | None
    metre: tuple[int, int]
    tempo: int  # a band of TEMPI
    bars: int
    programs: tuple[int, ...]
    detail: str = "notes"

    def words(self) -> list[Word]:
        key: Word = ("key",) if self.key is None else ("key", self.key.fifths, self.key.mode)
        begun: list[Word] = [("detail", self.detail), ("style", self.style), key, ("metre", *self.metre)]
        begun += [("tempo", self.tempo), ("bars", min(self.bars, MOST_BARS))]
        return [*begun, *(("program", p) for p in self.programs), BEGIN]

    def to_json(self) -> list[Any]:
        key = None if self.key is None else [self.key.fifths, self.key.mode]
        return [self.style, key, list(self.metre), self.tempo, self.bars, list(self.programs)]

    @classmethod
    def from_json(cls, held: Sequence[Any]) -> Asked:
        style, key, (beats, unit), tempo, bars, programs = held
        known = None if key is None else Key(int(key[0]), key[1])
        return cls(str(style), known, (int(beats), int(unit)), int(tempo), int(bars), tuple(map(int, programs)))


class Events(Codec):
    """`copies`: how often each training piece is told, each time in a key drawn among those that keep the ranges of its
    voices, a share `outlines` of them as outlines."""

    modality = "music"
    unit = "note"

    def __init__(
        self, *, context: int = 512, ticks: int = TICKS, voices: int = VOICES, copies: int = 12, outlines: float = 0.5
    ) -> None:
        if context < 64 or not 1 <= voices <= 16 or not 1 <= ticks <= 48 or copies < 1 or not 0 <= outlines <= 1:
            raise DataError(
                "events need a context of 64, 1 to 16 voices, 1 to 48 ticks, a copy, and a share of outlines"
            )
        self.context, self.ticks, self.most_voices, self.copies, self.outlines = (
            context,
            ticks,
            voices,
            copies,
            outlines,
        )

    # -------------------------------------------------------------------------------------------- what it learns

    def fit(self, samples: Iterable[Score]) -> None:
        styles, prefixes, names = Counter[str](), Counter[Asked](), Counter[tuple[int, int, str]]()
        together, keyed = np.zeros(2, np.int64), list[bool]()
        ranges: dict[int, list[list[int]]] = {}
        for score in samples:
            made = self.placed(score)
            styles[made.style] += bool(made.style)
            prefixes[asked_of(made)] += 1
            together += parallels(made)
            keyed.append(made.key is not None and detect_key(made) == made.key)
            held = ranges.setdefault(len(made.parts), [[127, 0] for _ in made.parts])
            for number, part in enumerate(score.parts[: len(made.parts)]):
                names[len(made.parts), number, part.name] += bool(part.name)
            for note in made.notes:
                low, high = held[note.part]
                held[note.part] = [min(low, note.pitch), max(high, note.pitch)]
        if not prefixes:
            raise DataError("the training split holds no scores to learn from")
        best: dict[tuple[int, int], str] = {}
        for (voices, number, name), _ in sorted(names.items(), key=lambda one: (-one[1], one[0])):
            best.setdefault((voices, number), name)
        begun = sorted(prefixes.items(), key=lambda one: (-one[1], str(one[0])))[:MOST_PREFIXES]
        self.load({
            "styles": sorted(sorted(styles), key=lambda s: -styles[s])[:MOST_STYLES],
            "prefixes": [[asked.to_json(), count] for asked, count in begun],
            "names": [[v, n, name] for (v, n), name in sorted(best.items())],
            "ranges": [[v, bounds] for v, bounds in sorted(ranges.items())],
            "pitches": TOLD_FROM,
            "parallels": float(together[0] / max(1, together[1])),
            "keys_heard": sum(keyed) / len(keyed),
        })  # fmt: skip

    def state(self) -> dict[str, Any]:
        return self._state

    def load(self, state: Mapping[str, Any]) -> None:
        if state.get("pitches") != TOLD_FROM:
            raise DataError("its words for pitches are those of an earlier version; learn it anew")
        self._state = dict(state)
        self.styles = [str(s) for s in state["styles"] if s]
        self.prefixes = [(Asked.from_json(asked), int(count)) for asked, count in state["prefixes"]]
        self.names = {(int(v), int(n)): str(name) for v, n, name in state["names"]}
        self.parallels, self.keys_heard = float(state["parallels"]), float(state["keys_heard"])
        self.ranges = {int(v): [(int(low), int(high)) for low, high in bounds] for v, bounds in state["ranges"]}
        self._told: dict[Score, tuple[list[int], Tensor, Tensor]] = {}
        self.words = Words(self.ticks, self.most_voices, self.styles)
        self.spec = Spec("tokens", (self.context,), len(self.words), self.words.end)

    @property
    def usual_voices(self) -> int:
        """How many voices most training pieces have."""
        counts = Counter[int]()
        for asked, count in self.prefixes:
            counts[len(asked.programs)] += count
        return counts.most_common(1)[0][0]

    # -------------------------------------------------------------------------------------------- tokens

    def encode(self, samples: Sequence[Score]) -> list[Tensor]:
        return [self.words.tokens(self.told(score)) for score in samples]

    def outline(self, samples: Sequence[Score]) -> list[Tensor]:
        """The same, with the pitches on each quarter alone."""
        return [self.words.tokens(self.told(score, outline=True)) for score in samples]

    def rearrange(self, samples: Sequence[Score], rng: torch.Generator) -> list[Tensor]:
        """As they are to be learnt from: in another key, some as outlines."""
        made = []
        for score in samples:
            keys, *views = self._views(score)
            by = keys[int(torch.randint(len(keys), (), generator=rng))]
            outline = float(torch.rand((), generator=rng)) < self.outlines
            made.append(self._moved(views[outline], score.key, by))
        return made

    def _views(self, score: Score) -> tuple[list[int], Tensor, Tensor]:
        """Where a score may be moved to, and its tokens in full and in outline; told once for all copies."""
        found = self._told.get(score)
        if found is None:
            found = self.keys(score), self.encode([score])[0], self.outline([score])[0]
            if len(self._told) < MOST_TOLD:
                self._told[score] = found
        return found

    def _moved(self, tokens: Tensor, key: Key | None, by: int) -> Tensor:
        """The tokens of the same piece so many semitones higher: its key's word, and octaves where the key wraps."""
        if not by:
            return tokens
        there = None if key is None else Key.of((key.tonic + by) % 12, key.mode)
        higher = by - shift_of(there) + shift_of(key)
        made = tokens + higher * self.words.kinds["pitch"][tokens]
        if key is not None and there is not None:
            before, after = (self.words.number["key", k.fifths, k.mode] for k in (key, there))
            made[made == before] = after
        return made

    def keys(self, score: Score) -> list[int]:
        """By how many semitones the score may be moved with each voice within what training pieces have."""
        bounds = self.ranges.get(len(score.parts))
        if bounds is None or any(part.drums for part in score.parts):
            return [0]
        room = [(low - n.pitch, high - n.pitch) for n in score.notes for low, high in (bounds[n.part],)]
        lowest, highest = max(low for low, _ in room), min(high for _, high in room)
        return [by for by in OCTAVE if by == 0 or lowest <= by <= highest]

    def told(self, score: Score, outline: bool = False) -> list[Word]:
        """The score's words, the end left out."""
        score = self.snap(score)
        begun = replace(asked_of(score), detail="outline" if outline else "notes")
        made, metre = begun.words(), score.metre
        voices = [score.of_part(number) for number in range(len(score.parts))]
        changes = {m.at: m for m in score.metres[1:]}
        shift, lines = shift_of(score.key), score.bar_lines()
        bars, end, pauses = score.bars, score.end, set(score.pauses)
        drums = [part.drums for part in score.parts]
        mode = "" if score.key is None else score.key.mode
        for number, line in enumerate(lines):
            upbeat = number == 0 and score.pickup > 0
            start = score.pickup - metre.bar if upbeat else line
            stop = score.pickup if upbeat else lines[number + 1] if number + 1 < len(lines) else line + metre.bar
            if line in changes and not upbeat:
                metre = changes[line]
                made.append(("metre", metre.beats, metre.unit))
                stop = stop if number + 1 < len(lines) else line + metre.bar
            first: Word = UPBEAT if upbeat else ("left", min(bars, MOST_BARS))
            final = 0 if upbeat or bars > 1 else ceil(min(stop, end) - start)
            bars -= not upbeat
            for beat in range(ceil(stop - start)):
                at, until = start + beat, min(start + beat + 1, stop)
                if until <= 0 or at >= end:
                    continue
                word: Word = first if beat == 0 else ("beat", beat, mode)
                made.append(("final", final - beat, mode) if final else word)
                if not outline and at in pauses:
                    made.append(PAUSE)
                made += self._step(voices, at, until, shift, drums, outline)
        return made

    def _step(
        self, voices: list[list[Note]], at: Fraction, until: Fraction, shift: int, drums: list[bool], outline: bool
    ) -> Iterator[Word]:
        """What sounds on the quarter, what is held over it, and what begins or ends before the next."""
        inside: list[tuple[int, int, Word]] = []
        for voice, notes in enumerate(voices):
            by, ends = 0 if drums[voice] else shift, set[Fraction]()
            while notes and notes[0].end <= at:
                notes.pop(0)
            now = notes[0] if notes and notes[0].onset <= at else None
            yield REST if now is None else ("pitch", now.pitch - by)
            if now is not None and now.onset < at:
                inside.append((0, voice, REST))
            for note in notes:
                if note.onset >= until:
                    break
                if note.onset > at:
                    inside.append((int((note.onset - at) * self.ticks), voice, ("pitch", note.pitch - by)))
                    ends.discard(note.onset)
                if note.end < until:
                    ends.add(note.end)
            inside += [(int((end - at) * self.ticks), voice, REST) for end in ends]
        for tick, voice, pitch in [] if outline else sorted(inside, key=lambda one: one[:2]):
            yield ("event", voice, tick) if tick else ("hold", voice)
            if tick:
                yield pitch

    def allowed(self, tokens: Tensor) -> Tensor:
        """(T + 1, V) bool: what the grammar lets come at each place of a piece, and after it."""
        grammar, made = Grammar(loose=True), []
        for token in tokens.tolist():
            made.append(grammar.choices(self.words))
            grammar.take(self.words.all[token])
        return torch.stack([*made, grammar.choices(self.words)])

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Score]:
        from anew.codecs.event_reading import Telling

        return [Telling(self, self.words.read(tokens)).score() for tokens in data]

    def size(self, sample: Score) -> int:
        return len(sample.notes)

    # -------------------------------------------------------------------------------------------- the grid

    def placed(self, score: Score) -> Score:
        """The score on the grid, its style as it is. DataError: what is no score."""
        if not isinstance(score, Score):
            raise DataError(f"{type(score).__name__} is no score")
        made = on_grid(score, self.ticks, self.most_voices)
        voices = len(made.parts)
        names = getattr(self, "names", {})
        named = [replace(part, name=names.get((voices, number), "")) for number, part in enumerate(made.parts)]
        return replace(made, parts=tuple(named))

    def snap(self, score: Score) -> Score:
        """The score as it comes back. DataError for one that the codec has no words for."""
        made = self.placed(score)
        return made if made.style in self.styles else replace(made, style="")

    def timing(self, score: Score) -> tuple[float, float]:
        """How far the grid moves onsets, in quarters: in the mean and at most."""
        moved = [abs(float(n.onset - Fraction(round(n.onset * self.ticks), self.ticks))) for n in score.notes]
        return (sum(moved) / len(moved), max(moved)) if moved else (0.0, 0.0)


def asked_of(score: Score) -> Asked:
    """What a score on the grid would have been asked for as."""
    programs = tuple(DRUMS if part.drums else part.program for part in score.parts)
    metre, bars = (score.metre.beats, score.metre.unit), max(1, min(score.bars, MOST_BARS))
    return Asked(score.style, score.key, metre, tempo_band(score.tempo), bars, programs)


__all__ = ["Asked", "Events", "asked_of"]
