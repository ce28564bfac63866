"""Is what a learnt voice says understood, whose voice is it, is it quick, and does it do as its dials say?

    python benchmarks/voice_learnt.py RUN [-n 100] [--ear whisper-base] [--keep FOLDER]
        [--judges FOLDER --others FOLDER FOLDER FOLDER] [--most 0.4]

RUN is the folder of a run of recipe `voice` or `speaker`. The 100 sentences of spoken_sentences.txt, none of which it
may have learnt from, are said and written down again as `voice.py` does; the floor is the same ear on recordings that
the run held out. Likeness by resemblyzer (see `voice.py`): the cosine of each sentence said to the mean of the
speaker's held-out recordings, beside that to the mean of each of `--others`, folders with WAV files of three or more
voices (`other_voices.py` makes some). Speed: seconds of speech a second of work, without the ear. Dials: length over
eight rates and three pauses and the median pitch over five pitches, each to move one way.

What was heard is kept in FOLDER (RUN/heard), sentence by sentence, by the voice's weights: a call that was stopped goes
on, and one for a checkpoint later in the run begins anew. A line of JSON a question and a last one; exit code 1 unless
the error rate is at most `--most`, the voice nearer to its speaker than to any other, five times as fast as time, and
every dial moves one way. One core, ten minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound
from anew.data.records import Record, read_records
from anew.engine.hearing import Ear, open_ear
from anew.engine.voices import Voice
from anew.recipes.voices import voice_called
from anew.validate.misheard import errors, words
from voice import DIALS, LEAST_SPEED, SENTENCES, moves_one_way, said, speak

FEWEST_OTHERS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("-n", type=int, default=100)
    parser.add_argument("--ear", default="whisper-base")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--judges", type=Path)
    parser.add_argument("--others", type=Path, nargs="*", default=[])
    parser.add_argument("--most", type=float, default=0.4)
    asked = parser.parse_args()
    voice = voice_called(str(asked.run))
    some = SENTENCES[:: max(1, len(SENTENCES) // asked.n)][: asked.n]
    refuse_known(asked.run, some)
    held_out = [one for split in ("test", "validation") for one in read_records(asked.run / "clean", split)][: asked.n]
    listener = Listener(open_ear(asked.ear), asked.keep or asked.run / "heard")
    spoken = [speak(voice, text) for text in some]
    wrong = listener.rate(voice.version, zip(some, spoken, strict=True))
    floor = listener.rate("recordings", ((one.captions[0], sound_of(one)) for one in held_out if one.captions))
    _, speed = said(voice, some[:8])
    one_way = [moves_one_way(voice, dial) for dial in DIALS]
    dials = all(one_way)
    near = None if asked.judges is None else likeness(asked.judges, voice, spoken, held_out, asked.others)
    kept = wrong <= asked.most and speed >= LEAST_SPEED and dials and near is not False
    told = {"kept": kept, "word_error_rate": round(wrong, 4), "floor": round(floor, 4), "nearest_is_own": near}
    told |= {"times_real_time": round(speed, 1), "dials": dials, "sentences": len(some), "held_out": len(held_out)}
    print(json.dumps(told | {"voice": voice.name, "version": voice.version, "ear": asked.ear}))
    return 0 if kept else 1


def refuse_known(run: Path, sentences: list[str]) -> None:
    learnt = {" ".join(words(text)) for one in read_records(run / "clean", "train") for text in one.captions}
    if known := [text for text in sentences if " ".join(words(text)) in learnt]:
        raise SystemExit(f"{len(known)} sentences were learnt from: {known[0]}")


def sound_of(record: Record) -> Sound:
    assert isinstance(record.value, bytes)
    return read_sound(record.value, record.origin)


class Listener:
    """An ear, and what it heard already, a file for each voice."""

    def __init__(self, ear: Ear, folder: Path) -> None:
        self.ear, self.folder = ear, folder
        folder.mkdir(parents=True, exist_ok=True)

    def rate(self, name: str, said: Iterable[tuple[str, Sound]]) -> float:
        """The word error rate over all."""
        file = self.folder / f"{name}.jsonl"
        lines = file.read_text("utf-8").splitlines() if file.is_file() else []
        known = {one["said"]: one["heard"] for one in map(json.loads, lines)}
        wrong, many, misheard = 0, 0, []
        with file.open("a", encoding="utf-8") as kept:
            for text, sound in said:
                if text not in known:
                    known[text] = "".join(one.text for one in self.ear.hear(sound, language="en").segments).strip()
                    kept.write(json.dumps({"said": text, "heard": known[text]}) + "\n")
                    kept.flush()
                of_these, among = errors(text, known[text])
                wrong, many = wrong + of_these, many + among
                misheard += [{"said": text, "heard": known[text]}] if of_these else []
        line: dict[str, Any] = {"question": "understood", "of": name, "word_error_rate": round(wrong / many, 4)}
        print(json.dumps(line | {"words": many, "misheard": misheard[:20]}), flush=True)
        return wrong / many


def likeness(judges: Path, voice: Voice, spoken: list[Sound], real: list[Record], others: list[Path]) -> bool:
    """Whether what is said is nearer to the speaker's recordings than to those of any other."""
    if len(others) < FEWEST_OTHERS:
        raise SystemExit(f"--others: {FEWEST_OTHERS} folders or more, of a voice each")
    sys.path.insert(0, str(judges))
    from resemblyzer import VoiceEncoder

    encoder = VoiceEncoder("cpu", verbose=False)

    def vectors(sounds: Iterable[Sound]) -> np.ndarray:
        return np.stack([encoder.embed_utterance(one.in_channels(1).at_rate(16_000).wave[0]) for one in sounds])

    made, own = vectors(spoken), vectors(map(sound_of, real))
    rest = (own.sum(0) - own) / (len(own) - 1)
    cosines = {"recordings": float(np.mean((own * rest).sum(1) / np.linalg.norm(rest, axis=1)))}
    voices = {"own": own} | {one.name: vectors(map(read_sound, files_in(one))) for one in others}
    for name, theirs in voices.items():
        cosines[name] = float(np.mean(made @ (theirs.mean(0) / np.linalg.norm(theirs.mean(0)))))
    print(json.dumps({"question": "likeness", **{name: round(one, 3) for name, one in cosines.items()}}), flush=True)
    return cosines["own"] > max(cosines[one.name] for one in others)


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.wav"))


if __name__ == "__main__":
    sys.exit(main())
