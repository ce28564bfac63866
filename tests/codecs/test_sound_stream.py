"""Files that grow: what comes of the parts is the whole, and most of it comes before the end."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from anew.codecs.origin import MADE
from anew.codecs.sound import Sound
from anew.codecs.sound_files import pcm16, read_sound, sound_file
from anew.codecs.sound_notes import notes_in
from anew.codecs.sound_stream import STREAM_FORMS, Growing, StreamForm
from anew.errors import DataError


def tone(hertz: float, seconds: float = 2.0, rate: int = 24_000, channels: int = 1) -> Sound:
    at = np.arange(int(seconds * rate)) / rate
    wave = 0.4 * np.sin(2 * np.pi * hertz * at) + 0.05 * np.random.default_rng(int(hertz)).normal(size=len(at))
    return Sound(np.repeat(wave[None].clip(-1, 1).astype(np.float32), channels, 0), rate)


PARTS = [tone(300), tone(440), tone(200, 0.1)]
WHOLE = Sound(np.concatenate([one.wave for one in PARTS], 1), 24_000)


@pytest.mark.parametrize("form", STREAM_FORMS)
def test_the_parts_are_a_file_of_the_whole(form: StreamForm) -> None:
    file = Growing(form, {"anew": '{"a": 1}'}, MADE)
    parts = [*(file.add(one) for one in PARTS), file.close()]
    content = b"".join(parts)
    if form == "pcm":
        assert content == pcm16(WHOLE.wave).astype("<i2").tobytes() and not parts[-1]
        return
    if form in ("wav", "flac"):
        assert content == sound_file(WHOLE, form, {"anew": '{"a": 1}'}, MADE) and not any(parts[:-1])
        return
    assert sum(map(len, parts[:2])) > 0.6 * len(content), "it waits for the end"
    sound = read_sound(content)
    assert notes_in(content) == {"anew": '{"a": 1}'} and abs(sound.seconds - WHOLE.seconds) < 0.1
    with soundfile.SoundFile(io.BytesIO(content)) as told:
        assert MADE in told.artist
    lag = 0 if form != "mp3" else max(range(2400), key=lambda lag: alike(sound, lag))
    assert alike(sound, lag) > 0.95, "another sound"
    again = Growing(form, {"anew": '{"a": 1}'}, MADE)
    assert b"".join([*(again.add(one) for one in PARTS), again.close()]) == content, "other bytes the second time"


def alike(sound: Sound, lag: int) -> float:
    n = min(sound.wave.shape[1] - lag, WHOLE.wave.shape[1])
    return float(np.corrcoef(sound.wave[0, lag : lag + n : 5], WHOLE.wave[0, :n:5])[0, 1])


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(DataError, match="streamed as 'aac'"):
        Growing("aac")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no sound to write"):
        Growing("mp3").close()
    with pytest.raises(DataError, match="mp3 holds no sound of 24,000 Hz in 3 channels"):
        Growing("mp3").add(tone(300, channels=3))
    assert Growing("pcm").close() == b""
