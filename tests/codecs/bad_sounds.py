"""Sound files as people have them, made here: each with what it is read as, or with words of its refusal."""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass

import numpy as np
import soundfile

RATE = 16_000
TIME = np.arange(RATE // 2) / RATE
TONE = (0.5 * np.sin(2 * math.pi * 440 * TIME)).astype(np.float32)
STEREO = np.stack([TONE, -TONE], 1)


@dataclass(frozen=True)
class Bad:
    """`read`: the waves (L, C), None where only their shape is sure; `refused`: words of the refusal. `near`: largest
    difference from `read`. `collect`: the rule that strikes it among training data, where one does."""

    file: str
    content: bytes
    read: np.ndarray | None = None
    refused: str = ""
    near: float = 1e-4
    rate: int = RATE
    collect: str = ""


def saved(
    wave: np.ndarray, form: str = "WAV", subtype: str = "PCM_16", rate: int = RATE, endian: str = "FILE"
) -> bytes:
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, 1 if wave.ndim == 1 else wave.shape[1], subtype, endian, form) as out:
        out.write(wave)
    return file.getvalue()


def wav(data: bytes, size: int, rate: int = RATE, channels: int = 1, bits: int = 16, kind: int = 1) -> bytes:
    """A WAV file whose data chunk says that it has `size` bytes."""
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * align & 0xFFFFFFFF, align & 0xFFFF, bits)
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", min(len(head) + size, 0xFFFFFFFF)) + head + data


DATA = np.rint(TONE * 32767).astype("<i2").tobytes()
PLAIN, FLAC = saved(TONE), saved(TONE, "FLAC")
OGG, OPUS, MP3 = saved(TONE, "OGG", "VORBIS"), saved(TONE, "OGG", "OPUS"), saved(TONE, "MP3", "MPEG_LAYER_III")
LOUD, NAN, INF = TONE * 4, np.where(TIME == TIME[99], np.nan, TONE), np.where(TIME == TIME[99], np.inf, TONE)
SILENCE = np.zeros(RATE * 40, np.float32)

CASES = {
    "16 bits": Bad("a.wav", PLAIN, TONE),
    "8 bits": Bad("a.wav", saved(TONE, subtype="PCM_U8"), TONE, near=0.01),
    "24 bits": Bad("a.wav", saved(TONE, subtype="PCM_24"), TONE),
    "32 bits": Bad("a.wav", saved(TONE, subtype="PCM_32"), TONE),
    "floats": Bad("a.wav", saved(TONE, subtype="FLOAT"), TONE),
    "doubles": Bad("a.wav", saved(TONE, subtype="DOUBLE"), TONE),
    "mu-law": Bad("a.wav", saved(TONE, subtype="ULAW"), TONE, near=0.02),
    "ADPCM": Bad("a.wav", saved(TONE, subtype="IMA_ADPCM"), near=1),
    "big-endian": Bad("a.wav", saved(TONE, endian="BIG"), TONE),
    "extensible": Bad("a.wav", saved(STEREO, "WAVEX"), STEREO),
    "RF64": Bad("a.wav", saved(TONE, "RF64"), TONE),
    "AIFF": Bad("a.aiff", saved(TONE, "AIFF"), TONE),
    "FLAC": Bad("a.flac", FLAC, TONE),
    "Vorbis": Bad("a.ogg", OGG, TONE, near=0.1),
    "Opus": Bad("a.opus", OPUS, near=1),
    "MP3": Bad("a.mp3", MP3, near=1),
    "96 kHz": Bad("a.wav", saved(TONE, rate=96_000), TONE, rate=96_000),
    "7.1 channels": Bad("a.wav", saved(np.stack([TONE] * 8, 1)), np.stack([TONE] * 8, 1)),
    "constant": Bad("a.wav", saved(np.full(RATE, 0.3, np.float32)), np.full(RATE, 0.3), collect="silent"),
    "silent": Bad("a.wav", saved(np.zeros(RATE, np.float32)), np.zeros(RATE), collect="silent"),
    "too loud floats": Bad("a.wav", saved(LOUD, subtype="FLOAT"), LOUD / LOUD.max()),
    "whole numbers as floats": Bad("a.wav", saved(TONE * 32768, subtype="FLOAT"), TONE / TONE.max()),
    "truncated": Bad("a.wav", PLAIN[: len(PLAIN) // 2], TONE[: (len(PLAIN) // 2 - 44) // 2]),
    "truncated in a value": Bad("a.wav", PLAIN[:1045], TONE[:500]),
    "truncated FLAC": Bad("a.flac", FLAC[: len(FLAC) * 3 // 4], near=1),
    "truncated Vorbis": Bad("a.ogg", OGG[: len(OGG) * 3 // 4], refused="a.ogg: ", collect="damaged"),
    "of unknown length": Bad("a.wav", wav(DATA, 0xFFFFFFFF), TONE),
    "longer by its header": Bad("a.wav", wav(DATA, 2_000_000_000), TONE),
    "shorter by its header": Bad("a.wav", wav(DATA, 2000), TONE[:1000]),
    "without channels": Bad("a.wav", wav(DATA, len(DATA), channels=0), refused="damaged", collect="damaged"),
    "of 40 channels": Bad("a.wav", wav(DATA, len(DATA), channels=40), refused="40 channels", collect="damaged"),
    "of 65,535 channels": Bad("a.wav", wav(DATA, len(DATA), channels=65_535), refused="damaged", collect="damaged"),
    "without a rate": Bad("a.wav", wav(DATA, len(DATA), rate=0), refused="a.wav: ", collect="damaged"),
    "of 4 GHz": Bad("a.wav", wav(DATA, len(DATA), rate=4_000_000_000), refused="a.wav: ", collect="damaged"),
    "of an unknown coding": Bad("a.wav", wav(DATA, len(DATA), kind=0x7777), refused="damaged", collect="damaged"),
    "no number": Bad("a.wav", saved(NAN, subtype="FLOAT"), refused="no finite numbers", collect="damaged"),
    "infinite": Bad("a.wav", saved(INF, subtype="FLOAT"), refused="no finite numbers", collect="damaged"),
    "header alone": Bad("a.wav", PLAIN[:44], refused="no sound", collect="damaged"),
    "half a header": Bad("a.wav", PLAIN[:20], refused="damaged", collect="damaged"),
    "no bytes": Bad("a.wav", b"", refused="holds nothing", collect="empty"),
    "text": Bad("a.wav", b"hello, world" * 99, refused="not a WAV", collect="no sound"),
    "start of an MP3": Bad("a.mp3", b"\xff\xfb\x90\x00" + bytes(20), refused="damaged", collect="damaged"),
    "noise after ID3": Bad("a.mp3", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(900), refused="damaged", collect="damaged"),
    "MP4": Bad("a.m4a", b"\0\0\0 ftypM4A " + bytes(90), refused="MP4 (AAC), not a WAV", collect="no sound"),
    "WebM": Bad("a.ogg", b"\x1aE\xdf\xa3" + bytes(90), refused="WebM or Matroska", collect="no sound"),
    "MIDI": Bad("a.wav", b"MThd" + bytes(90), refused="MIDI, not a WAV", collect="no sound"),
}
