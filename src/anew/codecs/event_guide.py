"""What steers a model of events as it writes: the grammar, what voices can sing or play, and what is given.

In: a fitted `Events`, the words that a piece begins with, and perhaps voices that are given. Out: a guide for
`samplers.tokens.decode`, one a piece. A piece that is guided has the metre and the length that it was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor

from anew.codecs.event_words import HIGHEST, LOWEST, REST, STEPS, Grammar, Word
from anew.codecs.events import Events
from anew.codecs.voices import PERFECT, Chord

RARE = 0.05  # of quarters: what training pieces do less often than this, pieces do not do at all
Ranges = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Given:
    """What a step of a piece holds of the voices that are given: its own word, whether it has a fermata, and by voice
    the pitch on the quarter and what begins within it (0 is held over)."""

    step: Word
    pause: bool = False
    pitches: Mapping[int, Word] = field(default_factory=dict)
    inside: Mapping[tuple[int, int], Word | None] = field(default_factory=dict)  # by tick and voice

    @classmethod
    def of(cls, words: Sequence[Word], voices: Sequence[int]) -> list[Given]:
        """The steps of a piece's words, of these voices alone."""
        made: list[Given] = []
        chord, event, pitches = 0, None, dict[int, Word]()
        for word in words:
            kind = word[0]
            if kind in STEPS:
                made.append(cls(word, pitches={}, inside={}))
                chord, event, pitches = 0, None, {}
            elif not made:
                continue
            elif kind == "pause":
                made[-1] = cls(made[-1].step, True, made[-1].pitches, made[-1].inside)
            elif kind in ("pitch", "rest"):
                voice = chord if event is None else event[1]
                if voice in voices:
                    inside = dict(made[-1].inside)
                    if event is None:
                        pitches[voice] = word
                    else:
                        inside[event] = word
                    made[-1] = cls(made[-1].step, made[-1].pause, dict(pitches), inside)
                chord += event is None
                event = None
            elif kind == "event":
                event = int(word[2]), int(word[1])
            elif kind == "hold" and word[1] in voices:
                made[-1] = cls(
                    made[-1].step, made[-1].pause, made[-1].pitches, {**made[-1].inside, (0, int(word[1])): None}
                )
        return made


