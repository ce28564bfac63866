"""What may come with the package: judged by what it makes, and refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anew.recipe import Recipe, parse
from anew.recipes import find
from anew.recipes.shipping import unfit
from anew.safety import consent
from anew.safety.borne import as_file, naming
from anew.safety.consent import make_consent, public_key
from anew.validate.metric import Metric, by_name

WEIGHTS = "c" * 64


def figures(**values: float | bool) -> dict[str, Any]:
    made = [Metric(n, 1.0, passed=v) if isinstance(v, bool) else Metric(n, v) for n, v in values.items()]
    return by_name(made)


def recipe(name: str) -> Recipe:
    return parse(find(name))


COPIED = {"longest_copied_run": 11, "longest_copied_run_held_out": 50, "copied_run_median": 8}
MUSIC = COPIED | {"copied_run_median_held_out": 13, "planted_copy_found": True}
SOUND = {"near_copies": 0.05, "near_copies_planted_5": True}
WAVES = {"spectral_distance": 0.9, "spectral_distance_griffin_lim": 1.2}
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("sfx", SOUND, ""),
    ("sfx", SOUND | {"near_copies": 0.051}, "near-copies, and 5% may be"),
    ("sfx", {}, "were not counted"),
    ("sfx", SOUND | {"near_copies_planted_5": False}, "check near_copies_planted_5 failed"),
    ("digits", SOUND, ""),
    ("digits", {"near_copies": 0.2}, "near-copies"),
    ("digits", MUSIC | WAVES, "were not counted"),  # by another's measure nothing passes
    ("chorales", MUSIC, ""),
    ("tunes", MUSIC | {"longest_copied_run": 50, "copied_run_median": 13}, ""),
    ("tunes", MUSIC | {"longest_copied_run": 51}, "longest_copied_run is 51"),
    ("chorales", MUSIC | {"copied_run_median": 14}, "copied_run_median is 14"),
    ("chorales", COPIED, "was not measured beside copied_run_median_held_out"),
    ("chorales", MUSIC | {"planted_copy_found": False}, "check planted_copy_found failed"),
    ("vocoder", WAVES, ""),
    ("vocoder", WAVES | {"spectral_distance": 1.2}, "spectral_distance is 1.2"),
    ("vocoder", {"near_copies": 0.0}, "was not measured beside"),
]


@pytest.mark.parametrize(("name", "measured", "why"), CASES)
def test_each_is_judged_by_what_it_makes(name: str, measured: dict[str, Any], why: str) -> None:
    found = unfit(recipe(name), figures(**measured), WEIGHTS)
    assert (not found) if not why else any(why in one for one in found), found


def test_a_voice_is_understood_and_others_may_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.wav").write_bytes(b"a recording")
    home = tmp_path / "home"
    all_of = ("adapt", "speak", "publish")
    signed, kept = (
        make_consent("heart", "x", [tmp_path / "one.wav"], purposes=p, root=home) for p in (all_of, all_of[:2])
    )
    good = as_file([naming(signed, WEIGHTS, "model.safetensors", root=home)])
    heard = figures(word_error_rate=0.2)

    def why(measured: dict[str, Any], borne: bytes) -> str:
        return "; ".join(unfit(recipe("voice"), measured, WEIGHTS, borne))

    assert "MAKERS does not name" in why(heard, good)
    monkeypatch.setattr(consent, "MAKERS", (public_key(home),))
    assert why(heard, good) == ""
    assert "21.0% of its words are misheard" in why(figures(word_error_rate=0.21), good)
    assert "nobody listened" in why(figures(near_copies=0.0), good)
    assert "no record" in why(heard, b"")
    assert "does not name these weights" in why(heard, as_file([signed]))
    assert "not that others have the voice" in why(heard, as_file([kept]))
