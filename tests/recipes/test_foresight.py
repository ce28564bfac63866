"""What a recipe would take, told before there is a run: every part that learns, and nothing is left behind."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "uses"))
from bars import bar
from small_recipes import PICTURES, TEXT, recipe_for

from anew.codecs.image import write_image
from anew.errors import RecipeError
from anew.recipe import parse
from anew.recipes import find
from anew.recipes.foresight import Foreseen, foresee


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_each_part_that_learns_is_weighed(tmp_path: Path, home: Path) -> None:
    rng = np.random.default_rng(0)
    for label in ("across", "down"):
        (tmp_path / "bars" / label).mkdir(parents=True)
        for i in range(40):
            (tmp_path / "bars" / label / f"{i}.png").write_bytes(write_image(bar(rng, label)))
    dials = PICTURES | {"clean.duplicates": "none", "codec.learned.train.steps": 5}
    found = foresee(recipe_for("images", tmp_path / "bars", dials))
    assert {name: part.steps for name, part in found.parts.items()} == {"codec": 5, "judge": 8, "train": 8}
    assert found.records == 80 and found.seconds == sum(part.seconds for part in found.parts.values()) > 0
    assert found.memory_bytes == max(part.memory_bytes for part in found.parts.values()) > 1e6
    assert list(home.iterdir()) == []


def test_minutes_become_the_steps_that_they_hold(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for i in range(30):
        (tmp_path / "notes" / f"{i}.txt").write_text(
            f"Note {i}: the ferry leaves at {i % 12} and comes back at noon.\n" * 9
        )
    dials = {key: value for key, value in TEXT.items() if key != "train.steps"} | {"clean.duplicates": "none"}

    def foreseen(minutes: float) -> Foreseen:
        return foresee(recipe_for("text", tmp_path / "notes", dials | {"train.minutes": minutes}))

    one, four = foreseen(0.2), foreseen(0.8)
    assert one.parts["train"].steps > 20 and 1.5 < four.parts["train"].steps / one.parts["train"].steps < 10
    # steps are timed twice, for how many there are and for how long they take: one of them may be held up
    assert one.seconds < 2 * 12 or any(foreseen(0.2).seconds < 2 * 12 for _ in range(3))


def test_what_cannot_be_weighed_is_refused(tmp_path: Path, home: Path) -> None:
    with pytest.raises(RecipeError, match="brings no data"):
        foresee(parse(find("text"), "text"))
    with pytest.raises(RecipeError, match="adapts a stored model"):
        foresee(parse(find("chat-tune"), "chat-tune"))
    assert not home.exists()
