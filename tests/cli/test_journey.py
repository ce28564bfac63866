"""From a folder to a model in the store and back out, by the verbs alone; then stopping and going on."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anew.cli import main

SMALL = ["--size", "xs", "--train.batch", "4", "--train.threads", "1", "--codec.context", "32"]
SMALL += ["--train.validate-every", "6", "--train.validate-rows", "8", "--validation.samples", "8"]
SMALL += ["--validation.bootstrap", "100", "--sample.max-new", "40"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def at_home(home, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(home))


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """English that every Python carries: docstrings, a file each."""
    import argparse
    import decimal
    import logging

    folder = tmp_path_factory.mktemp("notes")
    for module in (argparse, decimal, logging):
        for name, value in vars(module).items():
            text = inspect.getdoc(value) if inspect.isclass(value) or inspect.isfunction(value) else None
            if text and len(text) > 120:
                (folder / f"{module.__name__}-{name}.txt").write_text(text)
    return folder


def last_json(capsys) -> dict:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture(scope="module")
def ran(notes, home, tmp_path_factory):
    """A small run, in the module's home."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    command = [sys.executable, "-m", "anew", "run", "text", "--data", notes, "--out", folder, "--json"]
    command += ["--train.steps", "12", "--deploy.name", "little", *SMALL]
    environment = os.environ | {"ANEW_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1]), done


def test_the_closing_object_holds_figures_and_paths(ran):
    folder, closing, done = ran
    assert 0 < closing["bits_per_byte"] < 16
    assert closing["paths"]["run"] == str(folder) and all(Path(p).exists() for p in closing["paths"].values())
    assert closing["model"] == "little" and closing["summary"]
    assert len(done.stdout.splitlines()) == 1, "stdout is data"
    assert "train" in done.stderr and "Traceback" not in done.stderr


def test_a_second_run_has_nothing_to_do(ran, capsys):
    folder, closing, _ = ran
    begun = time.monotonic()
    assert main(["run", str(folder), "--resume", "--json"]) == 0
    again = last_json(capsys)
    assert again["bits_per_byte"] == closing["bits_per_byte"] and time.monotonic() - begun < 20


def test_a_single_stage_stops_there(notes, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["clean", "text", "--data", str(notes), "--out", str(out), *SMALL]) == 0
    assert (out / "clean" / "manifest.json").exists() and not (out / "train").exists()


def test_text_streams_to_stdout_and_repeats(ran, capsys):
    said = []
    for _ in range(2):
        assert main(["generate", "little", "The ", "--seed", "3", "--max-new", "40"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] and said[0].strip()


def test_one_of_many_is_the_one_alone(ran, capsys):
    assert main(["generate", "little", "-n", "3", "--seed", "5", "--max-new", "20", "--json"]) == 0
    many = last_json(capsys)
    assert main(["generate", "little", "--seed", "7", "--max-new", "20", "--json"]) == 0
    assert many["samples"][2] == last_json(capsys)["samples"][0] and many["seeds"] == [5, 6, 7]


def test_samples_go_into_files(ran, tmp_path, capsys):
    assert main(["generate", "little", "-n", "2", "--max-new", "8", "--out", str(tmp_path / "some"), "--json"]) == 0
    assert [Path(p).is_file() for p in last_json(capsys)["paths"]] == [True, True]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--label", "cat"], 2, "without labels"),
        (["--guidance", "x"], 2, "guidance"),
        (["--guidance", "2"], 2, "needs a condition"),
        (["-n", "2", "--max-new", "2", "--out", __file__ + "/some"], 1, "exists"),
        (["--steps", "3"], 2, "steps"),
        (["-n", "0"], 2, "-n"),
        (["--seed", "-1"], 2, "--seed"),
        (["--seed", str(2**63)], 2, "--seed"),
        (["--temperature", "-1"], 2, "temperature"),
        (["--temperature", "nan"], 2, "temperature"),
        (["--top-p", "0"], 2, "top_p"),
        (["--max-new", "0"], 2, "max_new"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options, code, said, ran, capsys):
    assert main(["generate", "little", *options]) == code
    assert said in capsys.readouterr().err


def test_the_store_lists_shows_verifies_and_moves(ran, tmp_path, capsys, monkeypatch):
    assert main(["models", "list", "--json"]) == 0
    assert "little" in [m["name"] for m in last_json(capsys)["models"]]
    assert main(["models", "show", "little"]) == 0
    assert "model.safetensors" in capsys.readouterr().out
    assert main(["models", "export", "little", str(tmp_path / "out.zip")]) == 0
    assert main(["models", "alias", "little", "also"]) == 0
    capsys.readouterr()
    there = str(Path(os.environ["ANEW_HOME"]))
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "elsewhere"))
    assert main(["models", "import", str(tmp_path / "out.zip")]) == 0
    assert main(["models", "pull", "also", there, "--name", "pulled"]) == 0
    assert main(["models", "verify", "--json"]) == 0
    assert last_json(capsys) == {"problems": [], "well": True}
    assert main(["generate", "pulled", "--max-new", "4"]) == 0
    assert main(["models", "rm", "pulled"]) == 0 and main(["models", "gc", "--json"]) == 0
    capsys.readouterr()


