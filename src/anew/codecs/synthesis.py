"""Scores to sound: through a General MIDI sound font where there is one, else by a plain organ of our own.

In: a `Score`. Out: a `Sound`. A sound font is looked for where ANEW_SOUNDFONT says, under ANEW_HOME/data/soundfont
(`anew data get soundfont`) and where Debian keeps them; it is played by `midirenderer` (the extra `music`), or by
FluidSynth where that is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anew.codecs.midi import write_midi
from anew.codecs.score import Note, Score
from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound
from anew.errors import DataError

RATE = 44_100
LONGEST = 600.0  # seconds
SYSTEM = (Path("/usr/share/sounds/sf2"), Path("/usr/share/soundfonts"))
HARMONICS = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03)  # of the organ's pipes
ATTACK, RELEASE = 0.02, 0.12  # seconds
LOUDEST = 0.9
SECONDS = 120  # that FluidSynth may take


def sound_font(folder: Path) -> Path | None:
    """The first sound font there is; `folder` is where `anew data get soundfont` lays it down."""
    told = os.environ.get("ANEW_SOUNDFONT")
    places = [Path(told)] if told else []
    for root in (folder, *SYSTEM):
        places += sorted(root.glob("*.sf2")) if root.is_dir() else []
    return next((place for place in places if place.is_file()), None)


def players() -> list[str]:
    """What can play a sound font on this machine, the better one first."""
    from importlib.util import find_spec

    found = ["midirenderer"] if find_spec("midirenderer") else []
    return [*found, *(["fluidsynth"] if shutil.which("fluidsynth") else [])]


def play(score: Score, font: Path | None = None) -> Sound:
    """The score as it sounds; DataError where it is longer than LONGEST or nothing sounds."""
    if not score.notes:
        raise DataError("a score without notes makes no sound")
    if (long := seconds_at(score, score.end)) > LONGEST:
        raise DataError(f"{long:,.0f} seconds of music; at most {LONGEST:,.0f} are rendered")
    for player in players() if font is not None else []:
        assert font is not None
        made = by_midirenderer(score, font) if player == "midirenderer" else by_fluidsynth(score, font)
        if made is not None:
            return levelled(made)
    return organ(score)


def by_midirenderer(score: Score, font: Path) -> Sound | None:
    import midirenderer

    try:
        return read_sound(midirenderer.render_wave_from(font.read_bytes(), write_midi(score)))
    except (ValueError, RuntimeError, OSError):
        return None  # a sound font that it cannot read


def by_fluidsynth(score: Score, font: Path) -> Sound | None:
    with tempfile.TemporaryDirectory(prefix="anew-") as folder:
        notes, wave = Path(folder) / "a.mid", Path(folder) / "a.wav"
        notes.write_bytes(write_midi(score))
        command = ["fluidsynth", "-ni", "-q", "-F", str(wave), "-r", str(RATE), str(font), str(notes)]
        try:
            subprocess.run(command, check=True, timeout=SECONDS, capture_output=True)
            return read_sound(wave.read_bytes())
        except (subprocess.SubprocessError, OSError, DataError):
            return None


def levelled(sound: Sound) -> Sound:
    """No louder than LOUDEST, and as loud as that where it is softer."""
    return sound if sound.peak < 1e-4 else Sound((sound.wave * np.float32(LOUDEST / sound.peak)), sound.rate)


def organ(score: Score) -> Sound:
    """The score by a few harmonics a note, mono, with soft beginnings and ends; drums are left out."""
    times = [(n, seconds_at(score, n.onset), seconds_at(score, n.end)) for n in score.notes]
    made = np.zeros(round((max(end for _, _, end in times) + 2 * RELEASE) * RATE) + 1)
    for note, start, end in times:
        if not score.parts[note.part].drums:
            first = round(start * RATE)
            tone = pipe(note, end - start)[: len(made) - first]
            made[first : first + len(tone)] += tone
    return levelled(Sound(made[None].astype(np.float32), RATE))


def pipe(note: Note, long: float) -> NDArray[np.float64]:
    at = np.arange(round((long + RELEASE) * RATE)) / RATE
    frequency = 440 * 2 ** ((note.pitch - 69) / 12)
    heard = [(k + 1, loud) for k, loud in enumerate(HARMONICS) if frequency * (k + 1) < RATE / 2]
    tone = sum((loud * np.sin(2 * np.pi * frequency * k * at) for k, loud in heard), np.zeros(len(at)))
    shape = np.minimum(at / ATTACK, 1) * np.clip((long + RELEASE - at) / RELEASE, 0, 1)
    return np.asarray(tone * shape * (note.velocity / 127))


def seconds_at(score: Score, at: Fraction) -> float:
    """When a place in the score is heard."""
    return sum(float((min(until, at) - begin) * 60) / bpm for begin, until, bpm in spans(score) if begin < at)


def spans(score: Score) -> Iterator[tuple[Fraction, Fraction, float]]:
    ends = [*(at for at, _ in score.tempi[1:]), score.end]
    for (begin, bpm), until in zip(score.tempi, ends, strict=True):
        yield begin, max(until, begin), bpm