class Composing:
    """A guide (`samplers.choice.Guide`). `ranges`: a lowest and a highest pitch a voice, as told from the key.
    `strict`: no two voices in parallel fifths or octaves from quarter to quarter; None: where training pieces hardly
    ever have them."""

    def __init__(
        self,
        codec: Events,
        begun: Sequence[Word],
        ranges: Ranges = (),
        given: Sequence[Given] = (),
        strict: bool | None = None,
    ) -> None:
        self.codec, self.words = codec, codec.words
        self.strict = codec.parallels < RARE if strict is None else strict
        self.before: Chord = ()  # on the last quarter
        self.now: Chord = ()  # on this one, as far as it is told
        self.ranges, self.given = list(ranges), given
        self.grammar, self.step = Grammar(), -1
        self.voice = 0  # whose pitch comes next
        self.history: list[tuple[Grammar, int, int, Chord, Chord]] = []
        for word in begun:
            self._go(word)

    def allowed(self) -> Tensor:
        made = self.grammar.choices(self.words)
        if not self.grammar.body:
            return made
        return self._apart(self._ranged(self._as_given(made)))

    def took(self, token: int) -> bool:
        self.history.append((self.grammar.copy(), self.step, self.voice, self.before, self.now))
        if token == self.words.end:
            return True
        self._go(self.words.all[token])
        return False

    def rewind(self, n: int) -> None:
        if n:
            self.grammar, self.step, self.voice, self.before, self.now = self.history[-n]
            del self.history[-n:]

    def copy(self) -> Self:
        made = type(self)(self.codec, (), self.ranges, self.given, self.strict)
        made.grammar, made.step, made.voice = self.grammar.copy(), self.step, self.voice
        made.before, made.now = self.before, self.now
        made.history = list(self.history)
        return made

    # -------------------------------------------------------------------------------------------- what is asked

    def _go(self, word: Word) -> None:
        if word[0] in STEPS:
            self.step, self.before, self.now = self.step + 1, self.now, ()
        elif word[0] in ("pitch", "rest") and not self.grammar.waiting:
            self.now = (*self.now, int(word[1]) if word[0] == "pitch" else None)
        self.grammar.take(word)
        if word[0] == "event":
            self.voice = int(word[1])
        elif not self.grammar.waiting:
            self.voice = self.grammar.pitches

    @property
    def _now(self) -> Given | None:
        return self.given[self.step] if 0 <= self.step < len(self.given) else None

    def _only(self, word: Word) -> Tensor:
        made = torch.zeros(len(self.words), dtype=torch.bool)
        made[self.words.number[word]] = True
        return made

    def _as_given(self, made: Tensor) -> Tensor:
        """What may come next, with what is given in its place."""
        if not self.given:
            return made
        grammar, now = self.grammar, self._now
        if not grammar.stepped:
            return self._only(self.given[0].step)
        if now is None:
            return made
        if grammar.waiting:
            told = now.inside.get((grammar.last[0], self.voice))
            return made if told is None else self._only(told)
        if grammar.pitches < grammar.voices:
            made = made & ~self.words.kinds["pause"]
            if grammar.pitches == 0 and now.pause and not grammar.paused and not grammar.outline:
                return self._only(("pause",))
            told = now.pitches.get(grammar.pitches)
            return made if told is None else self._only(told)
        return self._between(made, now)

    def _between(self, made: Tensor, now: Given) -> Tensor:
        """What may begin within the step: what is given in its turn, and before it the other voices'."""
        fixed = set(now.pitches)
        for voice in fixed:
            made[self.words.number["hold", voice]] = False
            for tick in range(1, self.words.ticks):
                made[self.words.number["event", voice, tick]] = False
        left = sorted(place for place in now.inside if place > self.grammar.last)
        if left:
            tick, voice = left[0]
            for word in self._later(left[0]):
                made[self.words.number[word]] = False
            made = made & ~self._steps
            made[self.words.number["event", voice, tick] if tick else self.words.number["hold", voice]] = True
            return made
        after = self.given[self.step + 1].step if self.step + 1 < len(self.given) else ("end",)
        steps = made & self._steps
        if steps.any():
            made = (made & ~self._steps) | self._only(after)
        return made

    @property
    def _steps(self) -> Tensor:
        kinds = self.words.kinds
        return torch.stack([kinds[kind] for kind in (*STEPS, "end")]).any(0)

    def _later(self, place: tuple[int, int]) -> list[Word]:
        """Events that would come after this one."""
        ticks, voices = self.words.ticks, range(self.words.voices)
        spots = ((t, v) for t in range(ticks) for v in voices if (t, v) > place)
        return [("event", v, t) if t else ("hold", v) for t, v in spots]

    def _ranged(self, made: Tensor) -> Tensor:
        """No pitch that the voice does not have, unless it is given."""
        if not made[self.words.number[REST]] and not (made & self.words.kinds["pitch"]).any():
            return made
        voice = self.voice
        if self._now is not None and voice in self._now.pitches or voice >= len(self.ranges):
            return made
        low, high = self.ranges[voice]
        kept = made & ~self.words.kinds["pitch"]
        span = slice(self.words.number["pitch", low], self.words.number["pitch", high] + 1)
        kept[span] = made[span]
        return kept

    def _apart(self, made: Tensor) -> Tensor:
        """No pitch that goes in parallel fifths or octaves with another voice; where none is left, any."""
        voice, told = self.voice, {} if self._now is None else self._now.pitches
        choosing = self.grammar.stepped and not self.grammar.waiting and self.grammar.pitches < self.grammar.voices
        last = self.before[voice] if voice < len(self.before) else None
        if not self.strict or not choosing or voice in told or last is None:
            return made
        pitch, wrong = torch.arange(LOWEST, HIGHEST + 1), torch.zeros(HIGHEST + 1 - LOWEST, dtype=torch.bool)
        for other, was in enumerate(self.before):
            given = told.get(other, REST)
            now = self.now[other] if other < len(self.now) else int(given[1]) if given != REST else None
            if other != voice and was is not None and now is not None and abs(was - last) % 12 in PERFECT:
                alike = (now - pitch).abs() % 12 == abs(was - last) % 12
                wrong |= alike & ((pitch - last) * (now - was) > 0)
        kept = made.clone()
        kept[self.words.number["pitch", LOWEST] : self.words.number["pitch", HIGHEST] + 1] &= ~wrong
        return kept if (kept & self.words.kinds["pitch"]).any() else made
