"""What the dials and the edits of a model of sounds are worth: loops, gaps, strength, length and loudness.

    python benchmarks/sound_editing.py RUN [-n 40] [--only loop gap strength dials] [--sheet FILE.png]

RUN: a finished run's folder of `anew run sfx`, with its judge. Intervals are 95 % bootstrap ones over sounds.

*Loop*: samples asked for as loops beside the same without; a seam is inaudible by the measure in
`codecs/sound_loop.py`. At least 95 % of loops have to be, and fewer of what was not made for it. *Gap*: 0.2 s in the
middle of held-out clips is made anew, beside silence there, beside what stands before turned round and dying away
(fade), and beside a mixture of both sides turned round (mirror), by the distance to the clip itself in the judge's
features and, within the gap, between log-mel spectrograms. The model has to be nearer to the clip in features than
silence and fade. *Strength*: from one of 0, 0.25, ... 1 to the next, variations of held-out clips lie further from them
in both. *Dials*: how many samples have the length to a value, and the loudness to half a LU or as high a peak as may
be, and none is silent; no value may be at full scale.

One line of JSON a figure, and a last one; exit code 1 unless all hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.artifact import Artifact, load_artifact
from anew.codecs.image import write_image
from anew.codecs.loudness import HIGHEST_PEAK, loudness
from anew.codecs.sound import Sound
from anew.codecs.sound_gap import mirrored
from anew.codecs.sound_loop import seam_of
from anew.codecs.sound_show import sound_sheet
from anew.contract import Model
from anew.engine.generate import generate, label_names
from anew.engine.sound_edit import inpaint_sound, vary_sound
from anew.recipe import parse, read
from anew.recipes.pipeline import Run
from anew.validate.fidelity import frechet
from anew.validate.interval import bootstrap
from anew.validate.sounds import DECIBELS

Floats = NDArray[np.float64]
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
GAP, LONG_ENOUGH = 0.2, 0.4  # seconds
INAUDIBLE = 0.95
STILL = 10 ** (-50 / 20)  # of the peak: where a loop is silent about its wrap


@dataclass(frozen=True)
class Room:
    """A model, its judge, and held-out clips with their labels."""

    artifact: Artifact
    judge: Model
    clips: Sequence[Sound]
    labels: Sequence[str]
    n: int
    sheet: Path | None

    @classmethod
    def of(cls, folder: Path, n: int, sheet: Path | None) -> Room:
        run = Run(parse(read(folder / "resolved.toml")), folder, lambda progress: None)
        records = [one for one in run.encoder.draw("test", 20 * n) if one.label is not None]
        artifact = load_artifact(folder / "model")
        clips = [artifact.plain.canonical(run.encoder.decode(one)) for one in records]  # type: ignore[attr-defined]
        long = [i for i, clip in enumerate(clips) if clip.seconds >= LONG_ENOUGH][:n]
        labels = [str(records[i].label) for i in long]
        return cls(artifact, run.judge(), [clips[i] for i in long], labels, n, sheet)

    @torch.no_grad()
    def features(self, sounds: Sequence[Sound]) -> Floats:
        judge: Any = self.judge
        found: Floats = judge.features(self.artifact.plain.encode(list(sounds))).double().numpy()
        return found

    def mels(self, sounds: Sequence[Sound]) -> Floats:
        """(N, M, F) dB."""
        grids: Any = self.artifact.plain.encode(list(sounds))
        found: Floats = grids[:, 0].double().numpy() * self.artifact.plain.deviation * DECIBELS  # type: ignore[attr-defined]
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("-n", type=int, default=40)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--sheet", type=Path, help="a picture of the gaps")
    asked = parser.parse_args()
    room = Room.of(asked.run, asked.n, asked.sheet)
    kept = {name: PARTS[name](room) for name in asked.only}
    print(json.dumps({"kept": all(kept.values()), "n": room.n} | kept))
    return 0 if all(kept.values()) else 1


def told(name: str, values: Floats) -> dict[str, Any]:
    low, high = bootstrap(np.asarray(values, np.float64), None, np.random.default_rng(0), 1000)
    return {name: round(float(np.mean(values)), 3), f"{name}_interval": [round(low, 3), round(high, 3)]}


def loops(room: Room) -> bool:
    names = label_names(room.artifact)
    labels = [names[i % len(names)] for i in range(room.n)]
    plain = generate(room.artifact, room.n, 0, label=labels).samples
    made = generate(room.artifact, room.n, 0, label=labels, loop=True).samples
    inaudible = np.array([seam_of(one).is_inaudible for one in made], np.float64)
    before = np.array([one.seconds > 0.15 and seam_of(one).is_inaudible for one in plain], np.float64)
    still = [np.abs(one.wave[:, -one.rate // 50 :]).max() < STILL * one.peak for one in made]
    by = {name: [round(float(np.mean(inaudible[i :: len(names)])), 2), round(float(np.mean(still[i :: len(names)])), 2)]
          for i, name in enumerate(names)}  # fmt: skip
    figure = {"part": "loop", **told("inaudible", inaudible), **told("unlooped", before)}
    print(json.dumps(figure | {"through_silence": float(np.mean(still)), "by_class": by}))
    return bool(inaudible.mean() >= INAUDIBLE and before.mean() < inaudible.mean())


def gaps(room: Room) -> bool:
    ways: dict[str, list[Sound]] = {name: [] for name in ("model", "silence", "fade", "mirror")}
    spans, equal = list[tuple[int, int]](), 0
    for i, (clip, label) in enumerate(zip(room.clips, room.labels, strict=True)):
        first = (len(clip) - round(GAP * clip.rate)) // 2
        last = first + round(GAP * clip.rate)
        hidden = np.zeros(len(clip), bool)
        hidden[first:last] = True
        blank = Sound(np.where(hidden, np.float32(0), clip.wave), clip.rate)
        made = inpaint_sound(room.artifact, blank, (first / clip.rate, last / clip.rate), 1, i, label).samples[0]
        equal += np.array_equal(made.wave[:, ~hidden], clip.wave[:, ~hidden])
        dying = blank.wave.copy()
        places = first - 1 - np.arange(last - first) % first
        dying[:, first:last] = clip.wave[:, places] * np.linspace(1, 0, last - first)
        ways["model"].append(made)
        ways["silence"].append(blank)
        ways["fade"].append(Sound(dying, clip.rate))
        ways["mirror"].append(Sound(mirrored(clip.wave, hidden), clip.rate))
        spans.append((first, last))
    real, mel = room.features(room.clips), room.mels(room.clips)
    hop = room.artifact.plain.spectrogram.hop  # type: ignore[attr-defined]
    figure: dict[str, Any] = {"part": "gap", "bit_equal_outside": equal, "of": len(spans)}
    means = {}
    for name, sounds in ways.items():
        found, drawn = room.features(sounds), room.mels(sounds)
        apart = np.linalg.norm(found - real, axis=1)
        inside = np.array(
            [np.abs(a - b)[:, f // hop : e // hop + 1].mean() for a, b, (f, e) in zip(drawn, mel, spans, strict=True)]
        )
        means[name] = apart.mean()
        figure |= told(f"{name}_features", apart) | told(f"{name}_dB", inside)
        figure[f"{name}_frechet"] = round(frechet(found, real), 2)
    print(json.dumps(figure))
    if room.sheet is not None:
        shown = [sound for row in zip(room.clips, *ways.values(), strict=True) for sound in row][:50]
        room.sheet.write_bytes(write_image(sound_sheet(shown, (["clip", *ways] * 10)[: len(shown)], 5)))
    return bool(equal == len(spans) and means["model"] < min(means["silence"], means["fade"]))


def strengths(room: Room) -> bool:
    some = list(zip(room.clips, room.labels, strict=True))[: max(4, room.n // 2)]
    clips = [clip for clip, _ in some]
    real, mel, rows = room.features(clips), room.mels(clips), []
    for strength in STRENGTHS:
        made = [
            vary_sound(room.artifact, clip, strength, 1, i, label).samples[0] for i, (clip, label) in enumerate(some)
        ]
        apart = np.linalg.norm(room.features(made) - real, axis=1)
        rows.append((float(np.abs(room.mels(made) - mel).mean()), float(apart.mean())))
    print(json.dumps({"part": "strength", "strengths": STRENGTHS, "dB": [round(a, 3) for a, _ in rows],
                      "features": [round(b, 3) for _, b in rows]}))  # fmt: skip
    return all(a < b for column in zip(*rows, strict=True) for a, b in zip(column, column[1:], strict=False))


def dials(room: Room) -> bool:
    seconds, wanted = 0.5, -20.0
    made = generate(room.artifact, room.n, 0, seconds=seconds, loudness=wanted).samples
    free = generate(room.artifact, room.n, 0).samples
    length = np.mean([len(one) == round(seconds * one.rate) for one in made])
    reached = np.array([abs(loudness(one) - wanted) <= 0.5 for one in made])
    peaks = np.array([one.peak for one in made])
    most = HIGHEST_PEAK + 1e-4
    longer = np.array([one.seconds > seconds for one in free])
    figure: dict[str, Any] = {"part": "dials", "length": float(length), "longer_by_itself": float(longer.mean())}
    figure |= {"loud": float(reached.mean()), "highest_peak": float(peaks.max())}
    silent = np.array([not np.isfinite(loudness(one)) for one in made])
    figure["silent"] = float(silent.mean())
    figure["loud_or_as_may_be"] = float(np.mean(reached | (peaks > HIGHEST_PEAK - 1e-3)))
    print(json.dumps(figure))
    return bool(length == 1 and figure["loud_or_as_may_be"] == 1 and peaks.max() <= most)


PARTS: dict[str, Callable[[Room], bool]] = {"loop": loops, "gap": gaps, "strength": strengths, "dials": dials}


if __name__ == "__main__":
    sys.exit(main())
