"""Help is light: no torch, and quick."""

import json
import resource
import subprocess
import sys

import pytest

from anew.cli import VERBS, main

HELP = "import sys; from anew.cli import main; main({arguments!r}); print('\\n', *sorted(sys.modules))"


def modules_after(*arguments: str) -> list[str]:
    code = HELP.format(arguments=list(arguments))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_help_loads_no_torch_and_no_verb():
    modules = modules_after("--help")
    assert "anew.cli" in modules
    assert not {"torch", "numpy", "pyarrow", "pydantic", "anew.recipe"} & set(modules)
    assert not [m for m in modules if m.startswith("anew.cli.")]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verbs_help_loads_no_torch(verb):
    assert "torch" not in modules_after(verb, "--help")


def test_help_takes_half_a_second_at_most():
    """The process's own time, user and system: on a machine with nothing else to do, that is what a clock shows."""
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "anew", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) <= 0.5, seconds


def test_help_names_every_verb(capsys):
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(verb in said for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verbs_own_help_says_what_the_overview_says(verb, capsys):
    assert main([verb, "--help"]) == 0
    first = next(line for line in capsys.readouterr().out.splitlines()[1:] if line.strip())
    assert first.split()[:3] == VERBS[verb][2].split()[:3] or verb in ("models", "runs", "data")


def test_version(capsys):
    import anew

    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == anew.__version__


def test_doctor_finds_this_machine_well(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    code = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    findings = {f["name"]: f for f in found["findings"]}
    assert found["well"] == all(f["well"] for f in found["findings"]) == (code == 0)
    assert findings["torch"]["well"] and findings["home"]["well"]
    assert all(f["mend"] for f in found["findings"] if not f["well"])


def test_doctor_names_a_home_that_cannot_be_written(capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "file" / "home"))
    assert main(["doctor"]) == 1
    line = next(line for line in capsys.readouterr().out.splitlines() if "WRONG" in line)
    assert "home" in line and "export ANEW_HOME" in line
