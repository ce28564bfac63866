"""The questions asked of a codec of sounds that makes codes: how many bits a second, and how near the sounds come back,
beside what the same bits hold without a network.

In: held-out sounds, as they are and as they came back. Out: metrics, and comparisons of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch

from anew.codecs.codes import Codes
from anew.codecs.lengths import fitted
from anew.codecs.mel import Mel
from anew.codecs.sound import Sound
from anew.validate.coarse import blocks, companded
from anew.validate.interval import bootstrap
from anew.validate.metric import Metric
from anew.validate.sounds import signal_to_noise, spectral_distance, spectral_error
from anew.validate.verdict import Comparison

CODED = "reconstructions"
COARSE = {"pcm": "as many bits of μ-law", "blocks": "as many bits of a coarse spectrogram"}
WAYS = {
    "codec": "through the plain codec alone, without a network",
    "pcm": "as many bits: fewer values a second, on a μ-law scale",
    "blocks": "as many bits: means of blocks of the log-mel spectrogram, by Griffin–Lim",
    CODED: "held-out sounds encoded and decoded",
}

Better = Literal["lower", "higher"]
MEASURES: tuple[tuple[str, Callable[[Sound, Sound], float], str, Better], ...] = (
    ("spectral_distance", spectral_distance, "", "lower"),
    ("signal_to_noise", signal_to_noise, "dB", "higher"),
)


def rate_and_errors(
    codec: Codes, real: Sequence[Sound], rebuilt: Sequence[Sound], trips: Sequence[Sound],
    rng: np.random.Generator, draws: int,
) -> tuple[list[Metric], list[Comparison]]:  # fmt: skip
    """Bits a second; and of each way, the codec's own last, the difference of spectrograms, the distance of magnitudes
    and the ratio of signal to noise. `trips`: by the plain codec alone."""
    plain = codec.inner
    assert isinstance(plain, Mel)
    rate, length = plain.spectrogram.rate, plain.spectrogram.length(plain.spec.shape[2])
    heard = [Sound(fitted(sound, rate, 1, length), rate) for sound in real]
    coarse = in_as_few_bits(plain, codec.bits, heard)
    ways: dict[str, Sequence[Sound]] = {"codec": trips, **coarse, CODED: rebuilt}
    seconds = length / rate
    note = f"{codec.tokens} codes of {codec.codes} for {seconds:.3g} seconds, each as long as every other"
    found = [Metric("bitrate", codec.bits / seconds / 1000, unit="kbit/s", kind="exact", better="lower", note=note)]
    for way, made in ways.items():
        found += errors(plain, heard, made, way, rng, draws)
    beside = [
        Comparison(title, f"{name}_{CODED}", {f"{name}_{way}": COARSE[way] for way in coarse},
                   "Held-out sounds after the codec, and after as many bits without a network.")
        for title, name in (("Spectral error", "spectral_error"), ("Spectral distance", "spectral_distance"))
    ]  # fmt: skip
    return found, beside


def in_as_few_bits(plain: Mel, bits: float, sounds: Sequence[Sound]) -> dict[str, list[Sound]]:
    """By the ways that have learnt nothing."""
    waves = [companded(sound.wave[0].astype(np.float64), bits) for sound in sounds]
    grids = plain.encode(sounds)[:, 0].double().numpy()
    few = np.stack([blocks(grid, bits) for grid in grids])
    return {
        "pcm": [Sound(w[None].clip(-1, 1).astype(np.float32), s.rate) for w, s in zip(waves, sounds, strict=True)],
        "blocks": plain.decode(torch.from_numpy(few)[:, None].float()),
    }


def errors(
    plain: Mel, real: Sequence[Sound], made: Sequence[Sound], way: str, rng: np.random.Generator, draws: int
) -> list[Metric]:
    """What one way does to sounds."""
    there, back = (plain.encode(some).double().numpy() for some in (real, made))
    found = [spectral_error(there, back, plain.deviation, f"spectral_error_{way}", WAYS[way], rng, draws)]
    for name, measure, unit, better in MEASURES:
        values = np.array([measure(a, b) for a, b in zip(real, made, strict=True)])
        interval = bootstrap(values, None, rng, draws)
        found.append(
            Metric(f"{name}_{way}", float(values.mean()), *interval, len(values), unit, "exact", better, WAYS[way])
        )
    return found


__all__ = ["rate_and_errors"]
