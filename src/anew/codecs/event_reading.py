"""From words to a score: whatever a model said, some score comes out. In: words of `event_words`. Out: a `Score`."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from anew.codecs.event_words import DRUMS, PAUSE, STEPS, Grammar, Word, shift_of
from anew.codecs.score import Key, Metre, Note, Part, Score
from anew.codecs.score_grid import TEMPI

if TYPE_CHECKING:
    from anew.codecs.events import Events


class Telling:
    """Words under way: time runs from the bar line before the first step."""

    def __init__(self, codec: Events, words: Iterable[Word]) -> None:
        self.codec, self.grammar = codec, Grammar()
        self.key: Key | None = None
        self.style, self.tempo = "", float(TEMPI[7])
        self.programs: list[int] = []
        self.metres: list[Metre] = []
        self.line = self.at = self.until = Fraction(0)  # the bar, the step, and where the step ends
        self.upbeat = False
        self.began = False
        self.chord: list[int | None] = []
        self.held: set[int] = set()
        self.inside: list[tuple[Fraction, int, int | None]] = []
        self.event: tuple[int, int] | None = None
        self.sounding: dict[int, tuple[Fraction, int]] = {}
        self.notes: list[Note] = []
        self.pauses: list[Fraction] = []
        for word in words:
            self.take(word)
        self.close_step()
        for voice in list(self.sounding):
            self.stop(voice, self.until)

    def take(self, word: Word) -> None:
        kind = word[0]
        if not self.grammar.body:
            self.begin(word)
        elif kind in STEPS:
            self.step(word)
        elif kind == "metre":
            self.close_step()
            self.line = self.until
            self.metres.append(Metre(self.line, int(word[1]), int(word[2])))
        elif word == PAUSE:
            self.pauses.append(self.at)
        elif kind in ("pitch", "rest"):
            self.sound(None if kind == "rest" else int(word[1]))
        elif kind == "hold":
            self.held.add(int(word[1]))
        elif kind == "event":
            self.event = int(word[1]), int(word[2])
        self.grammar.take(word)

    def begin(self, word: Word) -> None:
        kind = word[0]
        if kind == "key":
            self.key = None if len(word) == 1 else Key(int(word[1]), word[2])  # type: ignore[arg-type]
        elif kind == "style":
            self.style = str(word[1])
        elif kind == "tempo":
            self.tempo = float(TEMPI[int(word[1])])
        elif kind == "metre":
            self.metres = [Metre(Fraction(0), int(word[1]), int(word[2]))]
        elif kind == "program" and len(self.programs) < self.codec.most_voices:
            self.programs.append(int(word[1]))

    def step(self, word: Word) -> None:
        self.close_step()
        bar = self.grammar.metre.bar
        beat = self.grammar.beat_of(word)
        if not self.began:
            self.upbeat = word[0] in ("beat", "upbeat")
        elif beat == 0:
            self.line = self.until
        self.began = True
        self.at = self.line + beat
        self.until = min(self.at + 1, self.line + bar) if beat < bar else self.at + 1

    def sound(self, pitch: int | None) -> None:
        voice = len(self.chord) if self.event is None else self.event[0]
        drums = voice < len(self.programs) and self.programs[voice] == DRUMS
        higher = None if pitch is None else min(max(pitch + (0 if drums else shift_of(self.key)), 0), 127)
        if self.event is None:
            self.chord.append(higher)
        else:
            self.inside.append((self.at + Fraction(self.event[1], self.codec.ticks), voice, higher))
            self.event = None

    def close_step(self) -> None:
        """Let the step's words sound."""
        voices = len(self.programs)
        for voice, pitch in enumerate(self.chord[:voices]):
            held = self.sounding.get(voice)
            if held is not None and voice in self.held and held[1] == pitch:
                continue
            self.stop(voice, self.at)
            if pitch is not None:
                self.sounding[voice] = self.at, pitch
        for at, voice, pitch in self.inside:
            if voice < voices and at < self.until:
                self.stop(voice, at)
                if pitch is not None:
                    self.sounding[voice] = at, pitch
        self.chord, self.held, self.inside, self.event = [], set(), [], None

    def stop(self, voice: int, at: Fraction) -> None:
        started = self.sounding.pop(voice, None)
        if started is not None and at > started[0]:
            self.notes.append(Note(started[0], at - started[0], started[1], voice))

    def score(self) -> Score:
        metres = self.metres or [Metre(Fraction(0), 4, 4)]
        bar, first = metres[0].bar, min((n.onset for n in self.notes), default=Fraction(0))
        origin = min(first, bar) if self.upbeat else Fraction(0)
        notes = [Note(n.onset - origin, n.duration, n.pitch, n.part) for n in self.notes if n.onset >= origin]
        count = len(self.programs)
        names = [self.codec.names.get((count, number), "") for number in range(count)]
        parts = [Part(n, 0 if p == DRUMS else p, p == DRUMS) for n, p in zip(names, self.programs, strict=True)]
        return Score.of(
            notes, parts or [Part()],
            metres=(metres[0], *(Metre(m.at - origin, m.beats, m.unit) for m in metres[1:] if m.at > origin)),
            key=self.key,
            tempi=((Fraction(0), self.tempo),),
            pickup=(bar - origin) % bar if self.upbeat else Fraction(0),
            pauses=tuple(sorted({p - origin for p in self.pauses if p >= origin})),
            style=self.style,
        )  # fmt: skip
