"""Sounds into files while they grow, for whoever listens before all is there. Needs no torch.

In: sounds of one rate and number of channels, one after the other. Out: the bytes that each adds to the file, and those
that end it. PCM has no header and goes as it comes; MP3 and Opus (in Ogg) go in whole frames and pages; WAV and FLAC
begin with their length, so that they come in the end.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Literal

import numpy as np
import soundfile

from anew.codecs.sound import Sound
from anew.codecs.sound_files import BLOCK, FORMS, fitting, pcm16, sound_file, with_serial
from anew.codecs.sound_notes import told_in
from anew.errors import DataError

StreamForm = Literal["pcm", "mp3", "opus", "wav", "flac", "ogg"]
STREAM_FORMS: Mapping[StreamForm, str] = {  # with the content type of each
    "pcm": "audio/pcm", "mp3": "audio/mpeg", "opus": "audio/ogg", "wav": "audio/wav", "flac": "audio/flac",
    "ogg": "audio/ogg",
}  # fmt: skip


class Growing:
    """A file in the making: 16 bits of little-endian PCM without a header, or a file with notes and `source` as
    `sound_file` writes it, but that its header cannot know what was not there yet. DataError: no such form."""

    def __init__(self, form: StreamForm, notes: Mapping[str, str] | None = None, source: str = "") -> None:
        if form not in STREAM_FORMS:
            raise DataError(f"no sound is streamed as {form!r}: {', '.join(STREAM_FORMS)}")
        self.form, self.notes, self.source = form, dict(notes or {}), source
        self.held: list[Sound] = []
        self.made, self.taken = io.BytesIO(), 0
        self.file: soundfile.SoundFile | None = None

    def add(self, sound: Sound) -> bytes:
        """What can be sent of the file by now; nothing yet, often."""
        if self.form == "pcm":
            return pcm16(sound.wave).astype("<i2").tobytes()
        if self.form in ("wav", "flac"):
            self.held.append(sound)
            return b""
        sound = fitting(sound, self.form)
        if self.file is None:
            self.file = self._begin(sound)
        for place in range(0, sound.wave.shape[1], BLOCK):
            self.file.write(np.ascontiguousarray(sound.wave[:, place : place + BLOCK].T))
        return self._take()

    def close(self) -> bytes:
        """The end of the file. DataError: nothing was added."""
        if self.held:
            whole = Sound(np.concatenate([one.wave for one in self.held], axis=1), self.held[0].rate)
            return sound_file(whole, self.form, self.notes, self.source)  # type: ignore[arg-type]
        if self.file is None:
            if self.form == "pcm":
                return b""
            raise DataError("no sound to write")
        self.file.close()
        return self._take()

    def _begin(self, sound: Sound) -> soundfile.SoundFile:
        container, coding = FORMS[self.form]  # type: ignore[index]
        # One bitrate throughout: a reader tells the length by it, where no header does.
        steady = {"bitrate_mode": "CONSTANT", "compression_level": 0.7} if self.form == "mp3" else {}
        try:
            file = soundfile.SoundFile(
                self.made, "w", sound.rate, len(sound.wave), format=container, subtype=coding, **steady
            )
        except soundfile.LibsndfileError:
            what = f"{self.form} holds no sound of {sound.rate:,} Hz in {len(sound.wave)} channels"
            raise DataError(f"{what}: ask for wav or flac") from None
        for name, text in told_in(self.notes, self.source).items():
            setattr(file, name, text)
        return file

    def _take(self) -> bytes:
        """What came since; what the library puts right at the file's beginning, in the end, is too late."""
        fresh, self.taken = self.made.getvalue()[self.taken :], len(self.made.getvalue())
        return with_serial(fresh) if fresh and FORMS[self.form][0] == "OGG" else fresh  # type: ignore[index]


__all__ = ["STREAM_FORMS", "Growing", "StreamForm"]
