"""Whose voice a recipe learns, and that they agreed: a recipe of spoken data carries records of consent.

In: a recipe, and what was collected for it. Out: the records, or a refusal. Checked whenever a run takes up its data,
so that a consent that was revoked ends what is not done yet. What is learnt speaks, in the run's own report first, so
that both are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from anew import registry
from anew.artifact import Artifact
from anew.collect import find
from anew.collect.datasets import CATALOGUE
from anew.data.records import read_batches
from anew.errors import DataError, RecipeError
from anew.models.diffusion.aligned import PacedOptions
from anew.recipe import Recipe
from anew.safety.borne import as_file, from_file
from anew.safety.consent import (
    MOST_RECORDINGS,
    NoConsent,
    Signed,
    files,
    make_again,
    plain,
    read_consent,
    require_consent,
    sha256,
)

MOST_FILES = 10 * MOST_RECORDINGS  # of a run


def agreed(recipe: Recipe) -> list[Signed]:
    """None where nobody's voice is learnt. NoConsent: no record, one that does not hold, or a recording that none of
    them names; of data that are gone nothing is left to be named. RecipeError: a model of voices, of data that are said
    to hold no speech; a record beside data that hold none."""
    if not recipe.data.spoken:
        refuse_unspoken(recipe)
        return []
    source = place_of(recipe)
    if recipe.data.consent is None:
        require_consent(None, speaker=f"who speaks in {source.name}", purpose="adapt")
    found = given_by(recipe)
    for one in found:
        require_consent(one, speaker=one.consent.speaker, purpose="adapt")
        require_consent(one, speaker=one.consent.speaker, purpose="speak")
    if source.exists():
        refuse_unnamed(found, files([source], MOST_FILES))
    return found


def refuse_unspoken(recipe: Recipe) -> None:
    """RecipeError: what would learn a voice without anybody being asked, or asks for nothing's sake."""
    if recipe.modality == "audio" and issubclass(registry.find("models", recipe.model.name).options, PacedOptions):
        what = f"{recipe.model.name} learns how somebody says things: its data are spoken"
        raise RecipeError(what, next_command="the same with --data.spoken true --data.consent RECORD")
    if recipe.data.consent is not None:
        what = "data.consent is of whose voice is learnt, and nobody's is"
        raise RecipeError(what, next_command="the same with --data.spoken true, or without --data.consent")


def place_of(recipe: Recipe) -> Path:
    """Where the data lie that are collected: a known data set before a folder of its name."""
    if recipe.data.source in CATALOGUE:
        return find(recipe.data, recipe.modality).path
    return Path(recipe.data.source).expanduser()


def given_by(recipe: Recipe) -> list[Signed]:
    """The recipe's records, none of which is checked yet."""
    return [read_consent(one) for one in records(str(recipe.data.consent))]


def records(given: str) -> Iterable[Path | str]:
    """The record of that id, in that file, or those in that folder, of several speakers. DataError: an empty one."""
    path = Path(given).expanduser()
    if is_id(given) or not path.is_dir():
        return [given if is_id(given) else path]
    found = sorted(path.glob("*.json"))
    if not found:
        raise DataError(f"{path}: no record of consent in it", next_command="anew consent make --help")
    return found


def refuse_unnamed(records: list[Signed], recordings: Iterable[Path]) -> None:
    """NoConsent for the first recording that no record names."""
    named = {digest for one in records for digest in one.consent.recordings}
    for path in recordings:
        if sha256(path) not in named:
            who = " and ".join(dict.fromkeys(one.consent.speaker for one in records))
            raise NoConsent(f"the consent of {who} does not name {path}", next_command=make_again(records[0].consent))


def refuse_others(recipe: Recipe, collected: Path) -> None:
    """Of several speakers, whom folders or a column tell apart: NoConsent for the first recording that is said to be
    somebody's whose own record does not name it. What lies in an archive or a table is one file, that all of them may
    name: there it is enough that the speaker agreed."""
    if not recipe.data.spoken:
        return
    told: list[tuple[str | None, str, str]] = []
    for part in read_batches(collected, ("label", "hash", "origin")):
        told += zip(*(part[name].to_pylist() for name in ("label", "hash", "origin")), strict=True)
    if len({label for label, _, _ in told} - {None}) < 2:
        return
    records = given_by(recipe)
    everybody = {called(one.consent.speaker) for one in records}
    named: dict[str, set[str]] = {}
    for one in records:
        for digest in one.consent.recordings:
            named.setdefault(digest, set()).add(called(one.consent.speaker))
    for label, digest, origin in told:
        if label is not None and called(label) not in named.get(digest, everybody):
            who = " and ".join(dict.fromkeys(one.consent.speaker for one in records))
            what = f"{origin} is to be {label}'s, who did not agree to it: there is the consent of {who}"
            way = f"anew consent make --speaker {json.dumps(label)} --for WHAT RECORDINGS, or folders by the speakers"
            raise NoConsent(what, next_command=way)


def called(name: str) -> str:
    """A speaker's name, as a folder may write it."""
    return plain(re.sub(r"[-_]", " ", name))


def travelling(recipe: Recipe, start: Artifact | None = None) -> bytes:
    """The file of the records that a model of this recipe bears with it, `start`: the model that it goes on from,
    whose speaker is in it still."""
    before = b"" if start is None else start.consent
    return as_file([*from_file(before), *agreed(recipe)]) if recipe.data.spoken else before


def is_id(given: str) -> bool:
    """Of a record that is kept here, and not a file's path."""
    return len(given) == 32 and all(one in "0123456789abcdef" for one in given)


__all__ = ["agreed", "refuse_others", "travelling"]
