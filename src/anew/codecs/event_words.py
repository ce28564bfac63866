"""The words that a score is told in as events, and which of them may follow which: a small vocabulary and its grammar.

    detail style key metre tempo bars program … begin
    ( [metre] left | upbeat | beat | final )  [pause]  pitch …  ( hold | event pitch ) …   a step, for each quarter
    end

A step has one pitch a voice, what sounds on the quarter; after them, voices that are held over from before, and what
begins within the quarter, in order of time. Pitches are told from the tonic of the signature's major key: the same tune
in another key is the same but for its key word and the octave, and relative keys, whose notes are the same, teach each
other. Beats and the quarters of the last bar say the mode, which neither these pitches nor, in a piece longer than a
context, the key's word would. Bars count down, and in the last one quarters do, so that an end is prepared for. An
outline has steps without what begins within.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from math import ceil

import torch
from torch import Tensor

from anew.codecs.score import Key, Metre
from anew.codecs.score_grid import LONGEST_BAR, TEMPI

Word = tuple[str | int, ...]
MOST_BARS = 64  # of which a piece is told how many are left; more are told as so many
LOWEST, HIGHEST = -6, 133  # pitches as told from a signature
REST: Word = ("rest",)
BEGIN: Word = ("begin",)
PAUSE: Word = ("pause",)
UPBEAT: Word = ("upbeat",)
END: Word = ("end",)
DRUMS = 128  # in place of a program
STEPS = ("left", "beat", "upbeat", "final")  # what a step begins with
MODES = ("", "major", "minor")  # "": of a piece without a key
STAGES = ("detail", "style", "key", "metre", "tempo", "bars")  # what a piece begins with, before its programs


def shift_of(key: Key | None) -> int:
    """What is taken off a pitch in that key: the tonic of the major key with its signature, -5 to 6."""
    tonic = 0 if key is None else 7 * key.fifths % 12
    return tonic - 12 if tonic > 6 else tonic


def mode_of(key: Word) -> str:
    """The mode that a key's word says."""
    return str(key[2]) if len(key) > 1 else ""


class Words:
    """Each word's number and back. `ticks` of a quarter; at most `voices`; the `styles` that can be asked for."""

    def __init__(self, ticks: int, voices: int, styles: Sequence[str]) -> None:
        self.ticks, self.voices = ticks, voices
        metres = [(b, u) for u in (2, 4, 8, 16) for b in range(1, 17) if 4 * b <= LONGEST_BAR * u]
        self.all: list[Word] = [
            ("detail", "notes"), ("detail", "outline"),
            *(("style", name) for name in ("", *styles)),
            ("key",), *(("key", f, m) for m in ("major", "minor") for f in range(-7, 8)),
            *(("metre", b, u) for b, u in metres),
            *(("tempo", band) for band in range(len(TEMPI))),
            *(("bars", n) for n in range(1, MOST_BARS + 1)),
            *(("program", p) for p in range(DRUMS + 1)),
            BEGIN,
            *(("left", n) for n in range(1, MOST_BARS + 1)), UPBEAT,
            *(("beat", n, mode) for mode in MODES for n in range(1, LONGEST_BAR)),
            *(("final", n, mode) for mode in MODES for n in range(1, LONGEST_BAR + 1)),
            PAUSE, REST, *(("pitch", p) for p in range(LOWEST, HIGHEST + 1)),
            *(("hold", v) for v in range(voices)),
            *(("event", v, t) for t in range(1, ticks) for v in range(voices)),
            END,
        ]  # fmt: skip
        self.number = {word: i for i, word in enumerate(self.all)}

    def __len__(self) -> int:
        return len(self.all)

    @property
    def end(self) -> int:
        return len(self.all) - 1

    def tokens(self, words: Iterable[Word]) -> Tensor:
        return torch.tensor([self.number[word] for word in words], dtype=torch.int64)

    def read(self, tokens: Tensor) -> list[Word]:
        """The words up to the end."""
        made: list[Word] = []
        for token in tokens.tolist():
            if token == self.end:
                break
            made.append(self.all[token])
        return made

    @cached_property
    def kinds(self) -> dict[str, Tensor]:
        """By kind of word, which of the vocabulary are of it (V,)."""
        names = [str(word[0]) for word in self.all]
        return {kind: torch.tensor([name == kind for name in names]) for kind in dict.fromkeys(names)}


