"""Two sides of a text reach the model within its context; lines of other files are those that share rare names."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

import pytest
import torch

from anew.artifact import Artifact
from anew.cli import main
from anew.cli.complete import split
from anew.codecs.text import Characters
from anew.engine.middle import complete, fill_middle, gap
from anew.engine.repository import blocks_of, relevant
from anew.errors import RecipeError
from anew.models.autoregressive.transformer import Transformer
from anew.recipe import override, parse
from anew.recipes import find

missing = shutil.which("bwrap") is None and "CI" not in os.environ  # there it has to be, and its absence fails
needs_bubblewrap = pytest.mark.skipif(missing, reason="bubblewrap is not installed: apt-get install bubblewrap")
BEFORE, AFTER = "def area(width, height):\n    return ", "\n\nprint(area(2, 3))\n" * 4

SETTINGS: dict[str, Any] = {"width": 32, "layers": 1, "heads": 2, "table_rows": 64, "sparse": False}


def artifact(fim: float = 0.5, context: int = 64) -> Artifact:
    codec = Characters(context=context, fim=fim, min_count=1)
    codec.fit([BEFORE + "width * height" + AFTER])
    changes = {"codec.fim": fim, "codec.context": context, "codec.min_count": 1}
    recipe = parse(override(find("code"), changes | {f"model.{key}": value for key, value in SETTINGS.items()}))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Transformer(codec.spec, **recipe.model.settings)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return Artifact(recipe, model.eval(), codec)


def read(one: Artifact, row: torch.Tensor) -> str:
    """The row as text, with the symbols shown."""
    assert isinstance(one.codec, Characters) and one.codec.sentinels is not None
    names = {one.codec.sentinels.prefix: "[P]", one.codec.sentinels.suffix: "[S]", one.codec.sentinels.middle: "[M]"}
    return "".join(names.get(t) or one.codec.decode([torch.tensor([t])])[0] for t in row.tolist())


def test_the_model_reads_what_comes_after_first_and_what_comes_before_last() -> None:
    one = artifact(context=256)
    prompt, new = gap(one, BEFORE, "\nend", 2, 20)
    assert prompt.values is not None and prompt.values.shape[0] == 2 and new == 20
    assert read(one, prompt.values[0]) == "[P][S]\nend[M]" + BEFORE


@pytest.mark.parametrize("max_new", [None, 1, 16, 1000])
def test_what_is_read_and_what_is_written_share_the_context(max_new: int | None) -> None:
    one = artifact()
    prompt, new = gap(one, BEFORE * 9, AFTER * 9, 1, max_new, [("a.py", BEFORE * 9)])
    assert prompt.values is not None
    assert prompt.values.shape[1] + new + 1 <= 64 and new >= 1
    assert read(one, prompt.values[0]).endswith("return ") and "[S]\n\nprint(" in read(one, prompt.values[0])


def test_other_files_take_no_more_than_their_share_however_they_are_spelled() -> None:
    """Letters that the codec does not know are six tokens each."""
    one = artifact(context=128)
    others = [("a.py", f"width {'日' * 16}\n")]
    prompt, new = gap(one, BEFORE, AFTER, 1, 16, others)
    assert prompt.values is not None and prompt.values.shape[1] + new + 1 <= 128
    assert read(one, prompt.values[0]).endswith("return ") and "[S]\n\nprint(" in read(one, prompt.values[0])
    assert 20 < int((prompt.values < one.codec.spelled).sum()) <= 0.3 * 125, "not a part of them is read"  # type: ignore[attr-defined]


def test_a_middle_is_the_seeds_alone_and_depends_on_both_sides() -> None:
    one = artifact()
    made = fill_middle(one, BEFORE, AFTER, 3, seed=5, max_new=20)
    assert made.samples[1] == fill_middle(one, BEFORE, AFTER, 1, seed=6, max_new=20).samples[0]
    assert made.samples != fill_middle(one, BEFORE, "x" * 20, 3, seed=5, max_new=20).samples
    assert made.samples == complete(one, BEFORE, AFTER, (), 3, 5, max_new=20).samples


def test_a_model_that_reads_from_left_to_right_says_so() -> None:
    one = artifact(fim=0.0)
    with pytest.raises(RecipeError, match="does not look at what comes after"):
        fill_middle(one, BEFORE, AFTER)
    assert complete(one, BEFORE, AFTER, max_new=5).samples == complete(one, BEFORE, "other", max_new=5).samples


# ------------------------------------------------------------------------------------------------ other files

CIRCLE = "import math\n\n\ndef circumference(radius):\n    return 2 * math.pi * radius\n\n\nclass Empty: ...\n"
OTHERS = [
    ("shapes.py", CIRCLE),
    ("notes.py", "def helper(value):\n    return value\n\n" * 5),
    ("matrix.py", "def transpose(matrix):\n    return list(zip(*matrix))\n"),
]  # fmt: skip


def test_lines_are_chosen_by_the_rare_names_that_they_share() -> None:
    told = relevant(OTHERS, "value = circumference(radius)", 400)
    assert told.startswith("# notes.py\ndef helper") and told.endswith(
        "# shapes.py\ndef circumference(radius):\n    return 2 * math.pi * radius\n\n"
    )
    assert "transpose" not in told and "Empty" not in told
    assert relevant(OTHERS, "transpose(matrix)", 400, "//").startswith("// matrix.py")


def test_lines_keep_to_their_room() -> None:
    for letters in range(0, 300, 7):
        assert len(relevant(OTHERS, "value radius matrix circumference", letters)) <= letters
    assert relevant(OTHERS, "", 100) == relevant([], "radius", 100) == ""


def test_blocks_are_the_text_without_its_blank_lines() -> None:
    text = "a = 1\nb = 2\n\n  \n    c = 3\n" + "d\n" * 30
    blocks = list(blocks_of(text))
    assert [line for block in blocks for line in block.split("\n")] == [
        line for line in text.split("\n") if line.strip()
    ]
    assert max(block.count("\n") for block in blocks) < 12


# ------------------------------------------------------------------------------------------------ the command line


@pytest.fixture
def stored(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    artifact(context=256).save(tmp_path / "model")
    (tmp_path / "a.py").write_text(BEFORE + "\n" + AFTER)
    return tmp_path


def test_complete_at_a_place(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    place, model = f"{stored / 'a.py'}:2:12", str(stored / "model")
    (stored / "repo").mkdir()
    (stored / "repo/b.py").write_text("def area_of_all(width, height):\n    return width\n" * 3)
    asked = ["complete", place, "--model", model, "--repo", str(stored / "repo"), "--max-new", "8", "-n", "2"]
    assert main(asked) == 0
    first = capsys.readouterr().out
    assert main(asked) == 0 and capsys.readouterr().out == first
    assert main([*asked, "--json"]) == 0 and '"seeds": [0, 1]' in capsys.readouterr().out


def test_lines_are_counted_as_editors_count_them(tmp_path: Any) -> None:
    """A form feed stands in many a Python file, and ends no line."""
    file = tmp_path / "a.py"
    file.write_text("a = 1\n\f\nb = '\u2028'\nc", "utf-8")
    assert split(f"{file}:3:5") == (file, "a = 1\n\f\nb = ", "'\u2028'\nc")
    assert split(f"{file}:4:2")[2] == ""
    file.write_text("a\n", "utf-8")
    assert split(f"{file}:2:1") == (file, "a\n", "")


@pytest.mark.parametrize(("place", "code"), [("a.py", 2), ("a.py:0:1", 2), ("a.py:2:900", 2), ("a.py:99:1", 2),
                                             ("none.py:1:1", 1)])  # fmt: skip
def test_a_place_that_is_none_is_refused(
    stored: Any, place: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["complete", str(stored / place), "--model", str(stored / "model")]) == code
    assert "anew: " in capsys.readouterr().err


@pytest.mark.parametrize("lines", ["0", "-2"])
def test_fewer_lines_than_one_are_refused(stored: Any, capsys: pytest.CaptureFixture[str], lines: str) -> None:
    asked = ["complete", f"{stored / 'a.py'}:2:12", "--model", str(stored / "model"), "--max-new", "8"]
    assert main([*asked, "--max-lines", lines]) == 2
    told = capsys.readouterr()
    assert "--max-lines" in told.err.splitlines()[0] and len(told.err.splitlines()) == 2 and not told.out


def test_generate_between_two_files(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (stored / "before").write_text(BEFORE)
    (stored / "after").write_text(AFTER)
    sides = ["--prefix", str(stored / "before"), "--suffix", str(stored / "after")]
    assert main(["generate", str(stored / "model"), *sides, "--max-new", "9", "--seed", "3"]) == 0
    made = fill_middle(artifact(context=256), BEFORE, AFTER, 1, 3, max_new=9).samples[0]
    assert capsys.readouterr().out == made + "\n"
    out = stored / "new" / "made.txt"
    assert main(["generate", str(stored / "model"), *sides, "--max-new", "9", "--seed", "3", "--out", str(out)]) == 0
    assert out.read_text("utf-8") == made
    assert main(["generate", str(stored / "model"), "a prompt", *sides]) == 2


@needs_bubblewrap
def test_only_what_passes_its_tests_is_offered(stored: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """In a comment anything passes; in the place of a value what this model says does not."""
    (stored / "b.py").write_text("def area(width, height):\n    # any words: \n    return width * height\n")
    (stored / "tests.py").write_text("from b import area\nassert area(2, 3) == 6\n")
    asked = ["--model", str(stored / "model"), "--tests", str(stored / "tests.py"), "--max-new", "6", "-n", "2"]
    assert main(["complete", f"{stored / 'b.py'}:2:17", *asked, "--max-lines", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [one["outcome"] for one in told["tested"]] == ["passed", "passed"] and len(told["samples"]) == 2
    (stored / "a.py").write_text(BEFORE + "\n")
    (stored / "tests.py").write_text("assert area(2, 3) == 6\n")
    assert main(["complete", f"{stored / 'a.py'}:2:12", *asked, "--json"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["samples"] == [] and {one["outcome"] for one in told["tested"]} == {"failed"}
