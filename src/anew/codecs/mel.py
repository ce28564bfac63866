"""Sounds <-> grids (1, M, F): log-mel spectrograms of one length, of about zero mean and unit variance.

In: `Sound`s of any rate, channels and length. Out: float32 grids, of which the first row is the lowest band; and mono
sounds of the codec's rate again, by Griffin–Lim or by a vocoder that was joined to the codec: what comes back sounds
like it and is not its wave.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from anew import registry
from anew.codecs.lengths import Lengths, fitted, short
from anew.codecs.sound import Sound
from anew.contract import Codec, Model, Spec
from anew.errors import DataError
from anew.models.layers.griffin_lim import ITERATIONS, griffin_lim
from anew.models.layers.spectrogram import CEILING, FLOOR, Spectrogram

SHAPE = ("rate", "mels", "window", "hop")  # of a spectrogram
SILENT = FLOOR + math.log(10) / 2  # 10 dB above the floor, 70 below full scale


class Mel(Codec):
    """`rate` in Hz; `mels` bands; a Hann `window` of so many values every `hop` of them. `seconds`: the length of all;
    None: what nine in ten of the training sounds fit into, at most `longest`. Frames come in multiples of 16, lest a
    network that halves them be left with an odd one; longer sounds are cut, shorter ones end in silence. `iterations`
    of Griffin–Lim."""

    modality = "audio"
    kind = "grid"
    unit = "dimension"
    lossy = True

    def __init__(
        self, *, rate: int = 16_000, mels: int = 80, window: int = 1024, hop: int = 256, seconds: float | None = None,
        longest: float = 4.0, iterations: int = ITERATIONS,
    ) -> None:  # fmt: skip
        if iterations < 1:
            raise DataError(f"{iterations} iterations of Griffin–Lim: 1 or more")
        self.spectrogram = Spectrogram(rate, mels, window, hop)
        self.lengths = Lengths(rate, seconds, longest)
        self.iterations = iterations
        self.vocoder: Model | None = None
        self.vocoder_settings: dict[str, Any] = {}

    # -------------------------------------------------------------------------------------------- what it learns

    def fit(self, samples: Iterable[Sound]) -> None:
        """Length, mean and deviation, silence behind short sounds included."""
        by_frames: dict[int, Sums] = defaultdict(Sums)
        for sound in samples:
            length = self.lengths.see(sound)
            wave = fitted(sound, self.spectrogram.rate, 1, max(length, self.spectrogram.hop))
            mel = self.spectrogram.mel(torch.from_numpy(wave[0]))
            by_frames[mel.shape[1]].add(mel)
        frames = self.frames_of(self.lengths.chosen())
        self.load({"frames": frames} | overall(by_frames, frames, self.spectrogram.mels))

    def frames_of(self, length: int) -> int:
        """As many, in sixteens, as hold so many values."""
        return 16 * max(1, math.ceil((length / self.spectrogram.hop + 1) / 16 - 1e-9))

    def state(self) -> dict[str, Any]:
        own = {"frames": self.spec.shape[2], "mean": self.mean, "deviation": self.deviation}
        if self.vocoder is None:
            return own
        held = {"settings": self.vocoder_settings, "weights": self.vocoder.state_dict()}
        return own | {"vocoder": held | {"length": self.vocoder.spec.shape[1]}}

    def load(self, state: Mapping[str, Any]) -> None:
        self.mean, self.deviation = float(state["mean"]), float(state["deviation"])
        self.spec = Spec("grid", (1, self.spectrogram.mels, int(state["frames"])))
        if (held := state.get("vocoder")) is not None:
            with torch.device("meta"):  # the weights are given: nothing is drawn
                kind = registry.find("models", "vocoder")
                network: Model = kind(Spec("grid", (1, int(held["length"]))), **held["settings"])
            network.load_state_dict(dict(held["weights"]), assign=True)
            self.join(network, held["settings"])

    def join(self, vocoder: Model, settings: Mapping[str, Any]) -> None:
        """Make waves by a trained `vocoder` of these settings from now on. DataError: it was made for other
        spectrograms."""
        theirs, own = vocoder.spectrogram, self.spectrogram
        for name in SHAPE:
            if getattr(theirs, name) != getattr(own, name):
                what = f"the vocoder's {name} is {getattr(theirs, name)}, and the codec's {getattr(own, name)}"
                raise DataError(what, next_command=f"--codec.{name} {getattr(theirs, name)}")
        self.vocoder, self.vocoder_settings = vocoder.eval().requires_grad_(False), dict(settings)

    # -------------------------------------------------------------------------------------------- there and back

    @property
    def rate(self) -> int:
        """Hz, of what comes back."""
        return self.spectrogram.rate

    @property
    def length(self) -> int:
        """Values of a sound that the grid holds."""
        return self.spectrogram.length(self.spec.shape[2])

    def canonical(self, sound: Sound) -> Sound:
        """As the grid is made of it: mono, of its rate, no longer than it holds."""
        return short(sound, self.rate, 1, self.length)

    def encode(self, samples: Sequence[Sound]) -> Tensor:
        rows = [torch.from_numpy(fitted(sound, self.rate, 1, self.length)[0]) for sound in samples]
        grids = [self.spectrogram.mel(row)[None] for row in rows]
        made = torch.stack(grids) if grids else torch.zeros(0, *self.spec.shape)
        return (made - self.mean) / self.deviation

    @torch.no_grad()
    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Sound]:
        """Row by row, so that company changes no bit."""
        return [self.heard(grid[0] * self.deviation + self.mean) for grid in data]

    def heard(self, mel: Tensor) -> Sound:
        """The sound of a log-mel spectrogram (M, F), softer where it would be too loud, without silence after it."""
        loud = (mel.amax(0) > SILENT).nonzero()
        if len(loud):
            end = int(loud[-1]) + 1
            wave = self._wave(mel[:, : end + self.spectrogram.window // self.spectrogram.hop])
            wave = wave[: end * self.spectrogram.hop]
        else:
            wave = self._wave(mel)
        wave = wave / wave.abs().max().clamp(min=1.0)
        return Sound(np.ascontiguousarray(wave.numpy()[None]), self.spectrogram.rate)

    def _wave(self, mel: Tensor) -> Tensor:
        if self.vocoder is not None:
            made: Tensor = self.vocoder.of_mel(mel[None])[0]  # type: ignore[operator]
            return made
        return griffin_lim(self.spectrogram.magnitudes(mel), self.spectrogram, self.iterations)

    def size(self, sample: Sound) -> int:
        """Dimensions of the sound as the grid holds it."""
        return math.prod(self.spec.shape)


class Sums:
    """Of spectrograms of as many frames: how many, and their cells' sums, as whole numbers so that no order matters."""

    FRACTION = 1 << 16

    def __init__(self) -> None:
        self.count = self.total = self.squares = 0

    def add(self, mel: Tensor) -> None:
        self.count += 1
        self.total += round(float(mel.double().mean()) * self.FRACTION)
        self.squares += round(float(mel.double().square().mean()) * self.FRACTION)


def overall(by_frames: Mapping[int, Sums], frames: int, mels: int) -> dict[str, float]:
    """Mean and deviation of a cell once all are cut or filled up with silence to `frames`: of what is cut off, that of
    what is left."""
    count = total = squares = 0.0
    for own, sums in sorted(by_frames.items()):
        share = min(own, frames) / frames
        count += sums.count
        total += sums.total / Sums.FRACTION * share + sums.count * FLOOR * (1 - share)
        squares += sums.squares / Sums.FRACTION * share + sums.count * FLOOR**2 * (1 - share)
    mean = total / count
    return {"mean": mean, "deviation": math.sqrt(max(squares / count - mean**2, 1e-2))}


__all__ = ["CEILING", "FLOOR", "Mel"]
