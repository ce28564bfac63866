"""Gaps: what is known stays bit by bit, what is not is not looked at, and the edges hold no step."""

from __future__ import annotations

import numpy as np

from anew.codecs.sound_gap import filled, mirrored, stretches

RATE = 16_000
TIME = np.arange(8_000) / RATE
TONE = (0.5 * np.sin(2 * np.pi * 440 * TIME)).astype(np.float32)
HIDDEN = np.zeros(len(TONE), bool)
HIDDEN[3_000:5_000] = True


def test_known_values_come_back_and_hidden_ones_are_not_looked_at() -> None:
    filling = (0.5 * np.sin(2 * np.pi * 440 * TIME + 2)).astype(np.float32)
    made = filled(TONE, filling, HIDDEN, RATE)
    assert np.array_equal(made[~HIDDEN], TONE[~HIDDEN]) and not np.array_equal(made[HIDDEN], TONE[HIDDEN])
    other = np.where(HIDDEN, np.float32(1), TONE)
    assert np.array_equal(made, filled(other, filling, HIDDEN, RATE))


def test_a_filling_out_of_phase_is_joined_without_a_step() -> None:
    filling = (0.5 * np.sin(2 * np.pi * 440 * TIME + np.pi)).astype(np.float32)
    pasted, made = np.where(HIDDEN, filling, TONE), filled(TONE, filling, HIDDEN, RATE)
    bends = [np.abs(np.diff(wave, 2))[[2_998, 2_999, 4_998, 4_999]].max() for wave in (pasted, made)]
    assert bends[1] < 0.6 * bends[0] and made.max() <= 1
    spectrum = np.abs(np.fft.rfft(made[3_400:4_600] * np.hanning(1_200)))
    assert abs(np.argmax(spectrum) * RATE / 1_200 - 440) < 20


def test_an_end_without_anything_behind_it_is_filled_too() -> None:
    hidden = np.zeros(len(TONE), bool)
    hidden[6_000:] = True
    made = filled(TONE, TONE, hidden, RATE)
    assert np.array_equal(made[:6_000], TONE[:6_000]) and np.abs(made[6_000:7_500]).max() > 0.2


def test_a_mirror_goes_from_what_is_before_to_what_is_after() -> None:
    wave = np.concatenate([np.full(10, 0.5), np.zeros(6), np.full(10, -0.5)]).astype(np.float32)[None]
    hidden = np.zeros(26, bool)
    hidden[10:16] = True
    made = mirrored(wave, hidden)[0]
    assert made[10] == 0.5 and made[15] == -0.5 and np.all(np.diff(made[10:16]) < 0)
    last = mirrored(np.arange(6, dtype=np.float32)[None], np.array([False] * 3 + [True] * 3))[0]
    assert last.tolist() == [0, 1, 2, 2, 1, 0]
    first = mirrored(np.arange(6, dtype=np.float32)[None], np.array([True] * 3 + [False] * 3))[0]
    assert first.tolist() == [5, 4, 3, 3, 4, 5]
    assert stretches(np.array([True, False, True, True])) == [(0, 1), (2, 4)]
