"""Sounds' files: what is written comes back, whatever else is given is read within a budget or refused in one line."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).parent))
from bad_sounds import CASES, PLAIN, RATE, SILENCE, STEREO, TONE, Bad, saved, wav

from anew.codecs.provenance import MOST_NOTE, NOTE
from anew.codecs.sound import Sound
from anew.codecs.sound_files import FORMS, Form, read_sound, sound_file
from anew.codecs.sound_notes import notes_in
from anew.errors import DataError

SOUND = Sound(np.ascontiguousarray(TONE[None]), RATE)
TWO = Sound(np.ascontiguousarray(STEREO.T), RATE)
TOLD = json.dumps({"seed": 1, "prompt": "a “coin”, 心🙂"})


@pytest.mark.parametrize("name", CASES)
def test_any_file_is_read_or_refused_in_one_line(name: str) -> None:
    bad: Bad = CASES[name]
    if bad.refused:
        with pytest.raises(DataError) as refused:
            read_sound(bad.content, bad.file)
        message = str(refused.value)
        assert message.startswith(f"{bad.file}: ") and bad.refused in message and "\n" not in message
        assert "BytesIO" not in message
        return
    sound = read_sound(bad.content, bad.file)
    assert sound.rate == bad.rate and sound.wave.dtype == np.float32 and sound.peak <= 1
    if bad.read is not None:
        wanted = bad.read.T if bad.read.ndim == 2 else bad.read[None]
        assert sound.wave.shape == wanted.shape
        assert np.abs(sound.wave - wanted).max() <= bad.near


def test_what_a_truncated_flac_still_holds_is_read() -> None:
    sound = read_sound(CASES["truncated FLAC"].content)
    length = sound.wave.shape[1]
    assert 0 < length < len(TONE)
    assert np.abs(sound.wave[0] - TONE[:length]).max() <= 1e-4


@pytest.mark.parametrize(
    ("form", "coding"), [("FLAC", "PCM_16"), ("OGG", "OPUS"), ("OGG", "VORBIS"), ("WAV", "PCM_16")]
)
def test_a_bomb_is_unpacked_as_far_as_its_budget(form: str, coding: str) -> None:
    """40 s of silence, of which 10 may be: what is held of it is of the budget and not of the file."""
    bomb = saved(SILENCE, form, coding)
    tracemalloc.start()
    with pytest.raises(DataError, match="unpacks to more than 10 seconds"):
        read_sound(bomb, "bomb", most_seconds=10)
    with pytest.raises(DataError, match="unpacks to more than 100,000 values"):
        read_sound(bomb, "bomb", most_values=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= len(bomb) + 3 * 10 * 4 * RATE
    beginning = read_sound(bomb, "bomb", most_seconds=10, whole=False)
    assert beginning.wave.shape == (1, 10 * RATE)


def test_channels_count_in_the_budget() -> None:
    read_sound(saved(TONE), most_values=len(TONE))
    with pytest.raises(DataError, match="values"):
        read_sound(saved(STEREO), most_values=len(TONE))


def test_a_file_beyond_its_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(wav(b"", 3_600 * RATE * 2))
        file.truncate(3_600 * RATE * 2)  # an hour, as a hole in the disk
    with pytest.raises(DataError, match="more than 1,000,000 bytes"):
        read_sound(path, "long.wav", most_bytes=1_000_000)
    with pytest.raises(DataError, match="more than 600 seconds"):
        read_sound(path, "long.wav")
    with pytest.raises(DataError, match=r"gone.wav: No such file"):
        read_sound(tmp_path / "gone.wav", "gone.wav")


@pytest.mark.parametrize("place", range(0, len(PLAIN), 61))
def test_every_beginning_of_a_file_is_read_or_refused(place: int) -> None:
    try:
        assert read_sound(PLAIN[:place]).wave.shape[1] <= len(TONE)
    except DataError as error:
        assert "\n" not in str(error)


# ------------------------------------------------------------------------------------------------ writing


@pytest.mark.parametrize("sound", [SOUND, TWO], ids=["mono", "stereo"])
@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_read(form: Form, sound: Sound) -> None:
    content = sound_file(sound, form)
    assert content == sound_file(sound, form), "the same sound makes two files"
    back = read_sound(content)
    assert back.wave.shape == sound.wave.shape and back.rate == RATE
    error = np.sqrt(np.square(back.wave - sound.wave).mean())
    assert error <= {"wav": 1e-5, "flac": 1e-5}.get(form, 0.05)


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_sixteen_bits_come_back_exactly(form: Form) -> None:
    every = np.arange(-32768, 32768, dtype=np.int32)[None].astype(np.float32) / 32768
    once = read_sound(sound_file(Sound(every, 22_050), form))
    assert once == Sound(every, 22_050)
    full = read_sound(sound_file(Sound(np.ones((1, 9), np.float32), 8_000), form))
    assert np.array_equal(full.wave, np.full((1, 9), 32767 / 32768, np.float32))


def test_another_library_reads_what_is_written() -> None:
    for form in FORMS:
        data, rate = soundfile.read(io.BytesIO(sound_file(SOUND, form, {NOTE: TOLD}, "made")), dtype="float32")
        assert rate == RATE and data.shape == TONE.shape


def test_rates_that_a_form_lacks_are_raised() -> None:
    high = Sound(SOUND.wave, 22_050)
    assert read_sound(sound_file(high, "opus")).rate == 24_000
    assert read_sound(sound_file(Sound(SOUND.wave, 96_000), "mp3")).rate == 48_000
    assert read_sound(sound_file(Sound(SOUND.wave, 96_000), "flac")).rate == 96_000


def test_a_form_that_cannot_hold_a_sound_refuses_it() -> None:
    with pytest.raises(DataError, match="at most 2 channels"):
        sound_file(SOUND.in_channels(3), "mp3")
    with pytest.raises(DataError, match="no sound's file is called 'aac'"):
        sound_file(SOUND, "aac")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="flac holds no sound of"):
        sound_file(Sound(SOUND.wave, 383_999), "flac")


# ------------------------------------------------------------------------------------------------ notes


@pytest.mark.parametrize("form", FORMS)
def test_notes_come_out_as_they_went_in(form: Form) -> None:
    content = sound_file(SOUND, form, {NOTE: TOLD}, "trainedAlgorithmicMedia")
    assert notes_in(content) == {NOTE: TOLD}
    assert b"trainedAlgorithmicMedia" in content
    assert notes_in(sound_file(SOUND, form)) == {}
    assert read_sound(content) == read_sound(sound_file(SOUND, form))


@pytest.mark.parametrize("form", FORMS)
def test_a_note_that_is_too_long_is_left_out(form: Form) -> None:
    assert notes_in(sound_file(SOUND, form, {NOTE: "x" * 40_000})) == {NOTE: "x" * 40_000}
    assert notes_in(sound_file(SOUND, form, {NOTE: "x" * 40_001})) == {}


def test_hostile_notes_are_refused_in_one_line() -> None:
    def listed(data: bytes) -> bytes:
        return PLAIN[:12] + b"LIST" + (len(data) + 4).to_bytes(4, "little") + b"INFO" + data

    long = b"ICMT" + (2 * MOST_NOTE).to_bytes(4, "little") + b"x" * 2 * MOST_NOTE
    with pytest.raises(DataError, match="longer than"):
        notes_in(listed(long), "a.wav")
    with pytest.raises(DataError, match="more than 100,000 chunks"):
        notes_in(PLAIN[:12] + b"abcd\0\0\0\0" * 100_001, "a.wav")
    with pytest.raises(DataError, match="no WAV"):
        notes_in(b"hello", "a.wav")
    assert notes_in(listed(b"ICMT\xff\xff\xff\xffshort")) == {NOTE: "short"}
    assert notes_in(listed(b"ICMT\x04\0\0\0\xff\xfea\0")) == {NOTE: "\ufffd\ufffda"}
    assert notes_in(PLAIN[:30]) == {}
