"""A run killed with SIGKILL and started again ends at the same bits as one that was left alone."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_run

HERE = Path(__file__).parent
POINTS = [
    ("recurrent", "write", 5),
    ("recurrent", "rename", 3),
    ("adversaries", "loss", 44),  # between the two phases of a step
    ("adversaries", "best", 2),
    ("straight", "validation", 6),
    ("straight", "sample", 1),
]


def hashes(folder):
    """SHA-256 of every safetensors file, by its place in the folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.safetensors"))
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The hashes of each model's run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    for name in tiny_run.MODELS:
        list(tiny_run.trainer(name, folder / name, sampler=tiny_run.draw(folder / name)).run())
    return {name: hashes(folder / name) for name in tiny_run.MODELS}


@pytest.mark.parametrize(("name", "moment", "count"), POINTS)
def test_killed_and_resumed_is_uninterrupted(tmp_path, whole, name, moment, count):
    killed = subprocess.run([sys.executable, HERE / "killer.py", moment, str(count), name, tmp_path])
    assert killed.returncode == -9
    assert not (tmp_path / "train" / "manifest.json").exists()
    list(tiny_run.trainer(name, tmp_path, sampler=tiny_run.draw(tmp_path)).run())
    assert hashes(tmp_path) == whole[name]
    assert len(whole[name]) >= 9


def test_two_fresh_processes_give_the_same_weights(tmp_path, whole):
    subprocess.run([sys.executable, HERE / "tiny_run.py", "straight", tmp_path], check=True, capture_output=True)
    assert hashes(tmp_path) == whole["straight"]


def test_killed_while_step_time_is_measured(tmp_path, whole):
    killed = subprocess.run([sys.executable, HERE / "killer.py", "measure", "4", "straight", tmp_path])
    assert killed.returncode == -9
    assert not (tmp_path / "train" / "budget.json").exists()
    list(tiny_run.trainer("straight", tmp_path).run())
    assert hashes(tmp_path) == whole["straight"]
