"""From a text to speech, a sentence at a time: read, said, and joined with the silences between.

In: a text or SSML, a voice, and how it is to be said. Out: sounds in order, each as soon as it is there; sentence i is
said from the seed and i alone, so that streamed and whole are the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from anew.codecs.origin import IPTC, MADE
from anew.codecs.provenance import NOTE
from anew.codecs.sound import Sound
from anew.codecs.sound_files import FORMS, Form, sound_file
from anew.codecs.spoken.ssml import FASTEST, MOST_SEMITONES, SLOWEST, Piece, pieces
from anew.codecs.spoken.words import in_words
from anew.data.files import write_atomic
from anew.engine.voices import Manner, Saying, Voice, speaker_of
from anew.errors import DataError, RecipeError
from anew.safety.consent import Signed, require_consent

MOST_CHARACTERS = 100_000  # of a text, two hours of speech
PAUSE, LONGEST_PAUSE = 0.25, 10.0  # seconds
LONGEST_NOTE = 4_000  # characters of the text that a file tells whole


@dataclass(frozen=True)
class Said:
    """A sentence, with the silence before it. `share`: how much of the text has been said with it."""

    sound: Sound
    text: str
    share: float


@dataclass(frozen=True)
class Speaking:
    """What is to be said, and how. `rate`: 1 is the voice's own; `pitch`: semitones; `pause`: seconds between two
    sentences, twice that between paragraphs. RecipeError, DataError: what nobody could say so. NoConsent: who was
    learnt from does not agree."""

    voice: Voice
    text: str
    speaker: str | None = None
    rate: float = 1.0
    pitch: float = 0.0
    pause: float = PAUSE
    seed: int = 0
    pieces: Sequence[Piece] = field(init=False)

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("rate", self.rate, SLOWEST, FASTEST), ("pitch", self.pitch, -MOST_SEMITONES, MOST_SEMITONES),
            ("pause", self.pause, 0.0, LONGEST_PAUSE),
        ):  # fmt: skip
            if not least <= value <= most:
                raise RecipeError(
                    f"{name} is from {least:g} to {most:g}, not {value:g}", next_command="anew speak --help"
                )
        if len(self.text) > MOST_CHARACTERS:
            raise DataError(f"a text of more than {MOST_CHARACTERS:,} characters", next_command="the same in parts")
        self.voice.permit()
        object.__setattr__(self, "speaker", speaker_of(self.voice, self.speaker))
        object.__setattr__(self, "pieces", pieces(self.text))
        if not any(sayable(saying_of(one)) for one in self.pieces):
            raise DataError("nothing in the text can be said in English")

    def said(self) -> Iterator[Said]:
        """Each sentence, as soon as it is said."""
        whole, done = sum(len(one.text) + 1 for one in self.pieces), 0
        for i, piece in enumerate(self.pieces):
            self.voice.permit()
            done += len(piece.text) + 1
            sound = self.of(piece, i)
            if sound is not None:
                yield Said(sound, piece.text, done / whole)

    def of(self, piece: Piece, i: int) -> Sound | None:
        """None where nothing of it can be said, and no silence was asked for."""
        saying = saying_of(piece)
        silence = 0.0 if i == 0 else self.pause * (2 if piece.opens else 1)
        silence = silence if piece.pause is None else piece.pause
        parts = [np.zeros((1, round(silence * self.voice.rate)), np.float32)]
        if sayable(saying):
            rate = min(FASTEST, max(SLOWEST, self.rate * piece.rate))
            pitch = min(MOST_SEMITONES, max(-MOST_SEMITONES, self.pitch + piece.pitch))
            assert self.speaker is not None
            sound = self.voice.say(saying, Manner(rate, pitch), self.speaker, np.random.default_rng([self.seed, i]))
            parts.append(louder(sound.wave, piece.volume))
        wave = np.concatenate(parts, axis=1)
        return Sound(wave, self.voice.rate) if wave.size else None

    def whole(self, watch: Callable[[Said], None] = lambda said: None) -> Speech:
        """All of it; `watch` is told of each sentence."""
        found = []
        for one in self.said():
            watch(one)
            found.append(one)
        return Speech(joined(found), self.notes)

    @property
    def notes(self) -> dict[str, str]:
        """How it was made, for its file: of a long text the hash."""
        told: dict[str, Any] = {"voice": self.voice.name, "version": self.voice.version, "speaker": self.speaker}
        told |= {"rate": self.rate, "pitch": self.pitch, "pause": self.pause, "seed": self.seed}
        if len(self.text) <= LONGEST_NOTE:
            told["text"] = self.text
        else:
            told["text_sha256"] = hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()
        return {NOTE: json.dumps(told | {"digitalSourceType": IPTC + MADE}, sort_keys=True)}


def saying_of(piece: Piece) -> Saying:
    return Saying(piece.text if piece.words else in_words(piece.text), piece.phones, piece.alphabet)


def sayable(saying: Saying) -> bool:
    """Whether there is more to it than marks."""
    return bool(saying.phones) or any(one.isalpha() for one in saying.words)


def louder(wave: np.ndarray, decibels: float) -> np.ndarray:
    if decibels == 0:
        return wave
    times = 0.0 if decibels == -math.inf else 10 ** (decibels / 20)
    return np.clip(wave * np.float32(times), -1, 1).astype(np.float32)


def joined(said: Sequence[Said]) -> Sound:
    """All of it, one after the other."""
    return Sound(np.concatenate([one.sound.wave for one in said], axis=1), said[0].sound.rate)


@dataclass(frozen=True)
class Speech:
    """A sound with the notes that say how it was made; it plays itself in a notebook."""

    sound: Sound
    notes: Mapping[str, str]

    def save(self, path: Path) -> Path:
        """Into a file of the form that its name ends in. RecipeError: no such form."""
        form = form_of(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, sound_file(self.sound, form, self.notes, MADE))
        return path

    def _repr_html_(self) -> str:
        from anew.codecs.sound_show import players

        return players([self.sound], files=[sound_file(self.sound, "wav", self.notes, MADE)])


def form_of(path: Path) -> Form:
    """By the end of a file's name. RecipeError: none that is written."""
    for form in FORMS:
        if path.suffix.lower() == f".{form}":
            return form
    there = ", ".join(f".{one}" for one in FORMS)
    raise RecipeError(f"{path}: a sound's file ends in {there}", next_command=f"--out {path.stem or 'speech'}.wav")


def adapt(
    voice: Voice, speaker: str, recordings: Sequence[Path | bytes], consent: Path | str | bytes | Signed | None,
    root: Path | None = None,
) -> Voice:  # fmt: skip
    """The voice of another speaker, learnt from recordings: with a consent record that names each of them, and without
    one never. NoConsent; Unsupported: a voice that does not learn."""
    agreed = require_consent(consent, speaker=speaker, purpose="adapt", recordings=recordings, root=root)
    return voice.adapted(speaker, recordings, agreed)


__all__ = ["MOST_CHARACTERS", "PAUSE", "Said", "Speaking", "Speech", "adapt", "form_of", "joined"]
