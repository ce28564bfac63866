"""The rules for sounds: each strikes what it names, what is kept is as it was asked for, and copies are found."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "codecs"))
from bad_sounds import CASES, saved

from anew.clean import clean
from anew.clean.sounds import MARGIN, clipped, decode, features, mended, near, trimmed
from anew.codecs.loudness import as_loud, loudness
from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound, sound_file
from anew.collect import collect
from anew.data import manifest
from anew.data.records import Record, read_records
from anew.data.removals import Removed
from anew.recipe import Clean, Data

RATE = 16_000


def tone(
    hertz: float = 440, seconds: float = 0.5, loud: float = 0.3, rate: int = RATE, fall: float = 0.0
) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (loud * np.sin(2 * math.pi * hertz * time) * np.exp(-fall * time)).astype(np.float32)


def record(wave: np.ndarray, rate: int = RATE, form: str = "WAV", **told: object) -> Record:
    return Record.of(saved(wave, form, "PCM_16", rate), None, "x/a.wav", None, **told)  # type: ignore[arg-type]


def judged(one: Record, **settings: object) -> str:
    found = decode(one, Clean(**settings))  # type: ignore[arg-type]
    return found.rule if isinstance(found, Removed) else ""


# ------------------------------------------------------------------------------------------------ rules


@pytest.mark.parametrize("name", [name for name, bad in CASES.items() if bad.collect and bad.content])
def test_bad_files_are_struck_by_name(name: str) -> None:
    bad = CASES[name]
    assert judged(Record.of(bad.content, None, bad.file, None)) == bad.collect


@pytest.mark.parametrize("name", [name for name, bad in CASES.items() if not bad.collect and not bad.refused])
def test_odd_files_are_learnt_from(name: str) -> None:
    bad = CASES[name]
    one = Record.of(bad.content, "label", bad.file, None)
    assert judged(one, clipped=1) == ""
    made = mended(one, Clean(rate=RATE, channels=1), Counter())
    assert isinstance(made.value, bytes) and made.label == "label"
    sound = read_sound(made.value)
    assert sound.rate == RATE and len(sound.wave) == 1 and 0.05 < sound.peak < 1


def test_lengths_are_kept_to() -> None:
    assert judged(record(tone(seconds=0.3)), min_seconds=0.4) == "short"
    assert judged(record(tone(seconds=0.3)), max_seconds=0.2) == "long"
    assert judged(record(tone(seconds=0.3)), min_seconds=0.2, max_seconds=0.4) == ""
    padded = np.concatenate([tone(seconds=0.1), np.zeros(RATE, np.float32)])
    assert judged(record(padded), min_seconds=0.2) == "short", "silence counts for length"
    assert judged(record(padded), min_seconds=0.2, trim=0) == ""


def test_clipping_is_seen_where_it_is() -> None:
    loud = np.clip(tone(loud=2.0), -1, 1)
    assert 0.5 < clipped(read_sound(saved(loud))) < 0.8
    assert judged(record(loud)) == "clipped" and judged(record(loud), clipped=0.9) == ""
    assert clipped(Sound(tone(loud=1.0, hertz=3000)[None], RATE)) == 0.0  # touches full scale, and is not cut there
    assert clipped(Sound(np.clip(tone(loud=0.5), -0.2, 0.2)[None], RATE)) == 0.0


def test_an_offset_is_no_sound_and_is_taken_off() -> None:
    made = read_sound(bytes(mended(record(tone() * 0.5 + 0.4), Clean(), Counter()).value))  # type: ignore[arg-type]
    assert abs(float(made.wave.mean())) <= 2e-4


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_goes_at_both_ends_and_stays_within(channels: int) -> None:
    quiet = np.zeros(RATE // 2, np.float32)
    whole = np.concatenate([quiet, tone(), quiet, tone(), quiet])
    sound = trimmed(Sound(np.stack([whole] * channels), RATE), 60)
    assert abs(sound.seconds - 1.5) <= 0.02 and len(sound.wave) == channels
    assert trimmed(Sound(whole[None], RATE), 0).wave.shape[1] == len(whole)
    tail = trimmed(Sound(tone(fall=10, seconds=2.0)[None], RATE), 40)
    assert 0.4 <= tail.seconds <= 0.55  # 40 dB take 0.46 s


def test_what_is_asked_for_is_what_comes() -> None:
    tally = Counter[str]()
    stereo = np.stack([tone(rate=44_100), tone(rate=44_100)], 1)
    made = read_sound(bytes(mended(record(stereo, 44_100), Clean(rate=22_050, channels=1), tally).value))  # type: ignore[arg-type]
    assert (made.rate, len(made.wave)) == (22_050, 1)
    assert tally == {"resampled": 1, "mixed to other channels": 1, "trimmed": 0}
    kept = read_sound(bytes(mended(record(stereo, 44_100), Clean(loudness=0, trim=0), Counter()).value))  # type: ignore[arg-type]
    assert np.array_equal(kept.wave, read_sound(saved(stereo, rate=44_100)).wave)


# ------------------------------------------------------------------------------------------------ loudness


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000, 96_000])
def test_loudness_is_the_recommendations(rate: int) -> None:
    """ITU-R BS.1770-4: a sine of 997 Hz at full scale in one channel reads -3.01; in both, 3.01 more."""
    sine = tone(997, 2.0, 1.0, rate)[None]
    assert loudness(Sound(sine, rate)) == pytest.approx(-3.01, abs=0.02)
    assert loudness(Sound(np.concatenate([sine, sine]), rate)) == pytest.approx(0.0, abs=0.02)
    assert loudness(Sound(sine * np.float32(0.1), rate)) == pytest.approx(-23.01, abs=0.02)


def test_the_filters_weigh_low_tones_less_and_high_ones_more() -> None:
    low, middle, high = (loudness(Sound(tone(hertz, 2.0, 0.5, 48_000)[None], 48_000)) for hertz in (40, 997, 8000))
    assert low < middle - 4 and middle + 3 < high < middle + 4.1


def test_pauses_do_not_count() -> None:
    speech = tone(997, 2.0, 0.5)
    paused = np.concatenate([speech, np.zeros(4 * RATE, np.float32), speech])
    assert loudness(Sound(paused[None], RATE)) == pytest.approx(loudness(Sound(speech[None], RATE)), abs=0.5)
    assert loudness(Sound(np.zeros((1, RATE), np.float32), RATE)) == -math.inf


def test_sounds_are_brought_to_one_loudness_and_never_clipped() -> None:
    for wave in (tone(loud=0.01), tone(loud=0.9), tone(seconds=0.1)):
        assert loudness(as_loud(Sound(wave[None], RATE), -23)) == pytest.approx(-23, abs=0.05)
    click = np.zeros((1, RATE), np.float32)
    click[0, 100] = 0.5
    assert as_loud(Sound(click, RATE), -10).peak == pytest.approx(10 ** (-1 / 20), abs=1e-4)


# ------------------------------------------------------------------------------------------------ duplicates


def blip(seed: int, rate: int = 22_050) -> np.ndarray:
    """A sweep with noise in it, each seed another."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(rng.uniform(0.2, 0.6) * rate)) / rate
    turns = np.cumsum(rng.uniform(200, 2000) + rng.uniform(-800, 3000) * time) / rate
    noise = rng.standard_normal(len(time)) * rng.uniform(0, 0.05)
    return ((0.4 * np.sin(2 * math.pi * turns) + noise) * np.exp(-rng.uniform(2, 9) * time)).astype(np.float32)


