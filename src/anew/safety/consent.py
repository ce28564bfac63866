"""Consent: a voice is taken from nobody who has not agreed to it, and what was agreed is a signed file.

In: a record (who, what for, which recordings, until when) with its signature, and what is about to be done. Out: the
record, or a refusal that names what is missing. `require_consent` is what every door calls.

Signed are the record's bytes as canonical JSON (sorted keys, no blanks, UTF-8), by Ed25519 (RFC 8032): whoever checks
needs no secret, so that a server can check and not forge. This machine's key lies in ANEW_HOME/consent/key; records
that other machines signed count where their public key lies in ANEW_HOME/consent/trusted. What was revoked stays so.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from anew.data.files import write_atomic
from anew.data.home import home
from anew.errors import DataError, NotFound, Refused, nearest

Purpose = Literal["adapt", "speak", "publish"]
PURPOSES: Mapping[Purpose, str] = {
    "adapt": "a voice may be learnt from the recordings",
    "speak": "that voice may be made to say things",
    "publish": "that voice may be given to others",
}
FORMAT = 1
MOST_BYTES, MOST_RECORDINGS, LONGEST = 4 << 20, 30_000, 2_000  # of a record; characters of what people write into it
MOST_RECORDING = 1 << 30  # bytes
# Public keys by which the consent behind the package's own voices is signed: what `anew consent key` shows where they
# are signed. Such a record opens a model alone whose weights it names (`safety.borne`).
MAKERS: tuple[str, ...] = ("fe7bbdbe8fa36f0e5888e66dc7118dc3cb8f4a7688033a2da1b594d325c43964",)
SKEW = timedelta(minutes=5)  # that another machine's clock may be ahead
KEY = re.compile(r"[0-9a-f]{64}")


class NoConsent(Refused):
    """Nobody agreed to this, as far as can be shown."""


@dataclass(frozen=True)
class Consent:
    """What was agreed. `given_by`: who agreed, the speaker or who may speak for them; `recordings`: names by SHA-256;
    `statement`: SHA-256 of a recording in which it is said; times in ISO 8601, UTC."""

    speaker: str
    given_by: str
    what_for: str
    purposes: tuple[Purpose, ...]
    recordings: Mapping[str, str]
    given: str
    expires: str
    statement: str | None = None
    format: int = FORMAT

    @property
    def content(self) -> bytes:
        """What is signed."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def id(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:32]


@dataclass(frozen=True)
class Signed:
    """A record with the public key that signed it and the signature, both in hexadecimal digits."""

    consent: Consent
    key: str
    signature: str

    @property
    def file(self) -> bytes:
        told = {"consent": asdict(self.consent), "key": self.key, "signature": self.signature}
        return json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


# ------------------------------------------------------------------------------------------------ keys


def signing_key(root: Path | None = None) -> Ed25519PrivateKey:
    """This machine's, made when it is first needed, readable by its user alone."""
    path = place(root) / "key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw().hex())
    except FileExistsError:
        pass
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii").strip()))
    except ValueError:
        raise DataError(f"{path}: no key of Ed25519", next_command=f"mv {path} {path}.damaged") from None


def public_key(root: Path | None = None) -> str:
    """What others check this machine's records by, in hexadecimal digits."""
    return signing_key(root).public_key().public_bytes_raw().hex()


def trusted_keys(root: Path | None = None) -> set[str]:
    """Those of this machine, and those behind the voices that come with the package."""
    return own_keys(root) | set(MAKERS)


def own_keys(root: Path | None = None) -> set[str]:
    """This machine's, where it has one, and those that it was told to trust."""
    folder = place(root)
    found = {path.read_text("ascii", "replace").strip() for path in sorted((folder / "trusted").glob("*.pub"))}
    if (folder / "key").is_file():
        found.add(public_key(root))
    return {key for key in found if KEY.fullmatch(key)}


def trust(key: str, name: str, root: Path | None = None) -> Path:
    """Let records count that another machine signed. DataError: no key, or no name for a file."""
    key = key.strip().lower()
    if not KEY.fullmatch(key):
        raise DataError("a public key has 64 hexadecimal digits", next_command="anew consent key, on that machine")
    if not re.fullmatch(r"[\w-]{1,64}", name):
        raise DataError(f"{name[:40]!r}: a name of letters, digits, - and _")
    path = place(root) / "trusted" / f"{name}.pub"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, f"{key}\n".encode())
    return path


def place(root: Path | None) -> Path:
    return (home() if root is None else root) / "consent"


# ------------------------------------------------------------------------------------------------ making


