"""Whether a model may come with the package, by what was measured of it.

In: a model's recipe, its evidence and the consent that it bears. Out: the reasons why it may not; none for one that
may. A model that makes samples may not be one that copies: pictures, sounds and texts are counted as near-copies, music
by the runs of notes that training pieces have too, beside those of held-out pieces. A vocoder makes nothing by itself,
and has to be nearer to the sounds than Griffin–Lim; a voice says what it is told, and has to be understood, with the
consent that others may have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from anew.recipe import Recipe
from anew.recipes.coder import VOCODER
from anew.recipes.evaluate.voiced import RATE
from anew.safety import consent
from anew.safety.borne import from_file

MOST_COPIES = 0.05  # of samples
MOST_MISHEARD = 0.2  # of words
COPIES, PLANTED = "near_copies", "planted_copy_found"
RUNS = ("longest_copied_run", "copied_run_median")  # of the piece that copies most, and of one in the middle
VOCODED, PLAIN = "spectral_distance", "spectral_distance_griffin_lim"


def unfit(recipe: Recipe, metrics: Mapping[str, Any], weights: str, borne: bytes = b"") -> list[str]:
    """Why it may not. `metrics` by name, as a report has them; `weights`: their SHA-256; `borne`: the file of consent
    records."""
    if recipe.model.name == VOCODER:
        return list(farther(metrics, VOCODED, PLAIN))
    if recipe.data.spoken:
        return [*misunderstood(metrics), *kept_back(borne, weights)]
    if recipe.modality == "music":
        runs = (farther(metrics, name, f"{name}_held_out", may_be_equal=True) for name in RUNS)
        return [*void(metrics, PLANTED), *chain.from_iterable(runs)]
    return [*void(metrics, f"{COPIES}_planted"), *copies(metrics)]


def void(metrics: Mapping[str, Any], planted: str) -> Iterator[str]:
    """A count that does not find what was planted says nothing."""
    for name, metric in metrics.items():
        if name.startswith(planted) and metric["passed"] is False:
            yield f"the check {name} failed"


def copies(metrics: Mapping[str, Any]) -> Iterator[str]:
    share = value(metrics, COPIES)
    if share is None:
        yield "near-copies were not counted"
    elif share > MOST_COPIES:
        yield f"{share:.1%} of samples are near-copies, and {MOST_COPIES:.0%} may be"


def farther(metrics: Mapping[str, Any], ours: str, theirs: str, may_be_equal: bool = False) -> Iterator[str]:
    """Of two figures, less is better."""
    mine, other = value(metrics, ours), value(metrics, theirs)
    if mine is None or other is None:
        yield f"{ours} was not measured beside {theirs}"
    elif mine > other or (mine == other and not may_be_equal):
        yield f"{ours} is {mine:.4g}, and {theirs} {other:.4g}"


def misunderstood(metrics: Mapping[str, Any]) -> Iterator[str]:
    wrong = value(metrics, RATE)
    if wrong is None:
        yield "nobody listened to it; validation.ear names who does"
    elif wrong > MOST_MISHEARD:
        yield f"{wrong:.1%} of its words are misheard, and {MOST_MISHEARD:.0%} may be"


def kept_back(borne: bytes, weights: str) -> Iterator[str]:
    """Its records have to count on every machine, for these weights, and to let others have the voice."""
    records = from_file(borne)
    if not records:
        yield "it bears no record of consent"
    for one in records:
        told = one.consent
        if "publish" not in told.purposes:
            yield f"{told.speaker} agreed to {', '.join(told.purposes)}, and not that others have the voice"
        if one.key not in consent.MAKERS:
            yield f"the consent of {told.speaker} is signed by {one.key}, which safety.consent.MAKERS does not name"
        if weights not in told.recordings:
            yield f"the consent of {told.speaker} does not name these weights"


def value(metrics: Mapping[str, Any], name: str) -> float | None:
    found = metrics.get(name, {}).get("value")
    return None if found is None else float(found)


__all__ = ["MOST_COPIES", "MOST_MISHEARD", "unfit"]
