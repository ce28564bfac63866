"""Sound effects as games have them, synthesised here from numbers drawn by chance: ten classes, each clip another.

In: a class, a seed. Out: a `Sound` of 22,050 Hz; or a folder of FLAC files, a sub-folder a class. Nothing is recorded
and nothing is taken from another program: oscillators, noise, envelopes and sweeps as any synthesiser has them.

Times are in seconds, frequencies in Hz; curves are arrays of one value a sample at RATE, above what comes out, so that
what waves with corners have beyond hearing is filtered off and does not fold back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file

Curve = NDArray[np.float64]
Draw = np.random.Generator
RATE, OUT = 88_200, 22_050
SEED = 20_260_101
CLIPS = 360  # of each class
LOUDEST = 0.8


# ------------------------------------------------------------------------------------------------ what they are made of


def times(seconds: float) -> Curve:
    return np.arange(round(seconds * RATE)) / RATE


def phase(frequency: Curve) -> Curve:
    """Turns."""
    return np.asarray(np.cumsum(frequency) / RATE)


def sine(turns: Curve) -> Curve:
    return np.asarray(np.sin(2 * np.pi * turns))


def square(turns: Curve, duty: float | Curve = 0.5) -> Curve:
    return np.asarray(np.where(turns % 1 < duty, 1.0, -1.0))


def triangle(turns: Curve) -> Curve:
    return np.asarray(4 * np.abs(turns % 1 - 0.5) - 1)


def saw(turns: Curve) -> Curve:
    return 2 * (turns % 1) - 1


def oscillator(rng: Draw, turns: Curve, kinds: str = "qts") -> Curve:
    """One of square, triangle, sine and saw (w) by chance, from those whose letters are given."""
    kind = rng.choice(list(kinds))
    if kind == "q":
        return square(turns, rng.uniform(0.15, 0.5))
    return {"t": triangle, "s": sine, "w": saw}[kind](turns)


def envelope(time: Curve, attack: float, hold: float, fall: float) -> Curve:
    """Up in `attack`, held for `hold`, then down by 60 dB in `fall`."""
    rising = np.clip(time / max(attack, 1e-4), 0, 1)
    return np.asarray(rising * 10 ** (-3 * np.clip(time - attack - hold, 0, None) / fall))


def sweep(time: Curve, begin: float, end: float, bend: float = 1.0) -> Curve:
    """From one frequency to another, evenly in pitch, or sooner (bend below 1) or later (above)."""
    share = (time / max(time[-1], 1e-9)) ** bend
    return np.asarray(begin * (end / begin) ** share)


def steps(time: Curve, notes: Curve, step: float) -> Curve:
    """Each note for `step` seconds, the last for what is left."""
    return np.asarray(notes[np.minimum((time / step).astype(int), len(notes) - 1)])


def noise(rng: Draw, time: Curve, low: Curve | float, high: Curve | float) -> Curve:
    """White noise between two frequencies, which may move: filtered in overlapping frames."""
    size, hop = 2048, 512
    white = rng.standard_normal(len(time) + 2 * size)
    window = np.hanning(size + 1)[:size]
    bins = np.fft.rfftfreq(size, 1 / RATE)
    made = np.zeros(len(white))
    for place in range(0, len(white) - size, hop):
        at = min(max(place - size // 2, 0), len(time) - 1)
        under = low if isinstance(low, float) else low[at]
        over = high if isinstance(high, float) else high[at]
        weight = 1 / np.sqrt((1 + (bins / over) ** 6) * (1 + (under / np.maximum(bins, 1e-9)) ** 6))
        made[place : place + size] += window * np.fft.irfft(np.fft.rfft(white[place : place + size] * window) * weight)
    found = made[size : size + len(time)]
    return np.asarray(found / max(np.abs(found).max(), 1e-9))


def pitch(rng: Draw, low: float, high: float) -> float:
    """Even in pitch between two frequencies."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def semitones(count: float | Curve) -> Curve:
    """The ratio of two frequencies so far apart."""
    return np.asarray(2 ** (np.asarray(count) / 12))


# ------------------------------------------------------------------------------------------------ the classes


def coin(rng: Draw) -> Curve:
    """Two notes, the second higher and ringing."""
    time = times(rng.uniform(0.25, 0.6))
    first, rise = pitch(rng, 700, 1500), rng.choice([4, 5, 7, 12])
    frequency = steps(time, np.array([first, first * semitones(rise)]), rng.uniform(0.04, 0.1))
    return oscillator(rng, phase(frequency), "qqts") * envelope(time, 0.002, rng.uniform(0.05, 0.15), time[-1])


def laser(rng: Draw) -> Curve:
    """A fall from high to low."""
    time = times(rng.uniform(0.12, 0.4))
    frequency = sweep(time, pitch(rng, 1200, 4500), pitch(rng, 90, 500), rng.uniform(0.4, 1.0))
    turns = phase(frequency * (1 + rng.uniform(0, 0.05) * sine(time * rng.uniform(15, 60))))
    return oscillator(rng, turns, "qwst") * envelope(time, 0.002, rng.uniform(0.0, 0.1), time[-1] * rng.uniform(1, 2))


def explosion(rng: Draw) -> Curve:
    """Noise that darkens, over a low thump."""
    time = times(rng.uniform(0.5, 1.0))
    dark = sweep(time, pitch(rng, 2500, 9000), pitch(rng, 150, 700), rng.uniform(0.3, 0.8))
    body = noise(rng, time, 30.0, dark) * envelope(time, rng.uniform(0.001, 0.02), rng.uniform(0, 0.1), time[-1])
    thump = sine(phase(sweep(time, pitch(rng, 90, 200), pitch(rng, 30, 60)))) * envelope(time, 0.002, 0.02, 0.5)
    return body + rng.uniform(0.2, 0.8) * thump


