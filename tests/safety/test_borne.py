"""What a voice of the package's own bears counts on every machine, for its weights and for no others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from anew.safety import consent
from anew.safety.borne import as_file, naming, require_to_speak
from anew.safety.consent import NoConsent, Signed, make_consent, public_key, revoke

OURS, OTHERS = "a" * 64, "b" * 64  # hashes of weights


@pytest.fixture
def maker(tmp_path: Path) -> Path:
    """Where the private key lies; nowhere else it does."""
    return tmp_path / "maker"


@pytest.fixture
def here(tmp_path: Path, maker: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has no key of the maker's and was told to trust none; the package names it."""
    monkeypatch.setattr(consent, "MAKERS", (public_key(maker),))
    return tmp_path / "here"


def record(root: Path, folder: Path, purposes: tuple[str, ...] = ("adapt", "speak", "publish")) -> Signed:
    folder.mkdir(exist_ok=True)
    (folder / "one.wav").write_bytes(b"a recording of a synthetic voice")
    return make_consent("heart", "to come with anew", [folder], purposes=purposes, root=root)


def test_it_counts_everywhere_for_the_weights_that_it_names(maker: Path, here: Path, tmp_path: Path) -> None:
    signed = record(maker, tmp_path / "said")
    require_to_speak(as_file([signed]), "voice", OURS, root=maker)  # before it is packed, where it was signed
    with pytest.raises(NoConsent, match="is not that voice"):
        require_to_speak(as_file([signed]), "voice", OURS, root=here)
    borne = as_file([naming(signed, OURS, "model.safetensors", root=maker)])
    require_to_speak(borne, "voice", OURS, root=here)
    with pytest.raises(NoConsent, match="stolen bears the consent behind a voice that comes with anew"):
        require_to_speak(borne, "stolen", OTHERS, root=here)
    told = borne.decode()
    assert str(tmp_path) not in told and "/" not in told.replace("+00:00", "")


def test_a_voice_that_took_on_a_speaker_bears_both(maker: Path, here: Path, tmp_path: Path) -> None:
    first = naming(record(maker, tmp_path / "said"), OURS, "model.safetensors", root=maker)
    (tmp_path / "bob.wav").write_bytes(b"bob")
    bob = make_consent("Bob", "his own book", [tmp_path / "bob.wav"], root=here)
    require_to_speak(as_file([first, bob]), "bobs", OTHERS, root=here)
    revoke(first, root=here)
    with pytest.raises(NoConsent, match="consent of heart was revoked"):
        require_to_speak(as_file([first, bob]), "bobs", OTHERS, root=here)


def test_forged_ones_do_not_count(maker: Path, here: Path, tmp_path: Path) -> None:
    good = naming(record(maker, tmp_path / "said"), OURS, "model.safetensors", root=maker)
    stranger = tmp_path / "stranger"
    forged = naming(record(stranger, tmp_path / "said"), OTHERS, "model.safetensors", root=stranger)
    with_our_name = replace(forged, key=good.key)  # the key that all trust, and another's signature
    grown = replace(good, consent=replace(good.consent, recordings={**good.consent.recordings, OTHERS: "x"}))
    for one, why in ((forged, "not trusted here"), (with_our_name, "changed"), (grown, "changed")):
        with pytest.raises(NoConsent, match=why):
            require_to_speak(as_file([one]), "voice", OTHERS, root=here)
    with pytest.raises(NoConsent, match="signed by another machine"):
        naming(good, OTHERS, "model.safetensors", root=here)  # what is there for all to copy cannot be extended


def test_what_may_not_be_given_to_others_is_not_signed_for_them(maker: Path, tmp_path: Path) -> None:
    signed = record(maker, tmp_path / "said", ("adapt", "speak"))
    with pytest.raises(NoConsent, match="not to publish"):
        naming(signed, OURS, "model.safetensors", root=maker)


def test_keys_of_makers_are_keys() -> None:
    assert all(consent.KEY.fullmatch(key) for key in consent.MAKERS), json.dumps(consent.MAKERS)
