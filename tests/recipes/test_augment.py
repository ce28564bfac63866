"""Augmentation on small data: what is held out stays out, what is made says so, nothing is done twice."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from anew.cli import main
from anew.codecs.image import write_image
from anew.codecs.origin import IPTC, MADE
from anew.data.records import Record
from anew.errors import DataError, NotFound, RecipeError, Refused
from anew.recipes import augment as room
from anew.recipes import learners
from anew.recipes.augment import Plan, augment, split
from anew.recipes.learners import neighbourhood, repeated, smote, weights_of
from anew.recipes.rounds import Augmentation, pooled, sentences
from anew.validate.gain import gains
from anew.validate.interval import clopper_pearson
from anew.validate.metric import Metric, Unmeasured

pytest.importorskip("sklearn")
pytest.importorskip("imblearn")

TABLE: dict[str, Any] = {"train.steps": 60, "train.threads": 1, "size": "xs"}
IMAGES: dict[str, Any] = {
    "train.steps": 8, "train.batch": 16, "train.threads": 1, "size": "xs", "codec.largest": 16,
    "codec.learned.train.batch": 16, "codec.learned.copies": 1,
}  # fmt: skip


def write_rows(path: Path, missing: bool = False) -> Path:
    """400 healthy and 60 ill, told by two columns; a third says nothing."""
    rng = np.random.default_rng(0)
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["age", "marker", "noise", "state"])
        for i in range(460):
            ill = i % 23 < 3
            marker = f"{rng.normal(2.0 if ill else 0.0):.3f}"
            gone = missing and i % 9 == 0
            table.writerow([int(rng.normal(70 if ill else 50, 8)), "" if gone else marker, f"{rng.normal():.3f}",
                            "ill" if ill else "healthy"])  # fmt: skip
    return path


def table_plan(folder: Path, **more: Any) -> Plan:
    given: dict[str, Any] = {"label": "state", "keep": 12, "seeds": 2, "changes": TABLE} | more
    return Plan(str(write_rows(folder / "rows.csv")), "table", "table", folder / "out", **given)


def test_a_table_from_rows_to_gains(tmp_path: Path) -> None:
    plan = table_plan(tmp_path)
    made = augment(plan)
    assert made.label == "ill"  # the rarest
    assert [one.arm for one in made.gains] == list(learners.ARMS) and not made.left_out
    assert all(len(one.values_S) == 2 and 0.3 < one.mean <= 1 for one in made.gains)
    assert made.near_copies is not None and made.near_copies.n == 2 * (made_rows(plan))
    told = json.loads((plan.folder / "augmentation.json").read_text())
    assert told["rounds"][0]["train"]["ill"] == 12 and told["rounds"][0]["test"]["ill"] == 18
    page = (plan.folder / "report.html").read_text()
    assert "Macro-F1" in page and "oversampling" in page
    with open(plan.folder / "synthetic.csv") as file:
        assert {row["state"] for row in csv.DictReader(file)} == {"ill"}
    assert json.loads((plan.folder / "synthetic.csv.json").read_text())["digitalSourceType"] == IPTC + MADE


def made_rows(plan: Plan) -> int:
    with open(plan.folder / "synthetic.csv") as file:
        return len(list(csv.reader(file))) - 1


def test_a_finished_round_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = table_plan(tmp_path)
    first = augment(replace(plan, seeds=1))

    def never(*given: Any) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(room, "one_round", never)
    again = augment(replace(plan, seeds=1))
    assert again.gains == first.gains
    with pytest.raises(AssertionError, match="again"):  # a further round is one
        augment(plan)
    with pytest.raises(Refused, match="another plan"):
        augment(replace(plan, keep=11))


def test_what_is_held_out_is_not_in_the_rounds_source(tmp_path: Path) -> None:
    """The model's source holds training items alone, and every item is on one side."""
    records = [Record.of(json.dumps({"x": i, "state": "b" if i % 10 == 0 else "a"}), "b" if i % 10 == 0 else "a",
                         f"{i}", None) for i in range(300)]  # fmt: skip
    plan = Plan("", "table", "table", tmp_path, label="state")
    for seed in (0, 1):
        made = split(records, "b", 5, seed)
        sides = [{one.hash for one in side} for side in (made.train, made.steering, made.test)]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
        assert Counter(one.label for one in made.train)["b"] == 5 and all(one.label == "a" for one in made.steering)
        source = room.write_source(plan, made, "b", tmp_path / str(seed))
        written = {json.loads(line)["x"] for line in source.read_text().splitlines()}
        assert not written & {json.loads(one.value)["x"] for one in made.test}
        assert len(written) == len(made.train) + len(made.steering)
    assert {r.hash for r in split(records, "b", 5, 0).test} != {r.hash for r in split(records, "b", 5, 1).test}


