"""Sounds as inputs: variations of one, a gap in one made anew, and one that goes on before its begin or after its end.

In: a model, a sound of any rate, channels and length, and what of it is to be made, in seconds. Out: sounds of the same
rate and channels, whose given values come out bit-equal.

The model looks through a window of its own length, at its own rate, in which the cells of its grid are held where they
are known. What it is shown within a gap is what lies around it, mirrored, and the second time what it made the first
time: what was there before is not looked at. Its wave is then joined to what stands around (`codecs.sound_gap`). All
channels get the same; so does every rate, of which what is made has no frequencies above half the model's.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from anew.artifact import Artifact
from anew.codecs.origin import MENDED
from anew.codecs.sound import Sound, Wave
from anew.codecs.sound_gap import EASE, Mask, eased, filled, mirrored, stretches
from anew.contract import Prompt
from anew.engine.edit import asked_of, begun, check_strength, digest_of, edited, plain_of, tensor
from anew.engine.generate import Generated, Watch, seeds_for
from anew.engine.settings import Edit
from anew.engine.sound_dials import NAMES, Dials, cut, is_in_time, learnt_gain, longest, louder
from anew.errors import RecipeError

STRENGTHS = (0.7, 0.4)  # of the passes over a window: how much of what the gap was filled with is forgotten
SHARE = 0.5  # of a window, that is made at once where a sound goes on
MOST_GAP = 0.8  # of a window: the rest shows what stands around it
SHORTEST = 0.01  # seconds of a gap
MOST_WINDOWS = 128
Span = tuple[float, float]  # seconds


def vary_sound(
    artifact: Artifact,
    sound: Sound,
    strength: float,
    n: int = 1,
    seed: int | Sequence[int] = 0,
    label: str | None = None,
    **options: Any,
) -> Generated:
    """`n` variations. Strength 0 is the sound at the model's rate and of no more than its length, bit-equal; 1 forgets
    it. The model hears it as loud as what it learnt from; variations are as loud as it is, or as `loudness` says."""
    plain, asked, dials = plain_of(artifact, sound), asked_of(artifact, n, label), Dials.of(artifact, options)
    check_strength(strength)
    held = plain.canonical(sound)
    gain = learnt_gain(artifact, held)
    start = tensor(artifact.codec.encode([louder(held, gain)])).expand(n, *artifact.model.spec.shape)
    given = dials.prompt(artifact, Prompt(start=start, strength=strength), n)
    made = begun(artifact, seeds_for(n, seed), given, asked, {k: v for k, v in options.items() if k not in NAMES})
    varied = [held if strength == 0 else louder(one, 1 / gain) for one in made.samples]
    how = edited(made, Edit(kind="variation", picture=digest_of(held.wave), strength=float(strength)))
    how = how and how.model_copy(update={"options": how.options | dials.told})
    return replace(made, samples=[dials.finished(one) for one in varied], how=how)


def inpaint_sound(
    artifact: Artifact,
    sound: Sound,
    gap: Span,
    n: int = 1,
    seed: int | Sequence[int] = 0,
    label: str | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Generated:
    """`n` ways to make the seconds from `gap[0]` to `gap[1]`. RecipeError: a gap that is not in the sound, or too long
    for the model to see anything around it."""
    mending = Mending(artifact, sound, seeds_for(n, seed), asked_of(artifact, n, label), options, watch)
    begin, end = gap
    most = MOST_GAP * longest(artifact)
    if not (0 <= begin < end <= sound.seconds + 1e-6) or not SHORTEST <= end - begin <= most:
        what = f"mask: a gap of {SHORTEST:g} to {most:.3g} s in a sound of {sound.seconds:.3f} s, not {begin:g}-{end:g}"
        raise RecipeError(what, next_command=f"--mask 0-{min(most, sound.seconds):.3g}")
    first, last = round(begin * sound.rate), min(round(end * sound.rate), len(sound))
    return mending.whole(
        0, 0, (first, last), Edit(kind="inpainting", picture=digest_of(sound.wave), gap=[float(begin), float(end)])
    )


def outpaint_sound(
    artifact: Artifact,
    sound: Sound,
    margins: Sequence[float],
    n: int = 1,
    seed: int | Sequence[int] = 0,
    label: str | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> Generated:
    """`n` ways to go on, `margins` seconds before the begin and after the end. RecipeError: margins that are none."""
    mending = Mending(artifact, sound, seeds_for(n, seed), asked_of(artifact, n, label), options, watch)
    most = MOST_WINDOWS * SHARE * longest(artifact)
    numbers = len(margins) == 2 and all(math.isfinite(one) and one >= 0 for one in margins)
    if not numbers or not SHORTEST <= sum(margins) <= most:
        what = f"margins: seconds before and after a sound, {SHORTEST:g} to {most:.3g} in all, not {list(margins)}"
        raise RecipeError(what, next_command="--margins 0,0.5")
    before, after = (round(one * sound.rate) for one in margins)
    how = Edit(kind="outpainting", picture=digest_of(sound.wave), margins=[float(one) for one in margins])
    return mending.whole(before, after, None, how)


@dataclass
class Mending:
    """Samples of one sound, a seed each. RecipeError: a model that cannot begin from a sound, or options that would
    change what is given."""

    artifact: Artifact
    sound: Sound
    seeds: Sequence[int]
    asked: list[str | None] | None
    options: Mapping[str, Any]
    watch: Watch | None

    def __post_init__(self) -> None:
        plain_of(self.artifact)
        for name in NAMES:
            if self.options.get(name) not in (None, False):
                what = f"{name}: what is given of a sound stays as it is"
                raise RecipeError(what, next_command=f"the same without --{name}")
        if not is_in_time(self.artifact):
            what = f"{self.artifact.recipe.name} makes its sounds in no order of time in which a part could be held"
            raise RecipeError(what, next_command="anew run sounds, whose model can")
        if not len(self.sound):
            raise RecipeError("the sound holds nothing", next_command="another sound")

    def whole(self, before: int, after: int, gap: tuple[int, int] | None, how: Edit) -> Generated:
        """With `before` and `after` values more, in the sound's own rate, and its `gap` made anew."""
        plain: Any = self.artifact.plain
        own = np.pad(self.sound.wave, ((0, 0), (before, after)))
        unknown = np.zeros(own.shape[1], bool)
        unknown[:before] = unknown[own.shape[1] - after :] = True
        if gap is not None:
            unknown[gap[0] : gap[1]] = True
        shown = Sound(mirrored(own, unknown), self.sound.rate)
        canvas = shown.in_channels(len(plain.canonical(shown).wave)).at_rate(plain.rate)
        hidden = np.zeros(len(canvas), bool)
        for first, last in stretches(unknown):
            ratio = plain.rate / self.sound.rate
            hidden[math.floor(first * ratio) : math.ceil(last * ratio)] = True
        gain = learnt_gain(self.artifact, canvas)
        canvases, made = self.canvases(canvas.wave * gain, hidden)
        samples = [self.merged(own, unknown, Sound(one, plain.rate), gain) for one in canvases]
        return replace(made, samples=samples, source=MENDED, how=edited(made, how))

    def canvases(self, canvas: Wave, hidden: Mask) -> tuple[list[Wave], Generated]:
        """Each sample's wave at the model's rate, window after window, and what the first window's request was."""
        plain: Any = self.artifact.plain
        whole, size = [canvas.copy() for _ in self.seeds], plain.length
        windows, first, missing = order_of(hidden, size), None, hidden.copy()
        for done, (begin, part) in enumerate(windows):
            seeds = [seed_at(seed, begin) for seed in self.seeds] if done else list(self.seeds)
            at = slice(begin, begin + size)
            views = [np.pad(one[:, at], ((0, 0), (0, size - one[:, at].shape[1]))) for one in whole]
            veiled = np.pad(missing[at], (0, size - len(missing[at])), constant_values=bool(missing[-1]))
            found, made = self.window(views, veiled, seeds, (done, len(windows)))
            first = first or made
            for one, wave in zip(whole, found, strict=True):
                one[:, part] = wave[:, part.start - begin : part.stop - begin]
            missing[part] = False
        assert first is not None
        return whole, first

    def window(
        self, views: Sequence[Wave], veiled: Mask, seeds: Sequence[int], place: tuple[int, int]
    ) -> tuple[list[Wave], Generated]:
        """(C, L) each: the windows with what is `veiled` made."""
        plain: Any = self.artifact.plain
        shape = self.artifact.model.spec.shape
        edges = (np.arange(shape[-1] + 1) * len(veiled) / shape[-1]).astype(int)
        unknown = np.logical_or.reduceat(veiled, edges[:-1])
        known = torch.from_numpy(~unknown).expand(len(seeds), *shape)
        shown = [mirrored(one, veiled) for one in views]
        for turn, strength in enumerate(STRENGTHS):
            values = tensor(self.artifact.codec.encode([Sound(np.ascontiguousarray(one), plain.rate) for one in shown]))
            options = {**self.options, "watch": self.told(place[0] + turn / len(STRENGTHS), place[1])}
            made = begun(self.artifact, seeds, Prompt(values, known, values, strength), self.asked, options)
            filling = [np.pad(one.wave, ((0, 0), (0, max(0, len(veiled) - len(one))))) for one in made.samples]
            shown = [
                np.stack([filled(a, b[: len(veiled)], veiled, plain.rate) for a, b in zip(view, fill, strict=True)])
                for view, fill in zip(views, filling, strict=True)
            ]
        return shown, made

    def told(self, done: float, of: int) -> Watch:
        """What looks on at a window, as a share of the work."""

        def look(share: float, decode: Any) -> None:
            if self.watch is not None:
                self.watch((done + share / len(STRENGTHS)) / of, decode)

        return look

    def merged(self, own: Wave, unknown: Mask, made: Sound, gain: np.float32) -> Sound:
        """The given values as they are, and what was made of the others, at their rate and as loud as they are."""
        back = cut(made.at_rate(self.sound.rate), own.shape[1]).wave / gain
        back = np.clip(back if len(back) == len(own) else back.mean(0, keepdims=True), -1, 1)
        whole = np.where(unknown, back, own)
        whole = np.stack([eased(row, row, unknown, round(EASE * self.sound.rate)) for row in whole])
        wave = np.where(unknown, np.clip(whole, -1, 1), own)
        return Sound(np.ascontiguousarray(wave, dtype=np.float32), self.sound.rate)


def order_of(hidden: Mask, size: int) -> list[tuple[int, slice]]:
    """Windows' begins, and what each makes: a gap at once, its window about its middle; an end in steps of SHARE of a
    window, away from what is known."""
    total, step, found = len(hidden), max(1, round(SHARE * size)), list[tuple[int, slice]]()
    for first, last in stretches(hidden):
        if 0 < first and last < total:
            middle = (first + last) // 2 - size // 2
            found.append((min(max(0, middle), max(0, total - size)), slice(first, last)))
        elif first > 0:
            for at in range(first, last, step):
                found.append((max(0, at + step - size), slice(at, min(at + step, last))))
        else:
            for at in range(last, first, -step):
                found.append((max(0, at - step), slice(max(0, at - step), at)))
    return found


def seed_at(seed: int, begin: int) -> int:
    """Of a later window: it follows from the sample's own and from where it is."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{begin}".encode()).digest()[:8], "big") % 2**63


__all__ = ["Span", "inpaint_sound", "outpaint_sound", "vary_sound"]
