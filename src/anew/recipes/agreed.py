"""Whose voice a recipe learns, and that they agreed: a recipe of spoken data carries a record of consent.

In: a recipe. Out: the consent, or a refusal. Checked whenever a run takes up its data, so that a consent that was
revoked ends what is not done yet.
"""

from __future__ import annotations

from pathlib import Path

from anew.recipe import Recipe
from anew.safety.consent import Consent, read_consent, require_consent


def agreed(recipe: Recipe) -> Consent | None:
    """None where nobody's voice is learnt. NoConsent: no record, one that does not hold, or one that does not name a
    recording; of data that are gone nothing is left to be named."""
    if not recipe.data.spoken:
        return None
    source, given = Path(recipe.data.source).expanduser(), recipe.data.consent
    record: Path | str | None = None if given is None else given if is_id(given) else Path(given).expanduser()
    speaker = f"who speaks in {source.name}" if record is None else read_consent(record).consent.speaker
    recordings = [source] if source.exists() else None
    return require_consent(record, speaker=speaker, purpose="adapt", recordings=recordings)


def is_id(given: str) -> bool:
    """Of a record that is kept here, and not a file's path."""
    return len(given) == 32 and all(one in "0123456789abcdef" for one in given)


__all__ = ["agreed"]
