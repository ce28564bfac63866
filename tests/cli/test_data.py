"""The data verbs, on the one set that needs no network."""

import json
from pathlib import Path

import pytest

from anew.cli import main


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))


def last_json(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_known_data_sets_are_listed_with_their_licence(capsys):
    assert main(["data", "list", "--json"]) == 0
    found = {d["name"]: d for d in last_json(capsys)["datasets"]}
    assert {"stdlib", "shakespeare"} <= set(found)
    assert all(d["licence"] and d["folder"] is None for d in found.values())


def test_get_lays_files_down_and_show_knows_them(capsys):
    assert main(["data", "get", "stdlib", "--json"]) == 0
    got = last_json(capsys)
    assert Path(got["paths"]["data"], "argparse.py").is_file()
    assert main(["data", "show", "stdlib", "--json"]) == 0
    assert last_json(capsys)["content_sha256"] == got["content_sha256"]


def test_an_unknown_data_set_is_refused_with_the_nearest(capsys):
    assert main(["data", "get", "shakespear"]) == 4
    assert "shakespeare" in capsys.readouterr().err