class Grammar:
    """Where a piece stands, word by word: what may come next, and where in a bar it is. It takes any word; one that is
    out of place changes nothing. `loose`: metres may change, and an upbeat may be nearly a bar, as in pieces that were
    written by somebody."""

    def __init__(self, loose: bool = False) -> None:
        self.loose = loose
        self.stage = 0  # of STAGES, then programs, then the body
        self.outline = self.body = False
        self.metre = Metre(Fraction(0), 4, 4)
        self.voices = 0
        self.bars = self.left = 0
        self.mode = ""
        self.beat: int | None = None  # of the step under way, from the bar line
        self.final = 0  # quarters that are left, the one under way among them; 0 before the last bar
        self.pitches = 0  # of the step, told so far
        self.last = (0, -1)  # tick and voice of the step's last event
        self.waiting = False  # an event's pitch comes next
        self.stepped = self.changed = self.paused = False

    def copy(self) -> Grammar:
        made = Grammar()
        made.__dict__.update(self.__dict__)
        return made

    def next_steps(self) -> list[Word]:
        """The step words that may come once a step is whole; the end among them."""
        if self.beat is None:  # the first one: a bar, or an upbeat
            return [*self._bar(min(self.bars, MOST_BARS)), *self._beats(1), *([UPBEAT] if self.loose else [])]
        if self.changed:
            return self._next_bars()
        if self.final:
            return [("final", self.final - 1, self.mode) if self.final > 1 else END]
        return self._beats(self.beat + 1)[:1] or self._next_bars()

    def _next_bars(self) -> list[Word]:
        """The next bar's word; of those that count as MOST_BARS there may be more."""
        bars = self.left - 1 if self.left else min(self.bars, MOST_BARS)
        return [*self._bar(bars), *([("left", MOST_BARS)] if self.left == MOST_BARS else [])]

    def _bar(self, left: int) -> list[Word]:
        """What a bar may begin with when so many are left, itself among them."""
        quarters = ceil(self.metre.bar)
        return [("left", left)] if left > 1 else [("final", n, self.mode) for n in range(1, quarters + 1)]

    def _beats(self, first: int) -> list[Word]:
        beats: list[Word] = []
        while first < self.metre.bar:
            beats.append(("beat", first, self.mode))
            first += 1
        return beats

    def choices(self, words: Words) -> Tensor:
        """(V,) bool: what may come next."""
        kinds = words.kinds
        if not self.body:
            if self.stage < len(STAGES):
                return kinds[STAGES[self.stage]]
            made = torch.zeros(len(words), dtype=torch.bool)
            if self.voices < words.voices:
                made = made | kinds["program"]
            return made | kinds["begin"] if self.voices else made
        if self.waiting or (self.stepped and self.pitches < self.voices):
            pitches = kinds["pitch"] | kinds["rest"]
            may_pause = self.pitches == 0 and not (self.outline or self.waiting or self.paused)
            return pitches | kinds["pause"] if may_pause else pitches
        may_change = self.loose and self.stepped and not self.final
        made = kinds["metre"].clone() if may_change else torch.zeros(len(words), dtype=torch.bool)
        for word in self.next_steps():
            made[words.number[word]] = True
        if self.stepped and not self.outline:
            self._events(words, made)
        return made

    def _events(self, words: Words, made: Tensor) -> None:
        """What may begin within the step, after what has."""
        assert self.beat is not None
        room = min(Fraction(1), self.metre.bar - self.beat)
        for tick in range(self.last[0], words.ticks):
            if Fraction(tick, words.ticks) >= room:
                break
            for voice in range(self.last[1] + 1 if tick == self.last[0] else 0, self.voices):
                made[words.number["event", voice, tick] if tick else words.number["hold", voice]] = True

    def take(self, word: Word) -> None:
        """Go on by a word."""
        kind = word[0]
        if not self.body:
            self._begin(word)
        elif kind in STEPS:
            self.beat = self.beat_of(word)
            if kind == "left":
                self.left = int(word[1])
            elif kind == "final":
                self.left, self.final = 1, int(word[1])
            self.pitches, self.last, self.waiting = 0, (0, -1), False
            self.stepped, self.changed, self.paused = True, False, False
        elif kind == "metre":
            self.metre, self.changed = Metre(Fraction(0), int(word[1]), int(word[2])), True
        elif kind == "pause":
            self.paused = True
        elif kind in ("pitch", "rest"):
            self.pitches += not self.waiting
            self.waiting = False
        elif kind in ("event", "hold"):
            self.last = (int(word[2]) if kind == "event" else 0, int(word[1]))
            self.waiting = kind == "event"

    def beat_of(self, step: Word) -> int:
        """Where in its bar a step is that comes next."""
        if step[0] == "final" and self.final and self.beat is not None:
            return self.beat + 1
        return int(step[1]) if step[0] == "beat" else 0

    def _begin(self, word: Word) -> None:
        kind = word[0]
        if kind == "begin":
            self.body = True
        elif kind == "program":
            self.stage, self.voices = len(STAGES), self.voices + 1
        elif kind in STAGES:
            self.stage = STAGES.index(str(kind)) + 1
            if kind == "detail":
                self.outline = word[1] == "outline"
            elif kind == "key":
                self.mode = mode_of(word)
            elif kind == "metre":
                self.metre = Metre(Fraction(0), int(word[1]), int(word[2]))
            elif kind == "bars":
                self.bars = int(word[1])
