"""Sounds <-> files: WAV, FLAC, Ogg (Vorbis, Opus), MP3, and AIFF to read. Needs no torch.

In: the bytes of a file, which may be anything, with a budget of bytes, seconds and values. Out: a `Sound`, or one line
of refusal. Files are decoded in blocks until they end or the budget does: what a header says of its length is not
believed. Out again: the bytes of a file, the same every time.

WAV is written here (RIFF, IBM and Microsoft 1991: fmt, LIST INFO and data); the other forms by libsndfile.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from anew.codecs.sound import HIGHEST_RATE, LOWEST_RATE, Sound, Wave
from anew.codecs.sound_notes import Held, chunk, info_chunk, told_in
from anew.errors import DataError

Form = Literal["wav", "flac", "mp3", "ogg", "opus"]
FORMS: dict[Form, tuple[str, str]] = {
    "wav": ("WAV", "PCM_16"), "flac": ("FLAC", "PCM_16"), "mp3": ("MP3", "MPEG_LAYER_III"), "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
}  # fmt: skip
RATES = {  # that the form can hold; what has another rate is brought to the next higher one
    "mp3": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
    "opus": (8000, 12000, 16000, 24000, 48000),
}
MOST_BYTES = 128 << 20  # of a file
MOST_SECONDS = 600.0
MOST_VALUES = 1 << 25  # of all channels, 128 MB, and as much again on the way
MOST_CHANNELS = 32
BLOCK = 1 << 12  # rows decoded at once: of a FLAC that breaks off no more is lost
SERIAL = 1  # of the one stream in an Ogg file; libsndfile draws one by the clock
NAMES = "WAV, FLAC, Ogg, MP3 or AIFF"
STARTS = {
    b"\x1aE\xdf\xa3": "WebM or Matroska", b"#!AMR": "AMR", b"MThd": "MIDI", b".snd": "Sun audio", b"caff": "Core Audio",
    b"\x30\x26\xb2\x75": "Windows Media", b"MAC ": "Monkey's Audio", b"wvpk": "WavPack", b"\xff\xf1": "AAC",
    b"\xff\xf9": "AAC", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"PK\3\4": "ZIP", b"%PDF": "PDF",
}  # fmt: skip
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


# ------------------------------------------------------------------------------------------------ reading


def read_sound(
    given: bytes | Path,
    origin: str = "sound",
    *,
    most_seconds: float = MOST_SECONDS,
    most_bytes: int = MOST_BYTES,
    most_values: int = MOST_VALUES,
    whole: bool = True,
) -> Sound:
    """The sound in a file, with its own rate and channels: of 8 to 32 bits or floats, scaled to [-1, 1]. Floats beyond
    that are divided by their largest magnitude. Of a file that breaks off counts what can be decoded.

    DataError, naming `origin`: not a sound, nothing that can be decoded, values that are no numbers, or a file beyond
    a budget: `most_bytes` of the file, `most_seconds` or `most_values` (of all channels) of what it unpacks to. Where
    not the `whole` is wanted, the beginning up to the last two is given.
    """
    content = given if isinstance(given, bytes) else of_file(given, origin, most_bytes)
    if len(content) > most_bytes:
        raise DataError(f"{origin}: a sound's file of more than {most_bytes:,} bytes")
    if not is_known(content):
        raise DataError(f"{origin}: {refusal(content)}")
    try:
        with Onwards(Held(content)) as file:
            return decoded(file, origin, most_seconds, most_values, whole)
    except (soundfile.SoundFileError, RuntimeError, ValueError, OSError) as error:
        raise DataError(f"{origin}: damaged or truncated ({first_line(error)})") from None


class Onwards(soundfile.SoundFile):
    """Read from its beginning on: soundfile would seek after each block, at which MP3 loses what was before."""

    def seekable(self) -> bool:
        return False


def of_file(path: Path, origin: str, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise DataError(f"{origin}: {error.strerror}") from None


def is_known(content: bytes) -> bool:
    """Whether it begins as one of the formats that are read, so that no other decoder of the library is ever tried."""
    if content[:4] in (b"RIFF", b"RIFX", b"RF64"):
        return content[8:12] == b"WAVE"
    if content[:4] == b"FORM":
        return content[8:12] in (b"AIFF", b"AIFC")
    is_mpeg = content[:1] == b"\xff" and len(content) > 1 and content[1] & 0xE0 == 0xE0 and content[1] & 0x06 != 0
    return content[:4] in (b"fLaC", b"OggS") or content[:3] == b"ID3" or is_mpeg


def refusal(content: bytes) -> str:
    """What else the file is, where that is known."""
    if not content:
        return "the file holds nothing"
    name = next((name for start, name in STARTS.items() if content.startswith(start)), None)
    if content[4:8] == b"ftyp":
        name = "MP4 (AAC)"
    return f"{'' if name is None else f'{name}, '}not a {NAMES} file"


def first_line(error: Exception) -> str:
    """Of an error, without the object that the library was asked to open, and which it may call no file."""
    what = (str(error).splitlines() or [type(error).__name__])[0].rpartition(": ")[2].strip(" .")
    return "nothing in it is recognised" if what.startswith("File does not exist") else what


def decoded(file: soundfile.SoundFile, origin: str, most_seconds: float, most_values: int, whole: bool) -> Sound:
    rate, channels = file.samplerate, file.channels
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise DataError(f"{origin}: {rate:,} Hz, none from {LOWEST_RATE:,} to {HIGHEST_RATE:,} Hz")
    if channels > MOST_CHANNELS:
        raise DataError(f"{origin}: {channels} channels, more than {MOST_CHANNELS}")
    most = min(int(most_seconds * rate), most_values // channels)
    parts, length = [], 0
    for block in blocks(file, most + 1):
        parts.append(block)
        length += len(block)
    if length > most and whole:
        what = f"{most_seconds:g} seconds" if most == int(most_seconds * rate) else f"{most_values:,} values"
        raise DataError(f"{origin}: unpacks to more than {what}")
    if not length:
        raise DataError(f"{origin}: holds no sound that can be decoded")
    return Sound(scaled(np.concatenate(parts)[:most].T, origin), rate)


def blocks(file: soundfile.SoundFile, most: int) -> Iterator[NDArray[np.float32]]:
    """(n, C) each, until the file ends, breaks off, or has given `most` rows."""
    given = 0
    while given < most:
        try:
            block = file.read(min(BLOCK, most - given), dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            return
        if not len(block):
            return
        given += len(block)
        yield block


def scaled(wave: Wave, origin: str) -> Wave:
    """In [-1, 1]."""
    if not np.isfinite(wave).all():
        raise DataError(f"{origin}: holds values that are no finite numbers")
    peak = float(np.abs(wave).max(initial=0.0))
    return np.ascontiguousarray(wave / np.float32(peak) if peak > 1 else wave, dtype=np.float32)


# ------------------------------------------------------------------------------------------------ writing


def sound_file(sound: Sound, form: Form = "wav", notes: Mapping[str, str] | None = None, source: str = "") -> bytes:
    """The file of a sound, the same bytes every time; `notes` and `source` (MADE or MENDED) as `codecs.sound_notes`
    says. WAV and FLAC hold 16-bit PCM, rounded and not dithered, so that a sound of 16 bits comes back exactly; MP3 and
    Opus hold rates of their own, to which others are raised. DataError: no such form, or channels that it cannot hold.
    """
    if form not in FORMS:
        raise DataError(f"no sound's file is called {form!r}: {', '.join(FORMS)}")
    most = {"wav": MOST_CHANNELS, "mp3": 2}.get(form, 8)
    if len(sound.wave) > most:
        raise DataError(f"{form} holds at most {most} channels, not {len(sound.wave)}")
    told = told_in(notes or {}, source)
    if form == "wav":
        return wav_file(sound, told)
    return library_file(fitting(sound, form), form, told)


def fitting(sound: Sound, form: Form) -> Sound:
    """At a rate that the form can hold."""
    rates = RATES.get(form, (sound.rate,))
    return sound.at_rate(next((rate for rate in rates if rate >= sound.rate), rates[-1]))


def pcm16(wave: Wave) -> NDArray[np.int16]:
    """(L, C) whole numbers, -1 being the least; +1 has no number of its own and becomes the greatest."""
    return np.clip(np.rint(wave.T.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)


def wav_file(sound: Sound, told: Mapping[str, str]) -> bytes:
    """RIFF with fmt, LIST INFO and data."""
    data = pcm16(sound.wave).astype("<i2").tobytes()
    channels = len(sound.wave)
    form = struct.pack("<HHIIHH", 1, channels, sound.rate, sound.rate * channels * 2, channels * 2, 16)
    body = b"WAVE" + chunk(b"fmt ", form) + info_chunk(told) + chunk(b"data", data)
    if len(body) >= 1 << 32:
        raise DataError("a WAV file holds less than 4 GB: write FLAC")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def library_file(sound: Sound, form: Form, told: Mapping[str, str]) -> bytes:
    container, coding = FORMS[form]
    data = pcm16(sound.wave) if coding == "PCM_16" else np.ascontiguousarray(sound.wave.T)
    made = io.BytesIO()
    try:
        with soundfile.SoundFile(made, "w", sound.rate, data.shape[1], format=container, subtype=coding) as file:
            for name, text in told.items():
                setattr(file, name, text)
            for place in range(0, len(data), BLOCK):  # libvorbis keeps what it is given at once on the stack
                file.write(data[place : place + BLOCK])
    except soundfile.LibsndfileError as error:
        what = f"{form} holds no sound of {sound.rate:,} Hz in {data.shape[1]} channels"
        raise DataError(f"{what} ({first_line(error)}): write FLAC or WAV") from None
    return with_serial(made.getvalue()) if container == "OGG" else made.getvalue()


def with_serial(content: bytes) -> bytes:
    """The Ogg pages (RFC 3533, section 6) with SERIAL for their stream's number, and their checksums anew."""
    made, place = bytearray(content), 0
    while place < len(made):
        table = made[place + 27 : place + 27 + made[place + 26]]
        end = place + 27 + len(table) + sum(table)
        made[place + 14 : place + 18] = struct.pack("<I", SERIAL)
        made[place + 22 : place + 26] = bytes(4)
        made[place + 22 : place + 26] = struct.pack("<I", ogg_checksum(bytes(made[place:end])))
        place = end
    return bytes(made)


def ogg_checksum(page: bytes) -> int:
    """CRC-32 of the polynomial 0x04c11db7, highest bit first, from zero: zlib's with each byte's bits turned round."""
    lowest_first = zlib.crc32(page.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{lowest_first:032b}"[::-1], 2)


__all__ = [
    "FORMS",
    "MOST_BYTES",
    "MOST_SECONDS",
    "MOST_VALUES",
    "NAMES",
    "Form",
    "is_known",
    "pcm16",
    "read_sound",
    "refusal",
    "sound_file",
]
