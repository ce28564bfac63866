"""The questions asked of a vocoder: is what it makes of a held-out sound's spectrogram nearer than Griffin–Lim's?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from anew.artifact import Artifact
from anew.codecs.image import write_image
from anew.codecs.origin import MADE
from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file
from anew.codecs.sound_show import sound_sheet
from anew.codecs.wave import Wave
from anew.contract import Model
from anew.data.progress import Progress, Report
from anew.models.layers.griffin_lim import griffin_lim
from anew.models.vae.spectral import Vocoder
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence
from anew.recipes.evaluate.heard import clips
from anew.recipes.resolve import seed_for
from anew.validate.interval import bootstrap
from anew.validate.metric import Metric
from anew.validate.report import Figure
from anew.validate.sounds import in_turn, spectral_distance
from anew.validate.verdict import Comparison

SHOWN, HEARD = 5, 3
HEARD_SO = (("real", "As recorded", ""), ("vocoder", "Vocoder", MADE), ("griffin_lim", "Griffin–Lim", MADE))
INTENDED = (
    "To turn spectrograms of sounds of the kind that it learnt from, listed under Data, back into sounds, behind a "
    "model of spectrograms. By itself it makes nothing worth hearing."
)


@dataclass(frozen=True)
class Trips:
    """A sound as the codec holds it, and what two ways make of its spectrogram."""

    real: Sound
    vocoder: Sound
    griffin_lim: Sound


class Ways:
    """From a spectrogram back to a sound: by the model, and by Griffin–Lim of the very same."""

    def __init__(self, model: Vocoder, codec: Wave) -> None:
        self.model, self.codec = model, codec

    @torch.no_grad()
    def latent(self, sound: Sound) -> torch.Tensor:
        """(1, M, 1, F)"""
        return self.model.encode(self.codec.encode([sound]))[0]

    @torch.no_grad()
    def by_model(self, z: torch.Tensor) -> Sound:
        return self.codec.decode(self.model.decode(z))[0]

    @torch.no_grad()
    def by_griffin_lim(self, z: torch.Tensor) -> Sound:
        mel = self.model.mel(z)[0] + math.log(self.codec.deviation)
        wave = griffin_lim(self.model.spectrogram.magnitudes(mel), self.model.spectrogram)
        return Sound(np.ascontiguousarray(wave.clamp(-1, 1).numpy()[None]), self.codec.rate)

    def trips(self, sound: Sound) -> Trips:
        z, length = self.latent(sound), math.ceil(len(sound) * self.codec.rate / sound.rate)
        real = self.codec.decode(self.codec.encode([sound]))[0]
        ways = (real, self.by_model(z), self.by_griffin_lim(z))
        return Trips(*(Sound(np.ascontiguousarray(way.wave[:, :length]), way.rate) for way in ways))


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Distances on the test split, the first few sounds to look at, and all three of each to listen to."""
    found, settings = Evidence(intended=INTENDED), artifact.recipe.validation
    assert isinstance(artifact.model, Vocoder) and isinstance(codecs.plain, Wave)
    ways, records = Ways(artifact.model, codecs.plain), encoder.draw("test", settings.samples)
    if not records:
        found.unmeasured["spectral_distance"] = "no held-out sounds"
        return found
    made = []
    for done, record in enumerate(records):
        report(Progress("validate", done, len(records), "sounds"))
        made.append(ways.trips(encoder.decode(record)))
    rng = np.random.default_rng(seed_for(artifact.recipe.seed, "validation"))
    found.metrics += [
        distances(made, "vocoder", "spectral_distance", rng, settings.bootstrap),
        distances(made, "griffin_lim", "spectral_distance_griffin_lim", rng, settings.bootstrap),
    ]
    found.headline.append("spectral_distance")
    others = {"spectral_distance_griffin_lim": "Griffin–Lim"}
    found.comparisons.append(Comparison("Spectral distance", "spectral_distance", others))
    shown = made[:SHOWN]
    rows = [getattr(trips, way) for way in ("real", "vocoder", "griffin_lim") for trips in shown]
    caption = "Held-out sounds, what the vocoder makes of their spectrograms, and what Griffin–Lim does."
    found.files["samples.png"] = content = write_image(sound_sheet(rows, columns=len(shown)), MADE)
    found.figures.append(Figure("Sounds", caption, content, caption, "samples"))
    heard = in_turn([sound for trips in shown for sound in (trips.real, trips.vocoder, trips.griffin_lim)])
    found.files["samples.wav"] = sound_file(heard, source=MADE)
    for way, title, source in HEARD_SO:  # of somebody's recordings: not for the card
        found.clips += clips([getattr(trips, way) for trips in made[:HEARD]], [title] * HEARD, "quality", source)
    found.limits.append("A spectral distance hears no words and no melody: listen to samples.wav.")
    report(Progress("validate", len(records), len(records), "done"))
    return found


def distances(made: Sequence[Trips], way: str, name: str, rng: np.random.Generator, draws: int) -> Metric:
    """The mean distance of held-out sounds to what one way makes of them."""
    values = np.array([spectral_distance(trips.real, getattr(trips, way)) for trips in made])
    note = "magnitudes at three resolutions: spectral convergence and the difference of logarithms"
    interval = bootstrap(values, None, rng, draws)
    return Metric(name, float(values.mean()), *interval, len(made), "", "exact", "lower", note)


__all__ = ["Trips", "Ways", "examine"]
