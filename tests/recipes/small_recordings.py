"""Recordings of nobody: each word is a tone of its own."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file

WORDS = ("red", "blue", "tall", "green", "small", "cold")


def record_words(folder: Path, count: int, lowest: float, seed: int) -> Path:
    """Each word a tone of its own, as LJSpeech lays recordings out."""
    (folder / "wavs").mkdir(parents=True)
    rng, time = np.random.default_rng(seed), np.arange(3200) / 16_000
    with (folder / "metadata.csv").open("w", newline="") as file:
        rows = csv.writer(file, delimiter="|", lineterminator="\n")
        for i in range(count):
            said = [WORDS[j] for j in rng.integers(len(WORDS), size=3)]
            tones = [0.4 * np.sin(2 * np.pi * (lowest + 300 * WORDS.index(word)) * time) for word in said]
            wave = np.concatenate(tones) + rng.normal(0, 1e-3, 3 * len(time))
            (folder / "wavs" / f"{i:02}.wav").write_bytes(sound_file(Sound(wave[None].astype(np.float32), 16_000)))
            rows.writerow([f"{i:02}", " ".join(said).capitalize() + "."])
    return folder
