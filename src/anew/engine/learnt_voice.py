"""A voice that was learnt here: a model that is told transcripts and draws what is heard of them.

In: an artifact whose conditions are transcripts; sentences in words or phonemes. Out: sounds of the codec's rate, as
long as everybody whose voice is in it agrees: it is asked when the voice is opened, and again for each text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from anew.artifact import Artifact
from anew.codecs.sound import HIGHEST_RATE, LOWEST_RATE, Sound
from anew.codecs.spoken.phonemes import check_phones, of_ipa
from anew.codecs.spoken.transcript import BOUND, END, Transcript
from anew.contract import Cond, Unsupported
from anew.engine.voices import Manner, Saying, Voice
from anew.errors import RecipeError
from anew.models.diffusion.aligned import PacedOptions
from anew.safety.borne import require_to_speak
from anew.safety.consent import Consent


class LearntVoice:
    """RecipeError: a model that says nothing; NoConsent: one whose speaker does not agree that it speaks."""

    def __init__(self, artifact: Artifact) -> None:
        label = artifact.label
        if not isinstance(label, Transcript):
            what = f"{artifact.recipe.name} is no voice: it did not learn from transcripts"
            raise RecipeError(what, next_command="anew run voice --data RECORDINGS")
        self.artifact, self.label = artifact, label
        self.name, self.version = artifact.recipe.name, artifact.weights[:12]
        self.rate: int = artifact.plain.rate  # type: ignore[attr-defined]
        about = artifact.recipe.about or "learnt here"
        self.speakers: Mapping[str, str] = dict.fromkeys(label.speakers or (self.name,), about)
        self.permit()

    def permit(self) -> None:
        require_to_speak(self.artifact.consent, self.name, self.artifact.weights)

    def say(self, saying: Saying, manner: Manner, speaker: str, rng: np.random.Generator) -> Sound:
        """Another pitch is another rate of what is drawn at another pace, so that its length stays: the whole spectrum
        moves, as on a tape."""
        words = [phones_of(saying)] if saying.phones else self.label.phonemes.of(saying.words)
        times = 2 ** (manner.pitch / 12)
        parts = [
            self._drawn(part, manner.rate / times, int(rng.integers(2**62))) for part in self._parted(words, speaker)
        ]
        wave = np.concatenate([np.zeros((1, 0), np.float32), *parts], axis=1)
        if times == 1 or not wave.size:
            return Sound(wave, self.rate)
        played = min(HIGHEST_RATE, max(LOWEST_RATE, round(self.rate * times)))
        return Sound(wave, played).at_rate(self.rate)

    def _parted(self, words: Sequence[Sequence[str]], speaker: str) -> list[list[str]]:
        """Symbols of as many words as fit, again and again; of a word that does not fit by itself as many phonemes."""
        found: list[list[str]] = []
        held: list[Sequence[str]] = []
        most = self.label.longest - 3  # beside who speaks, a bound and the end
        for word in [whole[i : i + most] for whole in words for i in range(0, len(whole), most)]:
            if held and len(self.label.laid_out([*held, word], speaker)) > self.label.longest:
                found.append(self.label.laid_out(held, speaker))
                held = []
            held.append(word)
        return [one for one in (*found, self.label.laid_out(held, speaker)) if one]

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
        sound: Sound = self.artifact.codec.decode(last.data)[0]
        return sound.in_channels(1).wave

    def adapted(self, name: str, recordings: Sequence[Path | bytes], consent: Consent) -> Voice:
        what = f"{self.name} takes on another speaker by a run of its own"
        command = f"anew run speaker --from {self.name} --data RECORDINGS --data.consent RECORD"
        raise Unsupported(f"{what}: {command}")


def phones_of(saying: Saying) -> list[str]:
    """In ARPAbet, of which the label knows every one."""
    return check_phones(saying.phones) if saying.alphabet == "arpabet" else of_ipa(saying.phones)


def halved(symbols: list[str]) -> tuple[list[str], list[str]] | None:
    """At the bound between words that is nearest to the middle; None where there is none."""
    bounds = [i for i, one in enumerate(symbols) if one == BOUND]
    if not bounds:
        return None
    middle = min(bounds, key=lambda i: abs(i - len(symbols) / 2))
    return [*symbols[:middle], END], [symbols[0], *symbols[middle + 1 :]]


__all__ = ["LearntVoice"]