def test_smote_is_left_out_with_the_reason_where_values_are_missing(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "gaps.csv", missing=True)
    made = augment(replace(table_plan(tmp_path), source=str(source), seeds=1))
    assert "missing" in made.left_out["SMOTE"] and "SMOTE" not in {one.arm for one in made.gains}


def test_smote_draws_between_neighbours_of_the_rare_class() -> None:
    pytest.importorskip("imblearn")
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1, (50, 3)), rng.uniform(5, 6, (8, 3))])
    made = smote(x, np.repeat([0, 1], [50, 8]), 1, 30, (), 0)
    assert made.shape == (30, 3) and made.min() >= 5 and made.max() <= 6
    with pytest.raises(Unmeasured, match="numbers"):
        smote(x[:, :1], np.repeat([0, 1], [50, 8]), 1, 30, (0,), 0)


def test_smote_of_numbers_reads_the_rare_items_alone() -> None:
    """So that all other pictures need not be held as double numbers."""
    rng = np.random.default_rng(0)
    x, label = rng.normal(0, 1, (60, 5)), rng.permutation(np.repeat([0, 1, 2], [40, 12, 8]))
    few = neighbourhood(label, 2)
    assert len(few) == 9 and Counter(label[few])[2] == 8
    assert (smote(x, label, 2, 30, (), 3) == smote(x[few], label[few], 2, 30, (), 3)).all()


def test_near_copies_of_one_model_are_not_independent() -> None:
    def share(*counts: int) -> Metric:
        found = pooled([{"count": n, "of": 100, "failed": [], "space": "pixels"} for n in counts])
        assert found is not None and found.value == sum(counts) / (100 * len(counts)) and found.n == 100 * len(counts)
        return found

    alike, apart = share(6, 5, 7, 6, 6), share(0, 0, 30, 0, 0)
    assert (alike.low, alike.high) == clopper_pearson(30, 500)
    assert apart.low == 0 and apart.high == pytest.approx(0.18), "two or three of five such models may be the one"
    assert (share(3).low, share(3).high) == clopper_pearson(3, 100)
    assert share(0, 0, 0).high == clopper_pearson(0, 300)[1] and pooled([{"unmeasured": "few"}]) is None


def test_weights_and_repeats() -> None:
    label = np.array([0] * 90 + [1] * 10)
    weight = weights_of(label, 2)
    assert np.isclose(weight[0] * 90, weight[1] * 10) and np.isclose(weight[label].mean(), 1)
    places = repeated(label, 1, 80, np.random.default_rng(0))
    assert (label[places] == 1).sum() == 90 and (places[:100] == np.arange(100)).all()


def write_pictures(folder: Path) -> Path:
    """Bright squares at the left or at the right."""
    rng = np.random.default_rng(0)
    for name, count, place in (("left", 80, 2), ("right", 24, 9)):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            picture = rng.integers(0, 60, (16, 16, 1), dtype=np.uint8)
            y, x = rng.integers(1, 9), place + rng.integers(-1, 2)
            picture[y : y + 5, x : x + 5] += np.uint8(150)
            (folder / name / f"{i}.png").write_bytes(write_image(picture))
    return folder


def test_pictures_from_sub_folders_to_gains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learners, "STEPS", 40)
    source = write_pictures(tmp_path / "pics")
    plan = Plan(str(source), "image", "images", tmp_path / "out", rare="right", keep=8, seeds=1, changes=IMAGES)
    made = augment(plan)
    by_arm = {one.arm: one.mean for one in made.gains}
    assert set(by_arm) == set(learners.ARMS)
    assert by_arm["oversampling"] > 0.8  # the task can be learnt; 8 steps of a model promise nothing of it
    files = sorted((tmp_path / "out" / "synthetic").glob("*.png"))
    assert files and all(MADE.encode() in file.read_bytes() for file in files)
    assert (tmp_path / "out" / "synthetic.png").is_file()
    assert not (tmp_path / "out" / "seed-0" / "arms").exists()


