"""Is a vocoder nearer to held-out speech than Griffin–Lim of the same spectrograms, faster, and as well understood?

    python benchmarks/vocoder.py RUN --data FOLDER --whisper FOLDER [--site FOLDER] [--sounds 60] [--show FOLDER]

RUN: the folder of a run of the recipe `vocoder`, whose test split is measured. FOLDER of --data: what it learnt from,
with the transcripts (metadata.csv, as LJSpeech has it); of --whisper: Whisper in the form of CTranslate2; of --site:
where faster_whisper lies, if it is not installed. --show keeps spectrograms and WAV files of a few.

Of each sound, cut as the codec cuts it, both ways begin with one log-mel spectrogram; Griffin–Lim has 32 iterations.

* distance: magnitudes at three resolutions, `anew.validate.sounds.spectral_distance`. It is near what was trained on.
* speed: seconds from the spectrogram to the wave, one thread, in turn; the median of the ratios, of second passes.
* words: Whisper's word errors (greedy, each sound alone) over the transcripts' words, both without case and signs.
* pitch: F0 by YIN (de Cheveigné & Kawahara 2002): differences over 25 ms every 10 ms, 60 to 400 Hz, the first dip of
  the normalised difference below 0.15, a parabola through it; no such dip: not voiced. Of the frames voiced in the real
  sound, the share that is not voiced or more than 50 cents off in the made one.

One line of JSON with 95 % bootstrap intervals of paired differences (vocoder less Griffin–Lim) over sounds, and exit
code 1 unless the whole interval of the distance is below nothing, that of the speed above four, and neither that of the
words nor that of the pitch above nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.codecs.image import write_image
from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file
from anew.codecs.sound_show import sound_sheet
from anew.data.progress import silent
from anew.deploy.lookup import open_model
from anew.recipe import parse, read
from anew.recipes.encode import Encoder
from anew.recipes.evaluate.vocoded import Trips, Ways
from anew.validate.interval import bootstrap, ratio_of_sums
from anew.validate.sounds import spectral_distance

LOWEST, HIGHEST, DIP, SHIFT, SPAN = 60.0, 400.0, 0.15, 0.010, 0.025
CENTS = 50
FASTER = 4
SHOWN = 4
Floats = NDArray[np.float64]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--whisper", type=Path, required=True)
    parser.add_argument("--site", type=Path)
    parser.add_argument("--sounds", type=int, default=60)
    parser.add_argument("--show", type=Path)
    asked = parser.parse_args()
    if asked.site is not None:
        sys.path.append(str(asked.site))
    from faster_whisper import WhisperModel

    torch.set_num_threads(1)
    listener = WhisperModel(str(asked.whisper), device="cpu", compute_type="int8", cpu_threads=1)
    known, artifact = transcripts(asked.data / "metadata.csv"), open_model(asked.run / "model")
    recipe, ways = parse(read(asked.run / "resolved.toml"), "run"), Ways(artifact.model, artifact.plain)
    encoder = Encoder(asked.run, recipe, silent)
    rows, shown = [], []
    for record in encoder.draw("test", asked.sounds):
        name = Path(record.origin).stem
        if name not in known:
            continue
        sound = encoder.decode(record)
        trips, said = ways.trips(sound), spoken(known[name])
        ratio = speed(ways, sound)
        both = (trips.vocoder, trips.griffin_lim)
        heard = [errors(said, spoken(written(listener, s))) for s in (trips.real, *both)]
        off = [pitch_off(trips.real, s) for s in both]
        rows.append([*(spectral_distance(trips.real, s) for s in both), *ratio, *heard, len(said), *off[0], off[1][0]])
        shown.append(trips)
    if asked.show is not None:
        show(shown[:SHOWN], asked.show)
    return told(np.array(rows, np.float64))


def transcripts(table: Path) -> dict[str, str]:
    with table.open(encoding="utf-8", newline="") as file:
        return {row[0]: row[-1] for row in csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE)}


def speed(ways: Ways, sound: Sound) -> tuple[float, float]:
    """Seconds of both, of the second time."""
    z, took = ways.latent(sound), []
    for way in (ways.by_model, ways.by_griffin_lim):
        begin = time.perf_counter()
        way(z)
        took.append(time.perf_counter() - begin)
    return took[0], took[1]


# ------------------------------------------------------------------------------------------------ words


def written(listener: Any, sound: Sound) -> str:
    wave = sound.at_rate(16_000).wave[0]
    found, _ = listener.transcribe(wave, language="en", beam_size=1, condition_on_previous_text=False)
    return " ".join(segment.text for segment in found)


def spoken(text: str) -> list[str]:
    return re.sub(r"[^a-z0-9' ]", "", text.lower().replace("-", " ")).split()


def errors(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words put in, left out or changed."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


# ------------------------------------------------------------------------------------------------ pitch


def f0(sound: Sound) -> Floats:
    """(F,) Hz, 0 where it is not voiced."""
    rate, wave = sound.rate, sound.wave[0].astype(np.float64)
    longest, shortest, span = int(rate / LOWEST), int(rate / HIGHEST), int(SPAN * rate)
    starts = np.arange(0, len(wave) - span - longest, int(SHIFT * rate))
    if not len(starts):
        return np.zeros(0)
    here = wave[starts[:, None] + np.arange(span)]
    lags = np.arange(1, longest + 1)
    apart = np.stack([np.square(here - wave[starts[:, None] + np.arange(span) + lag]).sum(1) for lag in lags], 1)
    mean = np.cumsum(apart, 1) / lags
    normal = np.where(mean > 1e-9, apart / np.maximum(mean, 1e-12), 1.0)
    return np.array([first_dip(row, shortest, rate) for row in normal])


def first_dip(normal: Floats, shortest: int, rate: int) -> float:
    """Of the normalised difference at lags 1, 2, …: where it first dips below DIP, as a frequency."""
    below = np.flatnonzero(normal[shortest - 1 :] < DIP)
    if not len(below):
        return 0.0
    at = shortest - 1 + int(below[0])
    while at + 1 < len(normal) and normal[at + 1] < normal[at]:
        at += 1
    move = 0.0
    if 0 < at < len(normal) - 1:
        left, middle, right = normal[at - 1 : at + 2]
        bend = left - 2 * middle + right
        move = 0.5 * (left - right) / bend if bend > 0 else 0.0
    return rate / (at + 1 + move)


def pitch_off(real: Sound, made: Sound) -> tuple[int, int]:
    """Frames whose pitch is lost, and those that have one; what is made may end a hop earlier."""
    wanted, found = f0(real), f0(made)
    both = min(len(wanted), len(found))
    wanted, found = wanted[:both], found[:both]
    voiced = wanted > 0
    wanted, found = wanted[voiced], found[voiced]
    cents = 1200 * np.abs(np.log2(np.maximum(found, 1e-3) / wanted))
    return int((cents > CENTS).sum()), len(wanted)


# ------------------------------------------------------------------------------------------------ the answer


def show(shown: Sequence[Trips], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = ("real", "vocoder", "griffin_lim")
    rows = [getattr(trips, name) for name in names for trips in shown]
    (folder / "sheet.png").write_bytes(write_image(sound_sheet(rows, columns=len(shown))))
    for i, trips in enumerate(shown):
        for name in names:
            (folder / f"{i}-{name}.wav").write_bytes(sound_file(getattr(trips, name)))


def told(rows: Floats) -> int:
    """rows: two distances, two times, three numbers of wrong words, words, two numbers of frames off in pitch, between
    them the frames with one."""
    ours, theirs, quick, slow, real_wrong, our_wrong, their_wrong, words, our_off, voiced, their_off = rows.T
    rng = np.random.default_rng(0)

    def share(wrong: Floats, of: Floats) -> float:
        return round(float(wrong.sum() / of.sum()), 4)

    def paired(first: Floats, second: Floats, of: Floats | None = None) -> list[float]:
        apart = first - second if of is None else np.stack([first - second, of], 1)
        return [round(v, 4) for v in bootstrap(apart, None if of is None else ratio_of_sums, rng)]

    ratios = slow / quick
    distance, wer = paired(ours, theirs), paired(our_wrong, their_wrong, words)
    pitch = paired(our_off, their_off, voiced)
    times = bootstrap(ratios, lambda v: float(np.median(v)), rng)
    print(json.dumps({
        "sounds": len(rows), "distance": round(ours.mean(), 4), "distance_griffin_lim": round(theirs.mean(), 4),
        "distance_difference": distance, "nearer_in": int((ours < theirs).sum()),
        "times_as_fast": round(float(np.median(ratios)), 1), "times_interval": [round(v, 1) for v in times],
        "wer_real": share(real_wrong, words), "wer": share(our_wrong, words),
        "wer_griffin_lim": share(their_wrong, words), "wer_difference": wer,
        "pitch_off": share(our_off, voiced), "pitch_off_griffin_lim": share(their_off, voiced),
        "pitch_difference": pitch, "voiced_frames": int(voiced.sum()), "words": int(words.sum()),
    }))  # fmt: skip
    return int(distance[1] >= 0 or times[0] < FASTER or wer[0] > 0 or pitch[0] > 0)


if __name__ == "__main__":
    sys.exit(main())
