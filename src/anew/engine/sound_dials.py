"""How long, how loud and whether a loop: what is asked of any sound that is made.

In: the options of a request, an open model, made sounds. Out: what the model is given for it, and the sounds as they
were asked for. A model of anything else refuses each by its name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch

from anew.artifact import Artifact
from anew.codecs.loudness import as_loud, loudness
from anew.codecs.sound import Sound
from anew.codecs.sound_loop import SHORTEST as ROUND
from anew.codecs.sound_loop import looped
from anew.contract import Prompt
from anew.engine.settings import DIALS as NAMES
from anew.errors import RecipeError

SHORTEST = 0.02  # seconds
QUIETEST, LOUDEST = -60.0, 0.0  # LUFS
FADE = 0.01  # seconds in which what is cut off dies away
NEAR = 0.5  # LU off, which is as asked for


@dataclass(frozen=True)
class Dials:
    """`seconds`: of the file, to a value; `loudness`: LUFS, integrated as in ITU-R BS.1770-4, as far as a peak of -1 dB
    allows; `loop`: the end goes on in the begin."""

    seconds: float | None = None
    loudness: float | None = None
    loop: bool = False

    @classmethod
    def of(cls, artifact: Artifact, options: Mapping[str, Any]) -> Self:
        """Those among the options. RecipeError: of a model of no sounds, or values that no sound has."""
        given = {name: options[name] for name in NAMES if options.get(name) not in (None, False)}
        recipe = artifact.recipe
        for name in given if recipe.modality != "audio" else ():
            raise RecipeError(
                f"{name}: of sounds, and {recipe.name} makes {recipe.modality}", next_command="leave it out"
            )
        made = cls(**given)
        made.check(artifact)
        return made

    def check(self, artifact: Artifact) -> None:
        for name, low, high in (("seconds", SHORTEST, None), ("loudness", QUIETEST, LOUDEST)):
            value = getattr(self, name)
            if value is None:
                continue
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            most = longest(artifact) if high is None else high
            if name == "seconds" and self.loop:
                low, most = ROUND, max(most, ROUND)
            if not is_number or not low <= value <= most:
                unit = "s" if name == "seconds" else "LUFS"
                what = f"{name}: {artifact.recipe.name} makes sounds of {low:g} to {most:g} {unit}, not {value!r}"
                more = name == "seconds" and is_number and value > most
                longer = f"--outpaint SOUND.wav --margins 0,{value - most:.3g} goes on with one" if more else ""
                raise RecipeError(what, next_command=longer or f"--{name} {most:g}")
        if not isinstance(self.loop, (bool, int)):
            raise RecipeError(f"loop: true or false, not {self.loop!r}")

    @property
    def told(self) -> dict[str, Any]:
        """As a file's note says it."""
        given = {"seconds": self.seconds, "loudness": self.loudness}
        found: dict[str, Any] = {name: float(value) for name, value in given.items() if value is not None}
        return found | ({"loop": 1} if self.loop else {})

    def prompt(self, artifact: Artifact, given: Any, n: int) -> Any:
        """With silence after the length that is asked for, where the model goes from noise to a grid in time and is
        given nothing else there. A loop is cut out of a sound of any length."""
        model, whole = artifact.model, given is None or (isinstance(given, Prompt) and given.values is None)
        if self.seconds is None or self.loop or not whole or not is_in_time(artifact):
            return given
        begins_B = torch.arange(model.spec.shape[-1]) * longest(artifact) / model.spec.shape[-1]
        known = (begins_B >= self.seconds).expand(n, *model.spec.shape)
        rate = artifact.plain.rate
        silence = artifact.codec.encode([Sound(np.zeros((1, 1), np.float32), rate)])
        assert isinstance(silence, torch.Tensor)
        held = {"values": silence.expand(n, *model.spec.shape), "known": known}
        return replace(given, **held) if isinstance(given, Prompt) else Prompt(**held)

    def finished(self, sound: Sound) -> Sound:
        """A made sound, as it was asked for."""
        if self.loop:
            sound = looped(sound, self.seconds)
        elif self.seconds is not None:
            sound = cut(sound, round(self.seconds * sound.rate))
        return sound if self.loudness is None else as_loud(sound, self.loudness)

    def missed(self, sound: Sound) -> str | None:
        """How far from as loud as was asked for the sound is, where its peak allows no more."""
        if self.loudness is None or abs((found := loudness(sound)) - self.loudness) <= NEAR:
            return None
        why = (
            "is silent" if not math.isfinite(found) else f"has {found:.1f} LUFS, at which its peak is as high as may be"
        )
        return f"asked for {self.loudness:g} LUFS, it {why}"


def louder(sound: Sound, gain: float) -> Sound:
    """Times the gain, as far as full scale allows."""
    return Sound((sound.wave * np.float32(min(gain, 1 / max(sound.peak, 1e-9)))).astype(np.float32), sound.rate)


def longest(artifact: Artifact) -> float:
    """Seconds of the longest sound that the model makes at once."""
    plain: Any = artifact.plain
    return float(plain.length / plain.rate)


def learnt_gain(artifact: Artifact, sound: Sound) -> np.float32:
    """What a given sound is multiplied by to be as loud as those that the model learnt from; its peak may be lower."""
    wanted = artifact.recipe.clean.loudness
    made = as_loud(sound, wanted) if wanted else sound
    return np.float32(made.peak / sound.peak if sound.peak > 0 else 1)


def is_in_time(artifact: Artifact) -> bool:
    """Whether the model goes from noise to a grid whose last axis is time: that of the codec, or of a learned one whose
    cells are stretches of it."""
    model, plain = artifact.model, artifact.plain
    if model.streams != "refine" or model.spec.kind != "grid":
        return False
    return artifact.codec is plain or getattr(artifact.codec, "scale", None) is not None or len(model.spec.shape) == 3


def cut(sound: Sound, length: int) -> Sound:
    """So many values: cut off, dying away in FADE, or with silence after it."""
    wave = np.pad(sound.wave[:, :length], ((0, 0), (0, max(0, length - len(sound)))))
    if len(sound) > length:
        fade = min(length, round(FADE * sound.rate))
        wave[:, length - fade :] *= np.linspace(1, 0, fade + 1, dtype=np.float32)[1:]
    return Sound(np.ascontiguousarray(wave), sound.rate)


__all__ = ["NAMES", "Dials", "cut", "is_in_time", "learnt_gain", "longest", "louder"]