def power_up(rng: Draw) -> Curve:
    """A rise in steps of a chord, or in waves that climb."""
    time = times(rng.uniform(0.45, 0.9))
    first = pitch(rng, 250, 600)
    if rng.random() < 0.6:
        chord = rng.choice(np.array([[0, 4, 7, 12, 16, 19], [0, 3, 7, 12, 15, 19], [0, 5, 7, 12, 17, 19]]))
        frequency = steps(time, first * semitones(chord[: rng.integers(4, 7)]), rng.uniform(0.06, 0.11))
    else:
        wave = (time * rng.uniform(6, 12)) % 1
        frequency = sweep(time, first, first * rng.uniform(2, 4)) * (1 + rng.uniform(0.2, 0.6) * wave)
    return oscillator(rng, phase(frequency), "qtw") * envelope(time, 0.005, time[-1] * 0.6, time[-1] * 1.2)


def hit(rng: Draw) -> Curve:
    """A short burst of noise and a tone that drops away under it."""
    time = times(rng.uniform(0.08, 0.22))
    burst = noise(rng, time, pitch(rng, 100, 600), pitch(rng, 2000, 8000)) * envelope(time, 0.001, 0.005, time[-1])
    drop = oscillator(rng, phase(sweep(time, pitch(rng, 250, 700), pitch(rng, 50, 120), 0.6)), "qst")
    return rng.uniform(0.5, 1.0) * burst + rng.uniform(0.4, 1.0) * drop * envelope(time, 0.001, 0.01, time[-1])


def jump(rng: Draw) -> Curve:
    """A rise from low."""
    time = times(rng.uniform(0.15, 0.4))
    first = pitch(rng, 150, 450)
    frequency = sweep(time, first, first * rng.uniform(1.8, 3.5), rng.uniform(0.6, 1.4))
    return oscillator(rng, phase(frequency), "qqts") * envelope(time, 0.004, time[-1] * 0.4, time[-1] * 0.9)


def blip(rng: Draw) -> Curve:
    """One short even note."""
    time = times(rng.uniform(0.04, 0.12))
    turns = phase(np.full(len(time), pitch(rng, 350, 2000)))
    return oscillator(rng, turns) * envelope(time, 0.002, time[-1] * 0.5, time[-1])


def alarm(rng: Draw) -> Curve:
    """Two tones in turn, or one that wails."""
    time = times(rng.uniform(0.7, 1.0))
    low, often = pitch(rng, 400, 1100), rng.uniform(2.5, 7)
    high = low * semitones(rng.uniform(3, 9))
    if rng.random() < 0.6:
        frequency = np.where((time * often) % 1 < 0.5, low, high)
    else:
        frequency = low * (high / low) ** (0.5 + 0.5 * sine(time * often))
    return oscillator(rng, phase(frequency), "qtw") * envelope(time, 0.005, time[-1], 0.5)


def bell(rng: Draw) -> Curve:
    """Partials that are in no whole ratio and die away, the high ones first."""
    time = times(rng.uniform(0.6, 1.0))
    first = pitch(rng, 350, 1500)
    ratios = np.array([1.0, 2.0, 2.76, 3.76, 5.4, 6.8]) * rng.uniform(0.97, 1.03, 6)
    loud = rng.uniform(0.3, 1.0, 6) / np.arange(1, 7) ** rng.uniform(0.3, 1.0)
    fall = rng.uniform(0.8, 2.0) / np.arange(1, 7) ** 0.6
    parts = (
        a * sine(phase(np.full(len(time), first * ratio))) * envelope(time, 0.001, 0, f)
        for ratio, a, f in zip(ratios, loud, fall, strict=True)
    )
    return np.asarray(np.sum(list(parts), axis=0))


def whoosh(rng: Draw) -> Curve:
    """Air: a band of noise that swells, moves and goes."""
    time = times(rng.uniform(0.35, 0.9))
    peak, place = pitch(rng, 900, 3500), rng.uniform(0.3, 0.7)
    swell = np.sin(np.pi * (time / time[-1]) ** (np.log(0.5) / np.log(place))) ** rng.uniform(1, 2.5)
    middle = peak * (0.3 + 0.7 * swell)
    wide = rng.uniform(1.3, 2.2)
    return np.asarray(noise(rng, time, middle / wide, middle * wide) * swell)


CLASSES: dict[str, Callable[[Draw], Curve]] = {
    "alarm": alarm, "bell": bell, "blip": blip, "coin": coin, "explosion": explosion, "hit": hit, "jump": jump,
    "laser": laser, "power-up": power_up, "whoosh": whoosh,
}  # fmt: skip


def effect(name: str, seed: int) -> Sound:
    """One clip of a class, the same for the same seed, its peak between a third of full scale and LOUDEST."""
    rng = np.random.default_rng([seed, *name.encode()])
    wave = CLASSES[name](rng)
    wave = wave * np.clip((len(wave) - np.arange(len(wave))) / (0.003 * RATE), 0, 1)
    peak = float(np.abs(wave).max()) or 1.0
    scaled = wave * (rng.uniform(0.33, LOUDEST) / peak)
    return Sound(scaled[None].astype(np.float32), RATE).at_rate(OUT)


def lay_down(folder: Path, clips: int = CLIPS) -> None:
    """`clips` files a class, in a sub-folder of its name."""
    for name in CLASSES:
        place = folder / name
        place.mkdir()
        for number in range(clips):
            (place / f"{number:03}.flac").write_bytes(sound_file(effect(name, SEED + number), "flac"))


__all__ = ["CLASSES", "effect", "lay_down"]
