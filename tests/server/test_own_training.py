"""What a job can learn from beside an upload, a run that stays, and a training that ends with what it has learnt."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from job_room import lying, until
from serving import APART, served

from anew.deploy.runs import show_run
from anew.engine.pool import Pool
from anew.server.database.connect import Database
from anew.server.door import Door
from anew.server.errors import Problem
from anew.server.given_data import of_machine
from anew.server.shelf import StoreShelf
from anew.server.who import Who

QUICK: dict[str, Any] = {"train.threads": 1, "validation.bootstrap": 100, "validation.samples": 8, "size": "xs",
                         "judge.train.steps": 2}  # fmt: skip
LONG = QUICK | {"train.steps": 100_000, "train.validate_every": 50_000, "train.sample_every": 50_000}
OVER = ("succeeded", "failed", "cancelled")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    home = tmp_path_factory.mktemp("training")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(home))
        for address in served(Pool(StoreShelf(), apart=APART), Door(), Database()):
            with httpx2.Client(base_url=f"{address}/v1", timeout=60) as client:
                yield client


@pytest.fixture(scope="module")
def heights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "heights.csv"
    rows = [f"{150 + n % 40},{50 + n % 40 + n % 7},{'left' if n % 3 else 'right'}" for n in range(300)]
    path.write_text("height,weight,hand\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def begin(room: httpx2.Client, **asked: Any) -> dict[str, Any]:
    answer = room.post("/fine_tuning/jobs", json={"model": "table", "seed": 3, "keep_run": True} | asked)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def job_of(room: httpx2.Client, id: str) -> dict[str, Any]:
    return room.get(f"/fine_tuning/jobs/{id}").json()  # type: ignore[no-any-return]


def test_what_is_wrong_with_the_data_is_said_before_there_is_a_job(room: httpx2.Client, heights: Path) -> None:
    def refused(**asked: Any) -> dict[str, Any]:
        answer = room.post("/fine_tuning/jobs", json={"model": "table"} | asked)
        assert answer.status_code == 400, answer.text
        return answer.json()["error"]  # type: ignore[no-any-return]

    assert refused()["param"] == "training_file"
    assert refused(training_file="penguins", training_folder=str(heights))["param"] == "training_file"
    absent = refused(training_file="penguins")
    assert absent["code"] == "data_not_here" and "anew data get penguins" in absent["message"]
    assert refused(training_folder="/nothing/lies/here")["param"] == "training_folder"
    assert refused(training_folder="heights.csv")["param"] == "training_folder"
    assert refused(training_file="file-1")["code"] == "file_not_found"
    for who in (Who("other"), Who(scopes=frozenset({"train", "files"}))):
        with pytest.raises(Problem, match="scope 'admin'"):
            of_machine(who, str(heights))


def test_a_folder_is_looked_at_and_forecast(room: httpx2.Client, tmp_path: Path) -> None:
    chance = random.Random(3)
    for n in range(20):
        words = " ".join(f"word{chance.randrange(1000)}" for _ in range(80))
        (tmp_path / f"{n}.txt").write_text(words, encoding="utf-8")
    (tmp_path / "again.txt").write_bytes((tmp_path / "3.txt").read_bytes())
    (tmp_path / "short.txt").write_text("hello", encoding="utf-8")
    told = room.post("/anew/datasets/look", json={"training_folder": str(tmp_path)}).json()
    assert (told["modality"], told["records"], told["whole"]) == ("text", 22, True)
    assert told["cleaned"]["counts"]["records"] == 20 and told["cleaned"]["examples"]["short"]
    assert {"removed: short", "removed: exact duplicate"} <= set(told["cleaned"]["counts"])
    assert len(told["across"]) == 22
    foreseen = room.post(
        "/anew/recipes/text/forecast",
        json={"training_folder": str(tmp_path), "overrides": {"size": "xs", "train.steps": 3}},
    ).json()
    assert foreseen["parts"]["train"]["steps"] == 3, foreseen


def test_a_run_stays_with_its_report_and_its_data(room: httpx2.Client, heights: Path) -> None:
    job = begin(room, training_folder=str(heights), overrides=QUICK | {"train.steps": 20})
    assert job["training_file"] == str(heights)
    run = job["run"]
    done = until(lambda: (now := job_of(room, job["id"]))["status"] in OVER and now)
    assert done["status"] == "succeeded", done["error"]
    assert done["fine_tuned_model"] == run and show_run(run).state == "done"
    parts = room.get(f"/anew/runs/{run}").json()["parts"]
    assert parts["train"] == {"steps": 20, "begun": True, "done": True}
    assert room.get(f"/anew/runs/{run}/report").status_code == 200
    assert room.get(f"/anew/runs/{run}/records").json()["counts"]["train"] > 100
    assert not (lying(Path(os.environ["ANEW_HOME"])) / "jobs" / job["id"]).exists()


def test_a_training_ends_with_what_it_has_learnt(room: httpx2.Client, heights: Path) -> None:
    job = begin(room, training_folder=str(heights), overrides=LONG)
    early = room.post(f"/fine_tuning/jobs/{job['id']}/finish")
    assert early.status_code == 400
    address = f"/anew/runs/{job['run']}/metrics"
    until(lambda: len(room.get(address).json().get("rows", [])) > 20)
    assert room.post(f"/fine_tuning/jobs/{job['id']}/finish").status_code == 200
    done = until(lambda: (now := job_of(room, job["id"]))["status"] in OVER and now)
    assert done["status"] == "succeeded", done["error"]
    rows = room.get(address).json()
    assert rows["done"] and 20 < rows["rows"][-1]["step"] < 100_000
    assert any(row["kind"] == "held_out" for row in rows["rows"])


def test_a_run_that_is_thrown_away_goes_from_the_disk(room: httpx2.Client, heights: Path) -> None:
    job = begin(room, training_folder=str(heights), overrides=LONG)
    until(lambda: room.get(f"/anew/runs/{job['run']}").status_code == 200)
    assert room.post(f"/fine_tuning/jobs/{job['id']}/cancel").status_code == 200
    until(lambda: not (Path(os.environ["ANEW_HOME"]) / "runs" / job["run"]).exists())
    assert room.get(f"/anew/runs/{job['run']}").status_code == 404


def test_the_settings_of_every_recipe_are_told(room: httpx2.Client) -> None:
    for one in room.get("/anew/recipes").json()["data"]:
        keys = {row["key"]: row for row in room.get(f"/anew/recipes/{one['name']}/schema").json()["data"]}
        assert {"size", "seed", "train.lr", "clean.test"} <= keys.keys() and "data.source" not in keys, one["name"]
    digits = {row["key"]: row for row in room.get("/anew/recipes/digits/schema").json()["data"]}
    assert digits["train.minutes"]["value"] == 2.8 and digits["size"]["kind"]["enum"] == ["xs", "s", "m", "l"]
    assert digits["model.width"]["own"] == "flow" and digits["model.width"]["value"] == 128
