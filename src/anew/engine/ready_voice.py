"""The ready voice: hibari-tts, a network of 6 million numbers that comes in its package and speaks American English.

In: words or phonemes. Out: sounds of 24 kHz. The network tells, for frames of 12.5 ms, the spectrum of what the voice
does with a train of pulses, and the pulses' pitch; these are changed here before a sound is made of them, so that
another pitch leaves the vowels what they are. (Interface of its ONNX file, as the package's own page has it.)

Other speakers of hibari are files that it would fetch from the net; here they are spoken with where they lie already.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.codecs.sound import Sound
from anew.codecs.spoken.phonemes import check_phones
from anew.codecs.spoken.words import MARKS, parted, spelled
from anew.engine.voices import INSTALL, Manner, Saying, Voice, does_not_learn
from anew.errors import Refused
from anew.safety.consent import Consent

SLOWEST, FASTEST = 0.5, 2.0  # that the network was made for; beyond, its frames are told more or less often
PITCH_BINS = 9  # of 20 Hz each: about the distance of the harmonics of a voice
# Its alphabet has one letter for a diphthong (A as in day, I as in my, O as in go, W as in cow, Y as in boy).
OF_IPA = {
    "eɪ": "A", "aɪ": "I", "oʊ": "O", "əʊ": "O", "aʊ": "W", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "ɝ": "ɜɹ", "ɚ": "əɹ",
    "ɜː": "ɜɹ", "ː": "", "r": "ɹ", "g": "ɡ", "ɐ": "ə", ".": "",
}  # fmt: skip
OF_ARPABET = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "B": "b", "CH": "ʧ", "D": "d", "DH": "ð",
    "EH": "ɛ", "ER": "ɜɹ", "EY": "A", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i", "JH": "ʤ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "O", "OY": "Y", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t",
    "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ", "AH0": "ə", "ER0": "əɹ",
}  # fmt: skip
Frames = NDArray[np.float32]


class ReadyVoice:
    """Refused: the package is there, and does not open."""

    name, rate = "hibari", 24_000

    def __init__(self) -> None:
        try:
            import hibari
            from hibari.voices import VOICES, voice_path
        except ImportError as error:
            raise Refused(f"the voice does not open ({error})", next_command=INSTALL) from None
        self.version = version("hibari-tts")
        self.speakers: Mapping[str, str] = {
            name: f"{one['accent']}, {one['gender']}" for name, one in VOICES.items() if there(voice_path, name)
        }
        self._make = hibari.Hibari
        self._open: dict[str, Any] = {}
        self._lock = threading.Lock()

    def say(self, saying: Saying, manner: Manner, speaker: str, rng: np.random.Generator) -> Sound:
        spoken = self._of(speaker)
        with self._lock:  # its reader of words keeps what it has read
            phones = [alphabet_of(saying)] if saying.phones else spoken.phonemize(marked(saying.words))
        parts = [self._sound(spoken, spoken.ids(one), manner, rng) for one in phones]
        wave = np.concatenate([np.zeros(0, np.float32), *parts])
        return Sound(np.clip(wave, -1, 1)[None], self.rate)

    def permit(self) -> None:
        """Its package's licence permits it."""

    def adapted(self, name: str, recordings: Sequence[Path | bytes], consent: Consent) -> Voice:
        raise does_not_learn(self)

    def _of(self, speaker: str) -> Any:
        with self._lock:
            if speaker not in self._open:
                self._open[speaker] = self._make(voice=speaker)
            return self._open[speaker]

    def _sound(self, spoken: Any, ids: list[int], manner: Manner, rng: np.random.Generator) -> Frames:
        from hibari import dsp

        if len(ids) < 3:
            return np.zeros(0, np.float32)
        speed = min(FASTEST, max(SLOWEST, manner.rate))
        told = spoken.sess.run(None, {"ids": np.asarray([ids]), "speed": np.asarray([speed], np.float32)})
        lh, theta, ln, lr, phi, f0 = (stretched(one[0], manner.rate / speed) for one in told)
        if manner.pitch:
            lh, f0 = smoothed(lh), f0 * np.float32(2 ** (manner.pitch / 12))
        wave: Frames = dsp.synth(lh, theta, ln, lr, phi, f0, rng)
        return wave


def there(path_of: Any, name: str) -> bool:
    try:
        path_of(name, download_missing=False)
    except FileNotFoundError:
        return False
    return True


def stretched(frames: Frames, times: float) -> Frames:
    """As many frames as make it `times` as fast, each the nearest one."""
    many = frames.shape[-1]
    if times == 1 or not many:
        return frames
    at = np.minimum((np.arange(max(1, round(many / times))) * times).astype(np.int64), many - 1)
    return np.ascontiguousarray(frames[..., at])


def smoothed(lh: Frames, bins: int = PITCH_BINS) -> Frames:
    """The log-spectrum (bins, frames) of the pulses' filter as its mean magnitude over a harmonic's distance: else the
    harmonics of the voice's own pitch stay in it, and a lower pitch is not reached."""
    padded = np.pad(np.exp(lh), ((bins // 2, bins // 2), (0, 0)), mode="edge")
    summed = np.cumsum(np.pad(padded, ((1, 0), (0, 0))), 0, dtype=np.float64)
    return np.log((summed[bins:] - summed[:-bins]) / bins + 1e-12).astype(np.float32)


def marked(said: str) -> str:
    """The words as its reader takes them: the letter A by its name, which alone it would take for an article."""
    words = parted(said)
    read = ["[A](/ˈA/)" if one == "A" and spelled(words, i) else one for i, one in enumerate(words)]
    return "".join(one if one in MARKS else f" {one}" for one in read).strip()


def alphabet_of(saying: Saying) -> str:
    """Phonemes in the voice's alphabet."""
    if saying.alphabet == "arpabet":
        return "".join(of_arpabet(phone) for phone in check_phones(saying.phones))
    pattern = "|".join(sorted(map(re.escape, OF_IPA), key=len, reverse=True))
    return re.sub(pattern, lambda one: OF_IPA[one[0]], saying.phones)


def of_arpabet(phone: str) -> str:
    if phone in OF_ARPABET:
        return OF_ARPABET[phone]
    return {"0": "", "1": "ˈ", "2": "ˌ"}[phone[-1]] + OF_ARPABET[phone[:-1]]


__all__ = ["ReadyVoice"]
