"""The questions asked of a model of sounds: those asked of pictures, of what a sound's spectrogram shows.

In: a run's artifact, codecs and judge. Out: the evidence, with sheets of waveforms and spectrograms, and samples to
listen to, each by itself on the page and one after another in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.artifact import Artifact
from anew.codecs.codes import Codes
from anew.codecs.image import write_image
from anew.codecs.mel import Mel
from anew.codecs.origin import MADE
from anew.codecs.sound import Sound
from anew.codecs.sound_files import sound_file
from anew.codecs.sound_show import sound_sheet
from anew.codecs.spoken.transcript import Transcript
from anew.contract import Model
from anew.data.progress import Report
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence
from anew.recipes.evaluate.coded import rate_and_errors
from anew.recipes.evaluate.heard import clips
from anew.recipes.evaluate.pictures import Exam, ask
from anew.recipes.evaluate.voiced import INTENDED, Heard, understood
from anew.validate.fidelity import Draw
from anew.validate.metric import Metric
from anew.validate.sounds import in_turn, noises, spectral_error

SHOWN, HEARD = 20, 20


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Every question that the data and the judge allow."""
    found = Evidence()
    exam = SoundExam(artifact, encoder, codecs, judge, found, report)
    ask(exam)
    found.files["samples.wav"] = sound_file(in_turn(exam.samples[:HEARD]), source=MADE)
    found.clips += clips(exam.samples, exam.labels)
    if isinstance(artifact.label, Transcript):
        found.intended = INTENDED
        heard = [Heard(label, exam.samples[i], exam.real[i % len(exam.real)])
                 for i, label in enumerate(exam.labels) if label is not None]  # fmt: skip
        understood(found, exam.settings.ear, heard, exam.rng, exam.settings.bootstrap)
    found.limits += [
        "A small model of short sounds, judged on what was held out of this data set and on nothing else.",
        "A Fréchet distance in this feature space compares with others on this page only.",
    ]
    return found


class SoundExam(Exam):
    """Held-out sounds as they are, samples as they are heard: every figure is of decoded waves, encoded again."""

    what, ladder, space = "sounds", "noise", "mel spectrograms"

    def canonical(self, pictures: Sequence[Sound]) -> list[Sound]:
        return list(pictures)

    def sheet(self, samples: Sequence[Sound], labels: Sequence[str | None]) -> bytes:
        shown = list(samples[:SHOWN])
        return write_image(sound_sheet(shown, list(labels[: len(shown)]), 5), MADE)

    def pairs(self, above: Sequence[Sound], below: Sequence[Sound]) -> bytes:
        """Rows of five above rows of five."""
        shown: list[Sound] = []
        for start in range(0, min(len(above), 10), 5):
            shown += [*above[start : start + 5], *below[start : start + 5]]
        return write_image(sound_sheet(shown, columns=5))

    def rulers(self) -> dict[str, Draw]:
        """What the plain codec alone leaves of real sounds, where it leaves something out."""
        if not self.codecs.plain.lossy:
            return {}
        back = self.trips
        return {"codec": lambda places, redraw: [back[i] for i in places]}

    @cached_property
    def trips(self) -> list[Sound]:
        """The held-out sounds after one trip through the plain codec."""
        plain = self.codecs.plain
        return plain.decode(plain.encode(self.real))

    def worse(self) -> dict[str, Callable[[Any], Any]]:
        return dict(noises())

    def kept(self, rebuilt: Sequence[Sound]) -> list[Metric]:
        draws, codec = self.settings.bootstrap, self.codecs.codec
        of_codec = self.trips if self.codecs.plain.lossy else self.real
        if isinstance(codec, Codes) and isinstance(codec.inner, Mel):
            found, compared = rate_and_errors(codec, self.real, rebuilt, of_codec, self.rng, draws)
            self.found.comparisons += compared
            self.found.headline.append("bitrate")
            return found
        real, deviation = self.rows(self.real), getattr(self.codecs.plain, "deviation", 1.0)
        through = "encoded and decoded by the codec alone, without a network"
        return [
            spectral_error(real, self.rows(rebuilt), deviation, "spectral_error_reconstructions",
                           f"{len(rebuilt)} held-out sounds encoded and decoded", self.rng, draws),
            spectral_error(real, self.rows(of_codec), deviation, "spectral_error_codec", through, self.rng, draws),
        ]  # fmt: skip

    def rows(self, sounds: Sequence[Sound]) -> NDArray[np.float64]:
        return self.grid(sounds).double().numpy()


__all__ = ["examine"]
