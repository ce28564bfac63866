"""The guides' commands work: each console block marked `<!-- run -->` is typed, with small dials, a folder a page."""

from __future__ import annotations

import inspect
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

from anew.cli import main
from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file

ROOT = Path(__file__).parents[2]
GUIDES = sorted(p for p in (ROOT / "docs").glob("*.md") if "<!-- run -->" in p.read_text("utf-8"))
SMALL = (
    "--size xs --train.steps 6 --train.batch 4 --train.threads 1 --codec.context 32 "
    "--train.validate-every 6 --train.validate-rows 8 --validation.samples 8 --validation.bootstrap 100 "
    "--sample.max-new 40"
)
SMALL_TABLES = (
    "--size xs --train.steps 12 --train.batch 16 --train.threads 1 --train.validate-every 12 "
    "--train.validate-rows 16 --validation.samples 60 --validation.bootstrap 100"
)
SMALL_PICTURES = (
    "--size xs --train.steps 6 --train.batch 8 --train.threads 1 --train.validate-every 6 --train.validate-rows 8 "
    "--codec.learned.train.steps 6 --codec.learned.train.batch 8 --codec.learned.copies 1 "
    "--codec.learned.train.validate-every 6 --judge.train.validate-every 6 --judge.train.steps 6 "
    "--judge.train.batch 8 --validation.samples 10 --validation.redraws 2 --validation.bootstrap 100"
)
SMALL_SOUNDS = (
    f"{SMALL_PICTURES} --train.sample-every 6 --codec.mels 16 --codec.window 256 --codec.hop 64 --codec.iterations 2"
)
SMALL_VOCODER = (
    "--size xs --train.steps 6 --train.batch 4 --train.threads 1 --train.validate-every 6 --model.polish 1 "
    "--validation.samples 8 --validation.bootstrap 100"
)
SMALL_ENLARGED = (
    "--size xs --codec.size 16 --train.steps 6 --train.batch 4 --train.threads 1 --train.validate-every 6 "
    "--validation.samples 8 --validation.bootstrap 100"
)


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"<!-- run -->\n```console\n(.*?)```", page.read_text("utf-8"), re.S)
    return [line[2:].partition("  #")[0] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def small(command: str) -> list[str]:
    """The command as a guide has it, with its dials turned down."""
    words = shlex.split(command)[1:]
    if words[0] != "run":
        return words
    if "--train.minutes" in words:
        at = words.index("--train.minutes")
        del words[at : at + 2]
    limit = [] if "--data" in words else ["--data.limit", "40"]
    dials = {
        "images": SMALL_PICTURES,
        "sounds": SMALL_SOUNDS,
        "sfx-codes": f"{SMALL_SOUNDS} --codec.seconds 0.1",
        "vocoder": SMALL_VOCODER,
        "table": SMALL_TABLES,
        "super-resolution": SMALL_ENLARGED,
    }.get(words[1], SMALL)
    return words + limit + shlex.split(dials)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """What the guides speak of: notes, more notes, lines, letters in a table, a project, pictures and sounds of two
    labels, a mask, patients in a table."""
    from PIL import Image

    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    here = tmp_path / "here"
    for name in ("notes", "more-notes", "project", "pics/cats", "pics/dogs"):
        (here / name).mkdir(parents=True)
    texts = docstrings()
    for i, text in enumerate(texts):
        (here / ("notes" if i % 2 else "more-notes") / f"{i}.txt").write_text(text, "utf-8")
    (here / "lines.txt").write_text("\n".join(" ".join(text.split()) for text in texts[:20]) + "\n", "utf-8")
    rows = ['"' + text.replace('"', '""') + '"' for text in texts]
    (here / "letters.csv").write_text("body\n" + "\n".join(rows), "utf-8")
    for module in (re, shlex, shutil, inspect):
        shutil.copy(module.__file__, here / "project")
    rng = np.random.default_rng(1)
    for i in range(140):
        picture = rng.integers(0, 60, (16, 16), np.uint8)
        a, b = sorted(rng.choice(16, 2, replace=False))
        if i % 2:
            picture[a : b + 1] += 150
        else:
            picture[:, a : b + 1] += 150
        Image.fromarray(picture).save(here / "pics" / ("cats" if i % 2 else "dogs") / f"{i}.png")
    for i in range(60):
        place = here / "clips" / ("coin" if i % 2 else "jump") / f"{i}.wav"
        place.parent.mkdir(parents=True, exist_ok=True)
        wave = np.sin((0.2 if i % 2 else 0.8 - i / 100) * np.arange(4800)) * 0.4 + rng.normal(0, 0.05, 4800)
        place.write_bytes(sound_file(Sound(wave[None].astype(np.float32), 16_000)))
    rows = ["age,sex,low,high,ward,home,total,weight"]
    for _ in range(300):
        age, low, ward, home = (int(rng.integers(a, b)) for a, b in ((18, 95), (60, 99), (1, 20), (0, 9)))
        weight = "" if rng.random() < 0.2 else f"{rng.normal(75, 12):.1f}"
        high, sex = low + int(rng.integers(5, 60)), "FM"[int(rng.integers(2))]
        rows.append(f"{age},{sex},{low},{high},{ward},{home},{ward + home},{weight}")
    (here / "patients.csv").write_text("\n".join(rows), "utf-8")
    mask = np.zeros((16, 16), np.uint8)
    mask[5:11, 5:11] = 255
    Image.fromarray(mask).save(here / "mask.png")
    monkeypatch.chdir(here)
    return here


def docstrings() -> list[str]:
    """English that every Python carries."""
    import argparse
    import decimal
    import logging
    import threading

    members = [v for m in (argparse, decimal, logging, threading, shutil) for _, v in sorted(vars(m).items())]
    texts = [inspect.getdoc(v) for v in members if inspect.isclass(v) or inspect.isfunction(v)]
    return sorted({text for text in texts if text and len(text) > 120})


def test_guides_hold_commands():
    assert sum(len(commands(page)) for page in GUIDES) >= 10


@pytest.mark.parametrize("page", GUIDES, ids=lambda p: p.stem)
def test_a_guides_commands_work(page, folder, capsys):
    for command in commands(page):
        code = main(small(command))
        assert code == 0, f"{command}\n{capsys.readouterr().err}"
    assert [*(folder.parent / "home" / "runs").iterdir()]
