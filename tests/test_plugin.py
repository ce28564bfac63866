"""A model in a package of its own: installed as any package is, found by name, trained, sampled, validated, checked."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLUGIN = ROOT / "examples" / "plugin"
WORDS = ("the", "sea", "was", "calm", "and", "a", "gull", "cried", "over", "grey", "water", "ship")
PIP = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that has the plug-in installed. Nothing is fetched."""
    folder = tmp_path_factory.mktemp("plugin")
    source, site = folder / "source", folder / "site"
    source.mkdir()
    for file in PLUGIN.iterdir():  # a copy, since setuptools builds beside the source
        if file.is_file():
            (source / file.name).write_bytes(file.read_bytes())
    subprocess.run([sys.executable, *PIP, str(site), str(source)], check=True, timeout=120)
    paths = os.pathsep.join([str(site), str(ROOT / "src")])
    return os.environ | {
        "PYTHONPATH": paths,
        "ANEW_HOME": str(folder / "home"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }


def call(installed: dict[str, str], *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *arguments], env=installed, cwd=cwd, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@pytest.fixture(scope="module")
def run(installed: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A finished run of the plug-in's recipe on short texts, and what it said."""
    folder = tmp_path_factory.mktemp("run")
    rng, notes = random.Random(0), folder / "notes"
    notes.mkdir()
    for i in range(24):
        lines = (" ".join(rng.choice(WORDS) for _ in range(12)) for _ in range(20))
        (notes / f"{i}.txt").write_text("\n".join(lines))
    small = (
        "--size",
        "xs",
        "--train.steps",
        "30",
        "--train.batch",
        "8",
        "--train.threads",
        "1",
        "--codec.context",
        "32",
    )
    command = ("-m", "anew", "run", str(PLUGIN / "gru.toml"), "--data", str(notes), "--out", str(folder / "run"))
    judged = ("--validation.samples", "16", "--validation.bootstrap", "100")
    done = call(installed, *command, *small, *judged, "--json")
    return folder / "run", json.loads(done.stdout.strip().split("\n")[-1])


def test_it_is_under_70_lines_of_python() -> None:
    lines = [line for file in PLUGIN.glob("*.py") for line in file.read_text().splitlines()]
    assert 0 < len(lines) < 70


def test_it_is_found_by_its_name(installed: dict[str, str]) -> None:
    program = (
        "from anew import registry; print(registry.find('models', 'gru').__module__, 'gru' in registry.names('models'))"
    )
    assert call(installed, "-c", program).stdout.split() == ["anew_gru", "True"]


def test_it_is_not_known_where_it_is_not_installed() -> None:
    from anew import registry
    from anew.errors import NotFound

    with pytest.raises(NotFound, match="gru"):
        registry.find("models", "gru")


def test_its_own_test_runs_the_suite(installed: dict[str, str]) -> None:
    quiet = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(PLUGIN))
    assert "1 passed" in call(installed, "-m", "pytest", *quiet, str(PLUGIN / "test_gru.py"), cwd=PLUGIN).stdout


def test_it_trains_and_is_validated(run: tuple[Path, dict]) -> None:
    folder, said = run
    assert (folder / "model" / "model.safetensors").is_file() and (folder / "validate" / "report.html").is_file()
    config = json.loads((folder / "model" / "config.json").read_text())
    assert config["model"] == {"name": "gru", "settings": {"width": 64}}
    assert 1 < figure(said, "bits_per_byte") < 6


def test_it_samples(installed: dict[str, str], run: tuple[Path, dict]) -> None:
    folder, _ = run
    command = ("-m", "anew", "generate", str(folder), "the sea", "-n", "2", "--seed", "1", "--max-new", "40", "--json")
    first, again = (json.loads(call(installed, *command).stdout.strip().split("\n")[-1]) for _ in range(2))
    assert len(first["samples"]) == 2 and all(first["samples"]) and first["samples"][0] != first["samples"][1]
    assert first["samples"] == again["samples"]


def figure(said: dict, name: str) -> float:
    """A figure of the report, wherever the line keeps its figures."""
    return float(said[name] if name in said else said["figures"][name])


def test_the_guide_shows_the_files_as_they_are() -> None:
    page = (ROOT / "docs" / "add-a-model.md").read_text("utf-8")
    shown = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```", page, flags=re.S))
    assert set(shown) == {f"examples/plugin/{file.name}" for file in PLUGIN.iterdir() if file.is_file()}
    for path, content in shown.items():
        assert content == (ROOT / path).read_text("utf-8"), f"the guide and {path} differ"