def make_consent(
    speaker: str, what_for: str, recordings: Iterable[Path], *, purposes: Sequence[str] = ("adapt", "speak"),
    given_by: str | None = None, days: int = 365, statement: Path | None = None, root: Path | None = None,
    now: datetime | None = None,
) -> Signed:  # fmt: skip
    """A signed record, of which a copy is kept. DataError: a field without content, no recordings, no such purpose."""
    given = (now or datetime.now(UTC)).replace(microsecond=0)
    if not 1 <= days <= 3660:
        raise DataError("consent holds for 1 to 3,660 days")
    consent = checked(
        Consent(
            speaker=speaker, given_by=given_by or speaker, what_for=what_for, purposes=tuple(purposes),  # type: ignore[arg-type]
            recordings={sha256(path): path.name for path in files(recordings)},
            given=given.isoformat(), expires=(given + timedelta(days=days)).isoformat(),
            statement=None if statement is None else sha256(statement),
        )
    )  # fmt: skip
    key = signing_key(root)
    signed = Signed(consent, key.public_key().public_bytes_raw().hex(), key.sign(consent.content).hex())
    kept = place(root) / "records" / f"{consent.id}.json"
    if len(signed.file) > MOST_BYTES:
        raise DataError(f"consent: a record of more than {MOST_BYTES:,} bytes", next_command="one for each half")
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(kept, signed.file)
    return signed


def files(paths: Iterable[Path], most: int = MOST_RECORDINGS) -> list[Path]:
    """The files, and those within folders. DataError: none, or more than `most`."""
    found: list[Path] = []
    for path in paths:
        found += sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        if len(found) > most:
            raise DataError(f"more than {most:,} recordings")
    if not found:
        raise DataError("consent names the recordings that it is for", next_command="anew consent make --help")
    return found


def sha256(path: Path) -> str:
    """DataError: it cannot be read, or is larger than a recording."""
    digest = hashlib.sha256()
    try:
        if path.stat().st_size > MOST_RECORDING:
            raise DataError(f"{path}: more than {MOST_RECORDING:,} bytes")
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from None
    return digest.hexdigest()


def checked(consent: Consent) -> Consent:
    """The record, each field of which is what it has to be. DataError: the first that is not."""
    for name in ("speaker", "given_by", "what_for", "given", "expires"):
        value = getattr(consent, name)
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or not value.isprintable():
            raise DataError(f"consent: {name} is a line of text")
    if consent.format != FORMAT:
        raise DataError(f"consent: format {consent.format!r} is not known here")
    if not isinstance(consent.purposes, tuple) or not consent.purposes:
        raise DataError(f"consent: purposes are some of {', '.join(PURPOSES)}")
    for one in consent.purposes:
        if one not in get_args(Purpose):
            raise DataError(
                f"consent: no purpose is called {one!r}{nearest(str(one), PURPOSES)}: {', '.join(PURPOSES)}"
            )
    told = consent.recordings
    hashes = [*told, consent.statement or "0" * 64] if isinstance(told, Mapping) and told else [None]
    if not all(isinstance(one, str) and KEY.fullmatch(one) for one in hashes) or len(hashes) > MOST_RECORDINGS + 1:
        raise DataError("consent: recordings are names by their SHA-256")
    return consent


# ------------------------------------------------------------------------------------------------ checking


def read_consent(given: Path | str | bytes, root: Path | None = None) -> Signed:
    """A record's file, its text, or the id of one that is kept here. DataError: no record; NotFound: no such id."""
    if isinstance(given, str) and re.fullmatch(r"[0-9a-f]{32}", given):
        path = place(root) / "records" / f"{given}.json"
        if not path.is_file():
            raise NotFound(f"no consent {given} is kept here", next_command="anew consent make --help")
        given = path
    origin = str(given) if isinstance(given, Path) else "consent"
    try:
        content = beginning(given) if isinstance(given, Path) else given
    except OSError as error:
        raise DataError(f"{origin}: {error.strerror}", next_command="anew consent make --help") from None
    if len(content) > MOST_BYTES:
        raise DataError(f"{origin}: more than {MOST_BYTES:,} bytes are no record of consent")
    try:
        told: Any = json.loads(content)
        body = told["consent"]
        consent = Consent(**{**body, "purposes": tuple(body["purposes"])})
        if not set(told) <= {"consent", "key", "signature"} or not all(
            isinstance(told[n], str) for n in ("key", "signature")
        ):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise DataError(f"{origin}: no record of consent", next_command="anew consent make --help") from None
    return Signed(checked(consent), told["key"], told["signature"])


def beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def verify(signed: Signed, root: Path | None = None, now: datetime | None = None) -> Consent:
    """The record, if it is signed by a key that is trusted here, holds at this time and is not revoked. NoConsent."""
    consent, again = signed.consent, make_again(signed.consent)
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key)).verify(
            bytes.fromhex(signed.signature), consent.content
        )
    except (InvalidSignature, ValueError):
        raise NoConsent("the consent record was changed, or is not signed", next_command=again) from None
    if signed.key not in trusted_keys(root):
        what = f"the consent record is signed by a key that is not trusted here ({signed.key[:16]}…)"
        raise NoConsent(what, next_command=f"anew consent trust {signed.key} NAME, if you know whose it is")
    now = now or datetime.now(UTC)
    try:
        given, expires = (datetime.fromisoformat(one) for one in (consent.given, consent.expires))
        late, early = now >= expires, now < given - SKEW
    except (ValueError, TypeError):
        raise NoConsent("the consent record has no times that can be read", next_command=again) from None
    if late or early:
        what = f"expired at {consent.expires}" if late else f"is given at {consent.given}, which is yet to come"
        raise NoConsent(f"the consent of {consent.speaker} {what}", next_command=again)
    if (why := revoked(consent, root)) is not None:
        raise NoConsent(f"the consent of {consent.speaker} was revoked{why}", next_command=again)
    return consent


def make_again(consent: Consent) -> str:
    return f"anew consent make --speaker {json.dumps(consent.speaker)} --for WHAT RECORDINGS"


def revoked(consent: Consent, root: Path | None = None) -> str | None:
    """When and why, where it was."""
    path = place(root) / "revoked" / f"{consent.id}.json"
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_bytes())
        return f" at {told['at']}" + (f": {told['why']}" if told["why"] else "")
    except (ValueError, TypeError, KeyError, OSError):
        return ""


def revoke(signed: Signed, why: str = "", root: Path | None = None, now: datetime | None = None) -> Path:
    """From now on the record opens nothing here. It needs no signature: taking back is easier than giving."""
    path = place(root) / "revoked" / f"{signed.consent.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        at = (now or datetime.now(UTC)).replace(microsecond=0).isoformat()
        told = {"at": at, "why": why[:LONGEST], "speaker": signed.consent.speaker}
        write_atomic(path, json.dumps(told, sort_keys=True, ensure_ascii=False).encode())
    return path


def require_consent(
    given: Path | str | bytes | Signed | None, *, speaker: str, purpose: Purpose,
    recordings: Iterable[Path | bytes] | None = None, root: Path | None = None, now: datetime | None = None,
) -> Consent:  # fmt: skip
    """The consent by which a voice may be taken from `speaker` for this purpose, from these recordings; every door
    calls this before it looks at one of them. None of recordings: the voice is there already, and only used.

    NoConsent, each time with the next command: no record, or one that is forged, changed, expired or revoked, another's
    than the speaker's, for other purposes, or that does not name one of the recordings.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"no purpose is called {purpose!r}")
    if given is None:
        what = f"nobody agreed that the voice of {speaker} be used: a voice is taken with a consent record alone"
        raise NoConsent(what, next_command=f"anew consent make --speaker {json.dumps(speaker)} --for WHAT RECORDINGS")
    consent = verify(given if isinstance(given, Signed) else read_consent(given, root), root, now)
    again = make_again(consent)
    if plain(speaker) != plain(consent.speaker):
        raise NoConsent(
            f"the consent is of {consent.speaker}, not of {speaker}",
            next_command=again.replace(consent.speaker, speaker),
        )
    if purpose not in consent.purposes:
        what = f"{consent.speaker} agreed to: {', '.join(consent.purposes)}; not to {purpose} ({PURPOSES[purpose]})"
        raise NoConsent(what, next_command=f"{again} --purpose {' '.join((*consent.purposes, purpose))}")
    named = set(consent.recordings)
    for one in () if recordings is None else each(recordings):
        if (hashlib.sha256(one).hexdigest() if isinstance(one, bytes) else sha256(one)) not in named:
            which = "a recording" if isinstance(one, bytes) else str(one)
            raise NoConsent(f"the consent of {consent.speaker} does not name {which}", next_command=again)
    return consent


def each(recordings: Iterable[Path | bytes]) -> list[Path | bytes]:
    """Folders as the files in them; none at all is no recording."""
    found: list[Path | bytes] = []
    for one in recordings:
        found += [one] if isinstance(one, bytes) else files([one])
    if not found:
        raise DataError("no recordings to learn a voice from")
    return found


def plain(name: str) -> str:
    return " ".join(name.casefold().split())


def shown(signed: Signed) -> dict[str, Any]:
    """What people and programs are told of a record."""
    return asdict(signed.consent) | {"id": signed.consent.id, "key": signed.key}


__all__ = [
    "PURPOSES", "Consent", "NoConsent", "Purpose", "Signed", "make_consent", "own_keys", "plain", "public_key",
    "read_consent", "require_consent", "revoke", "shown", "signing_key", "trust", "verify",
]  # fmt: skip