def test_pictures_rounds_source_has_each_items_split(tmp_path: Path) -> None:
    records = [Record.of(bytes([i]), "a" if i % 9 else "b", f"{i}", None) for i in range(180)]
    made = split(records, "b", None, 0)
    table = pq.read_table(room.write_source(Plan("", "image", "images", tmp_path), made, "b", tmp_path / "data"))
    splits = Counter(zip(table[room.SPLIT].to_pylist(), table["label"].to_pylist(), strict=True))
    counts = Counter(one.label for one in made.train)
    assert splits["validation", "a"] == len(made.steering) and splits["train", "a"] == counts["a"]
    assert splits["train", "b"] == room.TIMES * counts["b"]


@pytest.mark.parametrize(
    ("more", "kind", "said"),
    [
        ({"rare": "il"}, NotFound, "did you mean"),
        ({"label": "stat"}, DataError, "stat"),
        ({"label": "noise"}, DataError, "labels"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, more: dict[str, Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        augment(table_plan(tmp_path, **more))


def test_labels_that_are_numbers_are_met_as_they_are_typed(tmp_path: Path) -> None:
    """A file's 1.0 is the codec's 1."""
    rows = write_rows(tmp_path / "rows.csv").read_text().replace("healthy", "0.0").replace("ill", "1.0")
    (tmp_path / "rows.csv").write_text(rows)
    given: dict[str, Any] = {"label": "state", "keep": 12, "seeds": 1, "changes": TABLE}
    made = augment(Plan(str(tmp_path / "rows.csv"), "table", "table", tmp_path / "out", **given))
    assert made.label == "1.0"
    with open(tmp_path / "out" / "synthetic.csv") as file:
        assert {row["state"] for row in csv.DictReader(file)} == {"1"}
    assert "Too few rounds" in "".join(sentences(made))


@pytest.mark.parametrize(
    ("more", "said"),
    [(0.02, "gives more than what was made, and needs no model: +0.0200"), (0.0001, ""), (-0.1, "")],
)
def test_what_is_better_and_cheaper_is_named(tmp_path: Path, more: float, said: str) -> None:
    made_S = np.random.default_rng(0).normal(0.9, 0.01, 10)
    rival_S = made_S + more + np.where(np.arange(10) % 2, 1, -1) * 0.001
    arms = {"none": made_S - 0.05, "oversampling": rival_S, "synthetic": made_S}
    found = gains({arm: list(values) for arm, values in arms.items()}, "none", np.random.default_rng(0))
    text = "\n".join(sentences(Augmentation("8", found, found, None, {}, tmp_path)))
    assert ("needs no model" in text) == bool(said) and said in text


def test_rounds_of_other_data_are_not_taken_for_these(tmp_path: Path) -> None:
    plan = table_plan(tmp_path, seeds=1)
    augment(plan)
    Path(plan.source).write_text(Path(plan.source).read_text().replace("healthy", "well"))
    with pytest.raises(Refused, match="another data"):
        augment(plan)


@pytest.mark.parametrize("key", ["seed", "train.minutes", "data.source", "validation.samples"])
def test_what_each_round_sets_by_itself_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(RecipeError, match=key):
        augment(table_plan(tmp_path, changes=TABLE | {key: "1"}))


def test_equal_rows_are_on_one_side(tmp_path: Path) -> None:
    """A file that was oversampled already would judge by what was learnt from."""
    plan = table_plan(tmp_path)
    lines = Path(plan.source).read_text().splitlines()
    Path(plan.source).write_text("\n".join(lines + [line for line in lines if line.endswith("ill")] * 3) + "\n")
    records = room.labelled(plan, lambda progress: None)
    assert len({one.hash for one in records}) == len(records) == len(lines) - 1


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    source = write_rows(tmp_path / "rows.csv")
    assert main(["augment", str(source), "--json"]) != 0
    assert "--label" in capsys.readouterr().out
    command = ["augment", str(source), "--label", "state", "--keep", "12", "--seeds", "2", "--json"]
    assert main([*command, *(f"--{k}={v}" for k, v in TABLE.items())]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["rare"] == "ill" and set(told["macro_f1"]) == set(learners.ARMS)
    assert Path(told["paths"]["report"]).is_file() and Path(told["paths"]["synthetic"]).is_file()
