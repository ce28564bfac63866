"""No voice is taken from anybody without a record that is signed, holds, and is of them, of this and for this."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from anew.cli import main
from anew.errors import AnewError, DataError, NotFound
from anew.safety.borne import as_file, from_file
from anew.safety.consent import (
    MOST_BYTES,
    NoConsent,
    Signed,
    make_consent,
    public_key,
    read_consent,
    require_consent,
    revoke,
    trust,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "ada"
    folder.mkdir()
    for i in range(3):
        (folder / f"{i}.wav").write_bytes(bytes([i]) * 100)
    return folder


@pytest.fixture
def signed(root: Path, recordings: Path) -> Signed:
    return make_consent("Ada Example", "to read a book aloud", [recordings], root=root, now=NOW)


def test_a_record_that_holds_opens_the_door_and_comes_back_from_its_file(
    root: Path, recordings: Path, signed: Signed, tmp_path: Path
) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(signed.file)
    for given in (signed, path, signed.file, signed.file.decode(), signed.consent.id):
        found = require_consent(
            given, speaker=" ada  example", purpose="adapt", recordings=[recordings], root=root, now=NOW
        )
        assert found == signed.consent and len(found.recordings) == 3
    require_consent(signed, speaker="Ada Example", purpose="speak", root=root, now=NOW + timedelta(days=364))
    assert (root / "consent" / "key").stat().st_mode & 0o077 == 0, "others can read the key"


def changed(**fields: Any) -> Callable[[Signed], Signed]:
    return lambda signed: replace(signed, consent=replace(signed.consent, **fields))


def another_key(signed: Signed) -> Signed:
    """Whole and well signed, by a key that nobody here trusts."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    return Signed(signed.consent, key.public_key().public_bytes_raw().hex(), key.sign(signed.consent.content).hex())


FORGED: dict[str, Callable[[Signed], Signed]] = {
    "another speaker": changed(speaker="Bob"),
    "another purpose": changed(purposes=("adapt", "speak", "publish")),
    "a longer time": changed(expires="2099-01-01T00:00:00+00:00"),
    "another recording": changed(recordings={"0" * 64: "0.wav"}),
    "no signature": lambda signed: replace(signed, signature=""),
    "half a signature": lambda signed: replace(signed, signature=signed.signature[:64]),
    "another signature": lambda signed: replace(signed, signature="00" * 64),
    "no key": lambda signed: replace(signed, key=""),
    "another key": another_key,
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_record_opens_nothing(root: Path, signed: Signed, how: str) -> None:
    forged = read_consent(FORGED[how](signed).file)
    with pytest.raises(NoConsent, match="changed, or is not signed|key that is not trusted") as refused:
        require_consent(forged, speaker=forged.consent.speaker, purpose="adapt", root=root, now=NOW)
    assert refused.value.next_command and refused.value.next_command.startswith("anew consent")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"given": None}, "nobody agreed"),
        ({"speaker": "Bob"}, "is of Ada Example, not of Bob"),
        ({"purpose": "publish"}, "agreed to: adapt, speak; not to publish"),
        ({"recordings": [b"of somebody else"]}, "does not name a recording"),
        ({"now": NOW + timedelta(days=365)}, "expired"),
        ({"now": NOW - timedelta(hours=1)}, "yet to come"),
    ],
)
def test_a_record_opens_no_other_door(root: Path, signed: Signed, asked: dict[str, Any], why: str) -> None:
    right: dict[str, Any] = {"given": signed, "speaker": "Ada Example", "purpose": "adapt", "root": root, "now": NOW}
    require_consent(**right)
    with pytest.raises(NoConsent, match=why) as refused:
        require_consent(**right | asked)
    assert refused.value.next_command and "anew consent make" in refused.value.next_command


