"""A voice that was learnt here: a model that is told transcripts and draws what is heard of them.

In: an artifact whose conditions are transcripts; sentences in words or phonemes. Out: sounds of the codec's rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from anew.artifact import Artifact
from anew.codecs.sound import HIGHEST_RATE, LOWEST_RATE, Sound
from anew.codecs.spoken.phonemes import check_phones
from anew.codecs.spoken.transcript import BEGIN, BOUND, END, Transcript
from anew.contract import Cond, Unsupported
from anew.data.home import home
from anew.engine.voices import Manner, Saying, Voice, does_not_learn
from anew.errors import RecipeError
from anew.models.diffusion.aligned import PacedOptions
from anew.safety.consent import Consent


class LearntVoice:
    """RecipeError: a model that says nothing."""

    def __init__(self, artifact: Artifact) -> None:
        label = artifact.label
        if not isinstance(label, Transcript):
            what = f"{artifact.recipe.name} is no voice: it did not learn from transcripts"
            raise RecipeError(what, next_command="anew run voice --data RECORDINGS")
        label.kept = home() / "spoken"
        self.artifact, self.label = artifact, label
        self.name, self.version = artifact.recipe.name, artifact.weights[:12]
        self.rate = self._heard(torch.zeros(1, *artifact.model.spec.shape)).rate
        self.speakers: Mapping[str, str] = {self.name: artifact.recipe.about or "learnt here"}

    def say(self, saying: Saying, manner: Manner, speaker: str, rng: np.random.Generator) -> Sound:
        """Another pitch is another rate of what is drawn at another pace, so that its length stays: the whole spectrum
        moves, as on a tape."""
        words = [check_phones(saying.phones)] if saying.phones else self.label.phonemes.of(saying.words)
        times = 2 ** (manner.pitch / 12)
        parts = [self._drawn(part, manner.rate / times, int(rng.integers(2**62))) for part in self._parted(words)]
        wave = np.concatenate([np.zeros((1, 0), np.float32), *parts], axis=1)
        if times == 1 or not wave.size:
            return Sound(wave, self.rate)
        played = min(HIGHEST_RATE, max(LOWEST_RATE, round(self.rate * times)))
        return Sound(wave, played).at_rate(self.rate)

    def _parted(self, words: Sequence[Sequence[str]]) -> list[list[str]]:
        """Symbols of as many words as fit, again and again."""
        found: list[list[str]] = []
        held: list[Sequence[str]] = []
        for word in words:
            if held and len(self.label.laid_out([*held, word])) > self.label.longest:
                found.append(self.label.laid_out(held))
                held = []
            held.append(word)
        return [one for one in (*found, self.label.laid_out(held)) if one]

    def _drawn(self, symbols: list[str], pace: float, seed: int) -> np.ndarray:
        """(1, L). What takes more columns than the model draws at once is parted in two."""
        cond, rng = Cond(tokens_BL=self.label.rows([symbols])), torch.Generator().manual_seed(seed)
        try:
            *_, last = self.artifact.model.sample([rng], cond, None, PacedOptions(pace=pace))
        except Unsupported:
            halves = halved(symbols)
            if halves is None:
                raise
            return np.concatenate([self._drawn(half, pace, seed + i) for i, half in enumerate(halves)], axis=1)
        return self._heard(last.data).wave

    def _heard(self, drawn: torch.Tensor) -> Sound:
        sound: Sound = self.artifact.codec.decode(drawn)[0]
        return sound.in_channels(1)

    def adapted(self, name: str, recordings: Sequence[Path | bytes], consent: Consent) -> Voice:
        raise does_not_learn(self)


def halved(symbols: list[str]) -> tuple[list[str], list[str]] | None:
    """At the bound between words that is nearest to the middle; None where there is none."""
    bounds = [i for i, one in enumerate(symbols) if one == BOUND]
    if not bounds:
        return None
    middle = min(bounds, key=lambda i: abs(i - len(symbols) / 2))
    return [*symbols[:middle], END], [BEGIN, *symbols[middle + 1 :]]


__all__ = ["LearntVoice"]
