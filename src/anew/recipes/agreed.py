"""Whose voice a recipe learns, and that they agreed: a recipe of spoken data carries records of consent.

In: a recipe. Out: the records, or a refusal. Checked whenever a run takes up its data, so that a consent that was
revoked ends what is not done yet. What is learnt speaks, in the run's own report first, so that both are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from anew.errors import DataError
from anew.recipe import Recipe
from anew.safety.borne import as_file, from_file
from anew.safety.consent import (
    NoConsent,
    Signed,
    files,
    make_again,
    read_consent,
    require_consent,
    sha256,
)


def agreed(recipe: Recipe) -> list[Signed]:
    """None where nobody's voice is learnt. NoConsent: no record, one that does not hold, or a recording that none of
    them names; of data that are gone nothing is left to be named."""
    if not recipe.data.spoken:
        return []
    source, given = Path(recipe.data.source).expanduser(), recipe.data.consent
    if given is None:
        require_consent(None, speaker=f"who speaks in {source.name}", purpose="adapt")
    found = [read_consent(one) for one in records(str(given))]
    for one in found:
        require_consent(one, speaker=one.consent.speaker, purpose="adapt")
        require_consent(one, speaker=one.consent.speaker, purpose="speak")
    if source.exists():
        refuse_unnamed(found, files([source]))
    return found


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


def travelling(recipe: Recipe, start: bytes = b"") -> bytes:
    """The file of the records that a model of this recipe bears with it, `start`: of the model that it goes on from,
    whose speaker is in it still."""
    return as_file([*from_file(start), *agreed(recipe)]) if recipe.data.spoken else start


def is_id(given: str) -> bool:
    """Of a record that is kept here, and not a file's path."""
    return len(given) == 32 and all(one in "0123456789abcdef" for one in given)


__all__ = ["agreed", "travelling"]