def test_a_record_that_was_revoked_opens_nothing_however_it_is_given(root: Path, signed: Signed) -> None:
    revoke(signed, "changed her mind", root, NOW)
    for given in (signed, signed.file, signed.consent.id):
        with pytest.raises(NoConsent, match="revoked at 2026-11-27T12:00:00.00:00: changed her mind"):
            require_consent(given, speaker="Ada Example", purpose="speak", root=root, now=NOW)
    (root / "consent" / "revoked" / f"{signed.consent.id}.json").write_bytes(b"{")
    with pytest.raises(NoConsent, match="revoked"):
        require_consent(signed, speaker="Ada Example", purpose="speak", root=root, now=NOW)


def test_a_record_counts_elsewhere_once_its_key_is_trusted(root: Path, signed: Signed, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with pytest.raises(NoConsent, match="not trusted here"):
        require_consent(signed, speaker="Ada Example", purpose="adapt", root=other, now=NOW)
    trust(public_key(root), "studio", other)
    require_consent(signed, speaker="Ada Example", purpose="adapt", root=other, now=NOW)
    for key, name in (("ab", "x"), ("g" * 64, "x"), (public_key(root), "../x")):
        with pytest.raises(DataError):
            trust(key, name, other)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"\xff" * 9, b'{"consent": 3}', b"[" * 100_000, b" " * (MOST_BYTES + 1),
        b'{"consent": {"speaker": "A"}, "key": "", "signature": ""}',
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused_in_a_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(content)
    for given in (content, tmp_path / "c.json"):
        with pytest.raises(DataError, match="record of consent"):
            read_consent(given)


@pytest.mark.parametrize(
    "wrong",
    [
        {"speaker": ""}, {"speaker": "A\nB"}, {"what_for": " "}, {"purposes": ("sell",)}, {"purposes": ()},
        {"days": 0}, {"recordings": []}, {"recordings": [Path("/nowhere")]},
    ],
)  # fmt: skip
def test_a_record_that_says_nothing_is_not_made(root: Path, recordings: Path, wrong: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"speaker": "Ada", "what_for": "a book", "recordings": [recordings], "root": root}
    with pytest.raises(DataError):
        make_consent(**asked | wrong)


def test_an_id_that_is_not_kept_is_not_found(root: Path) -> None:
    with pytest.raises(NotFound, match="no consent"):
        read_consent("0" * 32, root)


def test_the_command_line_makes_checks_and_revokes(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    out = tmp_path / "ada.json"

    def told(*arguments: str, code: int = 0) -> Any:
        assert main(["consent", *arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    made = told("make", str(recordings), "--speaker", "Ada", "--for", "a book", "--purpose", "adapt", "--out", str(out))
    assert made["purposes"] == ["adapt"] and json.loads(out.read_text())["key"] == told("key")["key"]
    assert told("check", str(out), str(recordings / "0.wav"), "--speaker", "Ada", "--purpose", "adapt")["holds"]
    assert told("check", made["id"])["speaker"] == "Ada"
    (tmp_path / "other.wav").write_bytes(b"x")
    for wrong in (["--speaker", "Bob"], ["--purpose", "speak"], [str(tmp_path / "other.wav")]):
        assert told("check", str(out), *wrong, code=NoConsent.exit_code)["next_command"].startswith("anew consent make")
    told("check", str(out), "--purpose", "sell", code=DataError.exit_code)
    told("revoke", str(out), "--why", "enough")
    assert "revoked" in told("check", str(out), code=AnewError.exit_code + 4)["error"]


def test_a_record_names_as_many_recordings_as_a_voice_is_learnt_from(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "wavs"
    folder.mkdir()
    for i in range(13_100):
        (folder / f"LJ{i:05}-with-the-name-of-its-chapter.wav").write_bytes(b"%d" % i)
    signed = [make_consent(name, "a test", [folder], root=root) for name in ("Ada", "Bob", "Carl")]
    assert len(read_consent(signed[0].consent.id, root).consent.recordings) == 13_100
    assert len(as_file(signed)) > MOST_BYTES and from_file(as_file(signed)) == signed
