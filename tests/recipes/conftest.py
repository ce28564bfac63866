"""Small real data for whole runs: folders of texts, of pictures by class and of sounds by class."""

from __future__ import annotations

import inspect
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from anew.codecs.image import write_image
from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file

for room in (".", "../server", "../engine"):  # small_recipes.py, serving.py and what that needs
    sys.path.insert(0, str(Path(__file__).parent / room))


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The standard library's longer docstrings, one file each: English, and on every machine."""
    import argparse
    import collections
    import decimal
    import logging
    import pathlib
    import textwrap
    import threading

    folder = tmp_path_factory.mktemp("notes")
    count = 0
    for module in (argparse, collections, decimal, logging, pathlib, textwrap, threading):
        for name, value in sorted(vars(module).items()):
            text = inspect.getdoc(value) if inspect.isclass(value) or inspect.isfunction(value) else None
            if text and len(text) > 200 and value.__module__.split(".")[0] == module.__name__:
                (folder / f"{module.__name__}-{name}.txt").write_text(text)
                count += 1
    assert count >= 20
    return folder


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Squares and stripes of two classes, in two sizes and several shades, as PNG files in sub-folders."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for label in ("square", "stripes"):
        (folder / label).mkdir()
        for i in range(60):
            side = int(rng.choice([16, 20]))
            picture = np.full((side, side, 1), int(rng.integers(0, 60)), np.uint8)
            a, b = sorted(rng.choice(np.arange(2, side - 1), 2, replace=False))
            shade = int(rng.integers(120, 255))
            if label == "square":
                picture[a : b + 1, a : b + 1] = shade
            else:
                picture[:, a : b + 1 : 2] = shade
            noisy = np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
            (folder / label / f"{i:02}.png").write_bytes(write_image(noisy))
    return folder


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rising and falling tones, as WAV and FLAC files in sub-folders."""
    folder = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    time = np.arange(1600) / 16_000
    for label in ("rise", "fall"):
        (folder / label).mkdir()
        for i in range(40):
            slope = rng.uniform(4_000, 12_000) * (1 if label == "rise" else -1)
            turns = rng.uniform(1_500, 2_500) * time + slope * time**2 / 2
            wave = 0.4 * np.sin(2 * math.pi * turns) + rng.normal(0, 0.01, len(time))
            form = "flac" if i % 2 else "wav"
            content = sound_file(Sound(wave[None].astype(np.float32), 16_000), form)
            (folder / label / f"{i:02}.{form}").write_bytes(content)
    return folder