def test_a_changed_blob_is_found(ran, home, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    assert main(["models", "pull", "little", str(home)]) == 0
    blob = max((p for p in (tmp_path / "models" / "blobs").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    blob.chmod(0o644)
    content = bytearray(blob.read_bytes())
    content[-1] ^= 1
    blob.write_bytes(content)
    capsys.readouterr()
    assert main(["models", "verify"]) == 6
    assert "model.safetensors" in capsys.readouterr().out


def test_runs_are_listed_shown_and_removed(notes, capsys):
    assert main(["collect", "text", "--data", str(notes), "--seed", "9", *SMALL, "--json"]) == 0
    name = last_json(capsys)["run"]
    assert main(["runs", "list", "--json"]) == 0
    assert name in [r["name"] for r in last_json(capsys)["runs"]]
    assert main(["runs", "show", name]) == 0
    assert main(["runs", "rm", name]) == 0
    capsys.readouterr()
    assert main(["runs", "list"]) == 0 and name not in capsys.readouterr().out


def test_ctrl_c_saves_and_the_named_command_ends_with_the_same_bits(ran, notes, home, tmp_path):
    """The run of `ran`, stopped by Ctrl-C while it trains and gone on with, ends with the same weights."""
    folder, closing, _ = ran
    out = tmp_path / "run"
    command = [sys.executable, "-m", "anew", "run", "text", "--data", notes, "--out", out, "--json"]
    command += ["--train.steps", "12", "--deploy.name", "little", *SMALL]
    environment = os.environ | {"ANEW_HOME": str(home)}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores Ctrl-C
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (out / "train" / "metrics.jsonl").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    said, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert f"anew run {out} --resume" in err and "Traceback" not in err
    assert json.loads(said.splitlines()[-1])["exit_code"] == 130
    done = subprocess.run(
        [sys.executable, "-m", "anew", "run", out, "--resume", "--json"],
        capture_output=True, text=True, env=environment, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    weights = [hashlib.sha256((f / "model" / "model.safetensors").read_bytes()).hexdigest() for f in (folder, out)]
    assert weights[0] == weights[1]


def test_the_resolved_recipe_in_another_process_gives_the_same_weights_and_samples(ran, tmp_path):
    folder, closing, _ = ran
    command = [sys.executable, "-m", "anew", "run", folder / "resolved.toml", "--out", tmp_path / "run", "--json"]
    environment = os.environ | {"ANEW_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
    assert done.returncode == 0, done.stderr
    for name in ("model/model.safetensors", "model/codec/codec.json", "validate/samples.txt"):
        assert (tmp_path / "run" / name).read_bytes() == (folder / name).read_bytes(), name
    assert json.loads(done.stdout.splitlines()[-1])["bits_per_byte"] == closing["bits_per_byte"]
