"""Runs: listed, shown, compared and removed from what their folders say."""

import json

import pytest

from anew.data import manifest
from anew.data.manifest import Manifest
from anew.deploy.runs import compare_runs, find_run, list_runs, remove_run, show_run
from anew.errors import NotFound, Refused


def make_run(root, name, stages=("collect", "clean"), **figures):
    path = root / name
    path.mkdir(parents=True)
    (path / "recipe.toml").write_text('name = "digits"\nmodality = "image"\n')
    for stage in stages:
        (path / stage).mkdir()
        manifest.write(path / stage, Manifest(stage, "x"))
    if figures:
        (path / "validate").mkdir(exist_ok=True)
        metrics = {key: {"name": key, "value": value} for key, value in figures.items()}
        content = {"metrics": metrics, "facts": {"headline": [next(iter(figures))]}}
        (path / "validate" / "report.json").write_text(json.dumps(content))
    return path


@pytest.fixture
def root(tmp_path):
    make_run(tmp_path, "digits-1a", ("collect", "clean", "train", "deploy"), frechet=9.0, agreement=0.97)
    make_run(tmp_path, "digits-2b", ("collect", "clean", "train"), frechet=8.0)
    make_run(tmp_path, "text-3c", ("collect",))
    (tmp_path / "no-run").mkdir()
    return tmp_path


def test_list_says_how_far_each_run_came(root):
    runs = list_runs(root)
    assert [(r.name, r.state) for r in runs] == [
        ("digits-1a", "done"), ("digits-2b", "before deploy"), ("text-3c", "before clean"),
    ]  # fmt: skip
    assert runs[0].recipe == "digits" and runs[0].headline == ["frechet"] and runs[0].bytes > 0
    assert list_runs(root / "nowhere") == []


def test_a_run_is_found_by_name_beginning_or_path(root):
    assert find_run("text", root) == root / "text-3c" == find_run(root / "text-3c", root / "nowhere")
    with pytest.raises(NotFound, match="could be digits-1a or digits-2b"):
        find_run("digits", root)
    with pytest.raises(NotFound, match="did you mean 'text-3c'"):
        find_run("test-3c", root)


def test_compare_puts_shared_figures_first(root):
    rows = compare_runs(["digits-1a", "digits-2b"], root)
    assert list(rows) == ["frechet", "agreement"]
    assert [f and f["value"] for f in rows["frechet"]] == [9.0, 8.0] and rows["agreement"][1] is None


def test_damage_is_named_and_the_rest_is_told(root):
    (root / "digits-1a" / "clean" / "manifest.json").write_text("{")
    (root / "digits-1a" / "validate" / "report.json").write_text("[]")
    run = show_run("digits-1a", root)
    assert run.state == "damaged" and set(run.damaged) == {"clean/manifest.json", "validate/report.json"}
    assert run.recipe == "digits" and "train" in run.done


def test_removing_takes_the_run_and_nothing_else(root, monkeypatch):
    assert remove_run("digits-1a", root) == root / "digits-1a"
    assert sorted(p.name for p in root.iterdir()) == ["digits-2b", "no-run", "text-3c"]
    with pytest.raises(NotFound):
        remove_run("no-run", root)
    (root / "link").symlink_to(root / "text-3c")
    with pytest.raises(Refused, match="link"):
        remove_run("link", root)
    (root / "text-3c" / ".git").mkdir()
    with pytest.raises(Refused, match="more than a run"):
        remove_run("text-3c", root)
    monkeypatch.chdir(root / "digits-2b")
    with pytest.raises(Refused):
        remove_run("digits-2b", root)
    assert (root / "text-3c" / "recipe.toml").is_file()
