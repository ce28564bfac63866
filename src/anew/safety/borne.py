"""Consent that a model bears with it: the records of everybody whose voice is in it, in its consent.json.

In: that file, and whose weights they are that want to speak. Out: nothing, or a refusal.

A record that this machine trusts by its own word counts for any model that bears it. One that counts everywhere, since
the package trusts its key, is there for all to copy: alone it opens only the model whose weights it names by their
SHA-256, among its recordings. Beside a record of this machine's own (of a speaker whom such a voice took on) it does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from anew.errors import DataError
from anew.safety.consent import (
    NoConsent,
    Purpose,
    Signed,
    own_keys,
    public_key,
    read_consent,
    require_consent,
    signing_key,
)

VERIFY = "anew models verify"
MOST_BORNE = 64 << 20  # bytes of the records that a model bears
LEARN = "anew run voice --data RECORDINGS --data.consent RECORD"


def as_file(records: Sequence[Signed]) -> bytes:
    """Records as a model bears them with it, each once."""
    told = {one.consent.id: json.loads(one.file) for one in records}
    return json.dumps(list(told.values()), indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def from_file(content: bytes) -> list[Signed]:
    """The records in such a file, of which none is checked yet. DataError: none."""
    if not content:
        return []
    try:
        told = json.loads(content) if len(content) <= MOST_BORNE else None
        if not isinstance(told, list) or not told:
            raise TypeError
    except (ValueError, TypeError, RecursionError):
        raise DataError("the model's consent.json holds no records of consent", next_command=VERIFY) from None
    return [read_consent(json.dumps(one).encode()) for one in told]


def require_of_voice(
    content: bytes, name: str, purpose: Purpose, root: Path | None = None, now: datetime | None = None
) -> list[Signed]:
    """The records that the model `name` bears, each of which holds now and is for this. NoConsent: it bears none, or
    one that does not."""
    if not content:
        what = f"{name} learnt somebody's voice, and bears no record that they agreed"
        raise NoConsent(what, next_command=LEARN)
    records = from_file(content)
    for one in records:
        require_consent(one, speaker=one.consent.speaker, purpose=purpose, root=root, now=now)
    return records


def require_to_speak(
    content: bytes, name: str, weights: str, root: Path | None = None, now: datetime | None = None
) -> None:
    """What everything calls that makes a learnt voice say something: what the model bears is for speaking, and belongs
    to it. `weights`: their SHA-256. NoConsent."""
    records, own = require_of_voice(content, name, "speak", root, now), own_keys(root)
    if not any(one.key in own or weights in one.consent.recordings for one in records):
        what = f"{name} bears the consent behind a voice that comes with anew, and is not that voice"
        raise NoConsent(what, next_command=LEARN)


def naming(signed: Signed, weights: str, file: str, root: Path | None = None) -> Signed:
    """The same consent with a model's weights among what it names, signed anew by this machine, which signed it first.
    NoConsent: another did, or the voice may not be given to others."""
    require_consent(signed, speaker=signed.consent.speaker, purpose="publish", root=root)
    if signed.key != public_key(root):
        raise NoConsent("the consent record is signed by another machine", next_command="the same where it was signed")
    consent = replace(signed.consent, recordings={**signed.consent.recordings, weights: file})
    return Signed(consent, signed.key, signing_key(root).sign(consent.content).hex())


__all__ = ["as_file", "from_file", "naming", "require_of_voice", "require_to_speak"]
