"""Mistakes are answered in a line or two that say what to type next, and never with a traceback."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import anew.cli
from anew.cli import DEFECT, main
from anew.errors import Damaged

RECIPE = """
name = "tiny"
modality = "text"
data.source = "notes"
[codec]
name = "bytes"
[model]
name = "transformer"
[train]
minutes = 1.0
"""


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE)
    return path


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["rnu"], 2, "run"),
        (["recipe", "shwo"], 2, "show"),
        (["run"], 2, "RECIPE"),
        (["run", "nowhere"], 4, "anew recipe list"),
        (["run", "{recipe}", "--train.lrr", "1"], 2, "--train.lr"),
        (["run", "{recipe}", "--lr", "1"], 2, "--train.lr"),
        (["run", "{recipe}", "--resum"], 2, "value"),
        (["run", "{recipe}", "--resum", "1"], 2, "--resume"),
        (["run", "{recipe}", "--trian.lr", "1"], 2, "--train.lr"),
        (["run", "{recipe}", "--train.lr"], 2, "needs a value"),
        (["run", "{recipe}", "--train.lr", "fast"], 2, "train.lr"),
        (["run", "{recipe}", "--size", "xxl"], 2, "'xs', 's', 'm' or 'l'"),
        (["run", "{recipe}", "--train.minutes", "1", "--train.steps", "2"], 2, "exclude each other"),
        (["run", "{recipe}", "stray"], 2, "stray"),
        (["run", "{recipe}", "--resume"], 4, "nothing to resume"),
        (["run", "{recipe}", "--data.source", "''"], 2, "--data FOLDER"),
        (["run", "{recipe}"], 3, "notes"),
        (["run", "{recipe}", "--model.widht", "8"], 2, "'width'"),
        (["run", "{recipe}", "--model.name", "transformr"], 4, "'transformer'"),
        (["generate"], 2, "takes the name of a model"),
        (["generate", "nothing"], 4, "nothing"),
        (["generate", "text-to-image"], 4, "anew run text-to-image --data FOLDER"),
        (["generate", "digits-vae"], 4, "try: anew run digits-vae\n"),
        (["upscale", "super-resolution", "x.png"], 4, "try: anew run super-resolution\n"),
        (["run", "{recipe}", "--name", "My cat!"], 2, "with --name my-cat\n"),
        (["run", "personalise", "--from", "a", "--data", "b", "--name", "my cat"], 2, "cat --adapt.subject 'my cat'"),
        (["models", "show", "nothing"], 4, "anew models list"),
        (["runs", "show", "nothing"], 4, "anew runs list"),
    ],
)
def test_a_mistake_is_named_with_the_way_out(arguments, code, said, recipe, capsys, monkeypatch):
    monkeypatch.chdir(recipe.parent)
    assert main([a.format(recipe=recipe) for a in arguments]) == code
    out, err = capsys.readouterr()
    assert out == "" and said in err and "Traceback" not in err
    assert len(err.strip().splitlines()) <= 3
    assert not [*(recipe.parent / "home").glob("runs/*")], "nothing half-written is left behind"


def test_broken_toml_is_named_with_its_line(recipe, capsys):
    recipe.write_text('name = "tiny"\nmodality = text\n')
    assert main(["run", str(recipe)]) == 2
    assert "line 2" in capsys.readouterr().err


def test_with_json_the_last_line_of_stdout_is_the_error(recipe, capsys):
    assert main(["run", str(recipe), "--train.lrr", "1", "--json"]) == 2
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["exit_code"] == 2 and "train.lr" in found["error"] and found["next_command"]


def test_a_folder_that_is_no_run_is_not_written_into(recipe, tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    assert main(["run", str(recipe), "--out", str(tmp_path / "full")]) == 5
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["letter.txt"]


def test_another_recipes_run_is_not_written_into(recipe, tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.toml").write_text(RECIPE)
    assert main(["run", str(recipe), "--seed", "4", "--out", str(tmp_path / "run")]) == 5
    assert "seed is 0 there, 4 here" in capsys.readouterr().err


def test_a_runs_recipe_is_settled(recipe, tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.toml").write_text(RECIPE)
    assert main(["run", str(tmp_path / "run"), "--seed", "4"]) == 2
    assert "settled" in capsys.readouterr().err


class Broken:
    def __call__(self, *arguments, **options):
        raise self.error


def test_a_defect_leaves_its_traceback_in_a_file(recipe, tmp_path, capsys, monkeypatch):
    broken = Broken()
    broken.error = ZeroDivisionError("a planted defect")
    monkeypatch.setattr(anew.cli, "build", lambda verb: broken)
    assert main(["doctor"]) == DEFECT
    err = capsys.readouterr().err
    assert "a planted defect" in err and "Traceback" not in err
    (kept,) = (tmp_path / "home" / "defects").iterdir()
    assert str(kept) in err and "Traceback" in kept.read_text()
    with pytest.raises(ZeroDivisionError):
        main(["doctor", "--debug"])


def test_each_error_has_its_own_exit_code(monkeypatch, capsys):
    broken = Broken()
    broken.error = Damaged("half a file", next_command="anew models verify")
    monkeypatch.setattr(anew.cli, "build", lambda verb: broken)
    assert main(["doctor"]) == 6
    assert capsys.readouterr().err == "anew: half a file\n  try: anew models verify\n"


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "No space left on device\n  try: anew doctor"), (errno.EACCES, "letter.txt: Permission denied")],
)
def test_a_disk_that_does_not_let_us_is_no_defect(number, said, recipe, monkeypatch, capsys):
    broken = Broken()
    broken.error = OSError(number, os.strerror(number), "letter.txt")
    monkeypatch.setattr(anew.cli, "build", lambda verb: broken)
    assert main(["doctor"]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_with_130(number, tmp_path):
    code = "import signal, sys, time, anew.cli as c\n"
    code += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores Ctrl-C
    code += "c.build = lambda verb: lambda *a, **k: (print('begun', flush=True), time.sleep(60))\n"
    code += "sys.exit(c.main(['run', 'digits']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130 and "anew run digits" in err and "Traceback" not in err


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    command = f"{sys.executable} -m anew recipe schema | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    time.sleep(0.1)
    assert done.stderr == "" and os.linesep in done.stdout
