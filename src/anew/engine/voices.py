"""Voices: what says a sentence. One protocol for the voice of another program and for one that was learnt here.

In: the name of a voice. Out: a `Voice`, opened; which there are, and how to get one where there is none.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from anew.codecs.sound import Sound
from anew.contract import Unsupported
from anew.errors import NotFound, Refused, nearest
from anew.safety.consent import Consent

INSTALL = "pip install 'anew[voice]'"
READY = "hibari"
STARTER = "voice"  # that comes with the package; a voice of one's own of that name goes before it


@dataclass(frozen=True)
class Manner:
    """`rate`: 1 is the voice's own, 2 twice as fast; `pitch`: semitones."""

    rate: float = 1.0
    pitch: float = 0.0


@dataclass(frozen=True)
class Saying:
    """A sentence: its words, as `codecs.spoken` makes them, or its phonemes, in ARPAbet or IPA as `alphabet` says."""

    words: str
    phones: str = ""
    alphabet: str = ""


class Voice(Protocol):
    """`speakers`: what it can sound like, each with a line about it, the first by default; `rate`: of its sounds, in
    Hz; `version`: of what makes them."""

    name: str
    version: str
    rate: int
    speakers: Mapping[str, str]

    def say(self, saying: Saying, manner: Manner, speaker: str, rng: np.random.Generator) -> Sound:
        """One channel, without silence before it. The same generator, the same bytes."""

    def permit(self) -> None:
        """NoConsent: a speaker whose voice was learnt does not agree, or not any more, that it says anything."""

    def adapted(self, name: str, recordings: Sequence[Path | bytes], consent: Consent) -> Voice:
        """The voice of another speaker. Unsupported by one that does not learn. `engine.speaking.adapt` alone calls
        it, which checks the consent."""


def installed() -> list[str]:
    """The names of the voices that can be opened here."""
    needs = {READY: ("hibari", "onnxruntime")}
    return [name for name, packages in needs.items() if all(map(importlib.util.find_spec, packages))]


def open_voice(name: str = READY) -> Voice:
    """Refused: it is not installed, with what installs it; NotFound: there is none of that name."""
    if name not in (known := installed()):
        if name == READY:
            raise Refused("no voice is installed", next_command=INSTALL)
        raise NotFound(f"no voice is called {name!r}{nearest(name, known)}", next_command=f"--voice {READY}")
    from anew.engine.ready_voice import ReadyVoice

    return ReadyVoice()


def speaker_of(voice: Voice, name: str | None) -> str:
    """The speaker of that name, or the voice's first. NotFound: it has none such."""
    if name is None:
        return next(iter(voice.speakers))
    if name not in voice.speakers:
        there = ", ".join(voice.speakers)
        raise NotFound(f"{voice.name} has no speaker {name!r}{nearest(name, voice.speakers)}; it has: {there}")
    return name


def does_not_learn(voice: Voice) -> Unsupported:
    return Unsupported(f"{voice.name} speaks as it is and learns no other speaker")


__all__ = [
    "INSTALL", "READY", "STARTER", "Manner", "Saying", "Voice", "does_not_learn", "installed", "open_voice",
    "speaker_of",
]  # fmt: skip