def fingerprint(content: bytes) -> np.ndarray:
    return features(trimmed(read_sound(content), 60))


def test_the_same_sound_in_another_form_is_near() -> None:
    missed = 0
    for seed in range(12):
        sound = Sound(blip(seed)[None], 22_050)
        one = fingerprint(sound_file(sound))
        others = [sound_file(sound.at_rate(44_100), "flac"), sound_file(Sound(sound.wave * np.float32(0.4), 22_050))]
        others += [sound_file(sound, form) for form in ("ogg", "mp3", "opus")] + [sound_file(sound.in_channels(2))]
        missed += sum(not near(one, fingerprint(other), Clean().sound_distance) for other in others)
    assert missed <= 4  # of 72


def test_other_sounds_are_not_near() -> None:
    marks = np.stack([fingerprint(sound_file(Sound(blip(seed)[None], 22_050))) for seed in range(60)])
    pairs = [(i, j) for i in range(60) for j in range(i)]
    close = near(marks[[i for i, _ in pairs]], marks[[j for _, j in pairs]], Clean().sound_distance + MARGIN)
    assert not close.any(), f"{close.sum()} of {len(pairs)} pairs"


def test_copies_go_with_a_reason_and_every_loss_is_counted(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for seed in range(9):
        silence = np.zeros(5_000 if seed == 3 else 0, np.float32)
        (source / f"{seed}.wav").write_bytes(saved(np.concatenate([silence, blip(seed)]), rate=22_050))
    (source / "0-again.wav").write_bytes(saved(blip(0), rate=22_050))
    (source / "1-softer.flac").write_bytes(saved(blip(1) * np.float32(0.5), "FLAC", rate=22_050))
    (source / "silent.wav").write_bytes(saved(np.zeros(9000, np.float32)))
    (source / "text.wav").write_bytes(b"hello" * 99)
    collect(Data(source=str(source)), "audio", tmp_path / "collect")
    clean(Clean(), "audio", tmp_path / "collect", tmp_path / "clean")
    removed = [json.loads(line) for line in (tmp_path / "clean/removed.jsonl").read_text().splitlines()]
    assert sorted((one["rule"], one["origin"]) for one in removed) == [
        ("exact duplicate", "in/0.wav"), ("near duplicate", "in/1.wav"), ("no sound", "in/text.wav"),
        ("silent", "in/silent.wav"),
    ]  # fmt: skip
    kept = list(read_records(tmp_path / "clean"))
    found = manifest.load(tmp_path / "clean")
    assert found is not None and found.counts["collected"] == 13 and len(kept) == 9
    assert sum(n for name, n in found.counts.items() if name.startswith("removed: ")) == 4
    assert found.counts["sounds: trimmed"] == 1
    levels = [loudness(read_sound(bytes(one.value))) for one in kept]  # type: ignore[arg-type]
    assert max(levels) <= -22.9 and min(levels) >= -23.1
