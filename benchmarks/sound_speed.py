"""How many seconds of sound does a second of work make, and in how much memory: ours beside others', in one run.

    python benchmarks/sound_speed.py --voice RUN --vocoder RUN [--effects MODEL] [--librosa FOLDER] [--threads 2]

Each way runs by itself in a process of its own, which says what it measured: ways to speak, n sentences of
spoken_sentences.txt by the learnt voice and by the installed one; ways from spectrograms to waves, n of the vocoder's
held-out sounds by the vocoder, by our Griffin–Lim and by librosa's of the same magnitudes, each of 32 iterations; ways
to effects, n sounds of a second, drawn together. The first of all is not counted. Memory: the process's peak. FOLDER:
where librosa lies, if it is not installed.

A line of JSON a way, and a last one; exit code 1 unless the learnt voice is five times as fast as time and the vocoder
four times as fast as librosa's Griffin–Lim.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

import anew
from anew.codecs.sound import Sound
from anew.data.progress import silent
from anew.deploy.lookup import open_model
from anew.engine.voices import READY
from anew.models.layers.griffin_lim import ITERATIONS
from anew.recipe import parse, read
from anew.recipes.encode import Encoder
from anew.recipes.evaluate.vocoded import Ways
from anew.recipes.voices import voice_called
from voice import LEAST_SPEED, SENTENCES, speak

FASTER = 4.0
Way = Iterator[Callable[[], float]]  # each call makes so many seconds of sound


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", type=Path)
    parser.add_argument("--vocoder", type=Path)
    parser.add_argument("--effects")
    parser.add_argument("--librosa", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-n", type=int, default=20)
    parser.add_argument("--way", choices=WAYS)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.librosa is not None:
        sys.path.append(str(asked.librosa))
    if asked.way is not None:
        print(json.dumps({"way": asked.way, **measured(WAYS[asked.way](asked))}))
        return 0
    found = {}
    for name in WAYS:
        if getattr(asked, NEEDS.get(name, name), True) is None:
            continue
        made = subprocess.run([sys.executable, *sys.argv, "--way", name], check=True, capture_output=True, text=True)
        found[name] = json.loads(made.stdout.splitlines()[-1])
        print(json.dumps(found[name]), flush=True)
    return told({name: one["times_real_time"] for name, one in found.items()})


def told(speed: dict[str, float]) -> int:
    kept = speed.get("voice", LEAST_SPEED) >= LEAST_SPEED
    line: dict[str, object] = {}
    if "voice" in speed:
        line["voice_over_installed"] = round(speed["voice"] / speed["installed"], 2)
    if "vocoder" in speed:
        ratio = speed["vocoder"] / speed["librosa"]
        kept = kept and ratio >= FASTER
        line |= {"vocoder_over_librosa": round(ratio, 2)}
        line |= {"griffin_lim_over_librosa": round(speed["griffin-lim"] / speed["librosa"], 2)}
    print(json.dumps({"kept": kept, **line}))
    return 0 if kept else 1


def measured(way: Way) -> dict[str, float]:
    calls = list(way)
    calls[0]()
    begun = time.perf_counter()
    seconds = sum(call() for call in calls[1:])
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"times_real_time": round(seconds / took, 1), "seconds": round(seconds, 1), "MB": round(peak)}


# ------------------------------------------------------------------------------------------------ the ways


def saying(voice: str, n: int) -> Way:
    opened = voice_called(voice)
    for text in SENTENCES[: n + 1]:
        yield lambda text=text: speak(opened, text).seconds


def to_waves(asked: argparse.Namespace, way: str) -> Way:
    artifact = open_model(asked.vocoder / "model")
    ways, recipe = Ways(artifact.model, artifact.plain), parse(read(asked.vocoder / "resolved.toml"), "run")
    encoder = Encoder(asked.vocoder, recipe, silent)
    for record in encoder.draw("test", asked.n + 1):
        sound = encoder.decode(record)
        z = ways.latent(sound)
        made = {"vocoder": ways.by_model, "griffin-lim": ways.by_griffin_lim, "librosa": by_librosa(ways)}[way]
        yield lambda z=z, made=made: made(z).seconds


def by_librosa(ways: Ways) -> Callable[[torch.Tensor], Sound]:
    def made(z: torch.Tensor) -> Sound:
        import librosa

        spectrogram = ways.model.spectrogram
        wanted = spectrogram.magnitudes(ways.model.mel(z)[0]).numpy()
        wave = librosa.griffinlim(
            wanted, n_iter=ITERATIONS, hop_length=spectrogram.hop, n_fft=spectrogram.window, random_state=0
        )
        return Sound(wave[None], ways.codec.rate)

    return made


def effects(asked: argparse.Namespace) -> Way:
    model = anew.load(asked.effects)
    for n in (1, asked.n):
        yield lambda n=n: sum(one.seconds for one in model.generate("coin", n=n, seed=0).samples)


WAYS: dict[str, Callable[[argparse.Namespace], Way]] = {
    "voice": lambda asked: saying(str(asked.voice), asked.n),
    "installed": lambda asked: saying(READY, asked.n),
    "vocoder": lambda asked: to_waves(asked, "vocoder"),
    "griffin-lim": lambda asked: to_waves(asked, "griffin-lim"),
    "librosa": lambda asked: to_waves(asked, "librosa"),
    "effects": effects,
}
NEEDS = {"installed": "voice", "griffin-lim": "vocoder", "librosa": "vocoder"}


if __name__ == "__main__":
    raise SystemExit(main())
