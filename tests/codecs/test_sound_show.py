"""Sounds to look at: what is loud is bright, what is high is above, and a page plays what it shows."""

from __future__ import annotations

import base64
import math
import re

import numpy as np
import pytest

from anew.codecs.origin import MADE
from anew.codecs.provenance import NOTE
from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound, sound_file
from anew.codecs.sound_show import BANDS, ENLARGED, heat, players, shown, sound_sheet, spectrogram, waveform

RATE = 16_000
TIME = np.arange(RATE) / RATE


def tone(hertz: float, loud: float = 0.5, begin: float = 0.0) -> Sound:
    wave = loud * np.sin(2 * math.pi * hertz * TIME) * (begin <= TIME)
    return Sound(wave[None].astype(np.float32), RATE)


def brightest(picture: np.ndarray) -> int:
    return int(picture.astype(int).sum((1, 2)).argmax())


def test_high_is_above_and_loud_is_bright() -> None:
    low, high = spectrogram(tone(300)), spectrogram(tone(3000))
    assert low.shape == (BANDS * ENLARGED, 300, 3) and brightest(high) < brightest(low)
    assert spectrogram(tone(300, 0.01)).mean() < low.mean()
    late = spectrogram(tone(300, begin=0.5)).astype(int).sum((0, 2))
    assert late[:100].mean() < late[-100:].mean() * 0.6


def test_brightness_rises_with_the_value() -> None:
    light = heat(np.linspace(0, 1, 50)) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light) > 0).all()
    assert (heat(np.array([-1.0, 2.0])) == heat(np.array([0.0, 1.0]))).all()


def test_the_waveform_spans_what_it_does() -> None:
    blue = waveform(tone(300, 1.0))[:, :, 0] == 0
    assert blue[0].any() and blue[-1].any()
    half = waveform(tone(300, 0.5))[:, :, 0] == 0
    assert 25 <= half.any(1).sum() <= 35
    assert (waveform(Sound(np.zeros((1, 0), np.float32), RATE))[:, :, 0] == 0).sum(0).max() == 1


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_sheet_has_rows(count: int) -> None:
    cell = shown(tone(300), "coin")
    sheet = sound_sheet([tone(300)] * count, ["coin"], 4)
    rows = -(-count // 4)
    assert sheet.shape[0] == rows * (cell.shape[0] + 8) + 8 and sheet.dtype == np.uint8


def test_sounds_of_any_length_rate_and_channels_are_shown() -> None:
    for length, rate, channels in ((0, 8_000, 1), (1, 44_100, 2), (700, 2_000, 1), (96_000, 192_000, 8)):
        assert shown(Sound(np.zeros((channels, length), np.float32), rate)).shape[1] == 300


def test_a_page_plays_the_very_sound() -> None:
    page = players([tone(300), tone(500)], ["<b>", None])
    found = re.findall(r'src="data:audio/wav;base64,([^"]+)"', page)
    assert len(found) == 2 and "&lt;b&gt;" in page and "<b>" not in page
    assert np.abs(read_sound(base64.b64decode(found[0])).wave - tone(300).wave).max() <= 1e-4
    assert "and 6 more" in players([tone(300)] * 30)


def test_a_sound_shows_itself_and_plays_what_it_is_given() -> None:
    page = tone(300)._repr_html_()
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    (played,) = re.findall(r'src="data:audio/wav;base64,([^"]+)"', page)
    assert len(pictures) == 1 and base64.b64decode(pictures[0]).startswith(b"\x89PNG")
    assert read_sound(base64.b64decode(played)).seconds == tone(300).seconds and " loop " not in page
    content = sound_file(tone(300), "wav", {NOTE: "told"}, MADE)
    page = players([tone(300)], ["a"], loop=True, files=[content])
    assert " loop " in page and base64.b64encode(content).decode() in page
