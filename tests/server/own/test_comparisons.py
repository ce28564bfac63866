"""Bake-offs over HTTP: what can be compared, one that is begun, followed and ended, and files of a model's report."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from anew.server import bakeoffs

ASKED = {"data": "penguins", "models": ["vae", "flow"], "minutes": 0.05}


@pytest.fixture
def sleeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that does nothing, in the place of a training."""
    code = "import sys, time; print('vae train 1/9', file=sys.stderr, flush=True); time.sleep(60)"
    monkeypatch.setattr(bakeoffs.Begun, "line", lambda self, folder: ["-c", code, str(folder)])


def wait(own: httpx2.Client, name: str, state: str) -> dict[str, Any]:
    for _ in range(200):
        told: dict[str, Any] = own.get(f"/comparisons/{name}/progress").json()
        if told["state"] == state:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_nothing_was_compared_yet(own: httpx2.Client) -> None:
    assert own.get("/comparisons").json() == {"object": "list", "data": []}
    assert own.get("/comparisons/nothing").status_code == 404
    assert own.get("/comparisons/nothing/progress").status_code == 404


def test_what_can_be_compared_and_what_cannot(own: httpx2.Client) -> None:
    told = own.get("/contenders").json()
    assert {"name": "vae", "family": "vae", "modality": "image", "recipe": "digits-vae"} in told["data"]
    assert any((one["family"], one["modality"]) == ("gan", "text") and one["why"] for one in told["senseless"])
    for body, param in (({"data": "/etc"}, "data"), (ASKED | {"minutes": 0}, "minutes"), (ASKED | {"out": "x"}, "out")):
        answer = own.post("/comparisons", json=body)
        assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text
    assert own.post("/comparisons", json=ASKED | {"models": ["flux"]}).status_code == 404


def test_one_is_begun_followed_and_ended(own: httpx2.Client, home: Path, sleeping: None) -> None:
    begun = own.post("/comparisons", json=ASKED)
    assert begun.status_code == 201, begun.text
    name = begun.json()["name"]
    folder = home / "compare" / name
    try:
        told = wait(own, name, "running")
        assert [part["name"] for part in told["parts"]] == [None, "vae", "flow"]
        assert {part["state"] for part in told["parts"]} == {"waiting"}
        other = own.post("/comparisons", json=ASKED | {"minutes": 1})
        assert other.status_code == 400 and other.json()["error"]["code"] == "in_use"
        part = folder / "seed-0" / "vae"
        (part / "train").mkdir(parents=True)
        (part / "resolved.toml").write_text("[train]\nsteps = 9\n")
        (part / "train" / "metrics.jsonl").write_text('{"kind": "train", "step": 4}\n{"kind": "tr')
        at = own.get(f"/comparisons/{name}/progress").json()["parts"][1]
        assert (at["state"], at["step"], at["steps"]) == ("training", 4, 9)
        assert own.get("/comparisons").json()["data"][0]["state"] == "running"
    finally:
        assert own.post(f"/comparisons/{name}/cancel").status_code == 200
    assert wait(own, name, "stopped")["said"]
    assert own.post(f"/comparisons/{name}/cancel").json()["state"] == "stopped"
    (folder / "comparison.json").write_text(json.dumps({"data": "penguins", "rows": [{"name": "wgan"}], "said": ["x"]}))
    told = own.post("/comparisons", json=ASKED).json()
    assert told["models"] == ["vae", "flow", "wgan"], "an earlier model stays among them"
    own.post(f"/comparisons/{name}/cancel")
    wait(own, name, "stopped")


def test_a_report_shows_its_files_and_no_other(own: httpx2.Client, home: Path) -> None:
    folder = home / "compare" / "made"
    place = folder / "seed-0" / "vae" / "validate"
    place.mkdir(parents=True)
    (place / "report.json").write_text('{"verdict": []}')
    (folder / "comparison.json").write_text('{"data": "x", "modality": "image", "value": NaN}')
    assert own.get("/comparisons/made").json()["value"] is None
    assert own.get("/comparisons/made/files/seed-0/vae/validate/report.json").json() == {"verdict": []}
    (folder / "seed-0" / "vae" / "resolved.toml").write_text("secret = 1")
    for path in (
        "seed-0/vae/resolved.toml",
        "seed-0/../comparison.json",
        "seed-0/vae/validate/../resolved.toml",
        "seed-0/vae",
        "shared/x/y",
    ):
        answer = own.get(f"/comparisons/made/files/{path.replace('..', '%2e%2e')}")
        assert answer.status_code == 404, path
    assert own.get("/models/bars/figures/samples.png").status_code == 404
    assert own.get("/models/bars/figures/x.exe").status_code == 404
